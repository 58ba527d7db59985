"""M2, and its bounds on a world of three classes, one binary latent and one binary observation."""

import itertools

import keras
import numpy as np
import pytest
import sklearn.datasets
import sklearn.neural_network
import sklearn.svm
import tensorflow as tf

import ganzoo
from ganzoo.losses.semi_supervised import unlabelled_loss
from tests.models.steps import bits

CLASSES = 3
SEED = tf.constant([3, 1], tf.int64)


class World:
    """p(x, y, z) with x, z in {0, 1} and y in {0, 1, 2}, enumerated."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.joint = rng.dirichlet(np.ones(12)).reshape(2, CLASSES, 2)  # x, y, z
        self.of_pairs = self.joint.sum(axis=2)
        self.of_x = self.of_pairs.sum(axis=1)

    def labelled_losses(self, q_z):
        """L(x, y) [2, C] of q(z|x, y) [2, C, 2]."""
        return np.sum(q_z * (np.log(q_z) - np.log(self.joint)), axis=2)


def guesses(shape, seed):
    """Positive, normalized along the last axis."""
    return np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), shape[:-1])


@pytest.mark.parametrize("seed", range(3))
def test_bounds_hold_and_are_tight_at_the_exact_posteriors_alone(seed):
    world = World(seed)
    exact_z = world.joint / world.of_pairs[..., None]
    exact_y = world.of_pairs / world.of_x[:, None]
    np.testing.assert_allclose(world.of_x.sum(), 1)

    tight = world.labelled_losses(exact_z)
    np.testing.assert_allclose(tight, -np.log(world.of_pairs), rtol=1e-12)
    np.testing.assert_allclose(unlabelled_loss(tight, np.log(exact_y)), -np.log(world.of_x))

    q_z, q_y = guesses((2, CLASSES, 2), seed + 20), guesses((2, CLASSES), seed + 10)
    loose = world.labelled_losses(q_z)
    gap = loose + np.log(world.of_pairs)
    np.testing.assert_allclose(gap, np.sum(q_z * np.log(q_z / exact_z), axis=2), rtol=1e-9)
    assert np.all(gap > 1e-4)
    assert np.all(unlabelled_loss(loose, np.log(q_y)) > -np.log(world.of_x) + 1e-4)
    assert np.all(unlabelled_loss(loose, np.log(exact_y)) > -np.log(world.of_x) + 1e-4)
    kl = np.sum(q_y * np.log(q_y / exact_y), axis=1)
    np.testing.assert_allclose(unlabelled_loss(tight, np.log(q_y)), kl - np.log(world.of_x))


def small(**settings):
    """M2 of vectors of three bits with tanh networks, and its classes."""
    network = {"units": (5,), "activation": "tanh"}
    networks = {"encoder": network, "classifier": network, "decoder": network}
    settings = {"latent_dim": 2, "classification_weight": 1.5, **networks, **settings}
    return ganzoo.create("m2", (3,), num_classes=CLASSES, seed=0, **settings)


def terms_by_hand(model, x, y, epsilon):
    """L [N, C] and log q(y|x) [N, C], one class after the other, in NumPy."""
    losses = []
    for label in range(CLASSES):
        labels = np.full(len(x), label)
        mean, log_variance = np.split(np.float64(model.encoder([x, labels])), 2, axis=1)
        z = mean + np.exp(log_variance / 2) * epsilon
        logits = np.float64(model.decoder([z.astype("float32"), labels]))
        log_likelihood = np.sum(x * logits - np.logaddexp(0, logits), axis=1)
        kl = 0.5 * np.sum(np.exp(log_variance) + mean**2 - 1 - log_variance, axis=1)
        losses.append(kl - log_likelihood - np.log(1 / CLASSES))
    logits = np.float64(model.classifier(x))
    log_q = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return np.stack(losses, axis=1), log_q


def test_loss_is_the_papers_sum_over_known_and_unknown_labels():
    model = small()
    x, y = bits(6), np.array([0, -1, 2, -1, -1, 1], np.int32)
    epsilon = np.float64(model.draw_latents(x, SEED))
    losses, log_q = terms_by_hand(model, np.asarray(x), y, epsilon)
    np.testing.assert_allclose(model.labelled_losses(x, epsilon.astype("float32")), losses, 1e-5)
    bounds, classification = 0.0, 0.0
    for row, label in enumerate(y):
        if label >= 0:
            bounds += losses[row, label]
            classification -= log_q[row, label]
        else:
            q = np.exp(log_q[row])
            bounds += np.sum(q * losses[row]) + np.sum(q * log_q[row])
    loss = model.objective(x, y, SEED, training=False)
    logs = model.logs()
    np.testing.assert_allclose(logs["negative_bound"], bounds / 6, rtol=1e-5)
    np.testing.assert_allclose(logs["classification_loss"], classification / 6, rtol=1e-5)
    np.testing.assert_allclose(loss, (bounds + 1.5 * classification) / 6, rtol=1e-5)


def test_labels_that_are_not_known_teach_the_classifier_through_the_bound_alone():
    def gradient(y, weight):
        model = small(classification_weight=weight)
        with tf.GradientTape() as tape:
            loss = model.objective(bits(4), tf.constant(y), SEED, training=True)
        variables = model.classifier.trainable_variables
        gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
        return np.concatenate([np.ravel(g) for g in gradients])

    assert np.abs(gradient([-1] * 4, 0.0)).max() > 1e-3
    np.testing.assert_array_equal(gradient([-1] * 4, 0.0), gradient([-1] * 4, 9.0))
    np.testing.assert_array_equal(gradient([0, 1, 2, 0], 0.0), 0)
    np.testing.assert_allclose(
        gradient([0, 1, 2, 0], 2.0), 2 * gradient([0, 1, 2, 0], 1.0), rtol=1e-5
    )


def one_latent(likelihood="bernoulli"):
    """M2 of two bits with a scalar latent, whose integrals a fine grid gives."""
    value_range = (0.0, 1.0) if likelihood == "bernoulli" else None
    network = {"units": (4,), "activation": "tanh"}
    networks = {"encoder": network, "classifier": network, "decoder": network}
    return ganzoo.create(
        "m2",
        (2,),
        num_classes=CLASSES,
        seed=1,
        latent_dim=1,
        likelihood=likelihood,
        observation_scale=0.8,
        value_range=value_range,
        **networks,
    )


def exact_log_joints(model, x):
    """log p(x, y) [N, C] by quadrature over z."""
    z = np.linspace(-8, 8, 4001, dtype="float32")[:, None, None]
    grid = np.repeat(z, len(x), axis=1)
    step = float(z[1, 0, 0] - z[0, 0, 0])
    log_prior = -0.5 * z[:, :, 0] ** 2 - 0.5 * np.log(2 * np.pi)
    columns = []
    for label in range(CLASSES):
        labels = tf.fill([len(x)], label)
        log_joint = model.log_likelihood(x, tf.constant(grid), labels) + log_prior
        columns.append(np.logaddexp.reduce(np.float64(log_joint), axis=0) + np.log(step / CLASSES))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_weights_average_to_the_joint_and_to_the_marginal(likelihood):
    model = one_latent(likelihood)
    x = tf.constant(list(itertools.product([0.0, 1.0], repeat=2)), tf.float32)
    exact = exact_log_joints(model, x)
    marginal = np.logaddexp.reduce(exact, axis=1)
    if likelihood == "bernoulli":
        assert np.exp(exact).sum() == pytest.approx(1, abs=1e-4)
    for labels, expected in ([0, 1, 2, 0], exact[range(4), [0, 1, 2, 0]]), ([-1] * 4, marginal):
        log_weights = np.float64(model.log_weights(x, 20_000, SEED, tf.constant(labels)))
        assert log_weights.shape == (20_000, 4)
        weights = np.exp(log_weights - expected)
        error = weights.std(axis=0) / np.sqrt(20_000)
        assert np.all(error < 0.02) and np.all(np.abs(weights.mean(axis=0) - 1) < 4.5 * error)


def test_bounds_of_the_network_are_below_the_quadrature():
    model = one_latent()
    x = tf.constant(list(itertools.product([0.0, 1.0], repeat=2)), tf.float32)
    exact = exact_log_joints(model, x)
    epsilon = tf.random.stateless_normal([5000, 4, 1], SEED)
    draws = np.float64(
        model.labelled_losses(tf.tile(x, [5000, 1]), tf.reshape(epsilon, [-1, 1]))
    ).reshape(5000, 4, CLASSES)
    mean, error = draws.mean(axis=0), draws.std(axis=0) / np.sqrt(5000)
    assert np.all(-mean < exact + 4 * error) and np.all(-mean > exact - 3)


def test_classes_are_named_by_the_classifier_and_shape_the_samples():
    model = small()
    probabilities = model.classify(bits(5))["probability"]
    assert probabilities.shape == (5, CLASSES)
    np.testing.assert_allclose(tf.reduce_sum(probabilities, axis=1), 1, rtol=1e-6)
    codes = model.sample_latents(4, seed=0)
    of_class = [model.decode(codes, np.full(4, label, "int32")) for label in range(2)]
    assert np.abs(of_class[0] - of_class[1]).max() > 0.01
    decoded = tf.sigmoid(model.decoder([codes, tf.ones([4])]))
    np.testing.assert_allclose(of_class[1], decoded, rtol=1e-5)


def test_an_unknown_label_is_inferred_for_codes():
    model, x = small(), bits(5)
    best = tf.argmax(model.classify(x)["probability"], axis=1, output_type=tf.int32)
    for method in (model.encode, model.reconstruct):
        inferred, given = method(np.asarray(x), np.full(5, -1)), method(x, best)
        for key in given:
            np.testing.assert_array_equal(inferred[key], given[key])
    other = model.encode(x, (best + 1) % CLASSES)["mean"]
    assert np.abs(other - model.encode(x, best)["mean"]).min() > 0


def test_unknown_labels_are_taken_and_others_refused():
    model, x = small(), bits(6)
    model.check_arrays(x, np.array([0, -1, -1, 2, 1, -1]))
    with pytest.raises(ValueError, match=r"y\[1\] is -2; .* in \[0, 3\), or -1 where the label"):
        model.fit(x, np.array([0, -2, -1, 2, 1, -1]), batch_size=3, verbose=0)
    with pytest.raises(ValueError, match=r"label\[0\] is -1; labels must be in \[0, 3\): "):
        model.generate(2, label=-1)
    dataset = tf.data.Dataset.from_tensor_slices((x, tf.constant([0, -1, -1, 2, 1, -1]))).batch(3)
    assert model._check_dataset(dataset) == 3
    with pytest.raises(ValueError, match="or -1 where the label"):
        model.fit(dataset.map(lambda x, y: (x, y - 1)), verbose=0)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("likelihood", "laplace", "choose one of 'bernoulli', 'gaussian'"),
        ("observation_scale", 0.0, "above 0"),
        ("classification_weight", -1.0, "at least 0"),
        ("value_range", None, r"discrete data are in \{0, 1\}"),
    ],
)
def test_settings_are_checked(setting, value, message):
    with pytest.raises(ValueError, match=message):
        small(**{setting: value})


def test_export_bounds_the_joint_or_the_marginal_and_classifies(tmp_path):
    model, x = small(), bits(4)
    model.export(tmp_path / "m2")
    endpoints = ganzoo.load(tmp_path / "m2").endpoints
    assert "log_prob" not in endpoints
    label = tf.constant([0, -1, 2, -1])
    [bound] = endpoints["log_prob_bound"](
        image=x, num_samples=tf.constant(50), seed=tf.constant(3, tf.int64), label=label
    ).values()
    log_weights = model.log_weights(x, 50, tf.constant([3, 0], tf.int64), label)
    expected = np.logaddexp.reduce(np.float64(log_weights), axis=0) - np.log(50)
    np.testing.assert_allclose(bound, expected, rtol=1e-5)
    [probability] = endpoints["classify"](image=x).values()
    np.testing.assert_allclose(probability, model.classify(x)["probability"], rtol=1e-5)
    codes = endpoints["encode"](image=x, label=label)
    np.testing.assert_allclose(codes["mean"], model.encode(x, label)["mean"], rtol=1e-5)
    draws = {"num_samples": tf.constant(5), "seed": tf.constant(3, tf.int64)}
    for wrong in (-2, CLASSES):
        for name, more in (("encode", {}), ("reconstruct", {}), ("log_prob_bound", draws)):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"label must be in \[-1, 3\)"):
                endpoints[name](image=x, label=tf.constant([0, -1, wrong, 1]), **more)


def moons_fit(x, labels, seed):
    """M2 with a scalar latent, trained on the labelled points and then on all; its last bound."""
    model = ganzoo.create(
        "m2",
        (2,),
        num_classes=2,
        seed=seed,
        latent_dim=1,
        likelihood="gaussian",
        observation_scale=0.2,
        value_range=None,
        classification_weight=100.0,
        encoder={"units": (32, 32), "activation": "relu"},
        classifier={"units": (32, 32), "activation": "relu"},
        decoder={"units": (16,), "activation": "relu"},
        optimizer=keras.optimizers.Adam(5e-3),
        jit_compile=True,
        steps_per_execution=10,
    )
    known = labels >= 0
    few = np.tile(x[known], (10, 1)), np.tile(labels[known], 10)
    model.fit(*few, batch_size=6, epochs=20, verbose=0)
    history = model.fit(x, labels, batch_size=100, epochs=200, verbose=0).history
    return history["negative_bound"][-1], model


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_two_moons_with_six_labels(seed):
    """Of three starts the one with the best bound beats classifiers of the six points alone."""
    x, y = sklearn.datasets.make_moons(1000, noise=0.1, random_state=seed)
    x = ((x - [0.5, 0.25]) / 0.7).astype("float32")
    labels = ganzoo.data.hide_labels(y, 3, seed)
    known = labels >= 0
    _, model = min((moons_fit(x, labels, start) for start in range(3)), key=lambda fit: fit[0])
    accuracy = np.mean(np.argmax(model.classify(x)["probability"], axis=1) == y)
    alone = [
        np.mean(classifier.fit(x[known], y[known]).predict(x) == y)
        for classifier in (
            sklearn.svm.SVC(C=100.0),
            sklearn.neural_network.MLPClassifier((32,), solver="lbfgs", random_state=seed),
        )
    ]
    assert accuracy > max(alone) + 0.05
