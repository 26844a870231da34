"""Every task is trained from data to folder, and its metrics are scikit-learn's on the model that is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    roc_auc_score,
)

from captum_dna.training import finetune, from_scratch
from tests.training.test_finetune import planted


def small(*labels, **more):
    return from_scratch(k=3, layers=1, width=8, heads=2, max_bases=40, labels=labels, dropout=0.0, **more)


def trained(model, data, folder, **options):
    options = {"epochs": 1, "learning_rate": 1e-2, "progress": False, **options}
    return finetune(model, data, output=folder, **options)


def test_several_labels_are_learnt_and_measured(tmp_path):
    def labelled(count, seed):
        names = {
            s.bases: [*(["box"] * (i % 2)), *(["rich"] * (s.bases.count("G") > 7))]
            for i, s in enumerate(planted(count, seed))
        }
        return [replace(s, label=";".join(names[s.bases]) or "-") for s in planted(count, seed)]

    seen, unseen, last = labelled(40, 0), labelled(24, 1), labelled(24, 2)
    result = trained(
        small("box", "rich"), seen, tmp_path / "run", task="multi_label", validation=unseen, test=last
    )
    model = result.classifier
    assert (model.head, model.labels) == ("multi_label", ("box", "rich"))
    for found, part in ((result.metrics, unseen), (result.test_metrics, last)):
        truth = np.array([[name in s.label.split(";") for name in model.labels] for s in part])
        chance = model.predict(part)
        assert found["auroc"] == pytest.approx(roc_auc_score(truth, chance), abs=1e-6)
        assert found["average_precision"] == pytest.approx(average_precision_score(truth, chance), abs=1e-6)
        assert found["accuracy"] == pytest.approx(accuracy_score(truth, chance >= 0.5))


def test_a_number_is_learnt_and_measured(tmp_path):
    def measured(count, seed):
        return [replace(s, label=round(s.bases.count("A") / 10 - 0.5, 2)) for s in planted(count, seed)]

    unseen, last = measured(24, 1), measured(24, 2)
    result = trained(
        small("activity"), measured(40, 0), tmp_path / "run", validation=unseen, test=last, metric="mae"
    )
    assert (result.classifier.head, result.classifier.labels) == ("regression", ("activity",))
    for found, part in ((result.metrics, unseen), (result.test_metrics, last)):
        truth, guess = [s.label for s in part], result.classifier.predict(part)[:, 0]
        assert found["loss"] == pytest.approx(mean_squared_error(truth, guess), rel=1e-4)
        assert found["r2"] == pytest.approx(r2_score(truth, guess), abs=1e-4)
        assert found["mae"] == pytest.approx(mean_absolute_error(truth, guess), rel=1e-4)
    assert result.metrics["mae"] == pytest.approx(min(row["mae"] for row in result.history))


def test_a_third_part_chooses_nothing_and_is_measured_on_in_the_end(tmp_path):
    data = planted(80)
    result = trained(small("none", "box"), data, tmp_path / "run", validation=0.2, test=0.2)
    sizes = {
        name: result_of["sequences"]
        for name, result_of in json.loads((tmp_path / "run" / "metrics.json").read_text()).items()
    }
    assert sizes == {"validation": 16, "test": 16}
    assert result.metrics["sequences"] == result.test_metrics["sequences"] == 16
    assert "epoch" in result.metrics
    assert "epoch" not in result.test_metrics
    assert "(test)" in repr(result)


def test_batches_that_are_gathered_teach_what_one_large_batch_does(tmp_path):
    data = [replace(s, label="box" if i % 4 == 1 else "none") for i, s in enumerate(planted(24))]
    weights = [
        trained(
            small("none", "box"),
            data,
            tmp_path / f"{size}",
            validation=None,
            epochs=1,
            batch_size=size,
            accumulate=8 // size,
        ).classifier.model.state_dict()
        for size in (8, 2)
    ]
    for name, tensor in weights[0].items():
        if not name.endswith("key.bias"):  # no softmax sees it: its gradient is rounding alone
            torch.testing.assert_close(weights[1][name], tensor, rtol=1e-3, atol=1e-4)
