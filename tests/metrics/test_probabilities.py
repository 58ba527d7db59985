import numpy as np
import pytest

from ganzoo.metrics import (
    InceptionScore,
    class_histogram,
    class_total_variation,
    confident_share,
    inception_score,
    label_accuracy,
)


def test_golden_values():
    rows = np.array([[0.9, 0.1], [0.1, 0.9]])
    assert inception_score(rows, splits=1) == pytest.approx((1.4449348112, 0.0), abs=1e-6)
    assert inception_score(np.eye(7), splits=1)[0] == pytest.approx(7.0, abs=1e-6)
    constant = np.tile([[0.2, 0.3, 0.5]], (10, 1))
    assert inception_score(constant, splits=2) == pytest.approx((1.0, 0.0), abs=1e-6)


def test_splits_are_consecutive():
    # Each split sees one class only, all samples together see both.
    rows = np.repeat(np.eye(2), 5, axis=0)
    assert inception_score(rows, splits=2)[0] == pytest.approx(1.0, abs=1e-9)
    assert inception_score(rows, splits=1)[0] == pytest.approx(2.0, abs=1e-9)
    mean, deviation = inception_score(np.concatenate([rows[:2], rows[4:6]]), splits=2)
    assert (mean, deviation) == pytest.approx((1.5, 0.5), abs=1e-9)


def test_streamed_metric_equals_one_split():
    random = np.random.default_rng(0)
    rows = random.dirichlet(np.ones(4), 50)
    metric = InceptionScore(4, "digits_cnn", 50_000)
    assert metric.name == "inception_score_digits_cnn_50k"
    metric.update_state(rows[:20])
    metric.update_state(rows[20:])
    assert float(metric.result()) == pytest.approx(inception_score(rows, 1)[0], rel=1e-9)
    assert InceptionScore.from_config(metric.get_config()).get_config() == metric.get_config()
    with pytest.raises(ValueError, match="num_classes"):
        metric.update_state(rows[:, :2])


def test_label_accuracy():
    rows = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    assert label_accuracy(rows, [0, 1, 1, 1]) == pytest.approx(0.75, abs=1e-12)
    with pytest.raises(ValueError, match="one-hot"):
        label_accuracy(rows, np.eye(2)[[0, 1, 1, 1]])
    with pytest.raises(ValueError, match=r"0\.\.1"):
        label_accuracy(rows, [0, 1, 2, 1])


def test_class_histogram():
    rows = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.4, 0.35, 0.25]])
    np.testing.assert_allclose(class_histogram(rows), [0.75, 0.0, 0.25], atol=1e-15)
    # (|3/4 - 1/3| + 1/3 + |1/4 - 1/3|) / 2
    assert class_total_variation(rows) == pytest.approx(5 / 12, abs=1e-12)
    assert class_total_variation(rows, [0.75, 0.0, 0.25]) == pytest.approx(0.0, abs=1e-12)
    assert class_total_variation(rows, [0.0, 1.0, 0.0]) == pytest.approx(1.0, abs=1e-12)
    assert class_total_variation(np.eye(10)[[3] * 7]) == pytest.approx(0.9, abs=1e-12)
    assert class_total_variation(np.eye(10)) == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="reference has 2 classes and probabilities 3"):
        class_total_variation(rows, [0.5, 0.5])
    with pytest.raises(ValueError, match="reference must be probabilities"):
        class_total_variation(rows, [3, 0, 1])


def test_confident_share():
    rows = np.array([[0.95, 0.05], [0.1, 0.9], [0.02, 0.98], [0.6, 0.4]])
    # Exactly 0.9 does not exceed it.
    assert confident_share(rows) == pytest.approx(0.5, abs=1e-12)
    assert confident_share(rows, threshold=0.55) == 1.0
    assert confident_share(rows, threshold=0.97) == pytest.approx(0.25, abs=1e-12)
    for threshold in (1.0, -0.1, 90):
        with pytest.raises(ValueError, match="threshold must lie in"):
            confident_share(rows, threshold)


def test_wrong_probabilities():
    for function in (class_histogram, class_total_variation, confident_share):
        with pytest.raises(ValueError, match="softmax"):
            function([[2.0, -1.0], [0.5, 0.5]])
        with pytest.raises(ValueError, match="samples, features"):
            function([0.5, 0.5])
    with pytest.raises(ValueError, match="softmax"):
        inception_score(np.array([[2.0, -1.0], [0.5, 0.5]]), splits=1)
    with pytest.raises(ValueError, match="fewer splits"):
        inception_score(np.eye(3), splits=10)
    with pytest.raises(ValueError, match="NaN"):
        inception_score(np.full((20, 2), np.nan))
