"""Adversarial classification: test errors of classifiers trained as generators of labels.

Fills the table "adversarial classification" of Hjelm et al., ICLR 2018, "Boundary-Seeking GANs",
arXiv 1702.08431, which is of CIFAR-10 after 200 epochs. One network is trained by maximum
likelihood ("cross_entropy"), against a discriminator of pairs by both gradient estimators of
`AdversarialClassifier` with every divergence, and as a WGAN on class probabilities ("wgan").

Protocol: the first training images, without augmentation; the error is that of the last epoch, in
percent, on the whole test set. For the same seed all methods start from the same classifier and see
the same batches. Every classifier but the WGAN's has Adam at the same learning rate, and every
discriminator Adam at about three times that rate: at equal rates a classifier can grow so certain
of a wrong class that no other is drawn any more, which ended single runs with kl, reverse_kl and
pearson_chi_squared. Nothing else was tuned. The WGAN has the settings of its recipe for vectors and
five critic updates for one of the classifier, which makes a fifth of the updates in the same number
of epochs.
"""

import keras
import numpy as np

from ganzoo import data, networks
from ganzoo.experiments import records
from ganzoo.losses import f_divergence
from ganzoo.models.discrete.adversarial_classifier import ESTIMATORS, AdversarialClassifier
from ganzoo.models.discrete.wasserstein_classifier import WassersteinClassifier

METHODS = (
    ("cross_entropy", ""),
    *(
        (estimator, divergence)
        for estimator in ESTIMATORS
        for divergence in f_divergence.DIVERGENCES
    ),
    ("wgan", ""),
)
_CLASSIFIER_RATE = 3e-4
_DISCRIMINATOR_RATE = 1e-3


def run(
    output,
    seeds=(0, 1, 2),
    dataset="fashion_mnist",
    train_images=20_000,
    width=16,
    samples_per_image=20,
    epochs=8,
    batch_size=128,
):
    """Trains every method with every seed.

    Args:
      output: directory of results and figures.
      seeds: of initial weights, batches and drawn labels.
      dataset: labelled images with the splits "train" and "test".
      train_images: number of images to train on.
      width: maps of the first convolution of both networks.
      samples_per_image: M, labels drawn for each image.
      epochs: passes over the training images.
      batch_size: images of one update.

    Returns:
      A row for each method: method, divergence, mean and standard deviation over seeds of the test
      error in percent, the errors themselves in the order of the seeds, and the budget.
    """
    train, test = data.load(dataset, split="train"), data.load(dataset, split="test")
    x, y = train.scaled(slice(train_images)), train.labels[:train_images]
    test_x = test.scaled()
    rows = []
    for method, divergence in METHODS:
        errors = []
        for seed in seeds:
            keras.utils.set_random_seed(seed)
            classifier = networks.convolutional_classifier(
                train.data_shape, train.num_classes, width
            )
            model = _model(method, divergence, classifier, width, samples_per_image, seed)
            minibatches_per_step = getattr(model, "minibatches_per_step", 1)
            model.fit(
                data.batches(x, y, batch_size, seed=seed),
                steps_per_epoch=len(x) // (minibatches_per_step * batch_size),
                epochs=epochs,
                verbose=0,
                shuffle=False,  # done by `batches`; Keras would warn
            )
            predicted = classifier.predict(test_x, batch_size=500, verbose=0).argmax(axis=1)
            errors.append(100.0 * float(np.mean(predicted != test.labels)))
            print(f"{method} {divergence} seed {seed}: test error {errors[-1]:.2f} %", flush=True)
        rows.append(
            {
                "method": method,
                "divergence": divergence,
                "test_error": f"{np.mean(errors):.2f}",
                "test_error_std": f"{np.std(errors):.2f}",
                "test_errors": " ".join(f"{error:.2f}" for error in errors),
                "dataset": dataset,
                "train_images": len(x),
                "test_images": len(test),
                "width": width,
                "samples_per_image": samples_per_image,
                "epochs": epochs,
                "batch_size": batch_size,
            }
        )
    name = "adversarial_classification"
    records.write_figure(output, name, _figure(rows))
    return records.write_rows(output, name, rows, seeds)


def _model(method, divergence, classifier, width, samples_per_image, seed):
    """`classifier` compiled for a method, alone or in the model that trains it."""
    shape, num_classes = classifier.input_shape[1:], classifier.output_shape[-1]
    if method == "cross_entropy":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        classifier.compile(keras.optimizers.Adam(_CLASSIFIER_RATE, beta_1=0.5), loss)
        return classifier
    if method == "wgan":
        critic = networks.pair_discriminator(shape, num_classes, width, name="critic")
        model = WassersteinClassifier(classifier, critic, clip_value=0.1, seed=seed)
        model.compile(
            classifier_optimizer=keras.optimizers.RMSprop(5e-4, rho=0.99),
            critic_optimizer=keras.optimizers.RMSprop(5e-4, rho=0.99),
        )
        return model
    model = AdversarialClassifier(
        classifier,
        networks.pair_discriminator(shape, num_classes, width),
        divergence=divergence,
        estimator=method,
        samples_per_image=samples_per_image,
        seed=seed,
    )
    model.compile(
        classifier_optimizer=keras.optimizers.Adam(_CLASSIFIER_RATE, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(_DISCRIMINATOR_RATE, beta_1=0.5),
    )
    return model


def _figure(rows):
    """Bars of the mean errors, with their standard deviations."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.35 * len(rows) + 1), layout="constrained")
    axes = figure.add_subplot()
    names = [f"{row['method']} {row['divergence']}".replace("_", " ") for row in rows]
    means, deviations = (
        [float(row[key]) for row in rows] for key in ("test_error", "test_error_std")
    )
    axes.barh(names, means, xerr=deviations)
    axes.invert_yaxis()
    axes.set_xlabel("test error, percent")
    return figure
