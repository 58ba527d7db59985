"""What one update of a reweighted generator costs, against the number of samples M.

Section 4.1.2 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431). An update of `bgan_discrete` is one forward and one backward pass of the
generator for N latents, because log g(x | z) is linear in x, and forward passes of the
discriminator for their M N samples; the discriminator's own update is not in these numbers.

Protocol: the recipe's networks on binarized MNIST, N = 64. The arithmetic is the number of
multiply-adds for each latent, of dense layers and convolutions, from their shapes. Measured is one
compiled update on its own, optimizer and drawing of the samples included: in each round one update
for every M, in an order that is drawn anew; the ratio is the median over rounds of the time over
that of the first M in the same round. The samples' bytes are those of one float32 tensor
[M, N, 28, 28, 1]; the drawing holds a few of them at a time.
"""

import time

import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo.experiments import multiply_adds, records
from ganzoo.losses import f_divergence
from ganzoo.models.base import held, score_samples
from ganzoo.stochastic import importance

SHAPE = (28, 28, 1)


def run(
    output,
    seeds=(0,),
    num_samples=(1, 5, 10, 20),
    rounds=30,
    width=64,
    dense_units=1024,
    batch_size=64,
):
    """Counts, and times, an update for every number of samples.

    Args:
      output: directory; `results/reweighting_cost.csv`, `figures/reweighting_cost.png`.
      seeds: the first is that of weights, draws and order.
      num_samples: values of M; costs are relative to the first.
      rounds: of timings; 0 times nothing.
      width: maps after the first convolution.
      dense_units: of the hidden dense layers.
      batch_size: N.

    Returns:
      The rows, as dicts.
    """
    sizes = {"width": width, "dense_units": dense_units}
    model = ganzoo.create(
        "bgan_discrete", SHAPE, seed=seeds[0], generator=sizes, discriminator=sizes
    )
    costs = [update_multiply_adds(model, count) for count in num_samples]
    seconds = _times(model, num_samples, rounds, batch_size, seeds[0])
    rows = []
    for column, count in enumerate(num_samples):
        row = {
            "num_samples": count,
            "batch_size": batch_size,
            "width": width,
            "generator_multiply_adds": multiply_adds.forward(model.generator),
            "discriminator_multiply_adds": multiply_adds.forward(model.discriminator),
            "update_multiply_adds": costs[column],
            "arithmetic_ratio": f"{costs[column] / costs[0]:.3f}",
            "rounds": rounds,
            "measured_ratio": "",
            "milliseconds": "",
            "bytes_of_samples": 4 * count * batch_size * int(np.prod(SHAPE)),
        }
        if rounds:
            ratio = np.median(seconds[:, column] / seconds[:, 0])
            row["measured_ratio"] = f"{ratio:.3f}"
            row["milliseconds"] = f"{1000 * np.median(seconds[:, column]):.1f}"
        rows.append(row)
        print(row, flush=True)
    rows = records.write_rows(output, "reweighting_cost", rows, seeds[:1])
    _draw(output, rows)
    return rows


def update_multiply_adds(model, num_samples):
    """Multiply-adds of an update of the generator, for one latent."""
    return multiply_adds.forward_and_backward(
        model.generator
    ) + num_samples * multiply_adds.forward(model.discriminator)


def generator_update(model, num_samples, batch_size):
    """A compiled update of the generator alone, a function of an integer seed [2]."""

    @tf.function
    def update(seed):
        latent_seed, sample_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        latents = model.draw_latents(tf.zeros([batch_size, 1]), latent_seed)
        with tf.GradientTape() as tape:
            conditional = model.conditional(model.generator(latents, training=True))
            samples = model.draw_samples(conditional, num_samples, sample_seed)
            scores = score_samples(held(model.discriminator), samples)
            weights = model.weights_of(f_divergence.log_weights(scores, model.divergence))
            loss = model.average(importance.reweighted_loss(conditional, weights, samples))
        model.minimize("generator", tape, loss)
        return loss

    return update


def _times(model, num_samples, rounds, batch_size, seed):
    """Seconds of an update, [rounds, len(num_samples)]."""
    if not rounds:
        return None
    updates = [generator_update(model, count, batch_size) for count in num_samples]
    for update in updates:
        update(tf.constant([seed, 0])).numpy()  # compiles
    order, seconds = np.random.default_rng(seed), np.empty([rounds, len(updates)])
    for turn in range(rounds):
        for column in order.permutation(len(updates)):
            start = time.perf_counter()
            updates[column](tf.constant([seed, turn + 1])).numpy()
            seconds[turn, column] = time.perf_counter() - start
    return seconds


def _draw(output, rows):
    from matplotlib.figure import Figure

    counts = [row["num_samples"] for row in rows]
    figure = Figure(figsize=(4.8, 3.4), layout="constrained")
    panel = figure.subplots()
    panel.plot(
        counts, [float(row["arithmetic_ratio"]) for row in rows], "o-", label="multiply-adds"
    )
    if rows[0]["rounds"]:
        measured = [float(row["measured_ratio"]) for row in rows]
        panel.plot(counts, measured, "s--", label="time, median of rounds")
    panel.set(
        xlabel="samples M of a latent",
        ylabel=f"cost of an update, M = {counts[0]} is 1",
        xticks=counts,
        ylim=(0.0, None),
    )
    panel.legend()
    panel.grid(alpha=0.3)
    records.write_figure(output, "reweighting_cost", figure)
