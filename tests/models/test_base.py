import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.layers import BatchNormalization
from ganzoo.models import arguments, base, latents
from ganzoo.regularizers import HistoricalAveraging
from tests.contract.recipes import tiny
from tests.models.steps import copy, descending, examples, small


def tiny_dcgan(**settings):
    width = {"width": 2}
    return descending(
        ganzoo.create(
            "dcgan",
            (8, 8, 1),
            seed=0,
            latent_dim=2,
            generator=width,
            discriminator=width,
            **settings,
        )
    )


def images(count):
    values = np.tanh(np.random.default_rng(0).normal(size=(count, 8, 8, 1)))
    return tf.constant(values, tf.float32)


# === Averaging ===


def test_n_updates_at_constant_weights_leave_beta_to_the_n_of_the_gap():
    beta, steps = 0.8, 5
    model = small("nsgan", rate=0.0, averaging=beta, discriminator_steps=3)
    model.averaged_network.set_weights([w + 1.0 for w in model.generator.get_weights()])
    for _ in range(steps):
        model.train_step(examples(6))
    for average, weight in zip(model.averaged_network.weights, model.generator.weights):
        np.testing.assert_allclose(average - weight, np.full(weight.shape, beta**steps), rtol=1e-4)


def test_average_starts_at_the_weights_and_follows_its_recursion():
    model = tiny_dcgan(averaging=0.6)
    expected = model.generator.get_weights()
    for _ in range(2):
        model.train_step(images(4))
        expected = [
            0.6 * e + 0.4 * weight for e, weight in zip(expected, model.generator.get_weights())
        ]
    moved = 0
    for average, e, weight in zip(
        model.averaged_network.weights, expected, model.generator.get_weights()
    ):
        np.testing.assert_allclose(average, e, rtol=1e-5, atol=1e-6)
        moved += not np.array_equal(e, weight)
    assert moved == len(expected)  # batch statistics included


def test_samples_come_from_the_average():
    model = small("nsgan", averaging=0.9)
    for weight in model.averaged_network.weights:
        weight.assign(tf.zeros_like(weight))
    np.testing.assert_array_equal(model.generate(4, seed=0), np.zeros((4, 3)))
    assert small("nsgan").averaged_network is None


def test_average_of_a_joint_model_moves_with_every_update():
    model = ganzoo.create("vae", (3,), seed=0, averaging=0.5, latent_dim=2)
    descending(model, rate=0.0)
    model.averaged_network.set_weights([w + 1.0 for w in model.decoder.get_weights()])
    for _ in range(3):
        model.train_step(examples(4))
    for average, weight in zip(model.averaged_network.weights, model.decoder.weights):
        np.testing.assert_allclose(average - weight, np.full(weight.shape, 0.125), rtol=1e-4)


# === Minibatches and scores ===


@pytest.mark.parametrize("count", [1, 2, 3])
def test_example_i_is_in_minibatch_i_mod_count(count):
    model = small("cgan", num_classes=3)
    x, y = examples(12, (4, 2)), tf.range(12)
    parts = model.minibatches((x, y), count)
    assert len(parts) == count
    for t, (part, label) in enumerate(parts):
        np.testing.assert_array_equal(part, x[t::count])
        np.testing.assert_array_equal(label, y[t::count])


def test_labels_are_dropped_where_they_are_not_used():
    model = small("gan")
    for part, label in model.minibatches((examples(4), tf.range(4)), 2):
        assert part.shape == (2, 3) and label is None


def test_two_scores_in_one_pass_equal_two_passes():
    critic = small("wgan").critic
    real, fake = examples(5, seed=1), examples(5, seed=2)
    for pair, alone in zip(base.score_pair(critic, real, fake), (critic(real), critic(fake))):
        assert pair.shape == (5, 1)
        np.testing.assert_allclose(pair, alone, rtol=1e-5, atol=1e-6)


def test_batch_statistics_of_data_and_samples_are_apart():
    critic = tiny_dcgan().discriminator
    assert base.has_batch_statistics(critic)
    real = images(4)
    scores, _ = base.score_pair(copy(critic), real, tf.zeros_like(real))
    others, _ = base.score_pair(copy(critic), real, 0.3 * real + 0.5)
    np.testing.assert_array_equal(scores, others)


def test_batch_normalization_is_found_at_any_depth():
    def wrapped(layer):
        inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), layer])
        return keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1)])

    assert base.has_batch_statistics(wrapped(BatchNormalization()))
    assert base.has_batch_statistics(wrapped(keras.layers.BatchNormalization()))
    assert not base.has_batch_statistics(wrapped(keras.layers.LayerNormalization()))


def test_held_network_normalizes_by_the_batch_and_keeps_its_statistics():
    critic = tiny_dcgan().discriminator
    before = [w.numpy() for w in critic.weights]
    scores = base.held(critic)(images(4))
    for weight, old in zip(critic.weights, before):
        np.testing.assert_array_equal(weight, old)
    np.testing.assert_allclose(scores, critic(images(4), training=True), rtol=1e-5)


# === Noise ===


@pytest.mark.parametrize(("name", "mean", "variance"), [("normal", 0, 1), ("uniform", 0, 1 / 3)])
def test_latents_have_the_moments_of_their_distribution(name, mean, variance):
    values = latents.draw(name, [4000, 5], tf.constant([3, 4], tf.int64)).numpy()
    assert values.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / values.size))
    assert values.var() == pytest.approx(variance, rel=0.05)
    assert (np.abs(values).max() <= 1) == (name == "uniform")


OF_GAUSSIANS = "vae iwae iwae_two_layers dlgm draw cvae m2 m1_m2 vae_gan presgan"
OF_BITS = "sbn sbn_vimco sbn_wake_sleep sbn_reweighted_wake_sleep fvsbn nade made"
OF_ENSEMBLES = "bayesian_gan semi_supervised_bayesian_gan"


@pytest.mark.parametrize(
    ("name", "only"),
    [(name, "normal") for name in OF_GAUSSIANS.split()]
    + [(name, "uniform") for name in f"{OF_BITS} {OF_ENSEMBLES}".split()],
)
def test_latents_for_which_the_objective_is_false_are_refused(name, only):
    assert tiny(name).latent_distribution == only
    assert ganzoo.registry.get(name).model.latent_distributions == (only,)  # and so the default
    for other in {"normal", "uniform", "logistic"} - {only}:
        message = f"latent_distribution={other!r}: choose one of {only!r}"
        with pytest.raises(ValueError, match=message):
            tiny(name, latent_distribution=other)


def test_unknown_latent_distribution_is_refused():
    with pytest.raises(ValueError, match="latent_distribution='cauchy': choose one of 'normal'"):
        small("gan", latent_distribution="cauchy")


def test_a_single_batch_trains_as_fit_does():
    one, other, x = small("gan"), small("gan"), examples(6)
    one.train_on_batch(x)
    other.fit(x, batch_size=6, shuffle=False, verbose=0)
    for a, b in zip(one.get_weights(), other.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_epochs_of_a_dataset_train_as_those_of_an_array_do():
    x = np.random.default_rng(1).normal(size=(24, 3)).astype("float32")
    weights = []
    for given in ("array", "dataset"):
        model = small("nsgan", discriminator_steps=2, averaging=0.5)
        before = model.generator.get_weights()
        settings = {"epochs": 3, "verbose": 0}
        if given == "array":
            model.fit(x, batch_size=4, **settings)
        else:
            dataset = ganzoo.data.batches(x, batch_size=4, seed=model.seed)
            model.fit(dataset, steps_per_epoch=3, **settings)
        assert int(model.iteration) == 9
        weights.append([*model.averaged_network.get_weights(), *model.discriminator.get_weights()])
    assert not np.array_equal(before[0], weights[0][0])
    for one, other in zip(*weights):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_dataset_of_less_than_a_step_is_refused():
    batches = tf.data.Dataset.from_tensor_slices(examples(16)).batch(4)
    with pytest.raises(ValueError, match="one step takes 5 minibatches of 4 = 20 examples"):
        small("wgan", critic_steps=5).fit(batches, verbose=0)


def test_a_validation_dataset_is_checked_as_any_other():
    model, x = small("nsgan"), examples(8)
    broken = tf.data.Dataset.from_tensor_slices(x / 0.0).batch(4)
    with pytest.raises(ValueError, match="NaN or infinite"):
        model.fit(x.numpy(), batch_size=4, validation_data=broken, verbose=0)
    assert int(model.iteration) == 0


@pytest.mark.parametrize("dtype", ["float16", "float64", "bfloat16"])
def test_other_floats_train_as_float32(dtype):
    x = tf.cast(examples(8), dtype)
    weights = []
    for values in (x, tf.cast(x, tf.float32)):
        for given in (values.numpy(), tf.data.Dataset.from_tensor_slices(values).batch(4)):
            model = small("nsgan")
            batch_size = None if isinstance(given, tf.data.Dataset) else 4
            model.fit(given, batch_size=batch_size, shuffle=False, verbose=0)
            weights.append(model.get_weights())
    for each in weights[1:]:
        for one, other in zip(weights[0], each, strict=True):
            np.testing.assert_array_equal(one, other)


def test_noise_of_a_step_is_a_function_of_seed_and_iteration():
    one, same, other = small("gan", seed=3), small("gan", seed=3), small("gan", seed=4)
    same.iteration.assign(5)
    for _ in range(5):
        one.step_seeds(2)
    drawn = [
        model.draw_latents(examples(4), model.step_seeds(2)[1]) for model in (one, same, other)
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_evaluation_draws_apart_from_training():
    model = small("gan")
    seeds = {tuple(seed.numpy()) for _ in range(20) for seed in model.step_seeds(2)}
    model.reset_metrics()
    seeds |= {tuple(seed.numpy()) for seed in model.evaluation_seeds(2)}
    assert len(seeds) == 42


def test_a_smaller_last_batch_counts_by_its_examples():
    """In evaluation and in an epoch's log; noise is one number and nothing is learned."""
    model = small("nsgan", rate=0.0)
    model.draw = lambda sampler, shape, seed: tf.fill(shape, 0.3)
    x = examples(9).numpy()
    expected = model.evaluate(x, batch_size=9, return_dict=True, verbose=0)
    [first, last] = (model.evaluate(part, return_dict=True, verbose=0) for part in (x[:8], x[8:]))
    assert abs(first["discriminator_loss"] - last["discriminator_loss"]) > 0.1
    found = model.evaluate(x, batch_size=8, return_dict=True, verbose=0)
    history = model.fit(x, batch_size=8, shuffle=False, verbose=0).history
    assert found == pytest.approx(expected, rel=1e-5)
    assert {name: values[0] for name, values in history.items()} == pytest.approx(found, rel=1e-5)


def test_executions_that_run_into_the_next_epoch_are_refused():
    model = small("nsgan")
    optimizers = {name: getattr(model, name) for name in model.optimizer_names}
    model.compile(run_eagerly=True, steps_per_execution=4, **optimizers)
    x = examples(12).numpy()
    with pytest.raises(ValueError, match=r"=4: it must divide the 6 steps of an epoch, as 3 does"):
        model.fit(x, batch_size=2, verbose=0)
    with pytest.raises(ValueError, match=r"=4: it must divide the 7 steps of an epoch, as 1 does"):
        model.fit(x, batch_size=2, steps_per_epoch=7, verbose=0)
    model.fit(x, batch_size=3, verbose=0)
    assert int(model.iteration) == 4
    model.fit(x, batch_size=1, verbose=0)
    assert int(model.iteration) == 4 + 12


# === Arguments ===


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (lambda v: arguments.integer("n", v, 2), [2, np.int64(7)], [1, 2.0, True, "2", None]),
        (lambda v: arguments.real("n", v), [-1, 0.5, np.float32(2)], [np.inf, np.nan, "1", False]),
        (lambda v: arguments.positive("n", v), [1e-9, 3], [0, -1, np.nan]),
        (lambda v: arguments.non_negative("n", v), [0, 2.5], [-1e-9, np.inf]),
        (lambda v: arguments.fraction("n", v), [0, 0.999], [1, -0.1, np.nan]),
        (lambda v: arguments.choice("n", v, ("a", "b")), ["a"], ["c", None]),
    ],
    ids=["integer", "real", "positive", "non_negative", "fraction", "choice"],
)
def test_checks_return_good_values_and_name_bad_ones(check, good, bad):
    for value in good:
        assert check(value) == value
    for value in bad:
        with pytest.raises(ValueError) as raised:
            check(value)
        assert str(raised.value).startswith(f"n={value!r}: ")


@pytest.mark.parametrize("value", [1, 1.5, -0.1, "0.9", True])
def test_averaging_is_checked(value):
    with pytest.raises(ValueError, match=f"averaging={value!r}: give a "):
        small("gan", averaging=value)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("bgan", {"log_z_decay": np.float64(0.5), "averaging": np.float64(0.5)}),
        ("wgan", {"clip_value": np.float32(0.5), "critic_steps": np.int64(2)}),
        ("vae", {"observation_scale": np.float64(0.5)}),
    ],
)
def test_settings_that_numpy_computed(name, settings, tmp_path):
    model = ganzoo.create(name, (3,), seed=0, **settings)
    model.fit(examples(8).numpy(), batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    config = keras.models.load_model(tmp_path / "model.keras").get_config()
    for setting, value in settings.items():
        assert config[setting] == value
        assert not isinstance(model.get_config()[setting], np.generic)


def test_compile_takes_exactly_its_optimizers():
    model = small("wgan")
    with pytest.raises(TypeError, match=r"exactly critic_optimizer, generator_optimizer"):
        model.compile(optimizer="adam")
    with pytest.raises(TypeError, match=r"missing: critic_optimizer$"):
        model.compile(generator_optimizer="adam")


@pytest.mark.parametrize("wrap", [lambda optimizer: optimizer, HistoricalAveraging])
def test_averages_of_an_optimizer_that_reach_no_sample_are_refused(wrap):
    useless = wrap(keras.optimizers.SGD(use_ema=True))
    with pytest.raises(ValueError, match=r"use_ema=True in generator_optimizer: .* averaging"):
        small("nsgan").compile(generator_optimizer=useless, discriminator_optimizer="sgd")
    overwriting = wrap(keras.optimizers.SGD(use_ema=True, ema_overwrite_frequency=2))
    small("nsgan").compile(generator_optimizer=overwriting, discriminator_optimizer="sgd")
