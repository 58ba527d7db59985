import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.networks import maf_flow, nice_flow, real_nvp_flow, real_nvp_multiscale_flow

FLOWS = {
    "nice": lambda shape: nice_flow(shape, units=(16, 16)),
    "real_nvp": lambda shape: real_nvp_flow(shape, units=(16,)),
    "real_nvp_multiscale": lambda shape: real_nvp_multiscale_flow(shape, blocks=1, width=4),
    "maf": lambda shape: maf_flow(shape, layers=3, units=(24, 24)),
}
CASES = [
    ("nice", (5,)),
    ("real_nvp", (5,)),
    ("maf", (5,)),
    ("maf", (1,)),
    ("nice", (2, 3, 2)),
    ("real_nvp", (2, 3, 2)),
    ("maf", (2, 3, 1)),
    ("real_nvp_multiscale", (2, 4, 1)),
    ("real_nvp_multiscale", (2, 2, 3)),
]


def moved(flow, seed=0):
    """`flow` with random weights, no longer the identity."""
    rng = np.random.default_rng(seed)
    for weight in flow.trainable_variables:
        scale = 0.3 / np.sqrt(np.prod(weight.shape[:-1])) if len(weight.shape) > 1 else 0.2
        weight.assign_add(scale * rng.normal(size=weight.shape))
    return flow


def data(shape, count=4):
    values = np.random.default_rng(1).uniform(0.01, 0.99, (count, *shape))
    return tf.constant(values, tf.float32)


def jacobians(flow, x):
    """[N, d, d] in float64, and log-determinants [N]."""
    # Without vectorization, which takes longer to trace than these few rows take to run.
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        z, log_determinant = flow(x)
    size = int(np.prod(x.shape[1:]))
    jacobian = tape.batch_jacobian(z, x, experimental_use_pfor=False)
    return np.reshape(jacobian, (-1, size, size)).astype("float64"), log_determinant


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_inverse_and_log_determinant(name, shape):
    keras.utils.set_random_seed(0)
    flow, x = moved(FLOWS[name](shape)), data(shape)
    jacobian, log_determinant = jacobians(flow, x)
    z, _ = flow(x)
    assert z.shape == (4, np.prod(shape))
    # The identity would pass everything else.
    plain = np.log(x) - np.log(1 - x) if len(shape) == 3 else x
    assert np.abs(z - np.reshape(plain, z.shape)).mean() > 0.03
    np.testing.assert_allclose(log_determinant, np.linalg.slogdet(jacobian)[1], atol=1e-4)
    np.testing.assert_allclose(flow.inverse(z), x, atol=1e-5 if len(shape) == 1 else 1e-4)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_clone_is_the_same_flow(name, shape):
    flow, x = moved(FLOWS[name](shape)), data(shape)
    twin = keras.models.clone_model(flow)
    twin.set_weights(flow.get_weights())
    np.testing.assert_array_equal(twin(x)[0], flow(x)[0])
    z, _ = flow(x)
    np.testing.assert_array_equal(twin.inverse(z), flow.inverse(z))


@pytest.mark.parametrize("name", ["nice", "real_nvp", "maf"])
def test_vectors_start_as_they_are(name):
    x = data((5,))
    z, log_determinant = FLOWS[name]((5,))(x)
    np.testing.assert_allclose(z, x)
    np.testing.assert_allclose(log_determinant, np.zeros(4))


@pytest.mark.parametrize("name", FLOWS)
def test_images_start_as_logits(name):
    x = data((4, 4, 1))
    z, log_determinant = FLOWS[name]((4, 4, 1))(x)
    alpha = 1e-6 if name == "maf" else 0.05
    y = alpha + (1 - 2 * alpha) * np.asarray(x, "float64")
    logits = np.log(y) - np.log(1 - y)
    np.testing.assert_allclose(np.sort(z), np.sort(logits.reshape(4, 16)), rtol=1e-4, atol=1e-5)
    terms = np.log(1 - 2 * alpha) - np.log(y) - np.log(1 - y)
    np.testing.assert_allclose(log_determinant, terms.sum(axis=(1, 2, 3)), rtol=1e-5)


def test_only_the_diagonal_scale_of_nice_changes_volumes():
    flow, x = moved(FLOWS["nice"]((5,))), data((5,))
    expected = np.full(4, np.sum(flow.steps[-1].log_scale))
    np.testing.assert_allclose(flow(x)[1], expected, rtol=1e-6)
    assert abs(expected[0]) > 0.05


@pytest.mark.parametrize("name", ["nice", "real_nvp"])
def test_couplings_take_turns_and_mix_all_dimensions(name):
    flow = moved(FLOWS[name]((5,)))
    masks = [step.mask for step in flow.steps if hasattr(step, "mask")]
    np.testing.assert_array_equal(masks[0], [1, 0, 1, 0, 1])
    for one, other in itertools.pairwise(masks):
        np.testing.assert_array_equal(one + other, np.ones(5))
    jacobian, _ = jacobians(flow, data((5,)))
    assert np.all(np.abs(jacobian).max(axis=0) > 1e-6)


def test_each_made_conditions_on_those_before_it_in_its_order():
    flow, x = moved(maf_flow((5,), layers=3, units=(40, 40))), data((5,))
    for number, step in enumerate(flow.steps):
        for part in (slice(0, 5), slice(5, 10)):  # mu and alpha
            made = keras.Model(step.network.inputs, step.network.output[:, part])
            jacobian, _ = jacobians(lambda x, made=made: (made(x), None), x)
            used = np.abs(jacobian).max(axis=0) > 1e-7
            # Row i holds what mu_i and alpha_i depend on: the x before i, or those after it.
            before = np.tril(np.ones((5, 5), bool), -1)
            np.testing.assert_array_equal(used, before if number % 2 == 0 else before.T)


def test_scales_of_the_multiscale_flow():
    flow = real_nvp_multiscale_flow((8, 8, 1), scales=3, blocks=1, width=4)
    names = [type(step).__name__ for step in flow.steps]
    coupling = "AffineCoupling"
    scale = [coupling] * 3 + ["Squeeze"] + [coupling] * 3 + ["FactorOut"]
    assert names == ["LogitSquash", *scale]
    inner = flow.steps[-1].rest
    assert inner.data_shape == (4, 4, 2)
    assert [type(step).__name__ for step in inner.steps] == scale
    last = inner.steps[-1].rest
    assert last.data_shape == (2, 2, 4)
    assert [type(step).__name__ for step in last.steps] == [coupling] * 4 + ["FlattenEvent"]
    board = flow.steps[1].mask[..., 0]
    np.testing.assert_array_equal(board[:2, :3], [[0, 1, 0], [1, 0, 1]])
    np.testing.assert_array_equal(board + flow.steps[2].mask[..., 0], np.ones((8, 8)))
    np.testing.assert_array_equal(flow.steps[5].mask, [1, 1, 0, 0])
    np.testing.assert_array_equal(flow.steps[6].mask, [0, 0, 1, 1])


@pytest.mark.parametrize("shape", [(6, 8, 1), (8,)])
def test_sides_must_be_divisible(shape):
    with pytest.raises(ValueError, match=r"divisible by 4; resize or pad"):
        real_nvp_multiscale_flow(shape, scales=3)
