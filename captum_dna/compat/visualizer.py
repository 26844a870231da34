"""``AttributionVisualizer`` as code written for Captum Insights 0.8 calls it, on captum_dna's viewer."""

from __future__ import annotations

import socket
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import nn

from captum_dna.compat.batches import Examples
from captum_dna.compat.features import BaseFeature, DNAFeature, FeatureOutput
from captum_dna.compat.networks import CaptumClassifier, classifier_of
from captum_dna.insights.app import EXTENSION
from captum_dna.insights.portions import explain
from captum_dna.insights.server import Insights
from captum_dna.model.classifier import Classifier
from captum_dna.model.loading import load
from captum_dna.model.tokenization import Encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from captum_dna.compat.batches import Batch
    from captum_dna.core.attribution import Attribution


class OutputScore(NamedTuple):
    """A class with its score (for the true class 100), as in Captum 0.8."""

    score: float
    index: int  # type: ignore[assignment]  # the name that it has in Captum
    label: str


class VisualizationOutput(NamedTuple):
    """One example explained by one model, with the field names of Captum 0.8."""

    feature_outputs: list[FeatureOutput]
    actual: OutputScore | None
    predicted: list[OutputScore]
    active_index: int
    model_index: int


class AttributionVisualizer:
    """Explains examples of DNA by one or more models.

    Parameters
    ----------
    models
        One model or a list: modules that take what the feature's ``input_transforms`` make of token ids, a
        :class:`captum_dna.Classifier`, what :func:`captum_dna.load` takes by name, or (model, tokenizer).
    classes
        Names of the classes, in the order of the outputs.
    features
        One :class:`DNAFeature`.
    dataset
        :class:`Batch` objects of token ids.
    score_func
        From outputs to scores: softmax, sigmoid, or another function to probabilities.
    use_label_for_attr
        ``False`` for a model with one output, from whose value the class follows.

    Raises
    ------
    ValueError
        What cannot be explained, or not as asked for.

    Warns
    -----
    UserWarning
        What is done in another way than asked for.
    """

    def __init__(
        self,
        models: object,
        classes: list[str],
        features: list[BaseFeature] | BaseFeature,
        dataset: Iterable[Batch],
        score_func: Callable[[Tensor], Tensor] | None = None,
        use_label_for_attr: bool = True,
    ) -> None:
        self.models = models if isinstance(models, list) else [models]
        self.features = features if isinstance(features, list) else [features]
        self.classes = list(classes)
        self.dataset = dataset
        if not self.models:
            raise ValueError("Give at least one model.")
        feature = _only_dna(self.features)
        tokenizer = feature.tokenizer or _tokenizer(self.models[0])
        if tokenizer is None:
            raise ValueError(
                f"DNAFeature {feature.name!r} does not know the tokenizer, which mutations and baselines need. Give it "
                "tokenizer=, or the model as (model, tokenizer)."
            )
        self._feature = DNAFeature(
            feature.name, feature.baseline_transforms, feature.input_transforms, tokenizer=tokenizer
        )
        examples = Examples(dataset, feature.name, Encoder(tokenizer), self.classes)
        made = [
            classifier_of(model, self._feature, examples, self.classes, score_func) for model in self.models
        ]
        if not use_label_for_attr and not all(_one_output(one) for one in made):
            warnings.warn(
                "use_label_for_attr=False is for a model with one output; this one has an output per class, so a class "
                "is explained all the same.",
                stacklevel=2,
            )
        self._classifiers = dict(zip(_names(made), made, strict=True))
        self._sequences = examples.sequences
        self._insights: Insights | None = None

    @property
    def insights(self) -> Insights:
        """The viewer behind :meth:`render` and :meth:`serve`; stop it to end what was served."""
        if self._insights is None:
            own = (socket.gethostname(), socket.getfqdn())
            name = self._feature.name
            self._insights = Insights(self._classifiers, self._sequences, store=False, name=name, hosts=own)
        return self._insights

    def render(self, debug: bool = True) -> None:  # noqa: ARG002 - as in 0.8
        """Display the widget in a notebook.

        Parameters
        ----------
        debug
            Taken for compatibility: there is no second output to show, since mistakes are told in the widget.
        """
        from IPython.display import display

        display(self.insights.render())  # type: ignore[no-untyped-call]  # IPython's is untyped

    def serve(
        self,
        blocking: bool = False,
        debug: bool = False,  # noqa: ARG002 - as in 0.8
        port: int | None = None,
        bind_all: bool = False,
    ) -> int:
        """Serve the viewer, print its address with its token, and return the port.

        Parameters
        ----------
        blocking
            Return only when it is stopped, or on Ctrl-C.
        debug
            Taken for compatibility: mistakes are always logged, and no debugger is ever served.
        port
            The port; by default a free one.
        bind_all
            Listen on all addresses of this machine, to be asked for by its name; the token is needed there, too.

        Raises
        ------
        ValueError
            The port is taken.
        """
        viewer = self.insights
        viewer.host = "0.0.0.0" if bind_all else "127.0.0.1"  # noqa: S104 - asked for, and with a token
        viewer.port = port or 0
        viewer.serve()
        print(f"\nFetch data and view Captum Insights at {viewer.url}\n", flush=True)  # noqa: T201 - as 0.8 does
        served = int(viewer.url.split("?")[0].rstrip("/").rsplit(":", 1)[1])
        if blocking:
            try:
                viewer.wait()
            except KeyboardInterrupt:
                viewer.stop()
        return served

    def visualize(self) -> list[list[VisualizationOutput]]:
        """Return all examples in their order, each explained by each model for the class that it predicts."""
        app = self.insights.app
        columns = []
        for number, (name, classifier) in enumerate(self._classifiers.items()):
            how = app.extensions[EXTENSION].how({"model": name})
            results = explain(classifier, self._sequences, how)
            columns.append([self._shown(one, number) for one in results])
        return [list(row) for row in zip(*columns, strict=True)]

    def _shown(self, result: Attribution, model: int) -> VisualizationOutput:
        chances = result.probabilities
        best = [int(i) for i in (-chances).argsort()[:4]]
        true = result.true_label
        actual = None if true is None else OutputScore(100.0, self.classes.index(true), true)
        return VisualizationOutput(
            feature_outputs=[self._feature.shown(result)],
            actual=actual,
            predicted=[OutputScore(float(chances[i]), i, self.classes[i]) for i in best],
            active_index=self.classes.index(result.target),
            model_index=model,
        )


def _only_dna(features: list[BaseFeature]) -> DNAFeature:
    if len(features) != 1:
        raise ValueError(
            f"There are {len(features)} features, and captum_dna explains models of one DNA sequence. Give one DNAFeature."
        )
    (feature,) = features
    if not isinstance(feature, DNAFeature):
        raise TypeError(
            f"{type(feature).__name__} is not a DNAFeature. Make it one, with the same arguments and tokenizer=."
        )
    return feature


def _tokenizer(model: Any) -> object:
    if isinstance(model, tuple) and len(model) == 2:
        return model[1]
    if isinstance(model, nn.Module):
        return None
    return (model if isinstance(model, Classifier) else load(model)).tokenizer


def _one_output(classifier: Classifier) -> bool:
    return isinstance(classifier, CaptumClassifier) and classifier.one_output


def _names(classifiers: list[Classifier]) -> list[str]:
    """Return a name for each, numbered where several models share one."""
    names = [one.name for one in classifiers]
    return [name if names.count(name) == 1 else f"{i}. {name}" for i, name in enumerate(names, start=1)]
