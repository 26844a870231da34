"""All methods side by side on the bundled model and real promoters with a TATA box where it belongs.

The promoters are those of the test part, which the model was not trained on. The transcription start is at index 200
of 251 bases. The box counts as the eight bases from the first ``TATAA`` at index 160 to 178 on.
"""

import argparse
import sys
import warnings
from pathlib import Path

import torch

import captum_dna
from benchmarks.real_sequences import options_with, promoters
from captum_dna.evaluation.evaluate import evaluate
from captum_dna.evaluation.measures import MEASURES
from captum_dna.methods import METHODS

INNER_LAYERS = {"layer_conductance": {"layer": "bert.encoder.layer.0"}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hide", default="substitute", choices=["substitute", "mask"])
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--measures", nargs="+", default=list(MEASURES)[:5], choices=list(MEASURES))
    parser.add_argument("--threads", type=int, default=1, help="of the processor")
    parser.add_argument("--figure", type=Path, help="write the figure there")
    chosen = options_with(parser, count=40)
    torch.set_num_threads(chosen.threads)
    warnings.simplefilter("ignore", UserWarning)
    methods = {name: {"method": name, **INNER_LAYERS.get(name, {})} for name in chosen.methods}
    result = evaluate(
        captum_dna.load("demo"),
        promoters(chosen.data, chosen.count),
        methods=methods,
        measures=chosen.measures,
        hide=chosen.hide,
        target="TATA promoter",
        progress=lambda done, total: print(f"{done}/{total}", file=sys.stderr),
    )
    print(result.to_markdown())
    print(f"\n{chosen.threads} thread(s), torch {torch.__version__}\n")
    print(result.agreement.round(2).to_string())
    if chosen.figure:
        result.figure().savefig(chosen.figure)


if __name__ == "__main__":
    main()
