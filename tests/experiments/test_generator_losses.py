import numpy as np
import pytest

from ganzoo.experiments import generator_losses

LOGITS = np.linspace(-5.0, 5.0, 11)
D = 1.0 / (1.0 + np.exp(-LOGITS))
# values in D, slopes in the logit
FORMS = {
    "minimax": (np.log(1 - D), -D),
    "non-saturating": (-np.log(D), D - 1),
    "maximum likelihood": (-0.5 * D / (1 - D), -0.5 * D / (1 - D)),
    "boundary-seeking": (0.5 * (np.log(D) - np.log(1 - D)) ** 2, np.log(D / (1 - D))),
}


@pytest.mark.parametrize("name", FORMS)
def test_values_and_slopes(name):
    values, slopes = generator_losses.curve(generator_losses.LOSSES[name], LOGITS)
    np.testing.assert_allclose(values, FORMS[name][0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(slopes, FORMS[name][1], rtol=1e-4, atol=1e-5)


def test_rows_and_figure(tmp_path):
    rows = generator_losses.run(tmp_path, logits=(-2.0, 2.0), points=3)
    assert set(generator_losses.LOSSES) == set(FORMS)
    assert [row["discriminator"] for row in rows] == ["0.119203", "0.500000", "0.880797"]
    assert rows[1]["minimax slope"] == "-0.500000"
    assert (tmp_path / "figures" / "generator_losses.png").exists()
