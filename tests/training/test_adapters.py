"""Adapters are trained in place of all weights, kept small, resumed and trained further; and Trainer's own options."""

from __future__ import annotations

import base64
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import peft
import pytest
import torch
from numpy.testing import assert_allclose
from transformers import TrainerCallback, TrainingArguments

import captum_dna
from captum_dna.training import TrainingError
from tests import toy
from tests.training.test_finetune import planted, quick, tiny, weights

pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning:peft", "ignore:.*the vocabulary is one of 3-mers"
)


class _Stop(TrainerCallback):
    """Counts steps, and ends the run by force after some."""

    def __init__(self, after: int = 10**6) -> None:
        self.steps, self.after = 0, after

    def on_step_end(self, args, state, control, **_):
        self.steps += 1

    def on_save(self, args, state, control, **_):
        if self.steps >= self.after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    """Return a base that was saved, and a run that trained an adapter of it."""
    place = tmp_path_factory.mktemp("lora")
    base = tiny()
    base.save(place / "base")
    return base, quick(
        planted(30), place / "run", place / "base", lora=True, batch_size=8, learning_rate=2e-2, test=0.2
    )


def test_an_adapter_is_small_and_its_folder_loads_as_what_was_trained(adapted):
    base, run = adapted
    assert not list(run.folder.glob("model*.safetensors"))
    held = json.loads((run.folder / "adapter_config.json").read_text())
    assert held["base_model_name_or_path"].endswith("base")
    assert not (run.folder / "base").exists()
    found = captum_dna.load(run.folder)
    apart = captum_dna.load(run.folder, merge=False)
    assert type(apart.model).__name__.startswith("Peft")
    data = planted(20, seed=4)
    assert_allclose(found.predict(data), apart.predict(data), atol=1e-6)
    assert abs(found.predict(data) - base.predict(data)).max() > 1e-5, "it has learned something"
    same = {name for name, w in weights(found).items() if torch.equal(w, weights(base)[name])}
    assert "bert.embeddings.word_embeddings.weight" in same, "what no adapter lies on stays"
    assert "classifier.weight" not in same
    metrics = captum_dna.training.classification_metrics([0], [[1.0, 0.0]])
    assert set(metrics) <= set(run.test_metrics)


def test_its_card_says_what_was_trained_on_what_and_how_good_it_is(adapted):
    _, run = adapted
    card = (run.folder / "README.md").read_text()
    for said in (
        "library_name: peft",
        "An adapter (LORA of rank 8)",
        "| part | sequences |",
        "relatives kept together",
        "| metric | validation | test |",
        "95 % interval",
        "cd.visualize(model",
        "peak learning rate: 0.02",
    ):
        assert said in card


def test_an_interrupted_adapter_is_resumed_and_ends_the_same(tmp_path):
    base = tiny()
    base.save(tmp_path / "base")
    options = {"lora": True, "epochs": 2, "batch_size": 8, "validation": planted(6, seed=6)}
    with pytest.raises(KeyboardInterrupt):
        quick(planted(16), tmp_path / "run", tmp_path / "base", callbacks=[_Stop(after=2)], **options)
    resumed = quick(planted(16), tmp_path / "run", tmp_path / "base", resume=True, **options)
    whole = quick(planted(16), tmp_path / "whole", tmp_path / "base", **options)
    assert len(resumed.history) == 2
    data = planted(10, seed=5)
    assert_allclose(resumed.classifier.predict(data), whole.classifier.predict(data), rtol=1e-3)
    other = {**options, "lora": peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=["query"])}
    with pytest.raises(TrainingError, match="something else: lora, model changed"):
        quick(planted(16), tmp_path / "run", tmp_path / "base", resume=True, **other)


def test_the_adapter_in_a_folder_is_trained_further_as_one(adapted, tmp_path):
    _, run = adapted
    further = quick(planted(24), tmp_path / "run", run.folder, epochs=1, batch_size=8, validation=None)
    assert (further.folder / "adapter_config.json").is_file()
    data = planted(10, seed=5)
    assert abs(further.classifier.predict(data) - run.classifier.predict(data)).max() > 1e-4
    with pytest.raises(TrainingError, match="has an adapter already"):
        quick(planted(24), tmp_path / "other", run.folder, lora=peft.LoraConfig(target_modules=["query"]))
    merged = quick(planted(24), tmp_path / "merged", run.folder, lora=False, epochs=1, validation=None)
    assert (merged.folder / "model.safetensors").is_file()


def test_a_base_without_a_name_or_a_head_travels_with_its_adapter(tmp_path):
    in_hand = quick(planted(24), tmp_path / "one", tiny(), lora=True, epochs=1, validation=None)
    shutil.move(tmp_path / "one", tmp_path / "moved")
    data = planted(10, seed=5)
    again = captum_dna.load(tmp_path / "moved")
    assert_allclose(again.predict(data), in_hand.classifier.predict(data), atol=1e-6)
    headless = toy.kmer_bert(k=4)
    headless.model.bert.save_pretrained(tmp_path / "body")
    headless.tokenizer.save_pretrained(tmp_path / "body")
    config = peft.IA3Config(
        task_type="SEQ_CLS", target_modules=["key", "output.dense"], feedforward_modules=["output.dense"]
    )
    fresh = quick(planted(24), tmp_path / "two", tmp_path / "body", lora=config, epochs=1, validation=None)
    assert fresh.classifier.untrained == ()
    assert fresh.classifier.labels == ("box", "none")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lora": "yes"}, "`lora` is True, False or a configuration of PEFT"),
        ({"lora": peft.LoraConfig(target_modules=["nothing"])}, "The adapter does not fit"),
        ({"arguments": {"num_train_epochs": 3}}, r"sets num_train_epochs \(`epochs=`\)"),
        ({"arguments": {"load_best_model_at_end": False}}, "which training here depends on"),
        ({"arguments": {"max_grad_nrom": 1}}, r"no 'max_grad_nrom' \(did you mean max_grad_norm\?\)"),
        ({"arguments": {"optim": "none such"}}, "Trainer does not take these settings"),
        ({"arguments": 3}, "settings of Trainer by name"),
        ({"report_to": "tensorbord"}, "did you mean 'tensorboard'"),
    ],
)
def test_mistakes_are_told(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        quick(planted(12), tmp_path / "run", validation=None, **options)


def test_a_tracker_that_is_not_installed_is_named(tmp_path):
    with pytest.raises(ImportError, match="Reports to swanlab need its package: pip install swanlab"):
        quick(planted(12), tmp_path / "run", validation=None, report_to="swanlab")


def test_settings_and_callbacks_reach_trainer(tmp_path):
    seen = {}

    class See(TrainerCallback):
        def on_train_begin(self, args, state, control, **_):
            seen.update(norm=args.max_grad_norm, falls=args.lr_scheduler_type, rate=args.learning_rate)

    given = TrainingArguments(
        output_dir=str(tmp_path / "x"), max_grad_norm=0.25, lr_scheduler_type="constant", report_to="none"
    )
    options = {"arguments": given, "callbacks": [See()], "report_to": "tensorboard"}
    run = quick(planted(12), tmp_path / "run", validation=None, epochs=1, **options)
    assert seen == {"norm": 0.25, "falls": "constant", "rate": 5e-3}
    record = json.loads((run.folder / "run.json").read_text())
    assert record["arguments"]["max_grad_norm"] == 0.25
    assert "- max_grad_norm: 0.25" in (run.folder / "README.md").read_text()
    [events] = (run.folder / "tensorboard").glob("events.out.tfevents.*")
    assert b"train/loss" in events.read_bytes()


class Hub(BaseHTTPRequestHandler):
    """What the hub's client asks of the hub, and what it sends."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != "Bearer hf_right":
            self.answer({"error": "Invalid credentials"}, 401)
        elif self.path.endswith("/repos/create"):
            self.answer({"url": f"{self.server.address}/me/{json.loads(body)['name']}", "id": "me/box"})
        elif "/preupload/" in self.path:
            names = [one["path"] for one in json.loads(body)["files"]]
            kinds = [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]
            self.answer({"files": kinds})
        elif "/commit/" in self.path:
            sent = [json.loads(line) for line in body.splitlines()]
            files = {one["value"]["path"]: one["value"]["content"] for one in sent if one["key"] == "file"}
            self.server.files.update({name: base64.b64decode(held) for name, held in files.items()})
            self.answer({"commitUrl": f"{self.server.address}/me/box/commit/abc", "commitOid": "abc"})
        else:
            self.answer({"errors": [], "warnings": []})  # of the card's first lines

    def answer(self, content, status=200):
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def test_a_folder_is_uploaded_as_it_is(adapted, monkeypatch):
    _, run = adapted
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as hub:
        hub.address, hub.files = f"http://127.0.0.1:{hub.server_port}", {}
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.address)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        with pytest.raises(TrainingError, match=r"was not uploaded to 'me/box', because the hub said: .*401"):
            run.push_to_hub("me/box", token="hf_wrong")
        address = run.push_to_hub("me/box", token="hf_right")
        hub.shutdown()
    assert address == f"{hub.address}/me/box/commit/abc"
    held = {path.name: path.read_bytes() for path in run.folder.iterdir() if path.is_file()}
    assert {name: hub.files[name] for name in held} == held
