import pytest

import ganzoo
from ganzoo.data.data import Data, hide_labels
from ganzoo.experiments import semi_supervised


@pytest.mark.thorough
def test_labels_teach_both_classifiers(tmp_path, monkeypatch, capsys):
    digits = ganzoo.data.load("digits")

    def load(name, split="train", binarized=None):
        part = slice(0, 1200) if split == "train" else slice(1200, None)
        return Data(
            "mnist",
            digits.examples[part],
            digits.labels[part],
            num_classes=10,
            value_range=(0.0, 1.0),
            dynamic_binarization=True,
        )

    monkeypatch.setattr(ganzoo.data, "load", load)
    budget = {"seeds": (0,), "labels_per_class": (30,), "epochs": 10, "batch_size": 100}
    rows = semi_supervised.run(tmp_path, **budget)
    assert [row["method"] for row in rows] == ["m2", "labels alone"]
    for row in rows:  # chance is 0.9
        assert 0.0 < float(row["test_error"]) < 0.4
    capsys.readouterr()
    assert semi_supervised.run(tmp_path, **budget)[0]["test_error"] == rows[0]["test_error"]
    assert "Epoch" not in capsys.readouterr().out


def test_the_weight_is_all_over_the_known(monkeypatch):
    digits = ganzoo.data.load("digits", binarized="static")
    weights = []

    class Stop(Exception):
        pass

    def model(data, seed, classification_weight):
        weights.append(classification_weight)
        raise Stop

    monkeypatch.setattr(semi_supervised, "_model", model)
    labels = hide_labels(digits.labels, 5)
    with pytest.raises(Stop):
        semi_supervised._train_m2(digits, labels, 0, 1, 100)
    assert weights == [len(digits) / 50]
