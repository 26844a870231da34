"""Import each module named as the first of ours in a process of its own: `python -m tests.project.alone MODULE...`.

What others wrote is imported once, which is what takes long; each process is a fork of the one that has it.
`import a.b.c` imports `a` and `a.b` before anything else, so a module that its package brings along
is proven by the process of the package.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback

THIRD_PARTY = [
    "captum.attr", "flask", "matplotlib.figure", "msgspec", "narwhals", "pandas", "psutil", "rich.progress",
    "safetensors.torch", "scipy.stats", "sqlite3", "torch", "transformers.modeling_utils",
    "transformers.tokenization_utils_base",
]  # fmt: skip
"""What takes long and starts no threads, which would be missing from a fork."""


def ours() -> list[str]:
    return [name for name in sys.modules if name.split(".")[0] == "captum_dna"]


def import_first(name: str) -> tuple[list[str], str]:
    """Import a module in a fork of this process: what of ours came with it, and what went wrong, if anything did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            importlib.import_module(name)
            answer, status = "\n".join(ours()), 0
        except BaseException:  # noqa: BLE001 - whatever it is, the parent tells it
            answer = traceback.format_exc()
        with os.fdopen(writing, "w") as pipe:
            pipe.write(answer)
        os._exit(status)  # nothing that runs at exit belongs to a fork
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return (answer.split(), "") if status == 0 else ([], f"status {status}\n{answer}")


def main(names: list[str]) -> None:
    for other in THIRD_PARTY:
        importlib.import_module(other)
    assert not ours()
    gc.disable()
    gc.freeze()  # the forks share what is there, and none of them looks through it
    proven: set[str] = set()
    for name in sorted(names):  # a package comes before its modules
        if name not in proven:
            brought, wrong = import_first(name)
            proven.update(other for other in brought if f"{other}.".startswith(f"{name}."))
            if wrong:
                sys.stdout.write(f"{name}: {wrong}\n")
    sys.stdout.write(f"{len(proven & set(names))} modules can come first.\n")
    sys.stdout.flush()
    os._exit(0)  # what ends with an interpreter is not what is asked here


if __name__ == "__main__":
    main(sys.argv[1:])
