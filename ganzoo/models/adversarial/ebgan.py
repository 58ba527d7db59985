"""EBGAN: Zhao, Mathieu, LeCun, "Energy-based Generative Adversarial Network", ICLR 2017,
arXiv 1609.03126."""

import tensorflow as tf

from ganzoo.losses import energy
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, held
from ganzoo.models.replicas import gather
from ganzoo.registry import Recipe, register
from ganzoo.regularizers.pulling_away import pulling_away


class EBGAN(GenerativeModel):
    """The discriminator is an autoencoder, and its reconstruction error an energy.

    With D(x) the mean over the features of (Dec(Enc(x)) - x)^2 and s the codes Enc(G(z)),

    Discriminator: mean of D(x) + max(0, m - D(G(z))).
    Generator: mean of D(G(z)) + pulling_away_weight * PT(s), PT the mean over all pairs of a
    minibatch of the squared cosine between their codes; that of the global one on several replicas.

    Args:
      generator: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to [reconstructions [N, *data_shape], codes [N, s]].
      margin: m, the energy from which on a sample is left alone.
      pulling_away_weight: of the pulling-away term, 0.1 in the paper's EBGAN-PT. Codes of one
        dimension are always collinear, so that the term is 1 without a gradient: it is refused.
    """

    network_names = ("discriminator", "generator")
    logged = ("discriminator_loss", "generator_loss", "real_energy", "fake_energy")

    def __init__(self, generator, discriminator, *, margin=1.0, pulling_away_weight=0.0, **kwargs):
        weight = arguments.non_negative("pulling_away_weight", pulling_away_weight)
        if weight and discriminator.outputs[1].shape[-1] == 1:
            raise ValueError(
                f"pulling_away_weight={weight!r}: codes of one dimension are always collinear and "
                'cannot be pulled apart; give codes of two at least, discriminator={"code_dim": 2}'
                ", or pulling_away_weight=0"
            )
        super().__init__(
            {"generator": generator, "discriminator": discriminator},
            {
                "margin": arguments.positive("margin", margin),
                "pulling_away_weight": weight,
            },
            **kwargs,
        )

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
        self.track(real_energy=self.average(real_energy), fake_energy=self.average(fake_energy))

        latents = self.draw_latents(real, generator_seed)
        with tf.GradientTape() as tape:
            fake = self.generator(latents, training=True)
            reconstruction, codes = held(self.discriminator)(fake)
            loss = self.generator_loss(energy.reconstruction_error(fake, reconstruction), codes)
        self.minimize("generator", tape, loss)
        return self.logs()

    def generator_loss(self, fake_energy, codes):
        """This replica's part of the generator's loss, for energies [N] and codes [N, s]."""
        loss = self.average(energy.generator_loss(fake_energy))
        if self.pulling_away_weight:
            repulsion = self.average(pulling_away(codes, gather(codes)))
            loss += self.pulling_away_weight * repulsion
        return loss

    def test_step(self, data):
        [(real, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        fake = self.generator(self.draw_latents(real, seed))
        reconstruction, codes = self.discriminator(fake)
        real_energy = self.discriminate(real)["energy"]
        fake_energy = energy.reconstruction_error(fake, reconstruction)
        self.track(
            discriminator_loss=self.average(
                energy.discriminator_loss(real_energy, fake_energy, self.margin)
            ),
            generator_loss=self.generator_loss(fake_energy, codes),
            real_energy=self.average(real_energy),
            fake_energy=self.average(fake_energy),
        )
        return self.logs()

    def discriminate(self, x):
        """D(x), [N], as a dict."""
        return {"energy": energy.reconstruction_error(x, self.reconstruct(x)["image"])}

    def reconstruct(self, x):
        """Dec(Enc(x)), as a dict."""
        reconstruction, _ = self.discriminator(x, training=False)
        return {"image": reconstruction}


_ADAM = {"class_name": "Adam", "config": {"learning_rate": 2e-4, "beta_1": 0.5}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="ebgan",
        model=EBGAN,
        title="Energy-based Generative Adversarial Network",
        paper="arXiv 1609.03126",
        networks={
            "generator": {"part": "generator"},
            "discriminator": {"part": "reconstructing_critic"},
        },
        settings={"latent_dim": 100, "margin": 1.0, "pulling_away_weight": 0.1},
        optimizers={"generator_optimizer": _ADAM, "discriminator_optimizer": _ADAM},
        batch_size=64,
        epochs=25,
        vector={
            "latent_dim": 8,
            "margin": 0.5,
            "pulling_away_weight": 0.0,
            "generator_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={"latent_dim": 4, "generator": {"width": 4}, "discriminator": {"width": 4}},
    )
)
