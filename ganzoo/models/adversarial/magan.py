"""MAGAN: Wang, Cully, Chang, Demiris, "MAGAN: Margin Adaptation for Generative Adversarial
Networks", 2017, arXiv 1704.03817."""

import keras
import numpy as np
import tensorflow as tf

from ganzoo import data as data_lib
from ganzoo.losses import energy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held
from ganzoo.registry import Recipe, register


class MAGAN(GenerativeModel):
    """EBGAN whose margin follows the energy of the data down.

    With D(x) the mean over the features of (Dec(Enc(x)) - x)^2,

    Discriminator: mean of D(x) + max(0, m - D(G(z))).
    Generator: mean of D(G(z)).

    The first `fit` trains the discriminator as an autoencoder of the data alone and sets m to their
    mean energy. At the end of each epoch m moves by the rule of `adapted_margin`. The margin and
    what the rule remembers are weights of the model, so a restored one goes on with them; until the
    first `fit` the margin is 0. `convergence_measure` says from the logs how far a training is.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to [reconstructions [N, *data_shape], codes [N, s]].
      pretraining_epochs: passes over the data before the first epoch; 0 only measures the margin.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "real_energy", "margin")

    def __init__(self, generator, discriminator, *, pretraining_epochs=2, **kwargs):
        arguments.integer("pretraining_epochs", pretraining_epochs, 0)
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {"pretraining_epochs": pretraining_epochs},
            **kwargs,
        )
        self.margin = self._constant("margin", 0.0)
        self.last_fake_energy = self._constant("last_fake_energy", float("inf"))

    def _constant(self, name, value):
        return self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(value),
            dtype="float32",
            trainable=False,
            name=name,
            aggregation="only_first_replica",
        )

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_data=None,
        shuffle=True,
        initial_epoch=0,
        steps_per_epoch=None,
        **kwargs,
    ):
        """Trains as `GenerativeModel.fit` does, after the first margin has been measured."""
        if not keras.ops.convert_to_numpy(self.margin):
            self.measure_margin(x, y, batch_size, steps_per_epoch, verbose)
        rule = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: self.adapt(logs))
        return super().fit(
            x,
            y,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=[rule, *tf.nest.flatten(callbacks or [])],
            validation_data=validation_data,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            **kwargs,
        )

    def measure_margin(self, x, y=None, batch_size=None, steps_per_epoch=None, verbose="auto"):
        """Trains the autoencoder alone, then sets the margin to the mean energy of the data.

        The arguments are those of `fit`; the optimizer is a copy of the discriminator's.
        """
        optimizer = self.discriminator_optimizer
        with self.distribute_strategy.scope():
            autoencoder = Autoencoder(
                self.discriminator, value_range=self.value_range, seed=self.seed
            )
            autoencoder.compile(
                discriminator_optimizer=type(optimizer).from_config(optimizer.get_config()),
                jit_compile=self.jit_compile,
            )
        autoencoder.fit(
            x,
            y,
            batch_size=batch_size,
            epochs=self.pretraining_epochs,
            steps_per_epoch=steps_per_epoch,
            verbose=verbose,
        )
        if isinstance(x, tf.data.Dataset):
            batches = x.take(steps_per_epoch or -1)
        else:
            batches = data_lib.batches(
                np.asarray(x),
                batch_size=batch_size or 32,
                epochs=1,
                shuffle=False,
                drop_remainder=False,
            )
        energies = tf.function(lambda x: self.discriminate(x)["energy"], reduce_retracing=True)
        values = [energies(keras.utils.unpack_x_y_sample_weight(batch)[0]) for batch in batches]
        self.margin.assign(np.concatenate(values).mean(dtype=np.float64))

    def adapt(self, logs):
        """Moves the margin at the end of an epoch, by the means in its `logs`."""
        real_energy, fake_energy = logs["real_energy"], logs["generator_loss"]
        margin, last_fake_energy = (
            float(keras.ops.convert_to_numpy(value))
            for value in (self.margin, self.last_fake_energy)
        )
        self.margin.assign(adapted_margin(margin, real_energy, fake_energy, last_fake_energy))
        self.last_fake_energy.assign(fake_energy)

    def train_step(self, data):
        [(real, _)] = self.minibatches(data)
        discriminator_seed, generator_seed = self.step_seeds(2)

        fake = held(self.generator)(self.draw_latents(real, discriminator_seed))
        with tf.GradientTape() as tape:
            reconstruction, _ = self.discriminator(real, training=True)
            real_energy = energy.reconstruction_error(real, reconstruction)
            reconstruction, _ = self.discriminator(fake, training=True)
            fake_energy = energy.reconstruction_error(fake, reconstruction)
            loss = self.average(energy.discriminator_loss(real_energy, fake_energy, self.margin))
        self.minimize("discriminator", tape, loss)
        self.track(real_energy=self.average(real_energy))
        self.track_constant(margin=tf.convert_to_tensor(self.margin))

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(latents, training=True)
            reconstruction, _ = held(self.discriminator)(fake)
            fake_energy = energy.reconstruction_error(fake, reconstruction)
            loss = self.average(energy.generator_loss(fake_energy))
        self.minimize("generator", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        real_energy, fake_energy = (self.discriminate(x)["energy"] for x in (real, fake))
        self.track(
            discriminator_loss=self.average(
                energy.discriminator_loss(real_energy, fake_energy, self.margin)
            ),
            generator_loss=self.average(energy.generator_loss(fake_energy)),
            real_energy=self.average(real_energy),
        )
        self.track_constant(margin=tf.convert_to_tensor(self.margin))
        return self.logs()

    def discriminate(self, x):
        """D(x), [N], as a dict."""
        return {"energy": energy.reconstruction_error(x, self.reconstruct(x)["image"])}

    def reconstruct(self, x):
        """Dec(Enc(x)), as a dict."""
        reconstruction, _ = self.discriminator(x, training=False)
        return {"image": reconstruction}


class Autoencoder(GenerativeModel):
    """The discriminator alone, before the game: descends the mean of D(x)."""

    network_names = ("discriminator",)
    sampled_network = "discriminator"
    logged = ("discriminator_loss",)

    def __init__(self, discriminator, **kwargs):
        super().__init__({"discriminator": discriminator}, **kwargs)

    def shapes_of(self, sampler):
        """(size of a code, data_shape)."""
        return sampler.outputs[1].shape[-1], tuple(sampler.inputs[0].shape[1:])

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        self.iteration.assign_add(1)
        with tf.GradientTape() as tape:
            reconstruction, _ = self.discriminator(x, training=True)
            loss = self.average(energy.reconstruction_error(x, reconstruction))
        self.minimize("discriminator", tape, loss)
        return self.logs()


def adapted_margin(margin, real_energy, fake_energy, last_fake_energy):
    """Algorithm 1: the margin after an epoch, from the epoch's mean energies of data and samples.

    It falls to the energy of the data when that is below the margin and below the energy of the
    samples, and the samples' energy has not fallen since the last epoch (`last_fake_energy`,
    infinite in the first one); else it stays.
    """
    if real_energy < margin and real_energy < fake_energy and last_fake_energy <= fake_energy:
        return real_energy
    return margin


def convergence_measure(real_energy, fake_energy):
    """E D(x) + |E D(x) - E D(G(z))|: small where reconstructions are good and the game is even.

    Of an epoch's `real_energy` and `generator_loss`, numbers or arrays.
    """
    return real_energy + abs(real_energy - fake_energy)


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 5e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="magan",
        model=MAGAN,
        title="MAGAN: Margin Adaptation for Generative Adversarial Networks",
        paper="arXiv 1704.03817",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {"part": "reconstructing_critic", "code_dim": 64},
        },
        settings={"latent_dim": 50},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=25,
        vector={
            "latent_dim": 8,
            "discriminator": {"code_dim": 2},
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "pretraining_epochs": 0,
            "generator": {"width": 4},
            "discriminator": {"width": 4, "code_dim": 4},
        },
    )
)
