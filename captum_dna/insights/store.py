"""What a viewer keeps on disk: results, predictions, pasted data sets and jobs.

Results are found by what was explained (the letters) and how (a hash of model, tokenizer and all choices), so
they are found again after a restart, in another data set, and by another viewer of the same folder.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from captum_dna.core.attribution import Run
from captum_dna.core.json_text import from_json
from captum_dna.insights.database import Database, Kind
from captum_dna.insights.kept import Found, KeptJob, KeptScores, KeptText, Listed
from captum_dna.insights.pictures import FORMAT, Picture, in_row, picture_of
from captum_dna.insights.record import decode, encode, largest, strip

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from collections.abc import Sequence as SequenceABC
    from pathlib import Path

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.request import How
    from captum_dna.insights.schema.scores import Payload
    from captum_dna.model.classifier import Classifier


class Store(Database):
    """The results of all viewers of a folder, and what else outlives them.

    Parameters
    ----------
    folder
        Where to keep it; ``None`` for a temporary folder that goes with the store.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self._runs: dict[int, Run] = {}
        super().__init__(folder)

    # --- results -----------------------------------------------------------------------------------

    def put(self, how: str, results: Iterable[tuple[str, Attribution]]) -> None:
        """Keep results under the hash of their letters; one that is there already stays."""
        with self.writing() as db:
            for letters, one in results:
                run = self._run_number(db, one.run)
                numbers = (
                    one.delta,
                    int(one.converged),
                    largest(one.base_scores),
                    one.special_share,
                    one.off_by,
                )
                row = db.execute(
                    "INSERT OR IGNORE INTO results (how, letters, run, target, delta, converged, largest, special, "
                    "off_by, strip) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (how, letters, run, one.target, *numbers, strip(one.base_scores)),
                )
                if row.rowcount:
                    scores = (row.lastrowid, one.base_scores.astype("<f8").tobytes(), encode(one))
                    db.execute("INSERT INTO scores VALUES (?, ?, ?)", scores)
                    drawn = (row.lastrowid, FORMAT, *picture_of(one))
                    db.execute("INSERT INTO pictures VALUES (?, ?, ?, ?, ?)", drawn)

    def get(self, how: str, letters: str, sequence: Sequence, classifier: Classifier) -> Attribution | None:
        """Return a result for a row of a data set, or ``None``; one that is damaged is dropped."""
        found = self.all(
            "SELECT id, run, bases, rest FROM results JOIN scores USING (id) WHERE how = ? AND letters = ?",
            (how, letters),
        )
        if not found:
            return None
        number, run, bases, rest = found[0]
        try:
            return decode(rest, bases, self._run(run), sequence, classifier)
        except Exception:  # whatever damage raises: the result is computed again
            logging.getLogger(__name__).info("Result %s cannot be read.", number, exc_info=True)
            self.drop("results", number)
            return None

    def payload(
        self, how: How, key: str, letters: str, sequence: Sequence, classifier: Classifier
    ) -> Payload | None:
        """Return what the page draws of a result, or ``None``."""
        drawn = self.all(
            "SELECT tracks, layer, beside FROM results JOIN pictures USING (id) "
            "WHERE how = ? AND letters = ? AND format = ?",
            (key, letters, FORMAT),
        )
        named = f"{key}-{letters}"
        if drawn:
            try:
                return in_row(Picture(*drawn[0]), sequence, classifier, how, named)
            except (msgspec.MsgspecError, TypeError, RecursionError):
                logging.getLogger(__name__).info("A picture cannot be read: it is rebuilt.", exc_info=True)
        found = self.get(key, letters, sequence, classifier)  # one that another version kept
        return None if found is None else in_row(picture_of(found), sequence, classifier, how, named)

    def has(self, how: str, letters: str) -> bool:
        """Tell whether a result is there."""
        return bool(self.all("SELECT 1 FROM results WHERE how = ? AND letters = ?", (how, letters)))

    def newest(self, how: str) -> int:
        """Return the id of the last result made in one way; 0 for none."""
        return int(self.all("SELECT MAX(id) FROM results WHERE how = ?", (how,))[0][0] or 0)

    def of(self, how: str, letters: SequenceABC[str]) -> list[Listed]:
        """Return what the list shows of the results of some letters.

        Lists go into a query as JSON, because SQLite takes few parameters.
        """
        where = "how = ? AND letters IN (SELECT value FROM json_each(?))"
        return self._listed(where, (how, json.dumps(letters)))

    def since(self, how: str, last: int) -> list[Listed]:
        """Return the same of all results after one."""
        return self._listed("how = ? AND id > ?", (how, last))

    def _listed(self, where: str, values: tuple[object, ...]) -> list[Listed]:
        query = "SELECT id, letters, target, delta, converged, largest, special, off_by, strip FROM results WHERE "
        return self.typed("results", query + where, values, Listed)

    def base_scores(self, ids: SequenceABC[int]) -> dict[int, bytes]:
        """Return the float64 base scores of results by id."""
        query = "SELECT id, bases FROM scores WHERE id IN (SELECT value FROM json_each(?))"
        return {one.id: one.bases for one in self.typed("results", query, (json.dumps(ids),), KeptScores)}

    # --- the rest ----------------------------------------------------------------------------------

    def put_predictions(self, model: str, found: Iterable[Found]) -> None:
        """Keep what a model says of some letters."""
        rows = [(model, one.letters, one.probabilities, one.problem) for one in found]
        with self.writing() as db:
            db.executemany("INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?)", rows)

    def predictions(self, model: str, letters: SequenceABC[str]) -> list[Found]:
        """Return those among some letters that a model has read."""
        query = (
            "SELECT letters, probabilities, problem FROM predictions WHERE model = ? "
            "AND letters IN (SELECT value FROM json_each(?))"
        )
        return self.typed("predictions", query, (model, json.dumps(letters)), Found)

    def forget_predictions(self, models: Iterable[str], letters: SequenceABC[str]) -> None:
        """Take out what models say of some letters; the room is used again."""
        query = "DELETE FROM predictions WHERE model = ? AND letters IN (SELECT value FROM json_each(?))"
        with self.writing() as db:
            db.executemany(query, [(model, json.dumps(letters)) for model in models])

    def jobs(self, scope: str) -> list[KeptJob]:
        """Return the jobs of a workspace, the oldest first."""
        query = "SELECT id, owner, made, content FROM jobs WHERE scope = ? ORDER BY made"
        return self.typed("jobs", query, (scope,), KeptJob)

    def texts(self, scope: str) -> list[KeptText]:
        """Return the data sets pasted into a workspace, the oldest first."""
        query = "SELECT id, text, name FROM datasets WHERE scope = ? ORDER BY made"
        return self.typed("datasets", query, (scope,), KeptText)

    def viewers(self) -> list[str]:
        """Return the viewers that have entered the store and not left it; some may have been killed."""
        return [str(owner) for (owner,) in self.all("SELECT owner FROM viewers")]

    def enter(self, owner: str, others: Iterable[str]) -> None:
        """Enter a viewer beside those that still run."""
        with self.writing() as db:
            db.execute("DELETE FROM viewers")
            db.executemany("INSERT OR IGNORE INTO viewers VALUES (?)", [(one,) for one in (owner, *others)])

    def leave(self, owner: str) -> None:
        """Take a viewer out."""
        with self.writing() as db:
            db.execute("DELETE FROM viewers WHERE owner = ?", (owner,))

    def put_answer(self, key: str, content: str) -> None:
        """Keep what was measured, under a name."""
        with self.writing() as db:
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, content))

    def answer(self, key: str, kind: type[Kind]) -> Kind | None:
        """Return what was kept under a name, or ``None``; what is damaged is dropped."""
        found = self.all("SELECT content FROM answers WHERE key = ?", (key,))
        if not found:
            return None
        try:
            return msgspec.convert(from_json(found[0][0]), kind)
        except (TypeError, ValueError):
            self.drop("answers", key)
            return None

    # --- runs --------------------------------------------------------------------------------------

    def _run_number(self, db: sqlite3.Connection, run: Run) -> int:
        content = json.dumps(asdict(run), sort_keys=True, default=str)
        db.execute("INSERT OR IGNORE INTO runs (content) VALUES (?)", (content,))
        return int(db.execute("SELECT id FROM runs WHERE content = ?", (content,)).fetchone()[0])

    def _run(self, number: int) -> Run:
        if number not in self._runs:
            content = json.loads(self.all("SELECT content FROM runs WHERE id = ?", (number,))[0][0])
            self._runs[number] = Run.restored(content)
        return self._runs[number]
