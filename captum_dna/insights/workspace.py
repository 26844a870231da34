"""What one viewer knows: its models, data sets and stored results. Two viewers share nothing."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

from captum_dna.core.errors import SequenceError
from captum_dna.insights.facets import Predictions, Scores
from captum_dna.insights.limits import Limits, Problem
from captum_dna.insights.pasted import Part, Pasted
from captum_dna.insights.request import How, how_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from captum_dna.core.attribution import Attribution
    from captum_dna.core.sequences import Sequence
    from captum_dna.insights.datasets import Dataset
    from captum_dna.insights.genome import GenomeView
    from captum_dna.insights.kept import Found
    from captum_dna.insights.store import Store
    from captum_dna.model.classifier import Classifier
    from captum_dna.pipeline.windows import Windowing

Key = TypeVar("Key")
Value = TypeVar("Value")

_COLUMNS_KEPT = 40
_CHOICES_KEPT = 500
_ANSWERS_KEPT = 50
_REST = 50
"""How many times as long as an answer took no other is computed again while a job runs."""

Kept = TypeVar("Kept")


class Workspace:
    """The models, data and results behind one application.

    Parameters
    ----------
    models
        Models by the name that the page shows.
    data
        The data set that is shown first.
    store
        Where results are kept.
    limits
        What requests may ask for at most.
    sizes
        Of the chromosomes that the data lie on, where they are known: bigWig files need them.
    genome
        What the Genome view shows, if there is one.
    """

    def __init__(
        self,
        models: Mapping[str, Classifier],
        data: Dataset,
        store: Store,
        limits: Limits,
        sizes: Mapping[str, int] | None = None,
        genome: GenomeView | None = None,
    ) -> None:
        self.sizes = sizes
        self.genome = genome
        self.models = dict(models)
        self.store = store
        self.limits = limits
        self.fingerprints = {
            name: f"{one.fingerprint}-{one.encoder.fingerprint}" for name, one in self.models.items()
        }
        self.first = data
        self.scope = hashlib.sha256(repr((self.fingerprints, data.id)).encode()).hexdigest()[:16]
        self.datasets: OrderedDict[str, Dataset] = OrderedDict({data.id: data})
        self._pasted: dict[str, Pasted] = {}
        self._lock = threading.RLock()
        self._predictions: dict[tuple[str, str], Predictions] = {}
        self._in_windows: OrderedDict[tuple[str, str], Predictions] = OrderedDict()
        self._scores: OrderedDict[tuple[str, str], Scores] = OrderedDict()
        self._choices: OrderedDict[str, How] = OrderedDict()
        self._answers: OrderedDict[tuple[Any, ...], tuple[tuple[object, ...], Any]] = OrderedDict()
        self._answering = threading.Lock()
        self._rest_until = 0.0
        self._predictions |= self._columns(
            data
        )  # a label that a model does not know is told before anything starts
        self._find_pasted()

    # --- choices -----------------------------------------------------------------------------------

    def how(self, asked: Mapping[str, object]) -> How:
        """Return the choices of a request; see :func:`captum_dna.insights.request.how_of`."""
        text = repr(sorted(asked.items()))
        with self._lock:
            if text in self._choices:
                return self._choices[text]
        how = how_of(asked, self.models, self.limits)
        with self._lock:
            _keep(self._choices, text, how, _CHOICES_KEPT)
        return how

    def key(self, how: How) -> str:
        """Return the hash under which results of these choices are kept."""
        return how.key(self.fingerprints[how.model])

    def remembered(
        self,
        about: tuple[object, ...],
        state: tuple[object, ...],
        make: Callable[[], Kept],
        *,
        changing: bool = False,
    ) -> Kept:
        """Return an answer that takes long to work out; while the state is the same objects, it is the same.

        One is computed at a time, so that many who ask the same wait for one another's.

        Parameters
        ----------
        about
            What the answer is about, the id of its data set first.
        state
            Of all that it is computed from.
        make
            Works it out.
        changing
            Whether the state changes all the time, as it does while a job runs. An earlier answer then serves until
            such answers have rested for fifty times as long as the last of them took: the job has the processor.
        """
        with self._answering:
            known = self._answers.get(about)
            began = time.monotonic()
            if known is not None and (known[0] == state or (changing and began < self._rest_until)):
                made: Kept = known[1]
            else:
                made = make()
                known = (state, made)
                self._rest_until = began + _REST * (time.monotonic() - began)
            if about[0] in self.datasets:
                _keep(self._answers, about, known, _ANSWERS_KEPT)
        return made

    # --- data sets ---------------------------------------------------------------------------------

    def dataset(self, id: str) -> Dataset:  # noqa: A002 - that is what it is called outside
        """Return a data set by its id.

        Raises
        ------
        Problem
            There is none.
        """
        with self._lock:
            if id in self.datasets:
                return self.datasets[id]
        raise Problem("There is no such data set here. It may have been removed.", 404)

    def paste(
        self, text: str, name: str | None, origin: int | None = None, onto: str | None = None
    ) -> tuple[Dataset, bool]:
        """Return the data set of pasted text, and whether it is new.

        Parameters
        ----------
        text, name
            The text, and what to call the data set.
        origin
            The base to number as 0 of sequences that have none.
        onto
            Id of the data set whose sequences come first.
        """
        parts = [Part(text, origin)]
        pasted, given = Pasted(parts), bool((name or "").strip())
        if onto is not None:
            before = self.dataset(onto)
            known = self._pasted.get(onto)
            pasted = (
                Pasted([*known.parts, *parts], known.onto_first) if known else Pasted(parts, onto_first=True)
            )
            given = given or known is not None
            name = name or (before.name if known else f"{before.name}, extended")
        data = pasted.dataset(name, self.limits, self.first)
        with self._lock:
            if data.id in self.datasets:
                return self.datasets[data.id], False
        try:
            columns = self._columns(data)
        except SequenceError as error:
            raise Problem(str(error), field="text") from error
        with self._lock:
            if data.id in self.datasets:
                return self.datasets[data.id], False
            if sum(one.pasted for one in self.datasets.values()) >= self.limits.datasets:
                raise Problem(
                    f"There are {self.limits.datasets} pasted data sets already. Remove one first.", 429
                )
            if not given:
                data.name = self._unused(data.name)
            with self.store.writing() as db:
                row = (data.id, self.scope, data.name, pasted.kept(), time.time())
                db.execute("INSERT OR REPLACE INTO datasets VALUES (?, ?, ?, ?, ?)", row)
            self.datasets[data.id] = data
            self._pasted[data.id] = pasted
            self._predictions |= columns
        return data, True

    def _unused(self, name: str) -> str:
        """Return a name that no data set has: this one, or with the first number that is free."""
        taken = {one.name for one in self.datasets.values()}
        numbered = (f"{name} {number}" for number in range(2, len(taken) + 2))
        return next(one for one in (name, *numbered) if one not in taken)

    def check_pasted(self, data: Dataset) -> None:
        """Refuse to forget the data set that the viewer was started with."""
        if not data.pasted:
            raise Problem("The data set that the viewer was started with cannot be removed.", 409)

    def remove(self, data: Dataset) -> None:
        """Forget a pasted data set; results of its sequences stay, predictions that no other data set has go."""
        self.check_pasted(data)
        with self.store.writing() as db:
            db.execute("DELETE FROM datasets WHERE id = ? AND scope = ?", (data.id, self.scope))
        with self._lock:
            self.datasets.pop(data.id, None)
            self._pasted.pop(data.id, None)
            others = [one.rows_of for one in self.datasets.values()]
            readings = {name for id_, name in (*self._predictions, *self._in_windows) if id_ == data.id}
            alone = [one for one in data.rows_of if not any(one in known for known in others)]
            self.store.forget_predictions(readings, alone)
            columns: dict[Any, Any]
            for columns in (self._predictions, self._in_windows, self._scores, self._answers):
                for key in [key for key in columns if key[0] == data.id]:
                    del columns[key]
        self.store.give_back()

    def keep_predictions(
        self, data: Dataset, model: str, windowing: Windowing | None, found: list[Found]
    ) -> None:
        """Keep what a model says of rows of a data set, unless that was removed meanwhile."""
        with self._lock:
            if data.id in self.datasets:
                self.store.put_predictions(self.reading(model, windowing), found)
                self.predictions(data, model, windowing).add(found)

    def _find_pasted(self) -> None:
        """Take up the data sets that were pasted before a restart."""
        for one in self.store.texts(self.scope):
            try:
                pasted = Pasted.of(one.text)
                data = pasted.dataset(one.name, self.limits, self.first)
                columns = self._columns(data)
            except (Problem, SequenceError) as problem:
                self.store.notices.append(f"A data set that was pasted earlier cannot be read: {problem}")
            else:
                self.datasets.setdefault(data.id, data)
                self._pasted[data.id] = pasted
                self._predictions |= columns

    # --- columns -----------------------------------------------------------------------------------

    def _columns(self, data: Dataset) -> dict[tuple[str, str], Predictions]:
        """Return what each model says of the rows, read whole.

        Raises
        ------
        SequenceError
            A label that a model does not know.
        """
        names = {model: self.reading(model) for model in self.models}
        return {
            (data.id, name): Predictions(data, self.models[model], self.store.predictions(name, data.letters))
            for model, name in names.items()
        }

    def predictions(self, data: Dataset, model: str, windowing: Windowing | None = None) -> Predictions:
        """Return what a model says of the rows, whole or in windows, as far as it is known."""
        name = self.reading(model, windowing)
        key = (data.id, name)
        with self._lock:
            if windowing is None:
                return self._predictions.get(key) or self._columns(data)[key]
            found = self._in_windows.get(key)
            if found is None:
                uncut = _whole_in(windowing, data, self.store.predictions(self.reading(model), data.letters))
                found = Predictions(
                    data, self.models[model], [*uncut, *self.store.predictions(name, data.letters)]
                )
            if data.id in self.datasets:  # nothing stays of one that was removed meanwhile
                _keep(self._in_windows, key, found, _COLUMNS_KEPT)
            return found

    def reading(self, model: str, windowing: Windowing | None = None) -> str:
        """Return the name under which the predictions of a model are kept, whole or in windows."""
        fingerprint = self.fingerprints[model]
        return fingerprint if windowing is None else f"{fingerprint} {windowing.length} {windowing.overlap}"

    def scores(self, data: Dataset, how: How) -> Scores:
        """Return what is stored of one way to explain the rows."""
        key = (data.id, self.key(how))
        with self._lock:
            found = self._scores.get(key) or Scores(data, key[1], self.store)
            if data.id in self.datasets:
                _keep(self._scores, key, found, _COLUMNS_KEPT)
        return found.refresh()

    def result(self, data: Dataset, row: int, how: How) -> Attribution | None:
        """Return the stored explanation of a row, or ``None``."""
        return self.store.get(self.key(how), data.letters[row], data.sequences[row], self.models[how.model])

    def sequence(self, data: Dataset, row: int) -> Sequence:
        """Return the sequence of a row.

        Raises
        ------
        Problem
            There is no such row.
        """
        if not 0 <= row < len(data):
            raise Problem(f"There is no row {row} in {data.name}: it has {len(data)} rows.", 404)
        return data.sequences[row]


def _whole_in(windowing: Windowing, data: Dataset, found: Iterable[Found]) -> Iterator[Found]:
    """Yield the predictions that hold in windows, too: those of sequences that are not cut."""
    for one in found:
        rows = data.rows_of.get(one.letters)
        if not rows or one.probabilities is None:
            continue
        if windowing.length == "auto" or data.lengths[rows[0]] <= windowing.length:
            yield one


def _keep(cache: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Put a value last, and let the first go where there are too many."""
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > most:
        cache.popitem(last=False)
