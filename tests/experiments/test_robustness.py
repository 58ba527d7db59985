import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.experiments import robustness
from ganzoo.experiments import robustness_networks as networks
from ganzoo.layers import BatchNormalization
from ganzoo.models.base import has_batch_statistics

SHAPE = (8, 8, 1)


def layers_of(network, *kinds):
    return [layer for layer in network.layers if isinstance(layer, kinds)]


@pytest.mark.parametrize("architecture", networks.ARCHITECTURES)
@pytest.mark.thorough
def test_networks(architecture):
    generator = networks.generator(architecture, (16, 16, 3), 5, 4)
    critic = networks.critic(architecture, (16, 16, 3), 4, "layer")
    images = generator(tf.random.stateless_normal((3, 5), (0, 1)))
    assert images.shape == (3, 16, 16, 3)
    assert 0.0 < np.abs(images).max() <= 1.0
    assert critic(images).shape == (3, 1)
    assert not has_batch_statistics(critic)
    for network in (generator, critic):
        twin = keras.models.model_from_json(network.to_json())
        assert [w.shape for w in twin.weights] == [w.shape for w in network.weights]


@pytest.mark.parametrize("setting", ["architectures", "methods"])
def test_unknown_names_are_refused_before_anything_is_trained(setting, tmp_path):
    known = {"architectures": "baseline", "methods": "dcgan"}[setting]
    with pytest.raises(ValueError, match=rf"{setting}='tanhh': choose one of .*'{known}'"):
        robustness.run(tmp_path, **{setting: [known, "tanhh"]}, steps=1)
    assert not list(tmp_path.iterdir())


def test_rows_are_what_their_names_say():
    baseline, constant, perceptron, bare, gated, tanh, deep = networks.ARCHITECTURES

    def generator(name):
        return networks.generator(name, SHAPE, 5, 4)

    def critic(name):
        return networks.critic(name, SHAPE, 4, "batch")

    assert layers_of(generator(baseline), BatchNormalization)
    maps = [layer.filters for layer in layers_of(generator(constant), keras.layers.Conv2DTranspose)]
    assert maps[:-1] == [4] * (len(maps) - 1)
    assert not layers_of(generator(constant), BatchNormalization)
    assert layers_of(critic(constant), BatchNormalization)
    units = [layer.units for layer in layers_of(generator(perceptron), keras.layers.Dense)]
    assert units == [512] * 4 + [64]
    for network in (generator(bare), critic(bare)):
        assert not layers_of(network, BatchNormalization, keras.layers.GroupNormalization)
    for network in (generator(gated), critic(gated)):
        assert layers_of(network, networks.Gate)
    for network in (generator(tanh), critic(tanh)):
        assert not layers_of(network, keras.layers.ReLU, keras.layers.LeakyReLU)
        assert layers_of(network, BatchNormalization)
    for network in (generator(deep), critic(deep)):
        # Shortcuts have no weights here: every convolution and dense layer is on the long path.
        weighted = layers_of(network, keras.layers.Conv2D, keras.layers.Dense)
        assert len(weighted) == 101


def test_gate():
    inputs = tf.constant([[0.0, 1.0, 2.0, -1.0]])
    expected = [[0.5 * np.tanh(1.0), np.tanh(-1.0) / (1 + np.exp(-2.0))]]
    np.testing.assert_allclose(networks.Gate()(inputs), expected, rtol=1e-5)


@pytest.mark.parametrize("method", robustness.METHODS)
@pytest.mark.thorough
def test_trains_a_step_of_every_method(method):
    data = ganzoo.data.load("digits")
    model = robustness.train(data, networks.ARCHITECTURES[4], method, 0, 2, 4)
    samples = model.generate(4, seed=0)
    assert np.isfinite(samples).all()


@pytest.mark.thorough
def test_rows_and_figure(tmp_path):
    rows = robustness.run(
        tmp_path,
        architectures=networks.ARCHITECTURES[2:3],
        methods=("dcgan", "wgan_gp"),
        steps=2,
        width=4,
    )
    assert [row["method"] for row in rows] == ["dcgan", "wgan_gp"]
    for row in rows:
        assert row["success"] == (float(row["coverage"]) >= 0.5)
        assert float(row["frechet"]) > 0.0
    assert (tmp_path / "figures" / "robustness.png").exists()
    assert len(list((tmp_path / "figures" / "robustness").iterdir())) == 2


def test_nan_is_a_failure():
    scores = robustness._scores(np.full((4, *SHAPE), np.nan), None, None)
    assert scores["success"] is False and scores["frechet"] == "nan"
