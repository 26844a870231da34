"""Agreement with in-silico mutagenesis, on the bases that matter most to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.core.agreement import where_it_matters
from captum_dna.evaluation.measure import Measure

if TYPE_CHECKING:
    from captum_dna.evaluation.measure import Work


def _measure(work: Work) -> None:
    there = [results for results in work.explained.values() if results and results[0].method == "ism"]
    mutagenesis = there[0] if there else work.attribute({"method": "ism"})
    for label, results in work.explained.items():
        for place, (one, experiment) in enumerate(zip(results, mutagenesis, strict=True)):
            work.row(label, place)["mutagenesis r"] = where_it_matters(
                one.base_scores, experiment.base_scores, signed=one.run.signed
            )


MUTAGENESIS = Measure(
    "mutagenesis",
    "correlation with in-silico mutagenesis on the tenth of bases where that is largest",
    {"mutagenesis r": "higher"},
    _measure,
)
