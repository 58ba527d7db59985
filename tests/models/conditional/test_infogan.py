import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.conditional.infogan import InfoGAN
from tests.models import toys
from tests.models.steps import Record, assert_same_weights, copy, descend, examples, mean, small


def small_infogan(rate=0.1, **settings):
    """Latents of 3 categories, 2 codes, 2 numbers of noise."""
    networks = {
        "generator": {"units": (5,), "activation": "tanh"},
        "discriminator": {
            "units": (6,),
            "head_units": (4,),
            "activation": "tanh",
            "categories": 3,
            "uniform_codes": 2,
        },
    }
    return small("infogan", rate=rate, **{"latent_dim": 7, **networks, **settings})


def log_q(outputs, latent):
    """log Q(c|x) written out: a softmax, and Gaussians of unit variance, [N]."""
    _, category_logits, means = outputs
    probabilities = tf.exp(category_logits)
    probabilities /= tf.reduce_sum(probabilities, axis=1, keepdims=True)
    of_category = tf.math.log(tf.reduce_sum(latent[:, :3] * probabilities, axis=1))
    densities = tf.exp(-((latent[:, 3:5] - means) ** 2) / 2) / np.sqrt(2 * np.pi)
    return of_category + tf.reduce_sum(tf.math.log(densities), axis=1)


def test_train_step_is_equation_6():
    weight = 0.7
    model = small_infogan(information_weight=weight)
    d, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)
    start, z = d(g(record.latents[0])), record.latents[0]

    def discriminator_objective():
        real, fake = d(x), d(g(z))
        value = mean(tf.math.log(tf.sigmoid(real[0]))) + mean(tf.math.log(1 - tf.sigmoid(fake[0])))
        return -value - weight * mean(log_q(fake, z))

    def generator_objective():
        fake = d(g(record.latents[1]))
        return -mean(tf.math.log(tf.sigmoid(fake[0]))) - weight * mean(
            log_q(fake, record.latents[1])
        )

    losses = descend(d, discriminator_objective), descend(g, generator_objective)
    assert_same_weights(model.discriminator, d)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(losses[0], rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(losses[1], rel=1e-5)
    errors = mean((start[2] - z[:, 3:5]) ** 2)
    assert float(logs["uniform_code_error"]) == pytest.approx(float(errors), rel=1e-5)
    of_codes = -mean(tf.reduce_sum((start[2] - z[:, 3:5]) ** 2, axis=1)) / 2 - np.log(2 * np.pi)
    information = np.log(3) + mean(log_q(start, z)) - of_codes
    assert float(logs["category_information"]) == pytest.approx(float(information), abs=1e-5)


def test_weight_zero_is_the_game_without_codes():
    model = small_infogan(information_weight=0.0)
    head = [w.numpy() for w in model.discriminator.trainable_variables]
    logs = model.train_step(examples(8))
    moved = [
        not np.array_equal(before, w)
        for before, w in zip(head, model.discriminator.trainable_variables)
    ]
    # Trunk and score learn, the head of the codes does not.
    names = [w.path.split("/")[-2] for w in model.discriminator.trainable_variables]
    still = {name for name, m in zip(names, moved) if not m}
    assert {"category", "uniform"} < still and len(still) == 3, still
    assert 1.0 < float(logs["discriminator_loss"]) < 2.0


def test_information_where_the_head_knows_nothing():
    model = small_infogan(rate=0.0)
    model.discriminator.set_weights([0 * w for w in model.discriminator.get_weights()])
    x, record = examples(8), Record(model)
    logs = model.train_step(x)
    assert float(logs["category_information"]) == pytest.approx(0.0, abs=1e-6)
    errors = np.mean(record.latents[0].numpy()[:, 3:5] ** 2)
    assert float(logs["uniform_code_error"]) == pytest.approx(errors, rel=1e-5)


def test_information_is_at_most_the_entropy_of_the_category():
    model = small_infogan(rate=0.0)
    weights = model.discriminator.get_weights()
    category, codes = tf.one_hot([0, 1, 2, 1], 3), tf.zeros([4, 2])
    outputs = [30.0 * category, codes]
    model.track_codes(outputs, tf.concat([category, codes, codes], axis=1))
    logs = model.logs()
    assert float(logs["category_information"]) == pytest.approx(np.log(3), abs=1e-6)
    assert float(logs["uniform_code_error"]) == 0.0
    assert len(weights) == len(model.discriminator.get_weights())


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_latents_are_category_codes_and_noise(distribution):
    model = small_infogan(latent_distribution=distribution)
    latent = model.sample_latents(6000, seed=0).numpy()
    assert latent.shape == (6000, 7)
    category, codes, noise = latent[:, :3], latent[:, 3:5], latent[:, 5:]
    assert set(np.unique(category)) == {0.0, 1.0}
    np.testing.assert_array_equal(category.sum(axis=1), 1.0)
    np.testing.assert_allclose(category.mean(axis=0), 1 / 3, atol=4 * np.sqrt(2 / 9 / 6000))
    assert np.abs(codes).max() < 1
    np.testing.assert_allclose(codes.var(axis=0), 1 / 3, atol=0.02)
    variance = {"uniform": 1 / 3, "normal": 1.0}[distribution]
    np.testing.assert_allclose(noise.var(axis=0), variance, rtol=0.1)
    correlations = np.corrcoef(latent[:, 1:].T) - np.eye(6)
    assert np.abs(correlations[2:]).max() < 0.06  # only the columns of a category depend
    np.testing.assert_array_equal(latent, model.sample_latents(6000, seed=0))
    assert not np.array_equal(latent, model.sample_latents(6000, seed=1))


def test_generate_decodes_such_latents_and_takes_chosen_ones():
    model = small_infogan()
    latent = model.sample_latents(6, seed=0).numpy()
    np.testing.assert_array_equal(model.decode(latent), model.generate(6, seed=0))
    latent[:, :3] = np.eye(3)[[2, 2, 2, 0, 0, 0]]
    chosen = model.decode(latent)
    np.testing.assert_allclose(chosen, model.generator(latent), rtol=1e-5)


def test_encode_gives_probabilities_and_means():
    model = small_infogan()
    x = examples(5)
    logits, category_logits, means = model.discriminator(x)
    code = model.encode(x)
    np.testing.assert_allclose(tf.reduce_sum(code["category"], axis=1), 1.0, rtol=1e-6)
    expected = tf.exp(category_logits - tf.reduce_logsumexp(category_logits, 1, keepdims=True))
    np.testing.assert_allclose(code["category"], expected, rtol=1e-5)
    np.testing.assert_array_equal(code["uniform"], means)
    np.testing.assert_array_equal(model.discriminate(x)["score"], logits)


def test_exports_sample_and_encode(tmp_path):
    model = small_infogan()
    model.export(tmp_path)
    loaded, x = ganzoo.load(tmp_path), examples(5)
    assert set(loaded.endpoints) == {"serving_default", "sample", "discriminate", "encode"}
    np.testing.assert_allclose(
        loaded.generate(6, seed=3), model.generate(6, seed=3), rtol=1e-5, atol=1e-6
    )
    code = loaded.endpoints["encode"](image=x)
    for name, expected in model.encode(x).items():
        np.testing.assert_allclose(code[name], expected, rtol=1e-5)
    latent = model.sample_latents(3, seed=0).numpy()
    latent[:, :3] = np.eye(3)
    np.testing.assert_allclose(loaded.decode(latent), model.decode(latent), rtol=1e-5)


def test_latents_too_short_for_the_codes_are_refused():
    with pytest.raises(ValueError, match=r"latent_dim=4: .* give at least 5"):
        small_infogan(latent_dim=4)
    assert small_infogan(latent_dim=5).generate(2, seed=0).shape == (2, 3)


def test_discriminators_without_codes_are_refused():
    plain = small("nsgan")
    with pytest.raises(ValueError, match="three outputs"):
        InfoGAN(plain.generator, plain.discriminator)


@pytest.mark.parametrize("value", [-1.0, float("nan"), "1", None])
def test_information_weight_is_checked(value):
    with pytest.raises(ValueError, match=f"information_weight={value!r}: give a "):
        small_infogan(information_weight=value)


@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((8, 8, 1), {"width": 3, "dense_units": 7, "head_units": 5}),
        ((5,), {"units": (6, 7), "head_units": (5,)}),
    ],
)
def test_the_heads_share_the_trunk(shape, settings):
    model = ganzoo.create("infogan", shape, seed=0, latent_dim=14, discriminator=settings)
    layers = {layer.name: layer for layer in model.discriminator.layers}
    score = next(
        layer for layer in model.discriminator.layers if getattr(layer, "units", None) == 1
    )
    assert score.kernel.shape == (7, 1)
    assert layers["category"].kernel.shape[0] == layers["uniform"].kernel.shape[0] == 5
    head = [layer for layer in layers.values() if getattr(layer, "units", None) == 5]
    assert len(head) == 1 and head[0].input is score.input


def test_reference_latents_of_virtual_normalization_hold_codes():
    model = ganzoo.create(
        "infogan",
        (8, 8, 1),
        seed=0,
        latent_dim=14,
        generator={"width": 2, "normalization": "virtual", "reference_size": 6},
        discriminator={"width": 2, "dense_units": 7, "head_units": 5},
    )
    latent = model.generator.get_layer("reference_batch").reference
    category, codes = (values.numpy() for values in model.codes_of(latent))
    np.testing.assert_array_equal(category.max(axis=1), 1.0)
    np.testing.assert_array_equal(category.sum(axis=1), 1.0)
    assert np.ptp(codes) > 0.1 and np.abs(codes).max() <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_codes_are_recovered_on_the_ring(seed):
    model = toys.trained("infogan", "ring", seed, steps=1500)
    latent = model.sample_latents(2000, seed=0)
    code = model.encode(model.decode(latent))
    category, codes = model.codes_of(latent)
    right = np.argmax(code["category"], axis=1) == np.argmax(category, axis=1)
    assert np.mean(right) >= 0.95
    # 1/3 of means that are 0; noise of the sample leaves an error where a code moves it little.
    assert 0.01 < np.mean((code["uniform"] - codes) ** 2) < 0.25
