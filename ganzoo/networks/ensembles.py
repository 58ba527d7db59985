"""Several networks of one architecture with weights of their own, as one."""

import keras

from ganzoo.layers import ChooseMember, SplitChoice
from ganzoo.networks.dcgan import dcgan_critic, dcgan_generator
from ganzoo.networks.mlp import mlp_critic, mlp_generator
from ganzoo.networks.two_headed import dcgan_classifying_critic, mlp_classifying_critic


def dcgan_generator_ensemble(data_shape, latent_dim, members=10, width=64, name="generator"):
    """Latents [N, d] to images of one of `members` times `dcgan_generator`.

    The last latent chooses the member, the others are its latents; member j is the layer
    "member_j".
    """
    return _generators(
        [
            dcgan_generator(
                data_shape, _own_latent_dim(latent_dim), width=width, name=f"member_{member}"
            )
            for member in range(members)
        ],
        latent_dim,
        name,
    )


def mlp_generator_ensemble(
    data_shape, latent_dim, members=10, units=(128, 128, 128), activation="relu", name="generator"
):
    """The same of `mlp_generator`."""
    return _generators(
        [
            mlp_generator(
                data_shape,
                _own_latent_dim(latent_dim),
                units=units,
                activation=activation,
                name=f"member_{member}",
            )
            for member in range(members)
        ],
        latent_dim,
        name,
    )


def dcgan_critic_ensemble(data_shape, members=2, width=64, name="critic"):
    """Images to the logits [N, members] of `members` times `dcgan_critic`."""
    return _critics(
        [
            dcgan_critic(data_shape, width=width, name=f"member_{member}")
            for member in range(members)
        ],
        data_shape,
        name,
    )


def mlp_critic_ensemble(data_shape, members=2, units=(128, 128), activation="relu", name="critic"):
    """Samples to the logits [N, members] of `members` times `mlp_critic`."""
    return _critics(
        [
            mlp_critic(data_shape, units=units, activation=activation, name=f"member_{member}")
            for member in range(members)
        ],
        data_shape,
        name,
    )


def dcgan_classifier_ensemble(data_shape, num_classes, members=2, width=64, name="critic"):
    """Images to logits [N, members, 1 + num_classes] of `members` times `dcgan_critic`.

    The first logit of each is that of a fake.
    """
    return _classifiers(
        [
            dcgan_classifying_critic(data_shape, num_classes, width=width, name=f"member_{member}")
            for member in range(members)
        ],
        data_shape,
        name,
    )


def mlp_classifier_ensemble(
    data_shape, num_classes, members=2, units=(128, 128), activation="relu", name="critic"
):
    """The same of `mlp_critic`."""
    return _classifiers(
        [
            mlp_classifying_critic(
                data_shape, num_classes, units=units, activation=activation, name=f"member_{member}"
            )
            for member in range(members)
        ],
        data_shape,
        name,
    )


def _own_latent_dim(latent_dim):
    if latent_dim < 2:
        raise ValueError(
            f"latent_dim={latent_dim}: the last latent chooses the generator, give at least 2"
        )
    return latent_dim - 1


def _generators(members, latent_dim, name):
    latents = keras.Input((latent_dim,), name="latent")
    own, choice = SplitChoice(dtype="float32", name="split")(latents)
    outputs = [member(own) for member in members]
    choose = ChooseMember(dtype="float32", name="choice")
    return keras.Model(latents, choose([choice, *outputs]), name=name)


def _critics(members, data_shape, name):
    samples = keras.Input(data_shape, name="sample")
    logits = [member(samples) for member in members]
    outputs = keras.layers.Concatenate(dtype="float32")(logits) if len(logits) > 1 else logits[0]
    return keras.Model(samples, outputs, name=name)


def _classifiers(members, data_shape, name):
    samples = keras.Input(data_shape, name="sample")
    rows = []
    for member in members:
        logits = keras.layers.Concatenate(dtype="float32")(member(samples))
        rows.append(keras.layers.Reshape((1, logits.shape[-1]), dtype="float32")(logits))
    outputs = keras.layers.Concatenate(axis=1, dtype="float32")(rows) if len(rows) > 1 else rows[0]
    return keras.Model(samples, outputs, name=name)
