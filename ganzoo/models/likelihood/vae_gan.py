"""VAE/GAN: Larsen, Sonderby, Larochelle and Winther, "Autoencoding beyond pixels using a learned
similarity metric", ICML 2016, arXiv 1512.09300."""

import keras
import tensorflow as tf

from ganzoo.losses import cross_entropy
from ganzoo.losses.vectors import vector
from ganzoo.models import arguments, gaussian
from ganzoo.models.base import GenerativeModel
from ganzoo.registry import Recipe, register


class VAEGAN(GenerativeModel):
    """A VAE whose reconstructions are compared in a layer of the discriminator of a GAN.

    With z ~ q(z|x) and z_p ~ N(0, I), the reconstruction x_z = decoder(z), x_p = decoder(z_p)
    and Dis_l the features of a layer of the discriminator (algorithm 1),

        L_prior   = KL(q(z|x) || N(0, I)),
        L_feature = |Dis_l(x) - Dis_l(x_z)|^2 / 2, which is -log N(Dis_l(x); Dis_l(x_z), I) but for
                    a constant,
        L_GAN     = -log D(x) - log(1 - D(x_z)) - log(1 - D(x_p)), D = sigmoid(a),

    Encoder: mean of L_prior + L_feature.
    Decoder: mean of feature_weight L_feature - L_GAN.
    Discriminator: mean of L_GAN.

    One pass serves the three updates: no loss but its own reaches a network, L_feature does not
    train the discriminator and L_GAN does not train the encoder.

    Args:
      encoder: samples [N, *data_shape] to [N, 2 d]: mean and log variance of q(z|x).
      decoder: latents [N, d] to samples [N, *data_shape].
      discriminator: samples to logits [N, 1].
      feature_layer: name or index of the layer of the discriminator whose outputs are compared; -3
        is the activation of the last convolution of `dcgan_critic`.
      feature_weight: gamma, of L_feature against L_GAN in the decoder's loss.
    """

    network_names = ("encoder", "decoder", "discriminator")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = (
        "encoder_loss",
        "decoder_loss",
        "discriminator_loss",
        "kl_divergence",
        "feature_loss",
    )

    def __init__(
        self, encoder, decoder, discriminator, *, feature_layer=-3, feature_weight=1e-6, **kwargs
    ):
        arguments.positive("feature_weight", feature_weight)
        judge = _with_features(discriminator, feature_layer)
        super().__init__(
            {"encoder": encoder, "decoder": decoder, "discriminator": discriminator},
            {"feature_layer": feature_layer, "feature_weight": feature_weight},
            **kwargs,
        )
        # In a function, because an attribute would be saved as a network of its own.
        self.judge = lambda samples, training=False: judge(samples, training=training)

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        with tf.GradientTape(persistent=True) as tape:
            losses = self.losses(x, self.step_seeds(2), training=True)
        for network in self.network_names:
            self.minimize(network, tape, losses[network])
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        losses = self.losses(x, self.evaluation_seeds(2), training=False)
        self.track(**{f"{network}_loss": loss for network, loss in losses.items()})
        return self.logs()

    def losses(self, x, seeds, training):
        """This replica's part of the loss of each network, for x [N, ...]; tracks two terms."""
        posterior = self.posterior(x, training)
        z = gaussian.reparameterized(posterior, self.draw_latents(x, seeds[0]))
        reconstruction = self.decoder(z, training=training)
        sample = self.decoder(self.draw_latents(x, seeds[1]), training=training)
        features, logits = self.judge(x, training)
        reconstruction_features, reconstruction_logits = self.judge(reconstruction, training)
        _, sample_logits = self.judge(sample, training)

        kl_divergence = self.average(posterior.kl_divergence(self.prior()))
        feature_loss = self.average(half_squared_distance(features, reconstruction_features))
        gan_loss = self.average(
            cross_entropy.discriminator_loss(logits, reconstruction_logits)
            + tf.nn.softplus(vector(sample_logits))
        )
        self.track(kl_divergence=kl_divergence, feature_loss=feature_loss)
        return {
            "encoder": kl_divergence + feature_loss,
            "decoder": self.feature_weight * feature_loss - gan_loss,
            "discriminator": gan_loss,
        }

    def prior(self):
        """p(z) = N(0, I)."""
        return gaussian.standard(self.latent_dim)

    def posterior(self, x, training=False):
        """q(z|x), a diagonal Gaussian with batch shape [N] and event shape [d]."""
        return gaussian.diagonal(self.encoder(x, training=training))

    def encode(self, x):
        """Mean and log variance [N, d] of q(z|x), as a dict."""
        outputs = self.encoder(x, training=False)
        return dict(zip(("mean", "log_variance"), tf.split(outputs, 2, axis=-1)))

    def reconstruct(self, x):
        """The decoder at the mean of q(z|x), as a dict."""
        return {"image": self(self.encode(x)["mean"], training=False)}


def half_squared_distance(features, others):
    """|a - b|^2 / 2 of features [N, ...]: [N], float32."""
    difference = tf.cast(features, tf.float32) - tf.cast(others, tf.float32)
    return 0.5 * tf.reduce_sum(difference**2, axis=list(range(1, difference.shape.rank)))


def _with_features(discriminator, feature_layer):
    """The discriminator with two outputs: of the layer, and its own."""
    names = [layer.name for layer in discriminator.layers]
    is_name = feature_layer in names
    is_index = isinstance(feature_layer, int) and -len(names) <= feature_layer < len(names)
    if not (is_name or is_index):
        raise ValueError(
            f"feature_layer={feature_layer!r}: give an index from {-len(names)} to "
            f"{len(names) - 1}, or the name of a layer: {', '.join(names)}"
        )
    layer = discriminator.layers[names.index(feature_layer) if is_name else feature_layer]
    return keras.Model(discriminator.inputs, [layer.output, discriminator.outputs[0]])


_RMSPROP = {"class_name": "RMSprop", "config": {"learning_rate": 3e-4}}
_TOY_ADAM = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5, "beta_2": 0.9}}

register(
    Recipe(
        name="vae_gan",
        model=VAEGAN,
        title="Autoencoding beyond pixels using a learned similarity metric",
        paper="arXiv 1512.09300",
        networks={
            "encoder": {"part": "encoder", "architecture": "convolutional"},
            "decoder": {"part": "generator"},
            "discriminator": {"part": "critic"},
        },
        settings={"latent_dim": 128},
        optimizers={
            "encoder_optimizer": _RMSPROP,
            "decoder_optimizer": _RMSPROP,
            "discriminator_optimizer": _RMSPROP,
        },
        batch_size=64,
        epochs=25,
        vector={
            "latent_dim": 2,
            "feature_weight": 0.01,
            "encoder": {"architecture": "mlp", "units": (128, 128)},
            "encoder_optimizer": _TOY_ADAM,
            "decoder_optimizer": _TOY_ADAM,
            "discriminator_optimizer": _TOY_ADAM,
            "batch_size": 256,
        },
        tiny={
            "latent_dim": 4,
            "encoder": {"width": 4},
            "decoder": {"width": 4},
            "discriminator": {"width": 4},
        },
    )
)
