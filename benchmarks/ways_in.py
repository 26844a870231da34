"""Every way in, tried with every verb: print what works and what gets a sentence, as a table for the docs.

python -m benchmarks.ways_in data|models
"""

from __future__ import annotations

import atexit
import gzip
import json
import re
import shutil
import sys
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import captum_dna as cd
from captum_dna.core.sequences import Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WORKS, SAID, PYTHON = "works", "a sentence", "Python only"
LETTERS = {"one": "GCGCCTATAAAAGGCGGCACGTTGCA", "two": "GCGCCGCGCCAGGCGGCACGTTGCAT"}
LABELS = {"one": "TATA promoter", "two": "other"}
ROWS = [{"name": name, "sequence": bases, "label": LABELS[name]} for name, bases in LETTERS.items()]
COLUMNS = {column: [row[column] for row in ROWS] for column in ("name", "sequence", "label")}
FASTA = "".join(f">{name}\n{bases}\n" for name, bases in LETTERS.items())


class Way(NamedTuple):
    """A way in: what makes the source in a folder, the options that it is read with, and whether it is the usual model."""

    make: Callable[[Path], Any]
    options: Mapping[str, Any] = MappingProxyType({})
    usual: bool = True


def _file(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return make


def _text(separator: str) -> str:
    return "".join(separator.join(cells) + "\n" for cells in [COLUMNS, *(row.values() for row in ROWS)])


def _frame() -> Any:
    import pandas as pd

    return pd.DataFrame(COLUMNS)


def _parquet(folder: Path) -> Path:
    _frame().to_parquet(folder / "x.parquet")
    return folder / "x.parquet"


def _arrow() -> Any:
    import pyarrow as pa

    return pa.table(COLUMNS)


def _polars(*, lazy: bool) -> Any:
    import polars as pl

    return pl.LazyFrame(COLUMNS) if lazy else pl.DataFrame(COLUMNS)


def _duckdb() -> Any:
    import duckdb

    return duckdb.from_arrow(_arrow())


def _dataset() -> Any:
    import datasets

    return datasets.Dataset.from_dict(COLUMNS)


def _generated() -> Any:
    import datasets

    return datasets.IterableDataset.from_generator(lambda: iter(ROWS))


def _dataset_folder(folder: Path) -> Path:
    _frame().to_csv(folder / "train.csv", index=False)
    return folder


def _anndata() -> Any:
    import anndata
    import numpy as np

    frame = _frame().set_index("name")
    return anndata.AnnData(np.zeros((len(frame), 1)), obs=frame)


def _records() -> Any:
    from Bio.Seq import Seq
    from Bio.SeqRecord import SeqRecord

    return [SeqRecord(Seq(bases), id=name, description="") for name, bases in LETTERS.items()]


def _pyfaidx(folder: Path) -> Any:
    import pyfaidx

    return pyfaidx.Fasta(str(_file("y.fa", FASTA)(folder)))


def _dnaio() -> Any:
    import dnaio

    return [dnaio.SequenceRecord(name, bases) for name, bases in LETTERS.items()]


def _intervals(folder: Path) -> Path:
    letters = "".join(LETTERS.values())
    _file("genome.fa", f">chr1\n{letters}\n")(folder)
    size = len(LETTERS["one"])
    return _file("x.bed", f"chr1\t0\t{size}\tone\nchr1\t{size}\t{2 * size}\ttwo\n")(folder)


DATA: dict[str, Way] = {
    "a DNA string": Way(lambda _: LETTERS["one"]),
    "a list of strings": Way(lambda _: list(LETTERS.values())),
    "a mapping of names to letters": Way(lambda _: dict(LETTERS)),
    "(name, letters) pairs": Way(lambda _: list(LETTERS.items())),
    "a list of dictionaries": Way(lambda _: ROWS),
    "`Sequence` objects": Way(lambda _: [Sequence(n, b, label=LABELS[n]) for n, b in LETTERS.items()]),
    "a generator": Way(lambda _: (Sequence(n, b, label=LABELS[n]) for n, b in LETTERS.items())),
    "FASTA": Way(_file("x.fa", FASTA)),
    "FASTA, packed": Way(_file("x.fa.gz", FASTA)),
    "FASTQ": Way(_file("x.fq", "".join(f"@{n}\n{b}\n+\n{'I' * len(b)}\n" for n, b in LETTERS.items()))),
    "CSV": Way(_file("x.csv", _text(","))),
    "TSV, packed": Way(_file("x.tsv.gz", _text("\t"))),
    "an open file": Way(lambda folder: _file("x.csv", _text(","))(folder).open()),
    "Parquet": Way(_parquet),
    "Excel": Way(_file("x.xlsx", b"PK\x03\x04" + bytes(60))),
    "one sequence per line": Way(_file("x.txt", "\n".join(LETTERS.values()) + "\n")),
    "BED with a genome": Way(_intervals, {"genome": "genome.fa"}),
    "a folder of a data set": Way(_dataset_folder, {"split": "train"}),
    "pandas": Way(lambda _: _frame()),
    "pandas, names in the index": Way(lambda _: _frame().set_index("name")),
    "polars": Way(lambda _: _polars(lazy=False)),
    "polars, lazy": Way(lambda _: _polars(lazy=True)),
    "Arrow": Way(lambda _: _arrow()),
    "a stream of Arrow": Way(lambda _: _arrow().to_reader()),
    "a result of DuckDB": Way(lambda _: _duckdb()),
    "`datasets.Dataset`": Way(lambda _: _dataset()),
    "`datasets`, streamed": Way(lambda _: _dataset().to_iterable_dataset()),
    "`datasets`, generated": Way(lambda _: _generated()),
    "AnnData": Way(lambda _: _anndata()),
    "Biopython's records": Way(lambda _: _records()),
    "pyfaidx": Way(_pyfaidx),
    "dnaio's records": Way(lambda _: _dnaio()),
}
"""Every way in of sequences."""


def _folder(folder: Path) -> Path:
    _demo().save(folder / "model")
    return folder / "model"


def _pipeline() -> Any:
    from transformers import pipeline

    demo = _demo()
    return pipeline("text-classification", model=demo.model, tokenizer=demo.tokenizer, device="cpu")


def _other_pipeline() -> Any:
    from transformers import BertConfig, BertModel, pipeline

    demo = _demo()
    small = BertConfig(
        vocab_size=len(demo.tokenizer),
        hidden_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=4,
    )
    return pipeline("feature-extraction", model=BertModel(small), tokenizer=demo.tokenizer, device="cpu")


def _trainer(folder: Path) -> Any:
    from transformers import Trainer, TrainingArguments

    demo = _demo()
    arguments = TrainingArguments(output_dir=str(folder), use_cpu=True, report_to="none")
    return Trainer(model=demo.model, args=arguments, processing_class=demo.tokenizer)


def _adapted() -> Any:
    import peft

    demo = cd.load("demo")  # PEFT changes the model that it is given
    config = peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query"])
    return peft.get_peft_model(demo.model, config), demo.tokenizer


def _adapter(folder: Path) -> Path:
    model, tokenizer = _adapted()
    cd.Classifier(model, tokenizer).save(folder / "adapter")
    return folder / "adapter"


def _lost_adapter(folder: Path) -> Path:
    path = _adapter(folder)
    settings = path / "adapter_config.json"
    held = json.loads(settings.read_text()) | {"base_model_name_or_path": "/gone/away"}
    settings.write_text(json.dumps(held))
    return path


def _sentences(folder: Path) -> Any:
    """Return a SentenceTransformer around the bundled model's body: a pooled embedding and no classes."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer

    body = Transformer(str(_folder(folder)))
    return SentenceTransformer(modules=[body, Pooling(body.get_word_embedding_dimension())], device="cpu")


def _embedded(folder: Path) -> Any:
    whole = _sentences(folder)

    def nearness(ids: Any, mask: Any) -> Any:
        return whole({"input_ids": ids, "attention_mask": mask})["sentence_embedding"][:, :2]

    return cd.load(whole, forward=nearness, labels=["other", "TATA promoter"])


MODELS: dict[str, Way] = {
    "a name": Way(lambda _: "demo"),
    "a folder": Way(_folder),
    "`load()`'s classifier": Way(lambda _: _demo()),
    "a pipeline": Way(lambda _: _pipeline()),
    "a pipeline for another task": Way(lambda _: _other_pipeline()),
    "a `Trainer`": Way(_trainer),
    "a model and its tokenizer": Way(lambda _: cd.load(_demo().model, _demo().tokenizer)),
    "a model without a tokenizer": Way(lambda _: _demo().model),
    "a model of PEFT with its tokenizer": Way(lambda _: cd.load(*_adapted()), usual=False),
    "a folder with an adapter": Way(_adapter, usual=False),
    "an adapter without its base": Way(_lost_adapter),
    "a SentenceTransformer": Way(_sentences),
    "a SentenceTransformer with `forward=`": Way(_embedded),
}
"""Every way in of models."""

VERBS = ("attribute", "visualize", "evaluate", "finetune", "Insights", "command line")
_QUICK = {"method": "saliency", "progress": False}
_FEW_STEPS = {"epochs": 1, "learning_rate": 1e-5, "validation": None, "progress": False}


@cache
def _demo() -> cd.Classifier:
    return cd.load("demo")


@cache
def _trained() -> Path:
    """Return the folder of a run: whoever gives the same model and the same two sequences finds it finished."""
    folder = Path(tempfile.mkdtemp(prefix="captum_dna-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    cd.finetune(_demo(), _labelled(), output=folder / "trained", **_FEW_STEPS)
    return folder


def try_verb(verb: str, model: Any, data: Any, options: dict[str, Any], folder: Path) -> object:
    """Do what a verb does with a model and sequences, at the least cost."""
    if verb == "attribute":
        return cd.attribute(model, data, **_QUICK, **options)
    if verb == "visualize":
        return cd.visualize(model, data, **_QUICK, **options).save(folder / "page.html")
    if verb == "evaluate":
        return cd.evaluate(
            model, data, methods=["saliency"], measures=["localisation"], progress=False, **options
        )
    if verb == "finetune":
        return cd.finetune(model, data, output=folder / "trained", **_FEW_STEPS, **options)
    if verb == "Insights":
        return cd.Insights(model, data, store=False, **options)
    return _on_the_command_line(model, data, options, folder)


def _on_the_command_line(model: str | Path, data: str | Path, options: dict[str, Any], folder: Path) -> None:
    from click.testing import CliRunner

    from captum_dna.cli import main

    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    out = str(folder / "out.tsv")
    done = CliRunner().invoke(
        main, ["attribute", str(model), str(data), "--out", out, "--method", "saliency", *words]
    )
    if done.exit_code in (1, 2):
        raise ValueError(done.stderr.strip())
    if done.exit_code:
        raise AssertionError(done.output)


def outcome(verb: str, model: Any, data: Any, options: dict[str, Any], folder: Path) -> str:
    """Return what comes of a verb: it works, or a sentence says why not; any other error is a fault, and raised."""
    if verb == "command line" and not all(isinstance(one, str | Path) for one in (model, data)):
        return PYTHON
    try:
        try_verb(verb, model, data, options, folder)
    except (ValueError, OSError, ImportError) as error:
        if not re.search(r"\S+( \S+){5,}[.?')]$", str(error).strip()):
            raise AssertionError(f"{verb}: {type(error).__name__}: {error}") from error
        return SAID
    return WORKS


def tried(way: Way, what: str) -> dict[str, str]:
    """Return what comes of each verb for one way in of ``"data"`` or of ``"models"``."""
    found = {}
    for verb in VERBS:
        with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            folder = Path(place)
            (folder / "in").mkdir()
            made = way.make(folder / "in")
            options = {
                name: str(folder / "in" / value) if name == "genome" else value
                for name, value in way.options.items()
            }
            model = _demo() if what == "data" else made
            data = made if what == "data" else _labelled()
            if verb == "finetune" and way.usual:
                folder, options = _trained(), {**options, "resume": True}
            if what == "data" and verb == "command line":
                model = "demo"
            if what == "models" and verb == "command line":
                data = str(_file("x.csv", _text(","))(folder))
            found[verb] = outcome(verb, model, data, options, folder)
            if hasattr(made, "close"):
                with suppress(Exception):
                    made.close()
    return found


def _labelled() -> list[Sequence]:
    return [Sequence(name, bases, label=LABELS[name]) for name, bases in LETTERS.items()]


def table(what: str) -> str:
    """Return the table of ways in by verbs."""
    ways = DATA if what == "data" else MODELS
    lines = [f"| {' | '.join((what, *VERBS))} |", "|---" * (len(VERBS) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(tried(way, what).values())} |" for name, way in ways.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(sys.argv[1]))
