"""Whatever holds a model: every wrapper, method and head gives what the bare model gives, or is refused in a sentence."""

from __future__ import annotations

import copy
import tempfile
import warnings

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

from captum_dna import attribute, load
from captum_dna.methods import METHODS
from captum_dna.model.errors import ModelError
from tests.toy import dna, kmer_tokenizer, roughen

BASES = dna(24)
HEADS = {
    "single_label": {"num_labels": 3, "id2label": {0: "none", 1: "enhancer", 2: "promoter"}},
    "multi_label": {"num_labels": 3, "problem_type": "multi_label_classification", "id2label": {0: "a", 1: "b", 2: "c"}},
    "regression": {"num_labels": 1, "problem_type": "regression", "id2label": {0: "activity"}},
}  # fmt: skip
OPTIONS = {
    "integrated_gradients": {"n_steps": 4},
    "expected_gradients": {"samples": 2},
    "gradient_shap": {"samples": 4},
    "smoothgrad": {"samples": 3},
    "layer_conductance": {"layer": "bert.encoder.layer.0", "n_steps": 4, "baseline": "mask"},
    "nucleotide_gradients": {"n_steps": 4},
}
"""Few evaluations are enough, for all of them must be the same."""


def bare(head):
    config = BertConfig(
        vocab_size=261, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, **HEADS[head]
    )  # fmt: skip
    return roughen(BertForSequenceClassification(config))


class Holder(nn.Module):
    """A training framework's module: it holds the model under a name and passes on what it is given."""

    def __init__(self, model):
        super().__init__()
        self.network = model
        self.config = {"lr": 1e-3}

    def forward(self, **batch):
        return self.network(**batch)

    def training_step(self, batch):
        return self(**batch).loss


class TakesBatch(Holder):
    def forward(self, batch):
        return self.network(**batch).logits


class GivesTuple(Holder):
    def forward(self, ids, mask):
        return None, self.network(ids, mask).logits


class GivesDictionary(Holder):
    def forward(self, x):
        return {"loss": None, "scores": self.network(x).logits}


class WithTeacher(Holder):
    """Holds a second model with other weights and other names."""

    def __init__(self, model):
        super().__init__(model)
        self.teacher = roughen(copy.deepcopy(model), seed=5)
        self.teacher.config.id2label = {i: f"other {i}" for i in range(model.config.num_labels)}


class Squeezes(Holder):
    def forward(self, input_ids, attention_mask=None):
        return self.network(input_ids, attention_mask).logits.squeeze()


class OtherScale(Holder):
    """No stand-in: its answers are not the model's, and neither are those of the model explained."""

    def forward(self, input_ids, attention_mask=None):
        return 1.0 * self.network(input_ids, attention_mask).logits.flip(-1).flip(-1)


def parallel(model):
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group(
            "gloo", store=torch.distributed.HashStore(), rank=0, world_size=1
        )
    return nn.parallel.DistributedDataParallel(model)


def compiled_in_place(model):
    model.compile(backend="eager")
    return model


def prepared(model):
    from accelerate import Accelerator

    return Accelerator(cpu=True).prepare(model)


def offloaded(model):
    from accelerate import disk_offload

    return disk_offload(model, tempfile.mkdtemp())


def adapted(model):
    """Low-rank adapters that change nothing yet."""
    import peft

    config = peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query", "word_embeddings"])
    return peft.get_peft_model(model, config)


def in_inference_mode(model):
    with torch.inference_mode():
        return copy.deepcopy(model)


WRAPPERS = {
    "DataParallel": nn.DataParallel,
    "DistributedDataParallel": parallel,
    "compiled": lambda model: torch.compile(model, backend="eager"),
    "compiled in place": compiled_in_place,
    "compiled, in parallel": lambda model: nn.DataParallel(torch.compile(model, backend="eager")),
    "prepared by Accelerate": prepared,
    "offloaded by Accelerate": offloaded,
    "LoRA": adapted,
    "made in inference mode": in_inference_mode,
    "holder of keywords": Holder,
    "holder of a batch": TakesBatch,
    "gives a tuple": GivesTuple,
    "gives a dictionary": GivesDictionary,
    "with a teacher": WithTeacher,
    "squeezes": Squeezes,
    "own arithmetic": OtherScale,
}
CAPTUMS_OWN = ("layer_conductance",)


@pytest.fixture(scope="module", params=HEADS)
def head(request):
    return request.param


@pytest.fixture(scope="module")
def expected(head):
    model = load(bare(head), kmer_tokenizer(4))
    return {method: explained(model, method) for method in METHODS}


def explained(model, method, **others):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Not converged within the tolerance")
        warnings.filterwarnings("ignore", ".*full backward hook", category=UserWarning)
        warnings.filterwarnings("ignore", "Setting forward, backward hooks")
        return attribute(model, BASES, method=method, target=0, **OPTIONS.get(method, {}) | others)[0]


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_wrapper_changes_nothing(wrapper, head, expected):
    model = load(WRAPPERS[wrapper](bare(head)), kmer_tokenizer(4))
    assert model.labels == tuple(HEADS[head]["id2label"].values())
    assert model.head == head
    for method in METHODS:
        found, wanted = explained(model, method), expected[method]
        assert_allclose(found.base_scores, wanted.base_scores, rtol=1e-9, atol=1e-11, err_msg=method)
        assert_allclose(found.f_input, wanted.f_input, rtol=1e-12)
        assert_allclose(found.probability, wanted.probability, rtol=1e-12)
        assert (found.run.output, found.run.baseline) == (wanted.run.output, wanted.run.baseline)


class Ends(Holder):
    def __init__(self, model, ending):
        super().__init__(model)
        self.ending = ending

    def forward(self, input_ids, attention_mask=None):
        return self.ending(self.network(input_ids, attention_mask).logits)


ENDINGS = {
    "softmax": ("single_label", lambda z: z.softmax(-1)),
    "nn.Softmax": ("single_label", nn.Softmax(dim=1)),
    "log-softmax": ("single_label", lambda z: torch.log_softmax(z, dim=1)),
    "own softmax": ("single_label", lambda z: z.exp() / z.exp().sum(-1, keepdim=True)),
    "sigmoid": ("multi_label", torch.sigmoid),
    "nn.Sigmoid": ("multi_label", nn.Sigmoid()),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_logits_behind_probabilities_are_those_of_the_bare_model(ending):
    head, function = ENDINGS[ending]
    plain = load(bare(head), kmer_tokenizer(4))
    with pytest.warns(UserWarning, match=r"outputs are (log-)?probabilities.*`logits=False`"):
        model = load(Ends(bare(head), function), kmer_tokenizer(4))
    assert (model.head, model.labels) == (head, plain.labels)
    for method in METHODS:
        if method == "attention_rollout":
            continue  # asks the model for its attentions, which this holder has no way to give
        if ending == "own softmax" and method in ("deeplift", *CAPTUMS_OWN):
            continue  # another function of the same value, with other multipliers on the way
        inside = {"layer": "network.bert.encoder.layer.0"} if method in CAPTUMS_OWN else {}
        found, wanted = explained(model, method, **inside), explained(plain, method)
        assert_allclose(found.base_scores, wanted.base_scores, rtol=1e-6, atol=1e-9, err_msg=method)
        assert_allclose(found.probability, wanted.probability, rtol=1e-9)


def test_a_traced_model_is_refused_with_the_way_out():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(nn.Embedding(261, 2), (torch.tensor([[5, 6]]),))
    with pytest.raises(ModelError, match=r"TorchScript.*Load the module that it was made from"):
        load(traced, kmer_tokenizer(4))


def test_a_wrapper_that_cannot_be_called_names_what_it_holds():
    class Unasked(Holder):
        def forward(self, batch, step):
            raise NotImplementedError

    with pytest.raises(ModelError, match=r"needs step as well.*captum_dna.load\(model.network, tokenizer\)"):
        load(Unasked(bare("single_label")), kmer_tokenizer(4))


def test_two_models_of_other_classes_need_words_of_ones_own():
    class Both(WithTeacher):
        def forward(self, input_ids):
            return self.network(input_ids).logits + self.teacher(input_ids).logits

    with pytest.raises(ModelError, match=r"holds 2 models .network, teacher.*Pass `labels=` and `head=`"):
        load(Both(bare("single_label")), kmer_tokenizer(4))
    said = load(Both(bare("single_label")), kmer_tokenizer(4), labels=["a", "b", "c"], head="single_label")
    assert said.labels == ("a", "b", "c")
