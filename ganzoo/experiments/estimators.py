"""Bias and variance of the gradient estimators for discrete samples, against enumeration.

For Hjelm et al. 2017, "Reweighted Generative Adversarial Networks" (the first text of arXiv
1702.08431): what section 2.3 leaves open about the estimator, its bias at M samples and the two
normalizations of its weights, and the comparison with re-parameterizations of section 4.1.5.

Protocol. The problems are those of `ganzoo.experiments.enumeration`. Every estimator states the
loss whose gradient it is for; bias is measured against that gradient, a sum over all values of x. A
score function lowers E[-F(x)], which is the reverse divergence to g w / Z(z) up to a constant;
relaxations are for that loss too, at a slope s for the samples of s l; reweighting lowers the
forward divergence, per latent or global; VIMCO raises E[log 1/K sum_k w(x_k)]. One estimate is a
batch of latents in exact proportion to p(z), with `samples` values of x for each. Where there is
one latent the two normalizations are one, called "per latent". The critic that is curved between
the values of x has the table critic's values at them, so it is only for the estimators that look
there; a constant, F - 3, matters to the score function alone, so it is only for the others.

`variance` is the trace of the covariance of one estimate. What is `unbiased` is so within 4
standard errors in every component, to which the rounding of float32 is added. `relative_bias` is
the length of the bias over that of the gradient; the column behind it is the same of the exact
expectation, where it is known, and the next says by how many standard errors the mean estimate is
away from that expectation.

The moving-average and the input-dependent baseline (of the latent) are trained for `training_steps`
of 64 batches and then held, without the division by the running deviation, which changes the length
of the step and not its direction. Temperature, scale and the network of the control variates of
REBAR and RELAX descend E[g^2] for as many steps of 256 batches, with Adam at 0.01, and are held.

Budget: `draws` batches for each seed, of all `problems` or those that are named. The published one,
100,000 for each of three seeds, takes some ten minutes of one core.
"""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ganzoo.experiments import enumeration, records
from ganzoo.registry import unknown
from ganzoo.stochastic import importance, noise
from ganzoo.stochastic.baselines import InputDependentBaseline, MovingAverageBaseline, fit_loss
from ganzoo.stochastic.gumbel_softmax import gumbel_softmax
from ganzoo.stochastic.muprop import muprop
from ganzoo.stochastic.rebar import rebar_and_gradient
from ganzoo.stochastic.relax import relax_and_gradient
from ganzoo.stochastic.score_function import score_function
from ganzoo.stochastic.straight_through import deterministic_step, straight_through
from ganzoo.stochastic.vimco import vimco

SAMPLES = (2, 5, 20, 100)
SAMPLES_OF_BOUND = (2, 5, 20)
SLOPES = (1.0, 2.0, 5.0)
TEMPERATURES = (0.1, 0.5, 1.0, 2.0)
CURVED, AHEAD = "three bits, curved critic", "two latents, F - 3"

_ROUNDING = 2.5e-7  # of a mean of float32 gradients; a quarter of 1e-6
_MOST_NUMBERS = 2_000_000  # uniform draws that are held at a time


class Estimator(NamedTuple):
    """One line of the table."""

    name: str
    setting: str
    samples: int  # of each latent
    target: str
    exact: np.ndarray  # gradient of the target [L * D]
    expected: np.ndarray | None  # the exact expectation of the estimate, if it is known
    surrogate: Callable  # distribution of the rows, seed [2] -> [rows]


def run(output, seeds=(0, 1, 2), draws=100_000, training_steps=500, problems=None):
    """See the docstring of the module; returns a dict for each problem and estimator."""
    if draws < 2 or training_steps < 1:
        raise ValueError(
            f"draws={draws!r}, training_steps={training_steps!r}: give at least 2 draws and 1 step"
        )
    known = enumeration.problems()
    for name in problems or ():
        if name not in known:
            raise ValueError(unknown("problem", name, list(known)))
    rows = []
    for problem in [known[name] for name in problems or known]:
        for estimator in estimators(problem, seeds[0], training_steps):
            rows.append(_measured(problem, estimator, seeds, draws))
            row = rows[-1]
            print(
                f"{problem.name}: {row['estimator']} {row['setting']} M={row['samples']} "
                f"bias {row['relative_bias']:.4f} variance {row['variance']:.4g}",
                flush=True,
            )
    rows = records.write_rows(output, "estimators", rows, seeds)
    records.write_figure(output, "estimators", _figure(rows))
    return rows


def estimators(problem, seed, training_steps):
    """Every `Estimator` of a problem, trained where it is trained."""
    found = []
    if problem.name != CURVED:
        found += _of_hard_samples(problem, seed, training_steps)
    if problem.name != AHEAD:
        found += _between_samples(problem, seed, training_steps)
    return found


def _of_hard_samples(problem, seed, training_steps):
    """Estimators that know the critic at samples alone."""
    cost = _cost(problem)
    forward = enumeration.forward_divergence
    for samples in SAMPLES:
        name = "importance, per latent"
        expected = enumeration.reweighted(problem, samples)
        surrogate = _reweighting(problem, samples, importance.per_latent_weights)
        yield Estimator(
            name, "", samples, "forward KL per latent", forward(problem), expected, surrogate
        )
    for samples in SAMPLES if len(problem.copies) > 1 else ():
        expected = enumeration.reweighted(problem, samples, pooled=True)
        surrogate = _reweighting(problem, samples, _global_weights(problem))
        exact = forward(problem, pooled=True)
        yield Estimator("importance, global", "", samples, "forward KL", exact, expected, surrogate)
    exact = enumeration.expected_cost(problem)
    for setting, baseline in _baselines(problem, seed, training_steps).items():
        for samples in (1, *SAMPLES):
            surrogate = _score_function(problem, cost, baseline, samples)
            yield Estimator(
                "score function", setting, samples, "reverse KL", exact, exact, surrogate
            )
    for samples in SAMPLES_OF_BOUND:
        exact = enumeration.bound(problem, samples)
        surrogate = _vimco(problem, samples)
        yield Estimator("VIMCO", "", samples, f"bound of {samples}", exact, exact, surrogate)


def _between_samples(problem, seed, training_steps):
    """Estimators that look at the critic between the values of x too."""
    cost = _cost(problem)
    exact = enumeration.expected_cost(problem)

    def one(name, setting, expected, surrogate, target="reverse KL", exact=exact):
        return Estimator(name, setting, 1, target, exact, expected, surrogate)

    yield one("MuProp", "", exact, lambda q, seed: muprop(cost, q, _uniform(q, seed)))
    yield one(
        "REBAR", "trained", exact, _control_variate(problem, cost, seed, training_steps, False)
    )
    yield one(
        "RELAX", "trained", exact, _control_variate(problem, cost, seed, training_steps, True)
    )
    yield one(
        "straight-through, deterministic",
        "",
        enumeration.straight_through(problem, deterministic=True),
        lambda q, seed: cost(deterministic_step(q)),
    )
    for slope in SLOPES:
        yield one(
            "straight-through",
            f"slope {slope:g}",
            enumeration.straight_through(problem, slope),
            lambda q, seed, slope=slope: cost(straight_through(q, _uniform(q, seed), slope)),
            f"reverse KL at slope {slope:g}" if slope > 1 else "reverse KL",
            enumeration.expected_cost(problem, slope),
        )
    for hard, temperature in itertools.product([False, True], TEMPERATURES):
        yield one(
            "straight-through Gumbel" if hard else "Gumbel-softmax",
            f"temperature {temperature:g}",
            None,
            lambda q, seed, hard=hard, temperature=temperature: cost(
                gumbel_softmax(q, temperature, _uniform(q, seed), hard)
            ),
        )


def _cost(problem):
    return lambda samples: -problem.critic(samples)


def _uniform(distribution, seed, samples=None):
    """Draws for one sample of each row, or [M, rows, *event] for several."""
    shape = tf.shape(noise.logits_of(distribution))
    return noise.uniform(shape if samples is None else tf.concat([[samples], shape], 0), seed)


def _reweighting(problem, samples, weights):
    def surrogate(distribution, seed):
        x = noise.hard_sample(distribution, _uniform(distribution, seed, samples))
        return importance.reweighted_loss(distribution, weights(problem.critic(x)), x)

    return surrogate


def _global_weights(problem):
    """`importance.global_weights` of each batch by itself, [M, draws * N]."""
    latents = len(problem.batch)

    def weights(log_weights):
        batches = tf.reshape(log_weights, [log_weights.shape[0], -1, latents])
        batches = tf.vectorized_map(importance.global_weights, tf.transpose(batches, [1, 0, 2]))
        return tf.reshape(tf.transpose(batches, [1, 0, 2]), tf.shape(log_weights))

    return weights


def _score_function(problem, cost, baseline, samples):
    def one(distribution, seed):
        center = baseline(_inputs(problem, distribution))
        return score_function(cost, distribution, _uniform(distribution, seed), center)

    def several(distribution, seed):
        x = noise.hard_sample(distribution, _uniform(distribution, seed, samples))
        signal = cost(x) - baseline(_inputs(problem, distribution))
        return importance.reweighted_loss(distribution, -signal / samples, x)

    return one if samples == 1 else several


def _inputs(problem, distribution):
    """The latents of the rows as one-hot vectors [rows, L]."""
    latents = tf.one_hot(problem.batch, len(problem.copies))
    rows = tf.shape(noise.logits_of(distribution))[0]
    return tf.tile(latents, [rows // len(problem.batch), 1])


def _baselines(problem, seed, training_steps):
    """Setting -> function of the inputs [rows, L] that gives what is subtracted from costs."""
    keras.utils.set_random_seed(seed)
    distribution = problem.distribution(problem.rows(64))
    inputs, cost = _inputs(problem, distribution), _cost(problem)
    average, network = MovingAverageBaseline(), InputDependentBaseline()
    network.build(inputs.shape)
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(network.trainable_variables)

    @tf.function
    def step(index):
        uniform = _uniform(distribution, tf.stack([seed, index]))
        costs = cost(noise.hard_sample(distribution, uniform))
        average.update(costs, average(inputs)[0])
        with tf.GradientTape() as tape:
            center, _ = network(inputs)
            loss = tf.reduce_mean(fit_loss(costs, center))
        optimizer.apply(tape.gradient(loss, network.trainable_variables))
        network.update(costs, center)

    for index in range(training_steps):
        step(tf.constant(index))
    return {
        "no baseline": lambda inputs: tf.zeros(tf.shape(inputs)[:1]),
        "moving average": lambda inputs: average(inputs)[0],
        "input-dependent": lambda inputs: network(inputs)[0],
    }


def _vimco(problem, samples):
    def surrogate(distribution, seed):
        x = noise.hard_sample(distribution, _uniform(distribution, seed, samples))
        return -vimco(problem.critic(x), distribution.log_prob(x))

    return surrogate


def _control_variate(problem, cost, seed, training_steps, free):
    """REBAR, or RELAX where the control variate has a `free` network too."""
    keras.utils.set_random_seed(seed)
    log_temperature, scale = keras.Variable(math.log(0.5)), keras.Variable(1.0)
    variables = [log_temperature, scale]
    if free:
        network = keras.Sequential(
            [
                keras.Input(problem.logits.shape[1:]),
                keras.layers.Flatten(),
                keras.layers.Dense(8, "tanh"),
                keras.layers.Dense(1),
            ]
        )
        variables += network.trainable_variables
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(variables)

    def surrogate_and_gradient(distribution, seed):
        draws = [
            _uniform(distribution, part)
            for part in tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        ]
        given = cost, distribution, *draws, tf.exp(log_temperature.value), scale.value
        return relax_and_gradient(*given, network) if free else rebar_and_gradient(*given)

    @tf.function
    def step(index):
        logits = problem.rows(256)
        with tf.GradientTape() as tape:
            _, gradient = surrogate_and_gradient(
                problem.distribution(logits), tf.stack([seed, index])
            )
            square = tf.reduce_mean(tf.square(gradient))
        optimizer.apply(tape.gradient(square, [variable.value for variable in variables]))

    for index in range(training_steps):
        step(tf.constant(index))
    return lambda distribution, seed: surrogate_and_gradient(distribution, seed)[0]


def _measured(problem, estimator, seeds, draws):
    """The row of an estimator."""
    numbers = problem.rows(1).shape.num_elements() * estimator.samples
    parts = math.ceil(draws * numbers / _MOST_NUMBERS)
    batches = math.ceil(draws / parts)

    @tf.function(jit_compile=parts > 1)  # what runs once is sooner done than compiled
    def moments(seed):
        logits = problem.rows(batches)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            total = tf.reduce_sum(estimator.surrogate(problem.distribution(logits), seed))
        estimates = problem.estimates(tape.gradient(total, logits))
        deviations = tf.cast(estimates, tf.float64) - estimator.exact
        return tf.reduce_sum(deviations, 0), tf.reduce_sum(tf.square(deviations), 0)

    # Training used the seeds (seed, 0), (seed, 1), ...
    found = [moments(tf.constant([seed, -1 - part])) for seed in seeds for part in range(parts)]
    count = batches * len(found)
    bias = np.sum([first for first, _ in found], axis=0) / count
    variances = np.sum([second for _, second in found], axis=0) / count - bias**2
    errors = np.sqrt(np.maximum(variances, 0.0) / count) + _ROUNDING
    norm = np.linalg.norm(estimator.exact)
    by_enumeration = {"relative_bias_by_enumeration": "", "errors_from_enumeration": ""}
    if estimator.expected is not None:
        known = estimator.expected - estimator.exact
        by_enumeration = {
            "relative_bias_by_enumeration": _short(np.linalg.norm(known) / norm),
            "errors_from_enumeration": round(float(np.max(np.abs(bias - known) / errors)), 2),
        }
    return {
        "problem": problem.name,
        "estimator": estimator.name,
        "setting": estimator.setting,
        "samples": estimator.samples,
        "target": estimator.target,
        "exact_gradient": _vector(estimator.exact),
        "mean_gradient": _vector(estimator.exact + bias),
        "largest_standard_error": _short(np.max(errors)),
        "largest_bias_over_standard_error": round(float(np.max(np.abs(bias) / errors)), 2),
        "unbiased": bool(np.all(np.abs(bias) <= 4 * errors)),
        "relative_bias": _short(np.linalg.norm(bias) / norm),
        **by_enumeration,
        "variance": _short(max(np.sum(variances), 0.0)),
        "variance_over_squared_gradient": _short(max(np.sum(variances), 0.0) / norm**2),
        "draws": count,
    }


def _short(number):
    return float(f"{number:.4g}")


def _vector(numbers):
    return " ".join(f"{number:.6f}" for number in numbers)


_OF_THE_FIGURE = {  # problem -> (color, marker) in the lower half
    "three bits, linear critic": ("#0072b2", "o"),
    "three bits, table critic": ("#d55e00", "s"),
    CURVED: ("#009e73", "^"),
    "two sites of three categories": ("#7a5195", "D"),
}
_LINES = {  # (estimator, setting) -> (label, color, marker) in the upper half
    ("importance, per latent", ""): ("importance, per latent", "#0072b2", "o"),
    ("importance, global", ""): ("importance, global", "#d55e00", "s"),
    ("score function", "no baseline"): ("score function", "#222222", "x"),
    ("score function", "moving average"): ("with moving average", "#888888", "v"),
    ("score function", "input-dependent"): ("with input-dependent baseline", "#009e73", "^"),
    ("VIMCO", ""): ("VIMCO (each K its own target)", "#cc79a7", "D"),
}
_LOWEST = 1e-4, 1e-3  # of bias and variance in the lower half; what is below stands at the edge


def _figure(rows):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 10), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(2, 3))
    _draw_by_samples(upper, [row for row in rows if row["problem"] == AHEAD])
    _draw_single_samples(lower, [row for row in rows if row["samples"] == 1])
    return figure


def _draw_by_samples(figure, rows):
    """Bias and variance against M; the lines through the biases are the enumeration's."""
    problem = enumeration.problems()[AHEAD]
    bias, variance = figure.subplots(1, 2)
    for (name, setting), (label, color, marker) in _LINES.items():
        mine = [row for row in rows if (row["estimator"], row["setting"]) == (name, setting)]
        counts = [row["samples"] for row in mine]
        style = {"color": color, "marker": marker, "markersize": 6}
        relative = [row["variance_over_squared_gradient"] for row in mine]
        variance.plot(counts, relative, label=label, linewidth=1.2, **style)
        if name.startswith("importance"):
            pooled = name.endswith("global")
            exact = enumeration.forward_divergence(problem, pooled)
            fine = np.unique(np.geomspace(1, 100, 25).astype(int))
            curve = [
                np.linalg.norm(enumeration.reweighted(problem, int(count), pooled) - exact)
                for count in fine
            ]
            bias.plot(fine, curve / np.linalg.norm(exact), color=color, linewidth=1.2)
            measured = [row["relative_bias"] for row in mine]
            bias.plot(counts, measured, linestyle="none", label=label, **style)
    bias.plot([], [], color="#555555", linewidth=1.2, label="by enumeration")
    bias.set_ylim(bottom=1e-3)
    for axes, title in [(bias, "bias / |gradient|"), (variance, "variance / |gradient|²")]:
        axes.set(xscale="log", yscale="log", xlabel="samples M of each latent", title=title)
        axes.set_xticks([1, 2, 5, 20, 100], ["1", "2", "5", "20", "100"])
        axes.minorticks_off()
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.legend(fontsize=8, frameon=False)
    figure.suptitle(
        "Two latents and the critic F - 3; each estimator beside the gradient of its own target",
        fontsize=12,
    )


def _draw_single_samples(figure, rows):
    """Bias and variance of what takes one sample, a line for each estimator."""
    labels = []
    for row in rows:
        if (label := (row["estimator"], row["setting"])) not in labels:
            labels.append(label)
    bias, variance = figure.subplots(1, 2, sharey=True)
    lowest_bias, lowest_variance = _LOWEST
    for place, (problem, (color, marker)) in enumerate(_OF_THE_FIGURE.items()):
        for row in rows:
            if row["problem"] != problem:
                continue
            height = labels.index((row["estimator"], row["setting"])) + 0.17 * (place - 1.5)
            style = {"color": color, "marker": marker, "markersize": 5.5, "linestyle": "none"}
            face = "white" if row["unbiased"] else color
            bias.plot(max(row["relative_bias"], lowest_bias), height, markerfacecolor=face, **style)
            relative = max(row["variance_over_squared_gradient"], lowest_variance)
            variance.plot(relative, height, **style)
        bias.plot([], [], label=problem, **style)
    bias.set(title="bias / |gradient|", xscale="log")
    variance.set(title="variance / |gradient|²", xscale="log")
    bias.set_yticks(range(len(labels)), [", ".join(filter(None, label)) for label in labels])
    bias.set_ylim(len(labels) - 0.5, -0.5)
    for axes in (bias, variance):
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.hlines(
            np.arange(1, len(labels)) - 0.5,
            0,
            1,
            color="#eeeeee",
            linewidth=0.6,
            transform=axes.get_yaxis_transform(),
        )
    figure.legend(loc="outside lower center", ncols=4, fontsize=8.5, frameon=False)
    bias.set_xlabel(
        "hollow: unbiased, this is the noise of the mean; at the edge: exact", fontsize=9
    )
    variance.set_xlabel("at the edge: none", fontsize=9)
    figure.suptitle("One sample: three bits, and two sites of three categories", fontsize=12)
