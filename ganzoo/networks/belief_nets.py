"""Networks of stochastic bits: sigmoid belief nets and restricted Boltzmann machines."""

import math

import keras

from ganzoo.layers import RecognitionNet, RestrictedBoltzmannMachine, SigmoidBeliefNet


def belief_net(data_shape, units=(200, 200, 200), name="decoder"):
    """Latents [N, H] in [-1, 1] to the logits of p(x | h^1) [N, *data_shape]; H = sum(units).

    The latents are the uniform draws behind all hidden bits; `units` counts those of h^1, next to
    the data, up to h^L. The layer "belief_net" is the `SigmoidBeliefNet`, which knows p(x, h).
    """
    latents = keras.Input((sum(units),), name="latent")
    logits = SigmoidBeliefNet(units, math.prod(data_shape), name="belief_net")(latents)
    logits = keras.layers.Reshape(data_shape, dtype="float32")(logits)
    return keras.Model(latents, logits, name=name)


def recognition_net(data_shape, units=(200, 200, 200), name="encoder"):
    """q(h | x) for data [N, *data_shape]: a built `RecognitionNet` with the units of p."""
    network = RecognitionNet(units, name=name)
    network.build((None, *data_shape))
    return network


def boltzmann_machine(data_shape, units=500, deviation=0.01, name="rbm"):
    """Hidden bits [N, units] to the logits of p(v | h) [N, *data_shape].

    The layer "machine" is the `RestrictedBoltzmannMachine`; its weights start as normal draws of
    that standard `deviation`.
    """
    hidden = keras.Input((units,), name="hidden")
    machine = RestrictedBoltzmannMachine(math.prod(data_shape), units, deviation, name="machine")
    logits = keras.layers.Reshape(data_shape, dtype="float32")(machine(hidden))
    return keras.Model(hidden, logits, name=name)


def check_same_units(decoder, encoder):
    """ValueError unless q(h | x) has the layers of p(x, h)."""
    units = decoder.get_layer("belief_net").units
    if units != encoder.units:
        raise ValueError(
            f"the decoder has hidden layers of {units} bits, the encoder of {encoder.units}: give "
            f'both the same, decoder={{"units": {units}}}, encoder={{"units": {units}}}'
        )
