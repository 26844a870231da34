"""Other training runs of the bundled model's kind, on half of what it was trained on, and how well they predict.

Each takes some minutes of a processor core; what is finished stays, and the command goes on from there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

import captum_dna
from benchmarks.real_sequences import FILES, options_with
from captum_dna.training import finetune
from examples.train_demo_model import RECIPE, evened, measure, read_parts, untrained

FOLDER = Path("build/replicas")
COUNT = 3
EPOCHS = 6


def trained(data: str, folder: Path = FOLDER) -> list[Path]:
    """Return the folders of the replicas, trained as far as they are not there yet."""
    parts = read_parts(*(Path(data) / FILES[kind] for kind in ("promoters", "others")))
    every = parts["training"] + parts["validation"]
    finetune(
        untrained,
        evened(every[::2]),
        validation=None,
        output=folder,
        epochs=EPOCHS,
        seed=1,
        replicas=COUNT,
        resume=True,
        progress=False,
        **RECIPE,
    )
    return sorted(folder.glob("replica-*"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2, help="of the processor")
    chosen = options_with(parser, count=0)
    torch.set_num_threads(chosen.threads)
    test = read_parts(*(Path(chosen.data) / FILES[kind] for kind in ("promoters", "others")))["test"]
    for name in ("demo", *map(str, trained(chosen.data))):
        print(name, json.dumps(measure(captum_dna.load(name), test)))


if __name__ == "__main__":
    main()
