"""Code written for Captum Insights, with the import changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients

from captum_dna.compat import AttributionVisualizer, Batch, DNAFeature
from captum_dna.compat.batches import MOST_EXAMPLES
from captum_dna.pipeline.attribute import attribute
from tests.toy import dna, kmer_bert, kmer_tokenizer

CLASSES = ["other", "promoter"]
SEQUENCES = [dna(30, seed) for seed in range(3)]


class FromEmbeddings(torch.nn.Module):
    """What Captum 0.8 needs: a module that takes embeddings, since a path cannot run over ids."""

    def __init__(self, bert, columns=slice(None)) -> None:
        super().__init__()
        self.bert, self.columns = bert, columns

    def forward(self, embeddings, attention_mask=None):
        return self.bert(inputs_embeds=embeddings, attention_mask=attention_mask).logits[:, self.columns]


def ids_of(sequences, pad_to=None):
    rows = [list(kmer_bert(4).encode(one).input_ids) for one in sequences]
    length = pad_to or max(map(len, rows))
    return torch.tensor([row + [0] * (length - len(row)) for row in rows])


def embed(ids):
    return kmer_bert(4).model.get_input_embeddings()(ids)


def feature(**changed):
    settings = {
        "baseline_transforms": [torch.zeros_like],
        "input_transforms": [embed],
        "visualization_transform": kmer_tokenizer(4).convert_ids_to_tokens,
    } | changed
    return DNAFeature("Promoter", **settings)


def visualizer(model=None, features=None, dataset=None, **options):
    model = model or FromEmbeddings(kmer_bert(4).model)
    batches = dataset or [Batch(ids_of(SEQUENCES), torch.tensor([1, 0, 1]))]
    options = {"score_func": lambda z: torch.softmax(z, -1)} | options
    return AttributionVisualizer(model, CLASSES, features or feature(), batches, **options)


def test_a_model_of_embeddings_is_explained_as_the_model_itself():
    outputs = visualizer().visualize()
    expected = attribute(kmer_bert(4), SEQUENCES, layer="tokens", baseline="zero", tolerance=0.01)
    for (found,), want in zip(outputs, expected, strict=True):
        (shown,) = found.feature_outputs
        assert "".join(shown.base[1:-1]) == want.sequence
        assert (shown.base[0], shown.base[-1]) == ("[CLS]", "[SEP]")
        scores = np.concatenate([want.token_scores[:1], want.base_scores, want.token_scores[-1:]])
        scores *= 100 / np.abs(scores).max()
        assert np.allclose(shown.modified, scores, atol=1e-3)
        assert found.predicted[0].score == pytest.approx(want.probability)
        assert found.active_index == found.predicted[0].index
    assert [one.actual.label for (one,) in outputs] == ["promoter", "other", "promoter"]


def test_the_usual_baseline_is_the_one_that_the_feature_makes():
    def mask(x):
        return embed(torch.tensor([kmer_tokenizer(4).mask_token_id])).expand_as(x)

    for transforms, name in (([torch.zeros_like], "zero"), (None, "zero"), (mask, "mask")):
        made = visualizer(features=feature(baseline_transforms=transforms))
        (classifier,) = made._classifiers.values()
        assert classifier.usual_baseline == name
    with pytest.warns(UserWarning, match="baseline_transforms of 'Promoter' make none"):
        visualizer(features=feature(baseline_transforms=torch.ones_like))


def test_probabilities_are_those_that_the_score_function_gives():
    plain = visualizer().visualize()
    log = torch.nn.Sequential(FromEmbeddings(kmer_bert(4).model), torch.nn.Softmax(-1))
    for same in (visualizer(model=log, score_func=None), visualizer(model=log, score_func=lambda p: p)):
        for (a,), (b,) in zip(plain, same.visualize(), strict=True):
            assert b.predicted[0].score == pytest.approx(a.predicted[0].score)
            assert np.allclose(a.feature_outputs[0].modified, b.feature_outputs[0].modified, atol=1.0)
    with pytest.warns(UserWarning, match="score_func gives neither"):
        visualizer(score_func=lambda z: z**2)


def test_one_output_is_the_probability_of_the_second_class():
    one = FromEmbeddings(kmer_bert(4).model, slice(1, 2))
    for (found,) in visualizer(model=one, score_func=torch.sigmoid, use_label_for_attr=False).visualize():
        chances = {score.label: score.score for score in found.predicted}
        assert sum(chances.values()) == pytest.approx(1)
        assert found.predicted[0].score >= 0.5
    with pytest.raises(ValueError, match=r"Give score_func=torch\.sigmoid"):
        visualizer(model=one, score_func=lambda z: z - 50)
    with pytest.warns(UserWarning, match="use_label_for_attr=False is for a model with one output"):
        visualizer(use_label_for_attr=False)


def test_models_do_not_share_a_target():
    swapped = FromEmbeddings(kmer_bert(4).model, torch.tensor([1, 0]))
    for first, second in visualizer(model=[FromEmbeddings(kmer_bert(4).model), swapped]).visualize():
        assert (first.model_index, second.model_index) == (0, 1)
        assert first.active_index == 1 - second.active_index


def test_padding_goes_with_its_attention_mask():
    ids = ids_of([dna(20, 5), dna(30, 6)])
    args = (ids != 0).long()
    made = visualizer(dataset=[Batch(ids, None, args)])
    assert [len(one.bases) for one in made._sequences] == [20, 30]
    assert made.visualize()[0][0].actual is None


def test_a_generator_that_asks_for_too_much_ends():
    def endless_in_name():
        batches = iter([ids_of(SEQUENCES[:2]), ids_of(SEQUENCES[2:])])
        while True:
            yield Batch(next(batches), None)

    assert len(visualizer(dataset=endless_in_name()).visualize()) == 3


def test_a_dataset_without_end_is_cut_with_a_warning(monkeypatch):
    def endless():
        while True:
            yield Batch(ids_of(SEQUENCES), None)

    monkeypatch.setattr("captum_dna.compat.batches.MOST_EXAMPLES", 9)
    with pytest.warns(UserWarning, match="Only the first 9 examples"):
        assert len(visualizer(dataset=endless())._sequences) == 9
    assert MOST_EXAMPLES == 10_000


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: visualizer(features=[feature(), feature()]), "There are 2 features"),
        (lambda: visualizer(dataset=[Batch(ids_of(SEQUENCES).float(), None)]), "Batch 1 has inputs"),
        (lambda: visualizer(dataset=[Batch(ids_of(SEQUENCES)[:, 1:], None)]), "they differ at token 1"),
        (lambda: visualizer(dataset=[Batch(ids_of(SEQUENCES), torch.tensor([0, 1, 2]))]), "Example 3 of batch 1 has"),
        (lambda: visualizer(dataset=[Batch(ids_of(SEQUENCES), torch.tensor([0]))]), "3 examples and 1 labels"),
        (lambda: visualizer(dataset=iter([])), "The dataset has no examples"),
        (
            lambda: visualizer(dataset=[Batch(ids_of(SEQUENCES), None, torch.rand(3, 29))]),
            r"additional_args\[0\] of batch 1",
        ),
        (
            lambda: visualizer(features=feature(visualization_transform=lambda ids: [])),
            "does not know the tokenizer",
        ),
        (lambda: DNAFeature("x"), "cannot know how ids become bases"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_told_at_construction(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_classifier_or_a_pair_is_enough():
    plain = DNAFeature("Promoter", tokenizer=kmer_tokenizer(4))
    for model in ((kmer_bert(4).model, kmer_tokenizer(4)), kmer_bert(4).model):
        assert len(visualizer(model=model, features=plain).visualize()) == 3
    with pytest.raises(ValueError, match="Name them alike"):
        visualizer(model=kmer_bert(4), features=plain)


def test_serving_prints_the_address_and_returns_the_port(capsys):
    made, other = visualizer(), visualizer()
    try:
        port = made.serve()
        assert made.insights.url in capsys.readouterr().out
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/datasets",
            headers={"Authorization": f"Bearer {made.insights.token}"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
            (data,) = json.load(answer)["datasets"]
        assert (data["name"], data["size"]) == ("Promoter", 3)
        assert other.serve() != port
    finally:
        made.insights.stop()
        other.insights.stop()


CAPTUM = """
import json, warnings
warnings.simplefilter("ignore")
import torch
import captum
from captum.insights import AttributionVisualizer, Batch
from captum.insights.attr_vis.server import app, namedtuple_to_dict
import captum.insights.attr_vis.server as server
from tests.compat.test_visualizer import CLASSES, SEQUENCES, FromEmbeddings, feature, ids_of
from tests.toy import kmer_bert

assert captum.__version__ == "0.8.0", captum.__version__
data = [Batch(ids_of(SEQUENCES), torch.tensor([1, 0, 1])), Batch(ids_of(SEQUENCES), torch.tensor([1, 0, 1]))]
visualizer = AttributionVisualizer(
    FromEmbeddings(kmer_bert(4).model), CLASSES, feature(), data, lambda z: torch.softmax(z, -1)
)
server.visualizer = visualizer
arguments = {"n_steps": 20, "method": "gausslegendre"}
config = {"attribution_method": "Integrated Gradients", "arguments": arguments, "prediction": "all", "classes": []}
answer = app.test_client().post("/fetch", json=config)
print(answer.text)
"""


def test_the_same_feature_works_inside_captums_own_visualizer(captum_08):
    path = os.pathsep.join(map(str, (captum_08, Path(__file__).parents[2])))
    done = subprocess.run(
        [sys.executable, "-c", CAPTUM], check=False, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout)
    assert len(theirs) == 6
    model = FromEmbeddings(kmer_bert(4).model)
    for number, ((row,), bases) in enumerate(zip(theirs, SEQUENCES * 2, strict=True)):
        (shown,) = row["feature_outputs"]
        assert shown["type"] == "text"
        assert shown["base"] == ["[CLS]", *bases, "[SEP]"]
        assert row["actual"]["label"] == ["promoter", "other", "promoter"][number % 3]
        ids = ids_of([bases])
        x = embed(ids).detach().requires_grad_()
        scores = IntegratedGradients(model).attribute(x, target=row["active_index"], n_steps=20)
        assert np.allclose(shown["modified"], feature().visualize(scores, ids, 1.0).modified, atol=1e-3)
