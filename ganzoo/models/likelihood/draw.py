"""DRAW: Gregor, Danihelka, Graves, Rezende and Wierstra 2015, arXiv 1502.04623."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.models import arguments, gaussian
from ganzoo.models.base import GenerativeModel, batch_size_of
from ganzoo.registry import Recipe, register


class DRAW(GenerativeModel):
    """Two recurrent networks that draw an image of bits over several steps.

    At step t the encoder reads the image and what the canvas lacks, q(z_t | ...) is a diagonal
    Gaussian, and the decoder adds to the canvas (equations 3 to 8). The last canvas holds the
    logits of p(x | z_1 ... z_T).

    Loss (equations 9 to 12): mean over examples of -log p(x | canvas_T) +
    sum_t KL(q(z_t | ...) || N(0, I)), in nats. States, memories and the first canvas start at 0.

    Args:
      encoder: as `ganzoo.networks.draw_encoder`.
      decoder: as `ganzoo.networks.draw_decoder`.
      steps: T.
    """

    network_names = ("encoder", "decoder")
    sampled_network = "decoder"
    latent_distributions = ("normal",)
    logged = ("loss", "reconstruction_loss", "kl_divergence")
    joint = True
    distribution = "bernoulli"

    def __init__(self, encoder, decoder, *, steps=64, **kwargs):
        self._steps = arguments.integer("steps", steps, 1)
        super().__init__({"encoder": encoder, "decoder": decoder}, {"steps": steps}, **kwargs)

    def shapes_of(self, sampler):
        canvas, z = sampler.inputs[:2]
        return self._steps * z.shape[-1], tuple(canvas.shape[1:])

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        with tf.GradientTape() as tape:
            loss = self.negative_elbo(x, seed, self.decoder)
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        self.track(loss=self.negative_elbo(x, seed, self.sampler))
        return self.logs()

    def negative_elbo(self, x, seed, decoder):
        """This replica's part of the mean negative bound of x; tracks its two terms."""
        canvas, kl_divergence, _ = self.infer(x, self.draw_latents(x, seed), decoder)
        log_likelihood = self.observation_model(canvas).log_prob(x)
        self.track(
            reconstruction_loss=self.average(-log_likelihood),
            kl_divergence=self.average(kl_divergence),
        )
        return self.average(kl_divergence - log_likelihood)

    def infer(self, x, epsilon, decoder):
        """Draws x with latents from q, which epsilon ~ N(0, I) [n, latent_dim] determines.

        Returns:
          The last canvas [n, *data_shape], the sum over steps of KL(q || N(0, I)) [n], and of
          log p(z_t) - log q(z_t | ...) [n].
        """
        x = tf.convert_to_tensor(x)
        prior = gaussian.standard(self.latent_dim // self.steps)

        def step(state, epsilon):
            canvas, decoder_state, decoder_memory, *own, kl_divergence, log_ratio = state
            error = x - tf.sigmoid(canvas)
            *own, parameters = self.encoder([x, error, decoder_state, *own])
            posterior = gaussian.diagonal(parameters)
            z = gaussian.reparameterized(posterior, epsilon)
            canvas, *decoder_states = decoder([canvas, z, decoder_state, decoder_memory])
            kl_divergence += posterior.kl_divergence(prior)
            log_ratio += prior.log_prob(z) - posterior.log_prob(z)
            return canvas, *decoder_states, *own, kl_divergence, log_ratio

        count = batch_size_of(x)
        own = [tf.zeros([count, i.shape[-1]], i.dtype) for i in self.encoder.inputs[3:]]
        start = (*self._blank(count, decoder), *own, tf.zeros([count]), tf.zeros([count]))
        canvas, *_, kl_divergence, log_ratio = self._last(step, self._by_step(epsilon), start)
        return canvas, kl_divergence, log_ratio

    def call(self, inputs, training=None):
        """Latents [N, latent_dim], those of all steps, to the probabilities of a 1."""

        def step(state, z):
            canvas, *states = state
            return tuple(self.sampler([canvas, z, *states], training=training))

        start = self._blank(batch_size_of(inputs), self.sampler)
        return tf.sigmoid(self._last(step, self._by_step(inputs), start)[0])

    def observation_model(self, canvas):
        """p(x | canvas_T) for logits [n, *data_shape], with event shape `data_shape`."""
        pixels = tfd.Bernoulli(logits=canvas, dtype=tf.float32)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.data_shape))

    def log_weights(self, x, num_samples, seed):
        """log p(x, z_i) - log q(z_i|x) for draws of q: [num_samples, N]; `seed` is int [2]."""
        count = batch_size_of(x)
        repeated = tf.tile(x, [num_samples, *[1] * len(self.data_shape)])
        epsilon = self.draw_prior([num_samples * count, self.latent_dim], seed)
        canvas, _, log_ratio = self.infer(repeated, epsilon, self.sampler)
        log_weights = self.observation_model(canvas).log_prob(repeated) + log_ratio
        return tf.reshape(log_weights, [num_samples, count])

    def reconstruct(self, x):
        """The probabilities after drawing x with the means of all q, as a dict."""
        epsilon = tf.zeros([batch_size_of(x), self.latent_dim])
        canvas, _, _ = self.infer(x, epsilon, self.sampler)
        return {"image": tf.sigmoid(canvas)}

    def _by_step(self, latents):
        """[N, T d] as [T, N, d]."""
        steps = tf.reshape(latents, [-1, self.steps, self.latent_dim // self.steps])
        return tf.transpose(steps, [1, 0, 2])

    def _blank(self, count, decoder):
        """The first canvas, state and memory of the decoder."""
        canvas, _, *states = decoder.inputs
        return tuple(tf.zeros([count, *i.shape[1:]], i.dtype) for i in (canvas, *states))

    def _last(self, step, by_step, state):
        """The state after all steps."""
        for t in range(self.steps):
            state = step(state, by_step[t])
        return state


# Gradients through time need a bound; the paper's is not stated.
_ADAM = {
    "class_name": "Adam",
    "config": {"learning_rate": 1e-3, "beta_1": 0.5, "global_clipnorm": 10.0},
}

register(
    Recipe(
        name="draw",
        model=DRAW,
        title="DRAW: A Recurrent Neural Network For Image Generation",
        paper="arXiv 1502.04623",
        networks={
            "encoder": {"part": "recurrent_encoder", "architecture": "draw"},
            "decoder": {"part": "recurrent_decoder", "architecture": "draw"},
        },
        settings={"latent_dim": 100, "value_range": (0.0, 1.0)},
        optimizers={"optimizer": _ADAM},
        batch_size=128,
        epochs=50,
        dataset="mnist",
        binarized="static",
        vector={
            "latent_dim": 2,
            "steps": 8,
            "encoder": {"units": 64, "read_size": None},
            "decoder": {"units": 64, "write_size": None},
        },
        tiny={
            "latent_dim": 2,
            "steps": 2,
            "encoder": {"units": 4},
            "decoder": {"units": 4},
        },
    )
)
