"""One viewer: a workspace, and the jobs that fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from captum_dna.insights.jobs import Jobs
from captum_dna.insights.workspace import Workspace

if TYPE_CHECKING:
    from captum_dna.insights.datasets import Dataset


class Viewer(Workspace):
    """A workspace whose data sets are predicted and explained; parameters are those of the workspace."""

    def __init__(self, *about: Any, **more: Any) -> None:
        super().__init__(*about, **more)
        self.jobs = Jobs(self)

    def start(self) -> None:
        """Begin to predict what is not predicted yet."""
        for data in list(self.datasets.values()):
            self.jobs.predict(data)

    def close(self) -> None:
        """Stop all work after the step under way; what is finished is kept."""
        self.jobs.stop()
        self.store.close()
        if self.genome is not None:
            self.genome.close()

    def paste(
        self, text: str, name: str | None, origin: int | None = None, onto: str | None = None
    ) -> tuple[Dataset, bool]:
        """Return the data set of pasted text, and whether it is new; a new one is predicted."""
        data, new = super().paste(text, name, origin, onto)
        if new:
            self.jobs.predict(data)
        return data, new

    def remove(self, data: Dataset) -> None:
        """Forget a pasted data set on which no job runs; results of its sequences stay."""
        self.check_pasted(data)
        self.jobs.check_free(data)
        super().remove(data)
        self.jobs.forget(data)
