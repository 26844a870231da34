"""What holds a model and its tokenizer gives both up."""

from __future__ import annotations

import pytest
import torch
from transformers import BertConfig, BertModel, Trainer, TrainingArguments, pipeline

import captum_dna
from captum_dna.demo import designed
from captum_dna.model.errors import ModelError


@pytest.fixture(scope="module")
def demo():
    return captum_dna.load("demo")


def test_a_pipeline_and_a_trainer_are_explained_as_their_model(demo, tmp_path):
    arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to="none")
    held = [
        pipeline("text-classification", model=demo.model, tokenizer=demo.tokenizer, device="cpu"),
        Trainer(model=demo.model, args=arguments, processing_class=demo.tokenizer),
    ]
    own = demo.predict(designed()[:1])
    for one in held:
        assert (captum_dna.load(one).predict(designed()[:1]) == own).all()


def test_a_pipeline_for_another_task_is_named(demo):
    torch.manual_seed(0)
    small = BertModel(
        BertConfig(hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4)
    )
    other = pipeline("feature-extraction", model=small, tokenizer=demo.tokenizer, device="cpu")
    with pytest.raises(ModelError, match=r"pipeline is for 'feature-extraction'.*'text-classification'"):
        captum_dna.load(other)


def test_what_sentence_transformers_holds_is_explained(demo, tmp_path):
    import sentence_transformers as sentences
    from sentence_transformers.sentence_transformer import modules as models

    demo.save(tmp_path)
    classes = sentences.CrossEncoder(str(tmp_path), device="cpu")
    assert (captum_dna.load(classes).predict(designed()[:1]) == demo.predict(designed()[:1])).all()
    body = models.Transformer(str(tmp_path))
    whole = sentences.SentenceTransformer(modules=[body, models.Pooling(64)], device="cpu")
    with pytest.raises(ModelError, match=r"'sentence_embedding'.*`forward=`"):
        captum_dna.load(whole)

    def first(ids, mask):
        return whole({"input_ids": ids, "attention_mask": mask})["sentence_embedding"][:, :1]

    loaded = captum_dna.load(whole, forward=first, labels=["first"], head="regression")
    [result] = captum_dna.attribute(loaded, designed()[0].bases, method="saliency")
    text = demo.tokenizer.decode(demo.encode(designed()[0]).input_ids, skip_special_tokens=True)
    assert result.f_input == pytest.approx(float(whole.encode(text)[0]), abs=1e-5)


def test_an_adapter_option_names_what_is_wrong(demo, tmp_path):
    with pytest.raises(ModelError, match="holds no adapter"):
        captum_dna.load("demo", adapter=tmp_path)
    with pytest.raises(ModelError, match="loaded by name"):
        captum_dna.load(demo.model, demo.tokenizer, adapter=tmp_path)
    with pytest.raises(ModelError, match="Leave `base=` out"):
        captum_dna.load("demo", adapter=tmp_path, base="demo")


def test_a_number_format_has_a_name():
    assert next(captum_dna.load("demo", dtype="float64").model.parameters()).dtype == torch.float64
    with pytest.raises(ValueError, match="no number format 'float46' \\(did you mean"):
        captum_dna.load("demo", dtype="float46")
