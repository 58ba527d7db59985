"""M1 is `vae`, its latents, and a classifier of scikit-learn, as its card has it."""

import keras
import numpy as np
import pytest
import sklearn.svm

import ganzoo


@pytest.mark.slow
def test_latents_of_all_examples_classify_by_the_labels_of_a_few():
    """Digits 0 and 1 with two labels each; features of training and of test examples."""
    rows = {}
    for split in ("train", "test"):
        data = ganzoo.data.load("digits", split=split, binarized="static")
        binary = data.labels < 2
        rows[split] = data.scaled(binary), data.labels[binary]
    x, y = rows["train"]
    labels = ganzoo.data.hide_labels(y, 2, seed=0)
    softplus = {"units": (64,), "activation": "softplus"}
    model = ganzoo.create(
        "vae",
        data_shape=x.shape[1:],
        seed=0,
        latent_dim=8,
        likelihood="bernoulli",
        value_range=(0.0, 1.0),
        encoder=softplus,
        decoder={**softplus, "output_activation": None},
        optimizer=keras.optimizers.Adam(3e-3),
        steps_per_execution=3,
    )
    model.fit(x, batch_size=100, epochs=200, verbose=0)
    known = labels >= 0
    features = model.encode(x[known])["mean"]
    assert features.shape == (4, 8)
    classifier = sklearn.svm.SVC().fit(features, labels[known])
    x, y = rows["test"]
    assert np.mean(classifier.predict(model.encode(x)["mean"]) == y) > 0.95
