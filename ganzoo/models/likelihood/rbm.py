"""Restricted Boltzmann machine by contrastive divergence: Hinton, "Training products of experts by
minimizing contrastive divergence", Neural Computation 14, 2002, pages 1771-1800; by persistent
chains: Tieleman, "Training restricted Boltzmann machines using approximations to the likelihood
gradient", ICML 2008."""

import tensorflow as tf

from ganzoo.layers.belief_net import hard_bits
from ganzoo.models import arguments
from ganzoo.models.base import GenerativeModel, batch_size_of
from ganzoo.models.replicas import gather
from ganzoo.registry import Recipe, register
from ganzoo.stochastic import noise

ALGORITHMS = ("cd", "pcd")


class RBM(GenerativeModel):
    """p(v) = exp(-F(v)) / Z, raised at the data and lowered where Gibbs chains of k sweeps end.

    Loss: mean of F(v) over the data minus mean of F(v_k) over the chains, v_k constant. Its
    gradient is E_chains[v h'] - E_data[v h'] for W, with the exact probabilities of h at both ends;
    its value is no likelihood. "cd": a chain starts at each example of the minibatch. "pcd": it
    goes on from where it ended in the last step, and begins at random bits.

    Latents are hidden bits h; a call gives p(v = 1 | h). They have no density that could be drawn
    from: `draw_prior` runs `sampling_steps` Gibbs sweeps from random bits.

    Args:
      rbm: see `ganzoo.networks.boltzmann_machine`.
      algorithm: "cd" or "pcd".
      gibbs_steps: k, the sweeps of a step.
      num_chains: persistent chains of "pcd", whatever the minibatch is; replicas divide them.
      sampling_steps: the sweeps behind a sample.
    """

    network_names = ("rbm",)
    sampled_network = "rbm"
    logged = ("rbm_loss", "free_energy", "reconstruction_loss", "pseudo_log_likelihood")
    distribution = "bernoulli"

    def __init__(
        self,
        rbm,
        *,
        algorithm="cd",
        gibbs_steps=1,
        num_chains=100,
        sampling_steps=1000,
        **kwargs,
    ):
        super().__init__(
            {"rbm": rbm},
            {
                "algorithm": arguments.choice("algorithm", algorithm, ALGORITHMS),
                "gibbs_steps": arguments.integer("gibbs_steps", gibbs_steps, 1),
                "num_chains": arguments.integer("num_chains", num_chains, 1),
                "sampling_steps": arguments.integer("sampling_steps", sampling_steps, 1),
            },
            **kwargs,
        )
        self.chains = None
        if algorithm == "pcd":
            self.chains = self.add_weight(
                shape=(num_chains, self.latent_dim),
                initializer=lambda shape, dtype: random_bits(shape, [self.seed, 0]),
                dtype="float32",
                trainable=False,
                name="chains",
                aggregation="only_first_replica",
            )

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        data_seed, bit_seed, chain_seed = self.step_seeds(3)
        machine = self.rbm.get_layer("machine")
        visible = tf.reshape(x, [-1, machine.features])

        hidden = self.draw_hidden(visible, data_seed)
        self.track_fit(visible, hidden, bit_seed)
        start = hidden if self.algorithm == "cd" else self.own_chains()
        fantasy, end = self.gibbs_chain(start, chain_seed)
        with tf.GradientTape() as tape:
            free_energy = self.average(machine.free_energy(visible))
            loss = free_energy - self.average(machine.free_energy(fantasy))
        self.minimize("rbm", tape, loss)
        if self.algorithm == "pcd":
            self.chains.assign(gather(end))
        return self.logs()

    def draw_hidden(self, visible, seed):
        """h ~ p(h | v) for each v: [N, H]."""
        logits = self.rbm.get_layer("machine").hidden_logits(visible)
        shape = [batch_size_of(visible), self.latent_dim]
        return hard_bits(logits, self.draw(noise.uniform, shape, seed))

    def gibbs_chain(self, hidden, seed):
        """v and h at the end of k sweeps from h [N, H]; constants."""
        machine = self.rbm.get_layer("machine")
        size = machine.features + self.latent_dim
        shape = [batch_size_of(hidden), self.gibbs_steps, size]
        for uniform in tf.unstack(self.draw(noise.uniform, shape, seed), axis=1):
            visible, hidden = machine.sweep(hidden, uniform)
        return visible, hidden

    def own_chains(self):
        """This replica's share of the persistent chains, [num_chains / replicas, H]."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if self.num_chains % replicas:
            raise ValueError(
                f"num_chains={self.num_chains} on {replicas} replicas: give a multiple of "
                f"{replicas}, so that all advance as many chains"
            )
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        share = self.num_chains // replicas
        chains = tf.reshape(self.chains, [replicas, share, self.latent_dim])
        return chains[replica]

    def track_fit(self, visible, hidden, seed):
        """The three logs that tell how training goes; none is a likelihood."""
        machine = self.rbm.get_layer("machine")
        reconstruction = tf.nn.sigmoid_cross_entropy_with_logits(visible, machine(hidden))
        pseudo = self.pseudo_log_likelihood(visible, seed)
        self.track(
            free_energy=self.average(machine.free_energy(visible)),
            reconstruction_loss=self.average(tf.reduce_sum(reconstruction, axis=-1)),
            pseudo_log_likelihood=self.average(pseudo),
        )

    def pseudo_log_likelihood(self, visible, seed):
        """D log p(v_i | the other bits) for one random bit i of each v, [N].

        Its mean over i is the pseudo-log-likelihood sum_i log p(v_i | the others), because
        p(v_i | the others) = sigmoid(F(v with bit i flipped) - F(v)).
        """
        machine = self.rbm.get_layer("machine")
        uniform = self.draw(noise.uniform, [batch_size_of(visible), 1], seed)[:, 0]
        bit = tf.one_hot(tf.cast(uniform * machine.features, tf.int32), machine.features)
        flipped = tf.abs(visible - bit)
        difference = machine.free_energy(flipped) - machine.free_energy(visible)
        return machine.features * tf.math.log_sigmoid(difference)

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        data_seed, bit_seed, chain_seed = self.evaluation_seeds(3)
        machine = self.rbm.get_layer("machine")
        visible = tf.reshape(x, [-1, machine.features])
        hidden = self.draw_hidden(visible, data_seed)
        self.track_fit(visible, hidden, bit_seed)
        start = hidden if self.algorithm == "cd" else self.own_chains()
        fantasy, _ = self.gibbs_chain(start, chain_seed)
        negative = self.average(machine.free_energy(fantasy))
        self.track(rbm_loss=self.average(machine.free_energy(visible)) - negative)
        return self.logs()

    # === Samples ===

    @tf.function(reduce_retracing=True)
    def draw_prior(self, shape, seed):
        """h [N, H] after `sampling_steps` Gibbs sweeps from random bits."""
        machine = self.sampler.get_layer("machine")
        size = machine.features + self.latent_dim
        seeds = tf.random.experimental.stateless_split(seed, self.sampling_steps + 1)

        def sweep(hidden, seed):
            return machine.sweep(hidden, noise.uniform([shape[0], size], seed))[1]

        return tf.foldl(sweep, seeds[1:], random_bits(shape, seeds[0]))

    # === Evaluation ===

    def unnormalized_log_prob(self, x):
        """-F(x) = log p(x) + log Z in nats, [N]; see `ganzoo.metrics.likelihood` for log Z."""
        machine = self.sampler.get_layer("machine")
        return -machine.free_energy(tf.reshape(x, [-1, machine.features]))

    def encode(self, x):
        """p(h = 1 | x) [N, H], as a dict."""
        machine = self.sampler.get_layer("machine")
        logits = machine.hidden_logits(tf.reshape(x, [-1, machine.features]))
        return {"probability": tf.sigmoid(logits)}

    def reconstruct(self, x):
        """p(v = 1 | h) at the most probable h given x, as a dict."""
        return {"image": self(tf.round(self.encode(x)["probability"]), training=False)}


def random_bits(shape, seed):
    """Fair bits of `shape`, float32."""
    return tf.round(noise.uniform(shape, seed))


register(
    Recipe(
        name="rbm",
        model=RBM,
        title="Training products of experts by minimizing contrastive divergence",
        paper="Neural Computation 14, 2002",
        networks={"rbm": {"part": "boltzmann_machine", "units": 500}},
        settings={"value_range": (0.0, 1.0)},
        optimizers={"rbm_optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.1}}},
        batch_size=20,
        epochs=15,
        dataset="mnist",
        binarized="static",
        vector={"rbm": {"units": 16}},
        tiny={"rbm": {"units": 4}, "num_chains": 4, "sampling_steps": 20},
    )
)
