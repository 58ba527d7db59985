"""Likelihoods of decoders by annealing, and what a Parzen window says of the same decoders.

Wu, Burda, Salakhutdinov and Grosse 2017, "On the Quantitative Analysis of Decoder-Based Generative
Models", arXiv 1611.04273, table 2: a variational autoencoder and two GANs with 10 and 50 latents on
gray MNIST.

Protocol: generators of two ReLU layers of 256 for `vae` and `wgan_gp`, convolutional networks of a
quarter of the paper's width for `dcgan`; normal latents for all; 60,000 training images; the last
weights count. p(x|z) = N(G(z), sigma^2 I) in the unit of pixels in [0, 1]; the autoencoder is
trained with the first of `variances`; of every decoder that sigma^2 counts which makes training
images likeliest by annealing with a quarter of the distributions. Test images are dequantized,
(255 x + u) / 256. Parzen windows stand on samples of the decoder, with the sigma that makes a
thousand training images likeliest. "gap" is the mean difference of the bounds from above and below
on images that the decoder itself makes: it bounds the mean error of either there.
"""

import math

import keras
import numpy as np
from tensorflow_probability import distributions as tfd

import ganzoo
from ganzoo.experiments import records
from ganzoo.metrics import likelihood

_MLP = {"units": (256, 256)}
METHODS = {  # name of the recipe -> its settings
    "vae": {"encoder": _MLP, "decoder": {**_MLP, "output_activation": "tanh"}},
    "wgan_gp": {
        "generator": {"architecture": "mlp", **_MLP, "output_activation": "tanh"},
        "critic": {"architecture": "mlp", **_MLP},
    },
    "dcgan": {"generator": {"width": 16}, "discriminator": {"width": 16}},
}

_BATCH_SIZE = 64


def run(
    output,
    seeds=(0,),
    methods=tuple(METHODS),
    latent_dims=(10, 50),
    epochs=20,
    images=50,
    num_distributions=1000,
    num_chains=8,
    variances=(0.01, 0.025, 0.05),
    parzen_samples=10_000,
):
    """Trains and evaluates every decoder; rows that the table has are kept.

    Args:
      output: directory. `results/decoder_likelihoods.csv` has a row for each decoder,
        `figures/decoder_likelihoods.png` sets the two estimates side by side.
      seeds: of weights, noise, order of the data and chains.
      methods: names of `METHODS`.
      latent_dims: numbers of latents.
      epochs: of 60,000 / 64 updates of the decoder.
      images: test images that annealing counts; a Parzen window takes all of them.
      num_distributions, num_chains: of annealing.
      variances: sigma^2 that are tried, in squared units of pixels in [0, 1].
      parzen_samples: of the window.

    Returns:
      The rows, as dicts.
    """
    data = ganzoo.data.load("mnist")
    test = dequantized(ganzoo.data.load("mnist", split="test"), seed=0)
    validation = dequantized(data, seed=1, indices=np.arange(1000))
    table = records.Table(output, "decoder_likelihoods")
    for seed in seeds:
        for method in methods:
            for latent_dim in latent_dims:
                protocol = {
                    "method": method,
                    "latent_dim": latent_dim,
                    "seed": seed,
                    "epochs": epochs,
                    "images": images,
                    "num_distributions": num_distributions,
                    "num_chains": num_chains,
                }
                if table.has(**protocol):
                    continue
                model = _train(method, data, latent_dim, seed, epochs, variances[0])
                scores = evaluate(
                    model,
                    test,
                    validation,
                    variances,
                    (num_distributions, num_chains),
                    images,
                    parzen_samples,
                    seed,
                )
                table.add({**protocol, **scores})
                print(table.rows[-1], flush=True)
    _draw(output, table.rows)
    return table.rows


def dequantized(data, seed, indices=None):
    """(255 x + u) / 256 for images x in [0, 1] and u uniform, as the models take it: [-1, 1]."""
    levels = 127.5 * (data.scaled(indices) + 1.0)
    uniform = np.random.default_rng(seed).random(levels.shape, dtype=np.float32)
    return (levels + uniform) / 128.0 - 1.0


def to_unit_range(nats, dimensions):
    """Log-densities of data in [-1, 1] as those of the same data in [0, 1]."""
    return nats + dimensions * math.log(2.0)


def evaluate(model, test, validation, variances, annealing, images, parzen_samples, seed):
    """The columns of a decoder: estimates in nats of pixels in [0, 1], and how they were made."""
    num_distributions, num_chains = annealing
    dimensions = math.prod(model.data_shape)

    def anneal(variance, x, distributions):
        values = likelihood.annealed_importance(
            decoder(model, variance), x, distributions, num_chains, seed=seed
        )
        return to_unit_range(values, dimensions)

    variance = max(
        variances,
        key=lambda value: anneal(value, validation[: images // 2], num_distributions // 4).mean(),
    )
    annealed = anneal(variance, test[:images], num_distributions)
    gap = likelihood.bidirectional_bounds(
        decoder(model, variance), images, num_distributions, num_chains, seed=seed
    ).gap
    samples = model.generate(parzen_samples, seed=seed).numpy()
    window, windows = parzen(test, validation, samples)
    return {
        "variance": variance,
        "annealed": f"{annealed.mean():.1f}",
        "annealed_standard_error": f"{annealed.std() / np.sqrt(images):.1f}",
        "gap": f"{gap:.2f}",
        "parzen": f"{windows.mean():.1f}",
        "parzen_standard_error": f"{windows.std() / np.sqrt(len(windows)):.1f}",
        "parzen_sigma": f"{window:.3f}",
    }


def parzen(test, validation, samples):
    """The best sigma for `validation`, and the log-densities of `test`, all in [-1, 1].

    Both are in the unit of pixels in [0, 1].
    """
    test, validation, samples = (0.5 * (images + 1.0) for images in (test, validation, samples))
    sigma = likelihood.choose_sigma(validation, samples)
    return sigma, likelihood.parzen_log_density(test, samples, sigma)


def decoder(model, variance):
    """p(x|z) = N(G(z), 4 variance I) of images in [-1, 1]: `variance` in the unit of [0, 1]."""

    def conditional(z):
        pixels = tfd.Normal(model(z, training=False), 2.0 * variance**0.5)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(model.data_shape))

    return likelihood.Decoder(model.latent_dim, conditional, likelihood.gains_by_xla(model.sampler))


def _train(method, data, latent_dim, seed, epochs, variance):
    own = {"observation_scale": 2.0 * variance**0.5} if method == "vae" else {}
    model = ganzoo.create(
        method,
        data.data_shape,
        seed=seed,
        latent_dim=latent_dim,
        latent_distribution="normal",
        **METHODS[method],
        **own,
    )
    progress = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: print(
            f"{method}, {latent_dim} latents, seed {seed}: epoch {epoch + 1} of {epochs}, "
            + ", ".join(f"{name} {value:.2f}" for name, value in logs.items()),
            flush=True,
        )
    )
    model.fit(
        data.dataset(_BATCH_SIZE, seed, with_labels=False),
        epochs=epochs,
        steps_per_epoch=len(data) // _BATCH_SIZE,
        callbacks=[progress],
        verbose=0,
    )
    return model


def _draw(output, rows):
    """Both estimates of every decoder, as pairs of bars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(rows))
    for offset, name in ((-0.2, "annealed"), (0.2, "parzen")):
        values = [float(row[name]) for row in rows]
        errors = [float(row[f"{name}_standard_error"]) for row in rows]
        label = {"annealed": "annealed importance sampling", "parzen": "Parzen window"}[name]
        axes.bar(places + offset, values, 0.4, yerr=errors, label=label)
    axes.set_xticks(places, [f"{row['method']}\n{row['latent_dim']} latents" for row in rows])
    axes.set_ylabel("log-likelihood of test images, nats")
    axes.legend(fontsize=8)
    records.write_figure(output, "decoder_likelihoods", figure)
