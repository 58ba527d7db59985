"""A frozen network: nothing of it moves, however the step runs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.contract.ordering import unordered_accesses

IMAGES = np.random.default_rng(0).uniform(-1, 1, (48, 8, 8, 1)).astype("float32")
RUNS = {
    "graph": {},
    "eager": {"run_eagerly": True},
    "XLA": {"jit_compile": True},
    "fused": {"steps_per_execution": 3},
}


def dcgan(name="dcgan", **settings):
    """A tiny model with batch normalization in both players, an average, and Adam."""
    second = {"critic" if name == "wgan" else "discriminator": {"width": 2}}
    settings = {"latent_dim": 3, "generator": {"width": 2}, "averaging": 0.9, **second, **settings}
    return ganzoo.create(name, (8, 8, 1), seed=0, **settings)


def state(model, network):
    """Values of everything that belongs to a network: weights, slots, counters, average."""
    optimizer = getattr(model, f"{network}_optimizer")
    variables = [*getattr(model, network).weights, *optimizer.variables]
    if network == "generator":
        variables += model.averaged_network.weights
    return [np.array(variable) for variable in variables]


def moved(before, after):
    return [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]


@pytest.mark.parametrize(
    ("network", "settings"),
    [*(("discriminator", settings) for settings in RUNS.values()), ("generator", {})],
    ids=[*RUNS, "generator"],
)
def test_a_frozen_network_stays_bit_for_bit_and_its_opponent_trains(network, settings):
    [opponent] = {"discriminator", "generator"} - {network}
    model = dcgan(**settings)
    gate = model.gate(network)
    model.fit(IMAGES, batch_size=8, verbose=0)
    gate.assign(1.0)
    before = {name: state(model, name) for name in (network, opponent)}
    iterations = int(getattr(model, f"{network}_optimizer").iterations)
    model.fit(IMAGES, batch_size=8, verbose=0)
    assert not any(moved(before[network], state(model, network)))
    # All but the learning rate.
    assert sum(moved(before[opponent], state(model, opponent))) >= len(before[opponent]) - 1
    assert int(getattr(model, f"{network}_optimizer").iterations) == iterations == 6
    gate.assign(0.0)
    model.fit(IMAGES, batch_size=8, verbose=0)
    assert sum(moved(before[network], state(model, network))) >= len(before[network]) - 1


def test_an_open_gate_changes_nothing():
    plain, gated = dcgan(), dcgan()
    gated.gate("discriminator")
    gated.gate("generator")
    for model in (plain, gated):
        model.fit(IMAGES, batch_size=8, verbose=0)
    for name in plain.network_names:
        assert not any(moved(state(plain, name), state(gated, name)))


def test_the_opponent_learns_from_the_frozen_network_and_not_from_what_it_would_be():
    """With the discriminator frozen, a step's generator update is the one against old weights."""
    frozen, still = (dcgan(averaging=None) for _ in range(2))
    frozen.gate("discriminator").assign(1.0)
    rates = {"discriminator_optimizer": keras.optimizers.SGD(0.0)}
    still.compile(generator_optimizer=still.generator_optimizer, **rates)
    for model in (frozen, still):
        model.fit(IMAGES[:8], batch_size=8, shuffle=False, verbose=0)
    for one, other in zip(frozen.generator.get_weights(), still.generator.get_weights()):
        np.testing.assert_array_equal(one, other)


def test_clipping_after_an_update_does_not_move_a_frozen_critic():
    model = dcgan("wgan", critic_steps=2, averaging=None)
    model.gate("critic").assign(1.0)
    before = state(model, "critic")
    assert max(np.abs(weight).max() for weight in model.critic.get_weights()) > model.clip_value
    model.fit(IMAGES, batch_size=8, verbose=0)
    assert not any(moved(before, state(model, "critic")))


def test_losses_of_a_frozen_network_are_logged():
    model = dcgan()
    model.gate("discriminator").assign(1.0)
    history = model.fit(IMAGES, batch_size=8, epochs=2, verbose=0).history
    assert history["discriminator_loss"][0] > 0.1
    assert history["discriminator_loss"][0] != history["discriminator_loss"][1]


def test_a_gate_made_after_training_began_works():
    model = dcgan()
    model.fit(IMAGES, batch_size=8, verbose=0)
    model.gate("generator").assign(1.0)
    assert model.gate("generator") is model.gate("generator")
    before = state(model, "generator")
    model.fit(IMAGES, batch_size=8, verbose=0)
    assert not any(moved(before, state(model, "generator")))


def test_a_gate_made_in_the_middle_of_a_training_works():
    model = dcgan()

    def freeze(epoch, logs):
        if epoch == 1:
            model.gate("generator").assign(1.0)
            states.append(state(model, "generator"))

    states = []
    freezing = keras.callbacks.LambdaCallback(on_epoch_begin=freeze)
    start = state(model, "generator")
    model.fit(IMAGES, batch_size=8, epochs=3, callbacks=[freezing], verbose=0)
    assert any(moved(start, states[0]))
    assert not any(moved(states[0], state(model, "generator")))


def test_a_restored_model_is_as_frozen_as_the_saved_one(tmp_path):
    model = dcgan()
    model.gate("discriminator").assign(1.0)
    model.gate("generator")
    model.fit(IMAGES, batch_size=8, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert restored.frozen_networks() == ["discriminator"]
    for each in (model, restored):
        each.fit(IMAGES, batch_size=8, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(model.get_weights(), restored.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_write_overtakes_a_reading():
    model = dcgan()
    for network in model.network_names:
        model.gate(network)
    data = (tf.constant(IMAGES[:8]),)
    assert unordered_accesses(lambda *data: model.train_step(data), *data) == []


def test_networks_that_cannot_stand_still_are_refused():
    with pytest.raises(ValueError, match="network='critic': dcgan has the players discriminator"):
        dcgan().gate("critic")
    vae = ganzoo.create("vae", (6,), seed=0, latent_dim=2)
    with pytest.raises(ValueError, match="vae has one objective"):
        vae.gate("encoder")
