import pytest

from ganzoo.experiments import discrete_setup


def test_recipes_are_those_of_discrete_data():
    names = discrete_setup.recipes()
    assert {"bgan_discrete", "wgan_gp_discrete", "gumbel_gan", "relax_gan"} <= set(names)
    assert not {"bgan", "wgan_gp", "vae"} & set(names)


def test_released_networks_and_settings(tmp_path):
    names = ("bgan_discrete", "wgan_gp_discrete", "nvil_gan")
    bgan, wgan, nvil = discrete_setup.run(tmp_path, names=names, data=("mnist",))
    assert bgan["generator"] == wgan["generator"] == nvil["generator"] == 6_709_185
    assert (bgan["opponent"], bgan["opponent_parameters"]) == ("discriminator", 6_631_169)
    # A Wasserstein critic needs no bias at its output.
    assert (wgan["opponent"], wgan["opponent_parameters"]) == ("critic", 6_631_168)
    assert nvil["other_networks"] == f"baseline {64 * 100 + 100 + 100 + 1}"
    assert bgan["other_networks"] == ""
    assert [row["samples_of_a_latent"] for row in (bgan, wgan)] == [20, 1]
    assert [row["opponent_updates"] for row in (bgan, wgan)] == [1, 5]
    assert bgan["optimizers"] == "Adam 0.0001 (0.5, 0.999)"
    assert wgan["optimizers"] == "Adam 0.0001 (0.5, 0.9)"
    assert bgan["latents"] == "U(-1, 1)^64"
    assert (tmp_path / "results" / "discrete_setup.csv").exists()


@pytest.mark.parametrize(
    ("data", "generator"),
    [
        # Dense layers of 1024 and 4x4x256, three transposed convolutions, bias at the last.
        (
            "photographs",
            64 * 1024
            + 2 * 1024
            + 1024 * 4096
            + 2 * 4096
            + 25 * (256 * 128 + 128 * 64 + 64 * 16)
            + 2 * (128 + 64)
            + 16,
        ),
        # Dense layer of 32x256, six convolutions of width 5, one to the vocabulary.
        (
            "python_topics",
            64 * 8192 + 2 * 8192 + 6 * (5 * 256 * 256 + 2 * 256) + 5 * 256 * 93 + 93,
        ),
    ],
)
def test_parameters_of_other_data(tmp_path, data, generator):
    [row] = discrete_setup.run(tmp_path, names=("bgan_discrete",), data=(data,))
    assert row["generator"] == generator
