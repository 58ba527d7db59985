import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.likelihood.belief_nets import (
    QUARTERS,
    X,
    assert_moved_by,
    bound,
    draws,
    golden,
    gradients,
    trained_on_bars,
    weights_of,
)


def test_expected_step_climbs_the_bound_of_two_samples():
    """The mean over all 8^2 pairs of samples is the gradient of L_2 to the weights of p and q."""
    model = golden("sbn_vimco", QUARTERS, num_samples=2)
    uniform = tf.transpose(draws(2), [1, 0, 2])
    assert uniform.shape == (2, 4096, 3)
    model.draw_hidden_uniform = lambda x, seed: uniform
    p, q = weights_of(model)
    x = tf.constant(np.tile(X, (4096, 1)), tf.float32)
    for step in (model.test_step, model.train_step):
        model.reset_metrics()
        assert float(step(x)["loss"]) == pytest.approx(-bound(p, q, 2), abs=1e-5)
    new_p, new_q = weights_of(model)
    # 4096 rows are added up in float32.
    assert_moved_by(p, new_p, gradients(lambda p: bound(p, q, 2), p), atol=3e-5)
    assert_moved_by(q, new_q, gradients(lambda q: bound(p, q, 2), q), atol=3e-5)


def test_samples_belong_to_their_examples():
    """K draws of each row: what differs between rows is the example alone, once draws are equal."""
    model = golden("sbn_vimco", QUARTERS, num_samples=3)
    draw = model.draw
    model.draw = lambda sampler, shape, seed: draw(sampler, shape, seed)[:1] + tf.zeros(shape)
    uniform = model.draw_hidden_uniform(tf.zeros([5, 4]), tf.constant([0, 1], tf.int64))
    assert uniform.shape == (3, 5, 3)
    np.testing.assert_array_equal(uniform, np.tile(uniform[:, :1], (1, 5, 1)))
    assert len(np.unique(uniform)) == 9


@pytest.mark.parametrize("value", [1, 2.5, None])
def test_num_samples_is_checked(value):
    with pytest.raises(ValueError, match=f"num_samples={value}: give an integer of at least 2"):
        ganzoo.create("sbn_vimco", (4,), num_samples=value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_bars_and_stripes(seed):
    assert 3.6 < trained_on_bars("sbn_vimco", seed) < 5.0
