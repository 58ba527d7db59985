import math

import numpy as np
import pytest

from ganzoo.data import bits
from ganzoo.experiments import four_bits


class Model:
    """A generator whose table of logits is given."""

    def __init__(self, logits):
        self.generator = four_bits.generator()
        self.generator.layers[-1].set_weights([np.asarray(logits, "float32")])


def test_divergence_is_exact():
    patterns = np.repeat(bits.FOUR_BITS_PATTERNS, four_bits.LATENTS // 2, axis=0)
    data = Model(math.log(9.0) * (2.0 * patterns - 1.0))
    assert four_bits.exact_kl(data) == pytest.approx(0.0, abs=1e-6)
    uniform = Model(np.zeros((four_bits.LATENTS, 4)))
    p = bits.four_bits_probabilities()
    assert four_bits.exact_kl(uniform) == pytest.approx(np.sum(p * np.log(16.0 * p)), rel=1e-6)


def test_latents_are_equiprobable_and_states_have_places_of_their_own():
    table = np.arange(four_bits.LATENTS * 4).reshape(-1, 4)
    model = Model(table)
    latents = np.linspace(-0.999, 0.999, 8000, dtype="float32")[:, None]
    rows, counts = np.unique(model.generator(latents).numpy(), axis=0, return_counts=True)
    np.testing.assert_array_equal(rows, table)
    assert counts.min() > 995
    discriminator = four_bits.discriminator()
    discriminator.layers[-1].set_weights([np.arange(16.0)[:, None]])
    scores = discriminator(bits.states(4).astype("float32"))
    np.testing.assert_array_equal(np.ravel(scores), np.arange(16.0))


def test_twenty_samples_reach_the_data_and_one_does_not():
    assert four_bits.train("per_latent", 20, 0, 600)[-1] < 0.05
    assert four_bits.train("per_latent", 1, 0, 600)[-1] > 0.3


@pytest.mark.thorough
def test_rows_and_figure(tmp_path):
    rows = four_bits.run(tmp_path, seeds=(0,), num_samples=(2,), steps=20)
    assert [row["estimator"] for row in rows] == ["per_latent", "global", "reinforce"]
    assert all(float(row["kl_at_start"]) > 0.5 for row in rows)
    assert (tmp_path / "results" / "four_bits.csv").exists()
    assert (tmp_path / "figures" / "four_bits.png").exists()
