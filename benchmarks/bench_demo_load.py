"""Time from nothing to a loaded demo model, step by step: ``python -m benchmarks.bench_demo_load``."""

from __future__ import annotations

from importlib import import_module
from time import perf_counter


def main() -> None:
    for step in ("torch", "transformers.models.bert.modeling_bert", "captum_dna.model.loading"):
        start = perf_counter()
        import_module(step)
        print(f"import {step}: {perf_counter() - start:.2f} s")
    for attempt in ("first", "second"):
        start = perf_counter()
        import_module("captum_dna").load("demo")
        print(f'{attempt} load("demo"): {perf_counter() - start:.2f} s')


if __name__ == "__main__":
    main()
