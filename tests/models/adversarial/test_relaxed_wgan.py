import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.adversarial.relaxed_wgan import SMALLEST_INTENSITY
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    mean,
    small,
)

KL = {
    "potential": "kl",
    "value_range": (-1.0, 3.0),
    "generator": {"units": (5,), "activation": "tanh", "output_activation": "tanh"},
}


def intensities(count, seed=0):
    """Points [count, 3] in [-1, 3]."""
    return tf.constant(np.random.default_rng(seed).uniform(-1, 3, (count, 3)), tf.float32)


def coordinates(x):
    unit = SMALLEST_INTENSITY + (1 - SMALLEST_INTENSITY) * (x + 1) / 4
    return 1 + tf.math.log(unit)


def test_train_step_is_wgan_in_the_coordinates_of_the_gradient():
    c = 0.3
    model = small("relaxed_wgan", critic_steps=3, clip_value=c, **KL)
    f, g = copy(model.critic), copy(model.generator)
    x, record = intensities(12), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(3):
        real, z = coordinates(x[t::3]), record.latents[t]

        def objective(real=real, z=z):
            return mean(f(coordinates(g(z)))) - mean(f(real))

        losses.append(descend(f, objective))
        f.set_weights([np.clip(w, -c, c) for w in f.get_weights()])
    loss = descend(g, lambda: -mean(f(coordinates(g(record.latents[3])))))

    assert_same_weights(model.critic, f)
    assert_same_weights(model.generator, g)
    assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4, abs=1e-6)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4, abs=1e-6)


def test_squared_euclidean_potential_is_wgan_bit_for_bit():
    settings = {"critic_steps": 2, "clip_value": 0.3}
    relaxed = small("relaxed_wgan", potential="squared_euclidean", **settings)
    wgan = small("wgan", **settings)
    logs = []
    for model in (relaxed, wgan):
        for number in range(3):
            values = model.train_step(intensities(8, seed=number))
        logs.append((float(values["critic_loss"]), float(values["generator_loss"])))
    assert logs[0] == logs[1]
    for weight, other in zip(relaxed.get_weights(), wgan.get_weights()):
        np.testing.assert_array_equal(weight, other)


def test_coordinates_of_the_ends_of_the_range():
    model = small("relaxed_wgan", **KL)
    values = model.coordinates(tf.constant([[-1.0, 1.0, 3.0]]))
    middle = SMALLEST_INTENSITY + (1 - SMALLEST_INTENSITY) / 2
    expected = [[1 + np.log(SMALLEST_INTENSITY), 1 + np.log(middle), 1.0]]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_scores_are_those_of_the_coordinates():
    model = small("relaxed_wgan", **KL)
    x = intensities(4)
    np.testing.assert_allclose(
        model.discriminate(x)["score"], model.critic(coordinates(x)), rtol=1e-5, atol=1e-6
    )


def test_kl_needs_the_range_of_the_data():
    with pytest.raises(ValueError, match=r"value_range=None, which the generator does not keep"):
        small("relaxed_wgan", potential="kl")


@pytest.mark.parametrize("activation", [None, "tanh"])
def test_kl_refuses_samples_that_may_be_negative(activation):
    with pytest.raises(ValueError, match=r"value_range=\(0\.0, 1\.0\), which the generator"):
        ganzoo.create(
            "relaxed_wgan",
            (1,),
            potential="kl",
            value_range=(0.0, 1.0),
            generator={"output_activation": activation},
        )


@pytest.mark.parametrize("value", ["l2", None, 2])
def test_potential_is_checked(value):
    with pytest.raises(ValueError, match=f"potential={value!r}: choose one of"):
        small("relaxed_wgan", potential=value)


@pytest.mark.parametrize("value", [0, -0.01, float("nan"), "0.01"])
def test_clip_value_is_checked(value):
    with pytest.raises(ValueError, match=f"clip_value={value!r}: give a "):
        small("relaxed_wgan", clip_value=value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_learns_a_beta_distribution(seed):
    x = np.random.default_rng(0).beta(4, 2, (25_600, 1)).astype("float32")
    model = ganzoo.create(
        "relaxed_wgan",
        (1,),
        seed=seed,
        potential="kl",
        value_range=(0.0, 1.0),
        generator={"output_activation": "sigmoid"},
        jit_compile=True,
        steps_per_execution=100,
    )
    model.fit(x, batch_size=256, epochs=1, steps_per_epoch=1500, verbose=0)
    samples = model.generate(2000, seed=0).numpy()
    found = samples.mean(), samples.std()
    # 2/3 and 0.178; the coordinates on one side only would end at 0.70 to 0.75.
    assert found[0] == pytest.approx(x.mean(), abs=0.04), found
    assert found[1] == pytest.approx(x.std(), abs=0.02), found
