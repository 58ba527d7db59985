import itertools

import numpy as np
import pytest
import tensorflow as tf

from ganzoo.experiments import enumeration

PROBLEMS = enumeration.problems()
LINEAR, TABLE = PROBLEMS["three bits, linear critic"], PROBLEMS["three bits, table critic"]
CURVED = PROBLEMS["three bits, curved critic"]
LATENTS, AHEAD = PROBLEMS["two latents"], PROBLEMS["two latents, F - 3"]
SITES = PROBLEMS["two sites of three categories"]
ROUNDED = 6e-7  # six decimals


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_probabilities_and_scores(problem):
    probabilities, scores = problem.probabilities()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.einsum("ls,lsd->ld", probabilities, scores), 0, atol=1e-14)
    step = 1e-6
    shifted = np.zeros_like(problem.logits)
    shifted[0].flat[1] = step
    original = problem.logits
    values = []
    for sign in (1, -1):
        problem.logits = original + sign * shifted
        values.append(np.log(problem.probabilities()[0]))
    problem.logits = original
    differences = (values[0] - values[1])[0] / (2 * step)
    np.testing.assert_allclose(scores[0, :, 1], differences, atol=1e-8)


def test_gradients_of_the_divergences_on_bits():
    np.testing.assert_allclose(
        enumeration.forward_divergence(LINEAR), [-0.195115, 0.221516, -0.118354], atol=ROUNDED
    )
    np.testing.assert_allclose(
        enumeration.expected_cost(LINEAR), [-0.235004, 0.393224, -0.123758], atol=ROUNDED
    )
    for problem in TABLE, CURVED:
        np.testing.assert_allclose(
            enumeration.forward_divergence(problem), [0.098899, -0.314824, 0.037442], atol=ROUNDED
        )
        np.testing.assert_allclose(
            enumeration.expected_cost(problem), [0.009352, -0.181355, 0.112931], atol=ROUNDED
        )


def test_gradients_of_two_latents():
    for problem in LATENTS, AHEAD:
        np.testing.assert_allclose(
            enumeration.forward_divergence(problem, pooled=True),
            [0.022013, -0.070072, 0.008334, 0.176061, -0.181844, -0.047296],
            atol=ROUNDED,
        )
        np.testing.assert_allclose(
            enumeration.forward_divergence(problem),
            [0.039560, -0.125930, 0.014977, 0.135880, -0.140343, -0.036502],
            atol=ROUNDED,
        )
        np.testing.assert_allclose(
            enumeration.expected_cost(problem), enumeration.expected_cost(LATENTS), atol=1e-14
        )


@pytest.mark.parametrize(
    ("samples", "exact"),
    [
        (1, [0, 0, 0]),
        (2, [-0.085076, 0.140768, -0.044293]),
        (3, [-0.122594, 0.180503, -0.065422]),
        (4, [-0.142827, 0.195746, -0.077843]),
    ],
)
def test_expectation_of_reweighting_with_few_samples(samples, exact):
    np.testing.assert_allclose(enumeration.reweighted(LINEAR, samples), exact, atol=ROUNDED)
    pooled = enumeration.reweighted(LINEAR, samples, pooled=True)
    np.testing.assert_allclose(pooled, enumeration.reweighted(LINEAR, samples), atol=1e-12)


def test_expectation_of_pooled_reweighting_over_all_draws():
    """One sample of each of three latents of two kinds: 8^3 draws."""
    logits = [enumeration.THREE_BITS, enumeration.OTHER_THREE_BITS]
    problem = enumeration.Problem("three", logits, enumeration.table_critic, copies=(1, 2))
    probabilities, scores = problem.probabilities()
    ratios, total = np.exp(problem.values), np.zeros([2, 3])
    for draw in itertools.product(range(8), repeat=3):
        shares = ratios[list(draw)] / ratios[list(draw)].sum()
        probability = np.prod([probabilities[z, x] for z, x in zip(problem.batch, draw)])
        for z, x, share in zip(problem.batch, draw, shares):
            total[z] -= probability * share * scores[z, x]
    expected = enumeration.reweighted(problem, 1, pooled=True)
    np.testing.assert_allclose(expected, total.ravel(), atol=1e-12)
    assert np.abs(total).min() > 1e-3


@pytest.mark.parametrize("problem", [TABLE, LATENTS, SITES], ids=lambda problem: problem.name)
def test_reweighting_nears_the_divergence_as_one_over_samples(problem):
    for pooled in (False, True):
        limit = enumeration.forward_divergence(problem, pooled)
        few, many = [enumeration.reweighted(problem, m, pooled) - limit for m in (100, 200)]
        assert np.linalg.norm(few) < 0.1 * np.linalg.norm(limit)
        np.testing.assert_allclose(2 * many, few, atol=0.05 * np.abs(few).max())


@pytest.mark.parametrize("problem", [TABLE, LATENTS, SITES], ids=lambda problem: problem.name)
def test_bound_of_two_samples_over_all_pairs(problem):
    probabilities, scores = problem.probabilities()
    ratios = np.exp(problem.values)
    bounds = np.log(0.5 * (ratios[:, None] + ratios[None]))
    pairs = np.einsum("li,lj,ij,lid->ld", probabilities, probabilities, bounds, scores)
    expected = -2 * problem.prior[:, None] * pairs
    np.testing.assert_allclose(enumeration.bound(problem, 2), expected.ravel(), atol=1e-12)
    # From the expected cost at K = 1 to -log Z(z) in the limit.
    weighted = probabilities * ratios
    posterior = weighted / weighted.sum(axis=1, keepdims=True)
    limit = -np.einsum("l,ls,lsd->ld", problem.prior, posterior, scores).ravel()
    gaps = [np.linalg.norm(enumeration.bound(problem, k) - limit) for k in (2, 20, 2000)]
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2]


def test_straight_through_is_exact_where_the_critic_is_linear_in_every_bit():
    for problem in (LINEAR, TABLE, LATENTS, SITES):
        for slope in (1.0, 2.0):
            np.testing.assert_allclose(
                enumeration.straight_through(problem, slope),
                enumeration.expected_cost(problem, slope),
                atol=1e-14,
            )
    p = 1 / (1 + np.exp(-np.array(enumeration.THREE_BITS)))
    bias = enumeration.straight_through(CURVED) - enumeration.expected_cost(CURVED)
    np.testing.assert_allclose(bias, -(1 - 2 * p) * p * (1 - p), atol=1e-14)


def test_deterministic_straight_through():
    [gradient] = [enumeration.straight_through(LINEAR, deterministic=True)]
    np.testing.assert_allclose(gradient, enumeration.expected_cost(LINEAR), atol=1e-14)
    # At the sample 101 of the table, where bit 1 changes F from 0.1 (101) to -0.9 (111).
    p = 1 / (1 + np.exp(-np.array(enumeration.THREE_BITS)))
    gradient = enumeration.straight_through(TABLE, deterministic=True)
    differences = np.array([0.1 - -1.2, -0.9 - 0.1, 0.1 - -0.4])
    np.testing.assert_allclose(gradient, -differences * p * (1 - p), atol=1e-14)


def test_critics_between_the_values():
    half = tf.constant([[0.5, 0.5, 0.5]])
    mean = np.mean(enumeration.TABLE)
    assert float(enumeration.table_critic(half)[0]) == pytest.approx(mean, abs=1e-6)
    assert float(enumeration.curved_critic(half)[0]) == pytest.approx(mean + 0.75, abs=1e-6)
    np.testing.assert_allclose(TABLE.values, enumeration.TABLE)
    np.testing.assert_allclose(CURVED.values, enumeration.TABLE)
    np.testing.assert_allclose(SITES.values, np.ravel(enumeration.PAIRS))


def test_estimates_gather_the_examples_of_a_batch():
    gradients = np.arange(2 * 5 * 3, dtype=np.float32).reshape(10, 3)
    estimates = LATENTS.estimates(tf.constant(gradients))
    first = gradients[:5]
    expected = np.concatenate([first[:2].sum(0), first[2:].sum(0)]) / 5
    np.testing.assert_allclose(estimates[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(LATENTS.rows(2)[5:7], np.float32([enumeration.THREE_BITS] * 2))
