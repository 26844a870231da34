"""A user's script, which is not run: pyright reads it in its strict mode, and nothing in it may be of unknown type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import captum_dna as cd

if TYPE_CHECKING:
    from pathlib import Path

    from captum_dna.core.types import ModelLike, SequencesLike


def strongest(model: ModelLike, sequences: SequencesLike) -> dict[str, int]:
    """Return the index of the strongest base of each sequence."""
    return {item.name: int(abs(item.base_scores).argmax()) for item in cd.attribute(model, sequences)}


model = cd.load("demo")
results = cd.attribute(model, {"one": "ACGTTGCATATAAAAGGCATGCCA" * 4}, target="TATA promoter", strands="both")
first = results[0]
total: float = float(first.base_scores.sum())
words: str = first.headline()
saved: Path = results.save("run.parquet")
cd.Attributions.load(saved).to_frame().to_csv("run.tsv", sep="\t")
cd.visualize(results, colors="sign").save("run.html")
cd.visualize(model, "ACGTTGCATATAAAAGGCATGCCA" * 4).show()
folder: Path = cd.attribute_to("run", model, "promoters.fa", shard_size=100)
evaluation = cd.evaluate(model, ["ACGT" * 20], methods=["integrated_gradients", "deeplift"])
for _effect in cd.variant_effect(model, [("ACGT" * 20, 3, "T", "G")]):
    pass
for _sequence in cd.read("promoters.fa", on_invalid="skip"):
    pass
cd.report(results, "report.html")
chances = model.predict("ACGTTGCATATAAAAGGCATGCCA")
with cd.Insights(model, "promoters.fa") as viewer:
    pass
