import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.adversarial.magan import adapted_margin, convergence_measure
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    energy,
    examples,
    mean,
    small,
)


def test_train_step_is_that_of_ebgan_at_the_margin():
    model = small("magan")
    model.margin.assign(1.5)
    d, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(6), Record(model)
    logs = model.train_step(x)

    first, second = record.latents
    real_energy, fake_energy = energy(d, x), energy(d, g(first))
    assert min(fake_energy) < 1.5 < max(fake_energy)

    def discriminator_objective():
        return mean(energy(d, x)) + mean(tf.maximum(1.5 - energy(d, g(first)), 0.0))

    discriminator_loss = descend(d, discriminator_objective)
    generator_loss = descend(g, lambda: mean(energy(d, g(second))))
    assert_same_weights(model.discriminator, d)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(discriminator_loss, rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(generator_loss, rel=1e-5)
    assert float(logs["real_energy"]) == pytest.approx(float(mean(real_energy)), rel=1e-5)
    assert float(logs["margin"]) == 1.5


# === The rule ===

# (mean energy of the data, of the samples) of an epoch -> the margin after it; m_0 = 1
SCRIPT = [
    ((0.8, 0.9), 1.0),  # no samples' energy before this one
    ((0.7, 1.1), 0.7),  # all three hold
    ((0.6, 1.0), 0.7),  # the samples' energy has fallen
    ((0.5, 1.0), 0.5),  # it is the same, which is enough
    ((0.5, 1.2), 0.5),  # the data's energy is that of the margin
    ((0.6, 1.3), 0.5),  # it is above the margin
    ((0.4, 0.4), 0.5),  # data and samples have the same energy
    ((0.42, 0.42), 0.5),  # and here, where the samples' has risen
    ((0.45, 0.43), 0.5),  # the data's energy is above that of the samples
    ((0.3, 0.43), 0.3),
    ((0.2, 0.1), 0.3),
]


def test_margins_of_a_scripted_run():
    margin, last_fake_energy, margins = 1.0, float("inf"), []
    for (real_energy, fake_energy), _ in SCRIPT:
        margin = adapted_margin(margin, real_energy, fake_energy, last_fake_energy)
        last_fake_energy = fake_energy
        margins.append(margin)
    assert margins == [expected for _, expected in SCRIPT]


def test_the_model_keeps_the_margins_of_the_script():
    model = small("magan")
    model.margin.assign(1.0)
    for energies, expected in SCRIPT:
        real_energy, fake_energy = (float(np.float32(value)) for value in energies)
        model.adapt({"real_energy": real_energy, "generator_loss": fake_energy})
        assert float(model.margin) == np.float32(expected)
        assert float(model.last_fake_energy) == fake_energy


def test_the_margin_never_rises_and_is_an_energy_of_the_data():
    noise = np.random.default_rng(0)
    for _ in range(50):
        margin, last_fake_energy = 1.0, float("inf")
        seen = {margin}
        for real_energy, fake_energy in noise.uniform(0, 1.2, (30, 2)):
            before, margin = (
                margin,
                adapted_margin(margin, real_energy, fake_energy, last_fake_energy),
            )
            seen.add(real_energy)
            assert margin <= before and margin in seen
            last_fake_energy = fake_energy
        assert margin < 0.5


@pytest.mark.parametrize("nan", range(3))
def test_nan_moves_nothing(nan):
    values = [0.5, 0.9, 0.8]
    values[nan] = float("nan")
    assert adapted_margin(1.0, *values) == 1.0


@pytest.mark.parametrize(
    ("real_energy", "fake_energy", "expected"), [(0.3, 0.5, 0.5), (0.3, 0.1, 0.5), (0.3, 0.3, 0.3)]
)
def test_convergence_is_the_data_s_energy_and_its_distance_from_the_samples(
    real_energy, fake_energy, expected
):
    assert convergence_measure(real_energy, fake_energy) == pytest.approx(expected, rel=1e-12)


def test_convergence_is_at_least_the_data_s_energy():
    real_energy, fake_energy = np.random.default_rng(0).uniform(size=(2, 100))
    measure = convergence_measure(real_energy, fake_energy)
    assert np.all(measure > real_energy)
    np.testing.assert_array_equal(convergence_measure(real_energy, real_energy), real_energy)


# === In fit ===


def trained(epochs, model=None, initial_epoch=0, **settings):
    model = model or small("magan", **settings)
    x = examples(24).numpy()
    history = model.fit(
        x, batch_size=8, epochs=epochs, initial_epoch=initial_epoch, verbose=0
    ).history
    return model, history


def test_the_first_margin_is_the_mean_energy_of_the_data():
    model = small("magan", pretraining_epochs=0)
    x = examples(11)
    model.measure_margin(x.numpy(), batch_size=4)
    expected = float(mean(energy(model.discriminator, x)))
    assert float(model.margin) == pytest.approx(expected, rel=1e-5)
    dataset = tf.data.Dataset.from_tensor_slices((x, tf.zeros(11))).batch(4)
    model.measure_margin(dataset)
    assert float(model.margin) == pytest.approx(expected, rel=1e-5)


def test_pretraining_is_plain_autoencoding_for_as_many_epochs():
    model = small("magan", pretraining_epochs=2)
    d, g, x = copy(model.discriminator), copy(model.generator), examples(8)
    model.measure_margin(x.numpy(), batch_size=8)
    for _ in range(2):
        descend(d, lambda: mean(energy(d, x)))
    assert_same_weights(model.discriminator, d)
    assert_same_weights(model.generator, g)
    assert float(model.margin) == pytest.approx(float(mean(energy(d, x))), rel=1e-5)
    assert int(model.discriminator_optimizer.iterations) == int(model.iteration) == 0


def test_nothing_is_trained_or_measured_before_the_arguments_are_checked():
    model = small("magan")
    dataset = tf.data.Dataset.from_tensor_slices(examples(8)).batch(4)
    before = copy(model.discriminator)
    with pytest.raises(ValueError, match="leave out batch_size"):
        model.fit(dataset, batch_size=4, verbose=0)
    assert float(model.margin) == 0.0
    assert_same_weights(model.discriminator, before)


def test_one_callback_needs_no_list():
    seen = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    small("magan").fit(examples(8).numpy(), batch_size=4, epochs=2, callbacks=callback, verbose=0)
    assert seen == [0, 1]


def test_margins_follow_from_the_logs_of_the_epochs():
    model, history = trained(epochs=12)
    margin, last_fake_energy = history["margin"][0], float("inf")
    for epoch in range(12):
        assert history["margin"][epoch] == pytest.approx(margin, rel=1e-6)
        real_energy, fake_energy = history["real_energy"][epoch], history["generator_loss"][epoch]
        margin = adapted_margin(margin, real_energy, fake_energy, last_fake_energy)
        last_fake_energy = fake_energy
    assert float(model.margin) == pytest.approx(margin, rel=1e-6)
    assert margin < 0.9 * history["margin"][0]


def test_margin_survives_saving_and_the_restored_run_adapts_as_the_uninterrupted_one(tmp_path):
    model, _ = trained(epochs=4)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert float(restored.margin) == float(model.margin) > 0
    assert float(restored.last_fake_energy) == float(model.last_fake_energy) < np.inf
    histories = [trained(epochs=12, model=m, initial_epoch=4)[1] for m in (model, restored)]
    assert histories[0] == histories[1]
    assert histories[1]["margin"][-1] < histories[1]["margin"][0]  # it moved after the restart


@pytest.mark.parametrize("data_shape", [(28, 28, 1), (28, 28, 3), (64, 64, 3)])
def test_the_autoencoder_of_images_cannot_copy_them(data_shape):
    _, code = ganzoo.create("magan", data_shape, seed=0).discriminator.outputs
    assert code.shape[-1] < np.prod(data_shape) / 10


@pytest.mark.parametrize("value", [-1, 1.5, None, True])
def test_pretraining_epochs_are_checked(value):
    with pytest.raises(ValueError, match=f"pretraining_epochs={value!r}: give an integer"):
        small("magan", pretraining_epochs=value)


def correlated_gaussian():
    noise = np.random.default_rng(0).normal(size=(25_600, 2))
    mixing = np.array([[1.0, 0.0], [0.6, 0.4]])  # variances 1.41 and 0.11 along the axes
    return (noise @ mixing.T + [1.0, -0.5]).astype("float32")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_learns_a_gaussian_with_a_margin_that_never_rises(seed):
    x = correlated_gaussian()
    model = ganzoo.create(
        "magan",
        (2,),
        seed=seed,
        pretraining_epochs=3,
        discriminator={"code_dim": 1},
        jit_compile=True,
        steps_per_execution=100,
    )
    history = model.fit(x, batch_size=256, epochs=20, steps_per_epoch=100, verbose=0).history
    margins = 2 * np.array([*history["margin"], float(model.margin)])  # sums over the features
    samples = model.generate(2000, seed=0).numpy()
    found = margins, samples.mean(axis=0), samples.std(axis=0)
    assert 0.08 < margins[0] < 0.16, found  # what a code of one dimension leaves
    assert np.all(np.diff(margins) <= 1e-6), found
    np.testing.assert_allclose(samples.mean(axis=0), x.mean(axis=0), atol=0.35)
    np.testing.assert_allclose(samples.std(axis=0), x.std(axis=0), rtol=0.2)
