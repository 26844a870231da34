"""What the page and the server say to each other: a class for each request and each answer.

Every request is read into these classes by :mod:`captum_dna.insights.inputs`, and nowhere else: names, types and
ranges stand here alone. The API document and the page's types are made from them.
"""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from captum_dna.insights.limits import Limits

LONGEST_WAIT = 10
"""Seconds that a request may wait for a job."""

Kind = Literal["predict", "explain", "look"]
State = Literal["queued", "running", "done", "cancelled", "failed", "interrupted"]
Correct = Literal["wrong", "right", "unknown"]
Sort = Literal["index", "name", "length", "probability", "loss", "delta", "largest"]
Order = Literal["up", "down"]
Index = Annotated[int, Meta(ge=0, le=10**9)]
Number = Annotated[float, Meta(ge=-1e18, le=1e18)]
Wait = Annotated[
    float,
    Meta(
        ge=0,
        le=LONGEST_WAIT,
        description="Seconds to wait for the answer before 202 is given with the job instead; ask again then",
    ),
]
Option = bool | int | float | str | None


class Request(Struct, forbid_unknown_fields=True):
    """What somebody asks; a name that is not here is refused."""


class Answer(Struct):
    """What the server answers."""


# --- requests ------------------------------------------------------------------------------------------


class Nothing(Request):
    """An empty object."""


class Choices(Request):
    """How to explain; what is absent has its default."""

    model: Annotated[str | None, Meta(description="Name of the model; by default the first")] = None
    method: Annotated[str | None, Meta(description="Name of the method")] = None
    target: Annotated[
        str | None,
        Meta(description="Label of the class explained; by default the predicted class of each row"),
    ] = None
    output: Annotated[str | None, Meta(description="The scalar explained")] = None
    baseline: Annotated[
        str | None,
        Meta(description="A name of the model's baselines, or a DNA sequence of the same length"),
    ] = None
    projection: Annotated[str | None, Meta(description="From tokens to bases")] = None
    tolerance: Annotated[
        float | str | None,
        Meta(description="Share of f(x) - f(baseline), between 0 and 1, or preview"),
    ] = None
    n_steps: Annotated[
        int | None, Meta(description="A fixed number of nodes instead of the adaptive rule")
    ] = None
    strands: Annotated[
        str | None, Meta(description="Average with the reverse complement (both), or not (forward)")
    ] = None
    seed: Annotated[int | None, Meta(description="Of whatever is random")] = None
    window_length: Annotated[
        int | str | None,
        Meta(
            description="Bases of the overlapping windows in which longer sequences are read, or auto: as many as fit "
            "the model; absent: sequences are read whole"
        ),
    ] = None
    overlap: Annotated[
        int | str | None,
        Meta(description="Bases that neighbouring windows share at least; a quarter of a window by default"),
    ] = None
    layer: Annotated[
        str | None, Meta(description="The module whose output is scored; by default the embeddings")
    ] = None
    options: Annotated[
        dict[str, Option | list[Option]] | None,
        Meta(description="The method's own options; a JSON object, also as a query parameter"),
    ] = None

    def given(self) -> dict[str, Any]:
        """Return the choices that were made, by name."""
        values = ((name, getattr(self, name)) for name in Choices.__struct_fields__)
        return {name: value for name, value in values if value is not None}


class Entry(Request, forbid_unknown_fields=False):
    """What the printed address brings along."""

    token: Annotated[str | None, Meta(description="The token that was printed")] = None


class Pasted(Request):
    """Text to make a data set of."""

    text: Annotated[str, Meta(description="FASTA, CSV or TSV with a header, or one sequence per line")]
    name: Annotated[str | None, Meta(description="What to call it; never a path")] = None


class Explain(Request):
    """Explain one sequence now."""

    how: Choices = field(default_factory=Choices)
    wait: Wait = 5
    preview: Annotated[
        bool,
        Meta(
            description="Answer with a quick picture first, marked preview, where the method is an integral that is "
            "not stored; ask again without this for the integral"
        ),
    ] = False


class Edit(Request):
    """One base to change."""

    position: Annotated[Index, Meta(description="Counted from 0")]
    base: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1,
            pattern="^[ACGTURYSWKMBDHVNacgturyswkmbdhvn]$",
            description="A, C, G, T or another IUPAC code",
        ),
    ]


class Mutate(Request):
    """Change bases, and explain before and after."""

    edits: Annotated[list[Edit], Meta(min_length=1)]
    how: Choices = field(default_factory=Choices)
    wait: Wait = 5


class Measure(Request):
    """Measure how faithful explanations are."""

    rows: Annotated[
        list[Index] | None,
        Meta(description="Explained rows; by default some 20, spread over all that are explained"),
    ] = None
    how: Choices = field(default_factory=Choices)
    wait: Wait = 5


class JobAsked(Request):
    """Explain many rows."""

    dataset: str
    rows: Annotated[
        Annotated[list[Index], Meta(min_length=1)] | None,
        Meta(description="Rows to explain; by default all"),
    ] = None
    how: Choices = field(default_factory=Choices)


class Since(Request):
    """What of a job is new."""

    since: Annotated[
        Index | None, Meta(description="Answer with the finished rows, too, from this number on")
    ] = None


# --- answers -------------------------------------------------------------------------------------------


class Error(Answer):
    """Why a request is not met."""

    error: Annotated[str, Meta(description="A sentence with a way out; plain text")]
    field: Annotated[
        str | None, Meta(description="Where the mistake was made, if the request has such a field")
    ] = None


class Health(Answer):
    """That the server answers."""

    status: Literal["ok"] = "ok"


class Words(Answer):
    """A choice in words."""

    name: str
    words: str


class Model(Answer):
    """A model and what it can be asked."""

    name: str
    labels: tuple[str, ...]
    head: Annotated[str, Meta(description="single_label, multi_label or regression")]
    max_bases: int | None
    tokenizer: str
    fingerprint: str
    outputs: list[str]
    baselines: list[Words]
    layers: Annotated[list[str], Meta(description="The modules that methods of one layer can score")]
    default: Annotated[Choices, Meta(description="The choices where nothing is said, all spelt out")]


class MethodFacts(Words):
    """A method, what it costs and what its scores are."""

    cost: Annotated[str, Meta(description="Evaluations per sequence of L bases and T tokens")]
    citation: Annotated[str, Meta(description="Where it was described; empty for one of our own")]
    complete: bool
    signed: bool
    on_path: Annotated[
        bool, Meta(description="Whether tolerance, n_steps and a baseline mean something to it")
    ]
    compares_with: Annotated[
        str,
        Meta(description="baseline, own (one of its own options) or nothing: what the scores are against"),
    ]
    layered: Annotated[bool, Meta(description="Whether it scores the output of one layer, which is a choice")]
    options: Annotated[dict[str, Any], Meta(description="Own options and their defaults")]


class ExporterFacts(Words):
    """A kind of file to take away; its name is that of the file."""

    title: Annotated[str, Meta(description="What the format is called")]
    places: Annotated[bool, Meta(description="Only sequences with a place in a genome can be written")]
    possible: Annotated[bool, Meta(description="Whether this viewer has what it needs")]


class MeasureFacts(Words):
    """A measure of how faithful scores are."""

    columns: Annotated[dict[str, str], Meta(description="What it fills, and which direction is better")]
    citation: Annotated[str, Meta(description="Where it was described; empty for one of our own")]


class ReaderFacts(Words):
    """A format that sequences are read from."""

    suffixes: list[str]


class ProjectionFacts(Words):
    """A way from tokens to bases."""

    conserving: bool


class Preview(Answer):
    """What to merge into choices for a quick first picture."""

    method: str


class Config(Answer):
    """All choices; the same while the server runs, but for the notices."""

    title: str
    version: str
    models: list[Model]
    methods: list[MethodFacts]
    projections: list[ProjectionFacts]
    exporters: list[ExporterFacts]
    measures: list[MeasureFacts]
    readers: list[ReaderFacts]
    preview: Preview
    limits: Limits
    kept: Annotated[bool, Meta(description="Whether results outlive the server")]
    sizes: Annotated[
        bool, Meta(description="Whether the sizes of the chromosomes are known, which bigWig files need")
    ]
    notices: Annotated[
        list[str], Meta(description="Sentences to show, such as that a damaged store was set aside")
    ]


class Dataset(Answer):
    """A data set."""

    id: str
    name: str
    size: Annotated[int, Meta(description="Rows")]
    pasted: bool
    true_labels: list[str]
    lengths: Annotated[tuple[int, int], Meta(description="Shortest and longest")]
    origin: Annotated[bool, Meta(description="Whether any row has an origin (a TSS, say)")]
    intervals: Annotated[bool, Meta(description="Whether any row has a genome interval")]
    remarks: Annotated[list[str], Meta(description="What the reader warned about")]
    predicted: Annotated[dict[str, int], Meta(description="Rows predicted so far, by model")]


class Datasets(Answer):
    """All data sets, in the order they were made."""

    datasets: list[Dataset]


class Row(Answer):
    """A row of the list."""

    index: int
    name: str
    length: int
    true: str | None
    predicted: Annotated[
        str | None,
        Meta(description="null while it is not predicted yet, or where the model cannot read the sequence"),
    ]
    probability: Annotated[
        float | None,
        Meta(
            description="Of the predicted class, or of probability_of; the value itself for a regression head"
        ),
    ]
    correct: bool | None
    loss: float | None
    problem: Annotated[str | None, Meta(description="Why the model cannot read this sequence")]
    explained: bool
    target: Annotated[str | None, Meta(description="Class explained")]
    delta: float | None
    converged: bool | None
    largest: Annotated[float | None, Meta(description="Largest score, with its sign, in units of the output")]
    special_share: float | None
    strip: Annotated[
        str | None,
        Meta(
            description="base64 of up to 64 int8, each the strongest score of its stretch in 1/127 of the absolute "
            "largest; -128 is no data"
        ),
    ]


class FullRow(Row):
    """A row with its letters and all probabilities."""

    sequence: str
    probabilities: Annotated[dict[str, float], Meta(description="By label; empty while not predicted")]
    origin: int
    interval: str | None
    how: Choices


class Facets(Answer):
    """Rows that each word of a filter would keep, all other filters as they are; a regression has no classes."""

    true: Annotated[dict[str, int], Meta(description="By true class; an empty text for the unknown")]
    predicted: dict[str, int]
    correct: Annotated[dict[str, int], Meta(description="right, wrong and unknown")]
    explained: Annotated[dict[str, int], Meta(description="yes and no")]


class Cell(Answer):
    """A cell of the confusion table."""

    true: str
    predicted: str
    count: int


class Counts(Answer):
    """Rows of the data set."""

    predicted: int
    explained: int
    problems: int


class Rows(Answer):
    """A stretch of the list, after filters and sorting."""

    total: Annotated[int, Meta(description="Rows of the data set")]
    matched: Annotated[int, Meta(description="Rows that the filters keep")]
    offset: int
    rows: list[Row]
    facets: Facets
    confusion: Annotated[
        list[Cell],
        Meta(description="Over all rows kept by the filters other than true, predicted and correct"),
    ]
    probability: Annotated[
        list[int],
        Meta(
            description="Counts in 20 equal bins of the probability from 0 to 1, of the rows kept by all other filters"
        ),
    ]
    counts: Counts
    measured: Annotated[
        str | None,
        Meta(
            description="How the measured and the predicted values of the rows kept correlate, in words; null without "
            "a regression, or without measured values"
        ),
    ]


class Payload(Answer):
    """An explanation, as the picture's element reads it."""

    picture: Annotated[
        dict[str, Any],
        Meta(
            description="One sequence, see captum_dna/render/payload.py",
            extra={"typescript": "PicturePayload"},
        ),
    ]
    shared: Annotated[
        Raw,
        Meta(description="What all pictures of a page share", extra={"typescript": "SharedPayload"}),
    ]
    how: Choices
    key: Annotated[str, Meta(description="The same for the same model, letters and choices")]
    preview: Annotated[
        Literal[True] | UnsetType,
        Meta(
            description="Quick scores in place of the integral that was asked for; `how` says how they were made"
        ),
    ] = UNSET


class Edited(Answer):
    """A base that was changed."""

    position: int
    before: str = field(name="from")
    after: str = field(name="to")


class Change(Answer):
    """A number before and after."""

    before: float | None
    after: float | None


class LabelChange(Change):
    """The probability of a class before and after."""

    label: str


class Mutation(Answer):
    """One sequence with bases changed: the same class, explained before and after."""

    letters: str
    edits: list[Edited]
    target: str
    predictions: list[LabelChange]
    f: Change
    before: Payload
    after: Payload
    difference: Annotated[Payload, Meta(description="Scores after minus before")]


class Profile(Answer):
    """Mean scores by position of a group of rows."""

    group: Annotated[str, Meta(description="all, true, predicted or correct")]
    name: str
    count: int
    scores: Annotated[
        list[float | None], Meta(description="Mean score by position; null where no row has one")
    ]
    rows: Annotated[list[int], Meta(description="Rows at each position")]


class Kmer(Answer):
    """A k-mer of the top windows."""

    kmer: str
    count: Annotated[int, Meta(description="Occurrences")]
    sequences: int
    score: Annotated[float, Meta(description="Mean over occurrences of the summed base scores")]
    top: Annotated[int, Meta(description="Occurrences among the top windows")]
    enrichment: float | None
    p: float
    q: Annotated[float, Meta(description="p, corrected for all k-mers seen")]


class Completeness(Answer):
    """How complete the scores are."""

    converged: int
    median_delta: float | None
    special_share: float | None


class Summary(Answer):
    """What the scores of the filtered rows have in common."""

    explained: Annotated[int, Meta(description="Rows that the numbers are about")]
    matched: int
    start: Annotated[
        int,
        Meta(
            description="Position of the first score, relative to each row's origin (the first base where there is none)"
        ),
    ]
    profiles: list[Profile]
    output: str
    targets: Annotated[list[str], Meta(description="Classes that the scores are about")]
    kmers: list[Kmer]
    test: Annotated[str, Meta(description="The test behind p and what it assumes, in words")]
    completeness: Completeness


class Numbers(Answer):
    """How faithful scores are, in numbers."""

    comprehensiveness: Annotated[
        float,
        Meta(
            description="Mean fall of the output without the best 5, 10 and 20 % of bases; higher is better"
        ),
    ]
    sufficiency: Annotated[float, Meta(description="Mean fall with nothing but them; lower is better")]
    deletion: Annotated[float, Meta(description="Mean height of the curve; lower is better")]
    insertion: Annotated[float, Meta(description="Likewise; higher is better")]


class Curves(Answer):
    """The output of the model while bases go or come."""

    shares: Annotated[list[float], Meta(description="Shares of the bases, from 0 to 1")]
    deletion: Annotated[list[float], Meta(description="Output with that share removed")]
    insertion: Annotated[list[float], Meta(description="Output with only that share left")]
    tokens: Annotated[list[float], Meta(description="Share of the tokens that the deletion changes")]
    numbers: Numbers


class Faithfulness(Answer):
    """Curves of the scores and of random order, the mean over rows."""

    rows: list[int]
    output: str
    words: Annotated[str, Meta(description="How bases are removed")]
    verdict: Annotated[
        str, Meta(description="Whether the scores tell more than chance, in a sentence or two")
    ]
    scores: Curves
    random: Curves


class Failure(Answer):
    """A row that could not be explained."""

    row: int
    name: str
    error: str


class Job(Answer):
    """Work under way."""

    id: str
    kind: Kind
    state: State
    dataset: str | None
    model: str
    how: Choices | None
    total: int
    done: Annotated[int, Meta(description="Finished, those found in the store included")]
    found: Annotated[int, Meta(description="Found in the store")]
    failures: list[Failure]
    message: Annotated[str | None, Meta(description="Why it failed, in a sentence")]
    created: Annotated[float, Meta(description="Seconds since 1970")]
    seconds: Annotated[float, Meta(description="Running time so far")]
    seconds_left: float | None
    finished: list[int] | UnsetType = UNSET


class Jobs(Answer):
    """All jobs, the newest first."""

    jobs: list[Job]


def finite(number: float) -> float | None:
    """Return a number as JSON has it, in seven digits; ``None`` for NaN and infinity."""
    value = float(number)
    return float(f"{value:.7g}") if isfinite(value) else None
