"""What the generators of an ensemble share: see `ganzoo.networks.dcgan_generator_ensemble`."""

import warnings

import numpy as np
import tensorflow as tf

from ganzoo.models.base import batch_size_of


def sghmc(num_examples, learning_rate=1e-3):
    """Configuration of SGHMC as the recipes of ensembles take it."""
    return {
        "class_name": "ganzoo>SGHMC",
        "config": {"learning_rate": learning_rate, "friction": 0.1, "num_examples": num_examples},
    }


def warn_of_num_examples(model, x):
    """Warns where an array has other numbers of examples than SGHMC's prior and noise count."""
    if isinstance(x, tf.data.Dataset):
        return
    count = len(np.atleast_1d(x))  # what is no array of examples is refused by `fit`
    for name in ("generator_optimizer", "discriminator_optimizer"):
        counted = getattr(getattr(model, name), "num_examples", count)
        if counted != count:
            warnings.warn(
                f"{name} counts {counted} examples, x has {count}: prior and noise have the "
                f'strength of {counted}; create the optimizer with "num_examples": {count}',
                stacklevel=3,
            )


def num_members(generator):
    """J, the generators of an ensemble."""
    return sum(layer.name.startswith("member_") for layer in generator.layers)


def samples_of_all(model, examples, seed, mode):
    """Samples [J N, *data_shape] of all generators, each from N latents of its own.

    `mode` makes of a generator the function that is called.
    """
    members = num_members(model.generator)
    width = members * (model.latent_dim - 1)
    latents = model.draw(model.draw_prior, [batch_size_of(examples), width], seed)
    samples = [
        mode(model.generator.get_layer(f"member_{member}"))(own)
        for member, own in enumerate(tf.split(latents, members, axis=1))
    ]
    return tf.concat(samples, axis=0)


def in_training(network):
    """`network` as it learns."""
    return lambda inputs: network(inputs, training=True)
