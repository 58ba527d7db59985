"""Generated discrete data: images of 16 colors, characters, binarized MNIST.

Section 4.1.3 of "Reweighted Generative Adversarial Networks" (Hjelm et al. 2017, the first text of
arXiv 1702.08431): samples of the reweighted generator and of WGAN-GP on probabilities, their
distances from held-out data, and on binarized MNIST the divergences that new critics find between
data and the frozen generators, as in the appendix of the ICLR text. The data are those of
`discrete_datasets`: photographs for CelebA, Python's language reference for the One Billion Word
corpus.

Protocol: smaller than the paper's in everything. Networks of half the width for images and of a
quarter for characters, M = 10, Adam at 1e-3 with the other settings of each recipe, one budget of
training data for both methods (of which WGAN-GP, with five critic updates to one of the generator,
makes a fifth as many generator updates), one seed. There are as many samples as test data; the rows
"training data (floor)" have training data in the place of samples. Characters, and the pixels of
every eighth row, are categories in sequence: `ngram_js_n` is the Jensen-Shannon divergence of their
n-grams in nats, so that n = 1 compares the shares of characters or colors. The critics
(`fresh_critics`) are smaller than the discriminators, see `critic_images` data and as many samples,
and have one result for each of the seeds.
"""

import keras
import numpy as np

import ganzoo
from ganzoo import metrics, networks, registry
from ganzoo.callbacks.pictures import sample_picture, text_lines
from ganzoo.experiments import fresh_critics, photographs, records
from ganzoo.metrics import extractors

METHODS = ("bgan_discrete", "wgan_gp_discrete")
FLOOR = "training data (floor)"
IMAGES_SEEN = {"mnist": 25_600, "python_topics": 25_600, "photographs": 12_800}
_LONGEST_NGRAM = 4
_ROWS_APART = 8
_CRITIC = {"width": 16, "dense_units": 256, "normalization": None, "initializer": "he_normal"}
_SHOWN, _COLUMNS, _LINES = 48, 6, 16
_REPORTS = 10  # of a training's progress


def run(
    output,
    seeds=(0, 1, 2),
    data=tuple(IMAGES_SEEN),
    images_seen=None,
    width=32,
    text_width=64,
    num_samples=10,
    batch_size=64,
    learning_rate=1e-3,
    critic_images=19_200,
):
    """Trains both methods on every data set; one that the table holds already is left out.

    Args:
      output: directory; `results/discrete_generation.csv` has a row for each number,
        `figures/discrete_generation_*.png` the samples, `figures/discrete_generation.png` scores.
      seeds: the first is that of the generators' training and of all samples; each is that of a
        new critic's weights.
      data: names of data sets, of `IMAGES_SEEN`.
      images_seen: examples that a training uses; None: those of `IMAGES_SEEN`.
      width: maps after the first convolution of an image, and a sixteenth of the dense units; 64 in
        the released code.
      text_width: maps of the networks of characters; 256 in the released code.
      num_samples: M, 20 in the released code and 10 in its later version.
      batch_size: minibatch m.
      learning_rate: of all Adam optimizers.
      critic_images: training examples that a new critic sees.

    Returns:
      The rows, as dicts.
    """
    table = records.Table(output, "discrete_generation")
    rows = []
    for name in data:
        budget = {
            "data": name,
            "images_seen": IMAGES_SEEN[name] if images_seen is None else images_seen,
            "width": text_width if name == "python_topics" else width,
            "num_samples": num_samples,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "critic_images": critic_images if name == "mnist" else 0,
            "seeds": " ".join(map(str, seeds)),
        }
        if not table.has(**budget):
            table.add(*({**budget, **row} for row in _study(output, seeds, budget)))
        rows += table.matching(**budget)
    _draw(output, rows)
    return rows


def load(name, split):
    """The data set; training images of MNIST are binarized anew at every presentation."""
    if name == "photographs":
        return photographs.load(split)
    if name == "mnist":
        binarized = "dynamic" if split == "train" else "static"
        return ganzoo.data.load(name, split=split, binarized=binarized)
    return ganzoo.data.load(name, split=split)


def _study(output, seeds, budget):
    """Rows of one data set, without its budget: method, measure, seed and value."""
    name, critic_images = budget["data"], budget["critic_images"]
    train, test = load(name, "train"), load(name, "test")
    order = np.random.default_rng(seeds[0]).permutation(len(train))
    samples = {FLOOR: train.scaled(order[-len(test) :])}
    # What new critics learn from: of another seed than the samples that they are evaluated on.
    fresh = {FLOOR: train.scaled(order[critic_images : 2 * critic_images])}
    for method in METHODS:
        model = _train(method, train, seeds[0], budget)
        samples[method] = model.generate(len(test), seed=seeds[0]).numpy()
        if critic_images:
            fresh[method] = model.generate(critic_images, seed=seeds[0] + 1).numpy()
    _draw_samples(output, name, samples, test)
    rows = []

    def add(method, measure, value, seed=seeds[0]):
        rows.append({"method": method, "measure": measure, "seed": seed, "value": f"{value:.4f}"})
        print(name, rows[-1], flush=True)

    for method in samples:
        for measure, value in _scores(name, samples[method], test).items():
            add(method, measure, value)
    if critic_images:
        real = train.scaled(order[:critic_images]), test.scaled()
        for divergence in fresh_critics.DIVERGENCES:
            for seed in seeds:
                for method in samples:
                    keras.utils.set_random_seed(seed)
                    value = fresh_critics.estimate(
                        divergence,
                        networks.dcgan_critic(train.data_shape, **_CRITIC),
                        (real[0], fresh[method]),
                        (real[1], samples[method]),
                        seed=seed,
                    )
                    add(method, f"critic_{divergence}", value, seed)
    return rows


def _train(method, train, seed, budget):
    """The trained model."""
    opponent = "critic" if method == "wgan_gp_discrete" else "discriminator"
    sizes = {"width": budget["width"]}
    if len(train.data_shape) == 3:
        sizes["dense_units"] = 16 * budget["width"]
    settings = {"generator": sizes, opponent: sizes}
    if method == "bgan_discrete":
        settings["num_samples"] = budget["num_samples"]
    if train.symbols is not None:
        settings |= {"distribution": "categorical", "symbols": train.symbols}
    for name, optimizer in registry.get(method).optimizers.items():
        config = {**optimizer["config"], "learning_rate": budget["learning_rate"]}
        settings[name] = {**optimizer, "config": config}
    model = ganzoo.create(method, train.data_shape, seed=seed, **settings)
    steps = budget["images_seen"] // (budget["batch_size"] * model.minibatches_per_step)
    reports = min(_REPORTS, steps)
    progress = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: print(
            f"{train.name} {method}: step {(epoch + 1) * steps // reports} of {steps}", flush=True
        )
    )
    model.fit(
        train.dataset(budget["batch_size"], seed, with_labels=False),
        epochs=reports,
        steps_per_epoch=steps // reports,
        callbacks=[progress],
        verbose=0,
    )
    return model


def _scores(name, samples, test):
    """Distances of samples [N, *event] from the test data, by name."""
    if test.symbols is not None:
        real, generated = test.examples, samples.argmax(axis=-1)
        if real.ndim == 3:
            side = real.shape[-1]
            real, generated = [x[:, ::_ROWS_APART].reshape(-1, side) for x in (real, generated)]
        return {
            f"ngram_js_{n}": metrics.ngram_jensen_shannon(real, generated, n)
            for n in range(1, _LONGEST_NGRAM + 1)
        }
    extractor = extractors.load("mnist_cnn")
    real, real_probabilities = extractor.features_and_probabilities(2.0 * test.scaled() - 1.0)
    generated, probabilities = extractor.features_and_probabilities(2.0 * samples - 1.0)
    reference = metrics.class_histogram(real_probabilities)
    return {
        "frechet_mnist_cnn": metrics.frechet_distance(real, generated),
        "class_total_variation": metrics.class_total_variation(probabilities, reference),
        "confident_share": metrics.confident_share(probabilities),
    }


def _draw_samples(output, name, samples, test):
    """Test data and the samples of both methods, side by side."""
    from matplotlib.figure import Figure

    shown = {"test data": test.scaled(np.arange(_SHOWN)), **samples}
    del shown[FLOOR]
    is_text = test.symbols is not None and isinstance(test.symbols[0], str)
    count = _LINES if is_text else _SHOWN
    figure = Figure(figsize=(9, 3.2 if is_text else 4.2), layout="constrained")
    for panel, (title, examples) in zip(figure.subplots(1, len(shown)), shown.items()):
        if is_text:
            print(title, *text_lines(examples[:count], test.symbols), sep="\n", flush=True)
        picture = sample_picture(examples[:count], _COLUMNS, (0.0, 1.0), test.symbols)
        panel.imshow(picture.convert("RGB"))
        panel.set_title(title, fontsize=9)
        panel.axis("off")
    records.write_figure(output, f"discrete_generation_{name}", figure)


def _draw(output, rows):
    """Divergences of n-grams, and what new critics find, one panel for each data set."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row["data"] for row in rows))
    figure = Figure(figsize=(4 * len(names), 3.2), layout="constrained")
    for panel, name in zip(figure.subplots(1, len(names), squeeze=False).flat, names):
        for offset, method in enumerate((*METHODS, FLOOR)):
            values = {}
            for row in rows:
                if (row["data"], row["method"]) == (name, method):
                    values.setdefault(row["measure"], []).append(float(row["value"]))
            if name == "mnist":
                _draw_critics(panel, values, offset, method)
            else:
                lengths = range(1, _LONGEST_NGRAM + 1)
                panel.plot(
                    lengths, [values[f"ngram_js_{n}"][0] for n in lengths], "o-", label=method
                )
                panel.set(xticks=lengths, xlabel="length of the n-grams", yscale="log")
                panel.set_ylabel("Jensen-Shannon divergence, nats")
        panel.set_title(name)
        panel.legend(fontsize=7)
    records.write_figure(output, "discrete_generation", figure)


def _draw_critics(panel, values, offset, label):
    """Means over the critics' seeds as bars, each seed as a dot."""
    divergences = fresh_critics.DIVERGENCES
    places = np.arange(len(divergences)) + 0.27 * (offset - 1)
    estimates = np.array([values[f"critic_{divergence}"] for divergence in divergences])
    panel.bar(places, estimates.mean(axis=1), 0.25, label=label)
    panel.plot(places, estimates, "k.", markersize=4)
    panel.axhline(0.0, color="black", linewidth=0.6)
    panel.set_xticks(range(len(divergences)), [name.replace("_", "\n") for name in divergences])
    panel.set_ylabel("estimate of new critics")
