"""Exact divergence of reweighted generators of four bits, against the number of samples M.

Properties that section 2.3 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the
first text of arXiv 1702.08431) leaves open: with M = 1 nothing is learned; per-latent and global
weights and the score function all reach the data.

Protocol: the mixture of `ganzoo.data.bits.four_bits`; a generator of eight equiprobable latents
with free logits, a discriminator with a free logit for each of the 16 states; N = 32, Adam (beta_1
0.5) at 0.05 and 0.1, 2000 iterations. KL(data || generator) is exact, by enumeration, and averaged
over the last 250 iterations.
"""

import keras
import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo.data import bits
from ganzoo.experiments import records
from ganzoo.metrics import kl_divergence

LATENTS = 8
_STEPS_OF_A_POINT = 10


def run(output, seeds=(0, 1, 2), num_samples=(1, 2, 5, 20), steps=2000):
    """Trains every estimator with every number of samples on every seed.

    Args:
      output: directory; `results/four_bits.csv`, `figures/four_bits.png`.
      seeds: of weights, noise and order of the data.
      num_samples: values of M.
      steps: iterations of a training, a multiple of 10.

    Returns:
      The rows, as dicts: `kl` is the mean over the last eighth of the iterations.

    Raises:
      ValueError: `steps` that are no multiple of 10.
    """
    records.check_steps(steps, _STEPS_OF_A_POINT)
    rows, curves = [], {}
    for estimator in ("per_latent", "global", "reinforce"):
        for count in num_samples:
            for seed in seeds:
                curve = train(estimator, count, seed, steps)
                curves.setdefault((estimator, count), []).append(curve)
                tail = curve[-max(1, len(curve) // 8) :]
                rows.append(
                    {
                        "estimator": estimator,
                        "num_samples": count,
                        "seed": seed,
                        "steps": steps,
                        "kl_at_start": f"{curve[0]:.4f}",
                        "kl": f"{np.mean(tail):.4f}",
                    }
                )
                print(rows[-1], flush=True)
    records.write_rows(output, "four_bits", rows, seeds)
    _draw(output, curves)
    return rows


def generator():
    """U(-1, 1) [N, 1] to the logits of one of eight rows of a table."""
    latent = keras.Input((1,))
    index = keras.ops.cast(keras.ops.floor((latent[:, 0] + 1.0) * LATENTS / 2), "int32")
    initializer = keras.initializers.RandomNormal(stddev=0.1)
    return keras.Model(latent, keras.layers.Embedding(LATENTS, 4, initializer)(index))


def discriminator():
    """Four bits [N, 4] to the entry of a table of 16 logits, [N, 1]."""
    sample = keras.Input((4,))
    place_values = keras.ops.convert_to_tensor(2.0 ** np.arange(3, -1, -1), "float32")
    index = keras.ops.cast(keras.ops.sum(sample * place_values, axis=-1), "int32")
    return keras.Model(sample, keras.layers.Embedding(16, 1, "zeros")(index))


def exact_kl(model):
    """KL(data || generator) in nats."""
    latents = (np.arange(LATENTS, dtype="float32")[:, None] + 0.5) * 2 / LATENTS - 1
    states = tf.constant(bits.states(4), tf.float32)
    logits = model.generator(latents)
    log_likelihood = tf.reduce_sum(
        states * tf.math.log_sigmoid(logits)[:, None]
        + (1.0 - states) * tf.math.log_sigmoid(-logits)[:, None],
        axis=-1,
    )
    probabilities = np.exp(log_likelihood.numpy().astype("float64")).mean(axis=0)
    return kl_divergence(bits.four_bits_probabilities(), probabilities / probabilities.sum())


def train(estimator, num_samples, seed, steps):
    """Exact divergences before training and after every ten iterations."""
    keras.utils.set_random_seed(seed)
    model = ganzoo.create(
        "bgan_discrete",
        (4,),
        seed=seed,
        latent_dim=1,
        estimator=estimator,
        num_samples=num_samples,
        generator=generator(),
        discriminator=discriminator(),
        generator_optimizer=keras.optimizers.Adam(0.05, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(0.1, beta_1=0.5),
        steps_per_execution=_STEPS_OF_A_POINT,
    )
    curve = [exact_kl(model)]
    model.fit(
        ganzoo.data.load("four_bits", seed=seed).dataset(32, seed),
        epochs=steps // _STEPS_OF_A_POINT,
        steps_per_epoch=_STEPS_OF_A_POINT,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: curve.append(exact_kl(model))
            )
        ],
    )
    return curve


def _draw(output, curves):
    from matplotlib.figure import Figure

    estimators = list(dict.fromkeys(estimator for estimator, _ in curves))
    figure = Figure(figsize=(9, 3), layout="constrained")
    for panel, estimator in zip(figure.subplots(1, len(estimators), sharey=True), estimators):
        for (name, count), of_seeds in curves.items():
            if name == estimator:
                steps = _STEPS_OF_A_POINT * np.arange(len(of_seeds[0]))
                mean = np.mean(of_seeds, axis=0)
                [line] = panel.plot(steps, mean, label=f"M = {count}")
                low, high = np.min(of_seeds, axis=0), np.max(of_seeds, axis=0)
                panel.fill_between(steps, low, high, alpha=0.2, color=line.get_color())
        panel.set(title=estimator, xlabel="iterations", yscale="log")
    figure.axes[0].set_ylabel("KL(data || generator), nats")
    figure.axes[-1].legend(fontsize=8)  # the same colors in all panels
    records.write_figure(output, "four_bits", figure)
