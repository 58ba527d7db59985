"""Modal analysis of reweighted generators: what one latent makes, and what many make.

Section 4.1.4 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431), which is empty there; no published numbers are reproduced. The generator is a
mixture over z of conditionals g(x | z) of independent pixels, so a picture that depends on its
pixels together needs a z of its own, and modes can be lost within z or between.

Protocol: bgan_discrete with weights per latent and over the batch ("global"). Binarized MNIST,
binarized anew at every presentation: the networks of the released code at half their width, Adam at
1e-3 with beta_1 0.5, one seed, the first. Bars and stripes: the trainings "bgan per latent" and
"bgan global" of `bars_and_stripes`, all seeds. After training, in inference mode, 500 latents and
100 samples of each. A mode is the class that `mnist_cnn` takes a sample for, or which of the 30
patterns it is, samples that are none being a mode of their own that does not count as hit. Row
"data": test images, binarized once, or 500 draws.
"""

import math

import keras
import numpy as np
import scipy.special

import ganzoo
from ganzoo import metrics
from ganzoo.data import bits
from ganzoo.experiments import bars_and_stripes, records
from ganzoo.metrics import extractors
from ganzoo.stochastic import importance

ESTIMATORS = ("per_latent", "global")
NUM_LATENTS = 500
NUM_DRAWS = 100
UNIMODAL = 0.9
COLUMNS = (
    *("pixel_variance", "within_share", "entropy", "entropy_low", "entropy_high"),
    *("log_z_mean", "log_z_std", "log_z_error", "effective_share", "fooled_rate"),
    *("valid_share", "modes_hit", "mode_entropy", "entropy_given_latent", "unimodal_share"),
)
_ROWS, _COLUMNS = 6, 10  # of the figure's pictures: latents, samples of each
_BAR = (1.0, 0.5, 0.05)
_STEPS_OF_A_CALL = 50


def run(
    output,
    seeds=(0, 1, 2),
    images="mnist",
    steps=500,
    width=32,
    num_samples=10,
    iterations=3000,
    batch_size=64,
):
    """Trains both estimators on both data sets and takes their generators apart.

    Args:
      output: directory; `results/modal_analysis.csv`, `figures/modal_analysis.png`.
      seeds: of weights, noise and order of the data; the images are trained on the first alone.
      images: a data set of gray images that `<images>_cnn` classifies.
      steps: iterations on the images.
      width: maps after the first convolution, and a sixteenth of the dense units.
      num_samples: M on the images; on bars and stripes it is 20.
      iterations: on bars and stripes.
      batch_size: minibatch m of both.

    Returns:
      The rows, as dicts; see `analysis`.
    """
    rows, of_images, of_bits = [], {}, {}  # the latter two: weights -> results
    gray = ganzoo.data.load(images, binarized="dynamic")
    test = ganzoo.data.load(images, split="test", binarized="static").scaled()
    extractor = extractors.load(f"{images}_cnn")

    def class_of(samples):
        return extractor.probabilities(2.0 * samples - 1.0).argmax(axis=1)

    def add(data, weights, seed, result):
        scalars = {k: f"{result[k]:.4f}" if k in result else "" for k in COLUMNS}
        scalars["modes_hit"] = result["modes_hit"]
        rows.append({"data": data, "weights": weights, "seed": seed, **scalars})
        print(rows[-1], flush=True)

    of_images["data"] = data_analysis(test, class_of, 10)
    add(images, "data", "", of_images["data"])
    for weights in ESTIMATORS:
        model = _train_images(weights, seeds[0], gray, steps, width, num_samples, batch_size)
        of_images[weights] = analysis(model, class_of, 10, seeds[0])
        add(images, weights, seeds[0], of_images[weights])

    points = ganzoo.data.load("bars_and_stripes")
    count = len(bits.bars_and_stripes_patterns())
    of_bits["data"] = [data_analysis(points.scaled()[:NUM_LATENTS], pattern_of, count)]
    add("bars_and_stripes", "data", "", *of_bits["data"])
    for weights in ESTIMATORS:
        method = f"bgan {weights.replace('_', ' ')}"
        for seed in seeds:
            model = bars_and_stripes.train(method, seed, points, iterations, batch_size, 20)
            result = analysis(model, pattern_of, count, seed)
            of_bits.setdefault(weights, []).append(result)
            add("bars_and_stripes", weights, seed, result)
    rows = records.write_rows(output, "modal_analysis", rows, seeds)
    _draw(output, images, of_images, of_bits)
    return rows


def pattern_of(samples):
    """Which of the `bars_and_stripes_patterns` each sample [N, 16] is, 30 if none: int [N]."""
    patterns = bits.bars_and_stripes_patterns()
    table = np.full(2**16, len(patterns))
    table[metrics.state_index(patterns)] = np.arange(len(patterns))
    return table[metrics.state_index(samples)]


def analysis(model, mode_of, num_modes, seed):
    """Takes a generator of bits apart, from `NUM_DRAWS` samples of each of `NUM_LATENTS` latents.

    Args:
      model: a trained bgan_discrete.
      mode_of: hard samples [N, *event] to their modes, integers in [0, num_modes], where
        `num_modes` is no mode of the data.
      num_modes: of the data.
      seed: of latents and samples.

    Returns:
      Dict of scalars, which are columns of the table: those of `variance_parts` and `mode_parts`;
        entropy, entropy_low, entropy_high: mean, 5th and 95th percentile over z of the entropy of
          g(x | z) in nats, summed over pixels.
        log_z_mean, log_z_std: over z, of log Z(z), the log of the mean weight of its samples;
          log_z_error: that of the estimate alone, the root of the mean of 1 / ESS - 1 / M.
        effective_share: mean over z of ESS / M.
        fooled_rate: share of the samples that D takes for data.
      and of what the figure shows: samples [M, N, *event], log_weights [M, N]; probabilities
      [N, *event], entropies [N], log_z [N], effective_shares [N].
    """
    probabilities = model.decode(model.sample_latents(NUM_LATENTS, seed)).numpy()
    uniform = np.random.default_rng(seed).random((NUM_DRAWS, *probabilities.shape), np.float32)
    samples = (uniform < probabilities).astype(np.float32)
    merged = samples.reshape(-1, *model.data_shape)
    scores = model.discriminator.predict(merged, batch_size=500, verbose=0)
    log_weights = scores.reshape(NUM_DRAWS, NUM_LATENTS)
    entropies = bernoulli_entropy(probabilities)
    log_z = importance.log_normalizer(log_weights).numpy()
    effective_sizes = importance.effective_sample_size(log_weights).numpy()
    low, high = np.percentile(entropies, [5, 95])
    return {
        **variance_parts(probabilities),
        "entropy": entropies.mean(),
        "entropy_low": low,
        "entropy_high": high,
        "log_z_mean": log_z.mean(),
        "log_z_std": log_z.std(),
        "log_z_error": np.sqrt(np.mean(1 / effective_sizes - 1 / NUM_DRAWS)),
        "effective_share": effective_sizes.mean() / NUM_DRAWS,
        "fooled_rate": np.mean(log_weights > 0.0),
        **mode_parts(mode_of(merged).reshape(log_weights.shape), num_modes),
        "samples": samples,
        "log_weights": log_weights,
        "probabilities": probabilities,
        "entropies": entropies,
        "log_z": log_z,
        "effective_shares": effective_sizes / NUM_DRAWS,
    }


def data_analysis(samples, mode_of, num_modes):
    """What of `analysis` can be said of data [N, *event] in {0, 1}, which have no latents."""
    modes = mode_parts(mode_of(samples)[None], num_modes)
    of_latents = ("entropy_given_latent", "unimodal_share", "largest_shares")
    return {
        "pixel_variance": variance_parts(samples)["pixel_variance"],
        **{k: v for k, v in modes.items() if k not in of_latents},
    }


def bernoulli_entropy(probabilities):
    """sum over pixels of -p log p - (1 - p) log(1 - p), of probabilities [N, *event]: [N] nats."""
    p = np.float64(probabilities).reshape(len(probabilities), -1)
    return np.sum(scipy.special.entr(p) + scipy.special.entr(1 - p), axis=1)


def variance_parts(probabilities):
    """Law of total variance for bits, from the probabilities of a 1 given each latent, [N, *event].

    Var x = E_z[p (1 - p)] + Var_z[p] = q (1 - q), q = E_z[p].

    Returns:
      Dict: `pixel_variance`, Var x averaged over pixels, and `within_share`, what the first term
      has of it.
    """
    p = np.float64(probabilities)
    within, between = np.mean(p * (1 - p)), np.mean(p.var(axis=0))
    total = within + between
    return {"pixel_variance": total, "within_share": within / total if total else 0.0}


def mode_parts(modes, num_modes):
    """How the modes [M, N] of M samples of N latents spread, within latents and over all.

    Args:
      modes: integers in [0, num_modes]; `num_modes` is no mode of the data.

    Returns:
      Dict: `valid_share` of samples in a mode of the data; `modes_hit`, those with a tenth of an
      equal share at least; entropies in nats, samples without a mode counted as one more:
      `mode_entropy` of all, `entropy_given_latent`, the mean over z, whose difference is the
      information of z about the mode; `unimodal_share` of the latents with nine tenths of their
      samples in one mode of the data; `mode_shares` [num_modes] of all samples, and
      `largest_shares` [N], of the samples of each latent in its most frequent mode of the data.
    """
    shares = np.eye(num_modes + 1)[modes].mean(axis=0)  # [N, num_modes + 1]
    marginal = shares.mean(axis=0)
    largest = shares[:, :-1].max(axis=1)
    return {
        "valid_share": marginal[:-1].sum(),
        "modes_hit": int(np.sum(10 * num_modes * marginal[:-1] >= 1)),
        "mode_entropy": scipy.special.entr(marginal).sum(),
        "entropy_given_latent": scipy.special.entr(shares).sum(axis=1).mean(),
        "unimodal_share": np.mean(largest >= UNIMODAL),
        "mode_shares": marginal[:-1],
        "largest_shares": largest,
    }


def _train_images(weights, seed, data, steps, width, num_samples, batch_size):
    sizes = {"width": width, "dense_units": 16 * width}
    calls = math.gcd(_STEPS_OF_A_CALL, steps)
    model = ganzoo.create(
        "bgan_discrete",
        data.data_shape,
        seed=seed,
        estimator=weights,
        num_samples=num_samples,
        generator=sizes,
        discriminator=sizes,
        generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
        steps_per_execution=calls,
    )
    model.fit(
        data.dataset(batch_size, seed, with_labels=False),
        epochs=steps // calls,
        steps_per_epoch=calls,
        verbose=0,
    )
    return model


def _draw(output, images, of_images, of_bits):
    """Pictures of six latents for each kind of weights, then the distributions over latents."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 9), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.5))
    names = {weights: weights.replace("_", " ") for weights in ESTIMATORS}
    for panel, weights in zip(above.subplots(1, 2), ESTIMATORS):
        panel.imshow(_picture(of_images[weights]))
        panel.set_title(f"{names[weights]}: mean, samples by weight (bars)", fontsize=9)
        panel.axis("off")

    panels = below.subplots(2, 3).flat
    panel = next(panels)
    bars = [(images, kind, of_images[kind]) for kind in ("data", *ESTIMATORS)]
    bars += [("bars", kind, of_bits[kind][0]) for kind in ("data", *ESTIMATORS)]
    for place, (_, kind, result) in enumerate(bars):
        within = result.get("within_share", 0.0) * result["pixel_variance"]
        between = result["pixel_variance"] - within
        panel.bar(place, within, color="C2", label="within z" if place == 1 else None)
        color, label = ("0.6", "data") if kind == "data" else ("C4", "between z")
        panel.bar(place, between, bottom=within, color=color, label=label if place < 2 else None)
    labels = [f"{data}\n{kind.replace('_', ' ')}" for data, kind, _ in bars]
    panel.set_xticks(range(len(bars)), labels, fontsize=7, rotation=90)
    panel.set_title("variance of a pixel", fontsize=9)
    panel.set_ylim(0.0, 0.36)
    panel.legend(fontsize=7, ncols=3, loc="upper center")

    for key, title in (
        ("entropies", f"{images}: entropy of g(x | z), nats"),
        ("log_z", f"{images}: log Z(z)"),
        ("effective_shares", f"{images}: ESS / M of {NUM_DRAWS} samples"),
    ):
        panel = next(panels)
        for weights, name in names.items():
            panel.hist(of_images[weights][key], 30, alpha=0.5, label=name)
        panel.set_title(title, fontsize=9)
        panel.set_ylabel("latents", fontsize=8)
        panel.legend(fontsize=7)

    panel = next(panels)
    for offset, kind in enumerate(("data", *ESTIMATORS)):
        shares = of_images[kind]["mode_shares"]
        places = np.arange(len(shares)) + 0.27 * (offset - 1)
        panel.bar(places, shares, 0.27, color=("0.6", "C0", "C1")[offset], label=kind)
    panel.set_xticks(range(len(shares)))
    panel.set_title(f"{images}: share of each class", fontsize=9)

    panel = next(panels)
    for weights, name in names.items():
        shares = np.concatenate([result["largest_shares"] for result in of_bits[weights]])
        panel.hist(shares, np.linspace(0, 1, 21), alpha=0.5, label=name)
    panel.set_title("bars: largest share of one pattern given z", fontsize=9)
    panel.set_ylabel("latents", fontsize=8)
    panel.legend(fontsize=7)
    records.write_figure(output, "modal_analysis", figure)


def _picture(result):
    """Rows of latents: the mean image, then samples by falling weight over bars of their weight."""
    height, width = result["probabilities"].shape[1:3]
    gap, bar = 2, max(1, height // 10)
    canvas = np.full((_ROWS * (height + bar + gap), (_COLUMNS + 1) * (width + gap), 3), 0.5)
    for row in range(_ROWS):
        top = row * (height + bar + gap)
        weights = scipy.special.softmax(result["log_weights"][:_COLUMNS, row])
        order = np.argsort(-weights)
        cells = [result["probabilities"][row], *result["samples"][order, row]]
        for column, cell in enumerate(cells):
            left = column * (width + gap)
            canvas[top : top + height, left : left + width] = cell
            if column:
                length = round(width * weights[order[column - 1]] / weights.max())
                canvas[top + height : top + height + bar, left : left + length] = _BAR
    return canvas[:-gap, :-gap]
