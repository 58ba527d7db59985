import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.metrics.likelihood import bits_per_dimension
from ganzoo.models.likelihood.normalizing_flow import dequantize
from tests.models.steps import RATE, Record, assert_same_weights, copy, descend, descending

UNITS = {"flow": {"units": (8, 8)}}
IMAGES = {
    "nice": UNITS,
    "real_nvp": {"flow": {"blocks": 1, "width": 4}},
    "maf": {"flow": {"units": (16,), "layers": 2}},
}


def moved(model, seed=0, size=0.5):
    """`model` with random weights, no longer the identity."""
    rng = np.random.default_rng(seed)
    for weight in model.flow.trainable_variables:
        scale = size / np.sqrt(np.prod(weight.shape[:-1])) if len(weight.shape) > 1 else 0.2
        weight.assign_add(scale * rng.normal(size=weight.shape))
    return model


def images(count, shape=(4, 4, 1)):
    levels = np.random.default_rng(0).integers(0, 256, (count, *shape))
    return tf.constant(levels / 255, tf.float32)


def log_prior(distribution, z):
    """log p(z) [N], by hand."""
    if distribution == "logistic":
        terms = -z - 2 * tf.math.softplus(-z)
    else:
        terms = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
    return tf.reduce_sum(terms, axis=1)


@pytest.mark.parametrize("name", IMAGES)
def test_density_integrates_to_one(name):
    # Two MADEs alone: far from data the scales of five, exponentials of exponentials, overflow.
    settings = IMAGES["maf"] if name == "maf" else UNITS
    model = moved(ganzoo.create(name, (2,), seed=0, **settings), size=0.3)
    side = np.arange(-14, 14, 0.05, "float32")
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    density = np.exp(np.asarray(model.log_prob(grid), "float64"))
    assert density.sum() * 0.05**2 == pytest.approx(1.0, abs=2e-3)
    # Not the prior's, which integrates to 1 as well.
    assert np.abs(density - np.exp(log_prior(model.latent_distribution, grid))).max() > 0.01


def test_images_are_uniform_under_logistic_logits():
    """The sigmoid of a logistic variable is uniform: an untrained NICE knows no image better."""
    model = ganzoo.create("nice", (4, 4, 1), seed=0, **UNITS)
    expected = 16 * np.log(1 - 2 * 0.05)
    np.testing.assert_allclose(model.log_prob(images(6)), np.full(6, expected), atol=1e-4)
    bits = bits_per_dimension(-model.log_prob(images(6)), 16)
    np.testing.assert_allclose(bits, np.full(6, 8 - np.log2(0.9)), atol=1e-5)


@pytest.mark.parametrize(("name", "shape"), [("nice", (4, 4, 1)), ("real_nvp", (3,))])
def test_train_step_descends_the_dequantized_negative_log_likelihood(name, shape):
    settings = {"value_range": (-1.0, 1.0)} if len(shape) == 3 else {}
    model = descending(moved(ganzoo.create(name, shape, seed=0, **UNITS, **settings)), 0.1 * RATE)
    flow = copy(model.flow)
    x = images(6, shape)
    record = Record(model)
    logs = model.train_step(2 * x - 1 if len(shape) == 3 else x)

    def objective():
        noisy = (255 * x + record.uniforms[0]) / 256 if len(shape) == 3 else x
        z, log_determinant = flow(noisy)
        return -tf.reduce_mean(log_prior(model.latent_distribution, z) + log_determinant)

    loss = descend(flow, objective, 0.1 * RATE)
    assert float(logs["loss"]) == pytest.approx(loss, rel=1e-5)
    assert_same_weights(model.flow, flow)
    assert any(np.any(w != v) for w, v in zip(model.flow.get_weights(), moved(model).get_weights()))


def test_evaluation_draws_noise_and_log_prob_takes_the_middle():
    model = moved(ganzoo.create("nice", (4, 4, 1), seed=0, **UNITS))
    x = images(8)
    flow_of_middle, log_determinant = model.flow((255 * x + 0.5) / 256)
    expected = log_prior("logistic", flow_of_middle) + log_determinant
    np.testing.assert_allclose(model.log_prob(x), expected, rtol=1e-5)
    record = Record(model)
    model.run_eagerly = True
    loss = model.evaluate(x, batch_size=8, verbose=0)
    [uniform] = record.uniforms
    assert uniform.shape == x.shape and len(np.unique(uniform)) == x.shape.num_elements()
    z, log_determinant = model.flow((255 * x + uniform) / 256)
    mean = -np.mean(log_prior("logistic", z) + log_determinant)
    assert loss == pytest.approx(float(mean), rel=1e-5)


def test_dequantization_by_hand():
    x = tf.constant([0.0, 1 / 255, 1.0, -1e-3, 1.0005])[None, :, None, None]
    expected = np.array([0.25, 1.25, 255.25, 0.25, 255.25]) / 256
    unit = dequantize(x, (0.0, 1.0), 0.25)
    np.testing.assert_allclose(unit[0, :, 0, 0], expected, rtol=1e-6)
    np.testing.assert_allclose(dequantize(2 * x - 1, (-1.0, 1.0), 0.25), unit, rtol=1e-5)
    vectors = tf.constant([[3.0, -2.0]])
    assert dequantize(vectors, None, 0.25) is vectors


@pytest.mark.parametrize("name", IMAGES)
def test_density_does_not_depend_on_the_range_of_the_data(name):
    unit = moved(ganzoo.create(name, (4, 4, 1), seed=0, **IMAGES[name]))
    signed = ganzoo.create(name, (4, 4, 1), seed=0, value_range=(-1.0, 1.0), **IMAGES[name])
    signed.set_weights(unit.get_weights())
    x = images(5)
    np.testing.assert_allclose(signed.log_prob(2 * x - 1), unit.log_prob(x), rtol=1e-4)
    samples = unit.generate(5, seed=1)
    np.testing.assert_allclose(signed.generate(5, seed=1), 2 * samples - 1, atol=1e-5)
    z, _ = unit.flow(samples)
    inside = np.asarray((samples > 0) & (samples < 1)).reshape(5, 16).all(axis=1)
    assert inside.any()
    np.testing.assert_allclose(z[inside], unit.sample_latents(5, seed=1)[inside], atol=2e-3)


def test_samples_invert_the_averaged_flow():
    model = moved(ganzoo.create("maf", (3,), seed=0, averaging=0.5, **UNITS))
    latents = model.sample_latents(4, seed=2)
    np.testing.assert_allclose(model.generate(4, seed=2), latents, atol=1e-6)
    np.testing.assert_allclose(model.log_prob(latents), log_prior("normal", latents), rtol=1e-5)


@pytest.mark.parametrize("name", IMAGES)
def test_export_has_the_density_and_the_samples(name, tmp_path):
    model = moved(ganzoo.create(name, (4, 4, 1), seed=0, **IMAGES[name]))
    model.export(tmp_path / name)
    loaded = ganzoo.load(tmp_path / name)
    x = images(5)
    log_prob = loaded.endpoints["log_prob"](image=x)["log_prob"]
    np.testing.assert_allclose(log_prob, model.log_prob(x), rtol=1e-5)
    samples = loaded.generate(5, seed=1)
    np.testing.assert_allclose(samples, model.generate(5, seed=1), atol=1e-5)


def test_mixed_precision_does_not_round_latents():
    model = moved(ganzoo.create("nice", (3,), seed=0, precision="mixed_bfloat16", **UNITS))
    keras.config.set_dtype_policy("float32")
    latents = model.sample_latents(4, seed=2)
    np.testing.assert_array_equal(model(latents), model.flow.inverse(latents))
    samples = model.generate(4, seed=2)
    assert not np.array_equal(samples, tf.cast(tf.cast(samples, tf.bfloat16), tf.float32))


def test_priors_have_a_density_everywhere():
    with pytest.raises(ValueError, match=r"latent_distribution='uniform': choose one of 'normal'"):
        ganzoo.create("nice", (3,), latent_distribution="uniform", **UNITS)


def test_images_have_a_range():
    with pytest.raises(ValueError, match=r"value_range=None: images take"):
        ganzoo.create("nice", (4, 4, 1), value_range=None, **UNITS)
