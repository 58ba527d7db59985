import numpy as np
import pytest

import ganzoo
from ganzoo.experiments import mini_gan


@pytest.mark.thorough
def test_rows_and_figure(tmp_path):
    rows = mini_gan.run(tmp_path, seeds=(0,), steps=40)
    assert [(row["model"], int(row["at"])) for row in rows] == [
        (name, at) for name in ("gan", "wgan", "lsgan") for at in (10, 20, 30, 40)
    ]
    # Untrained samples: the slides' networks start at a discrepancy of about 0.7.
    assert 0.2 < float(rows[0]["discrepancy"]) < 1.2
    # The mean over the first ten updates, which at rates of 1e-4 and 2e-4 change little.
    flowers = ganzoo.data.load("iris").scaled()
    for row in (row for row in rows if int(row["at"]) == 10 and row["model"] != "wgan"):
        untrained = mini_gan.create(row["model"], seed=0)
        losses = untrained.evaluate(flowers, batch_size=150, verbose=0, return_dict=True)
        for player in ("opponent", "generator"):
            expected = losses[f"{player.replace('opponent', 'discriminator')}_loss"]
            assert float(row[f"{player}_loss"]) == pytest.approx(expected, rel=0.1)
    assert np.all([np.isfinite(float(row["generator_loss"])) for row in rows])
    assert (tmp_path / "figures" / "mini_gan.png").exists()
    assert len(mini_gan.run(tmp_path, seeds=(0,), steps=40)) == len(rows)


@pytest.mark.parametrize("name", mini_gan.MODELS)
def test_networks_are_those_of_the_slides(name):
    model = mini_gan.create(name, seed=0)
    other = getattr(model, model.network_names[0])
    for network, outputs in ((model.generator, 2), (other, 1)):
        kernels = [weight.shape for weight in network.weights if len(weight.shape) == 2]
        assert kernels == [(2, 25), (25, 25), (25, outputs)]
    assert model.minibatches_per_step == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_minimax_game_learns_the_irises(seed):
    rows, samples = mini_gan.train("gan", seed, ganzoo.data.load("iris").scaled(), 20_000)
    assert float(rows[-1]["discrepancy"]) < 0.07
    assert float(rows[-1]["opponent_loss"]) == pytest.approx(2 * np.log(2), abs=0.05)
    assert 0.2 < np.mean(samples[:, 0] < -0.7) < 0.5
