import copy
import subprocess
import sys

import keras
import pytest

import ganzoo
from ganzoo import registry
from ganzoo.models.adversarial.gan import GAN

NAMES = ("bgan", "cgan", "dcgan", "gan", "lsgan", "nsgan", "vae", "wgan", "wgan_gp")


def test_names_need_no_tensorflow():
    code = (
        "import sys, ganzoo; from ganzoo import registry; print(*ganzoo.list_models()); "
        "assert set(registry.index()) == set(ganzoo.list_models()); "
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    names = result.stdout.split()
    assert names == sorted(names)
    assert set(NAMES) <= set(names)


@pytest.mark.parametrize("name", NAMES)
def test_recipe_is_found_where_the_index_says(name):
    recipe = registry.get(name)
    assert recipe.name == name
    assert name.replace("_", "") in registry.index()[name].replace("_", "")
    assert recipe.paper.startswith("arXiv ")
    assert recipe.default_batch_size((28, 28, 1)) == recipe.batch_size
    assert recipe.default_batch_size((2,)) == recipe.vector.get("batch_size", recipe.batch_size)


def test_unknown_names_get_the_nearest_ones():
    with pytest.raises(ValueError, match=r"unknown model 'wgan-gp': did you mean wgan_gp"):
        ganzoo.create("wgan-gp", (2,))
    with pytest.raises(ValueError, match=r"unknown model 'xyz': \(choose from .*bgan, .*wgan_gp"):
        registry.get("xyz")
    with pytest.raises(ValueError, match="did you mean critic_steps"):
        ganzoo.create("wgan", (2,), critic_step=3)
    with pytest.raises(ValueError, match=r"unknown setting of generator \(mlp\) 'width'"):
        ganzoo.create("wgan", (2,), generator={"width": 3})
    with pytest.raises(ValueError, match="unknown architecture of critic 'resent'"):
        ganzoo.create("wgan", (2,), critic={"architecture": "resent"})
    with pytest.raises(ValueError, match="unknown precision 'float16'"):
        ganzoo.create("wgan", (2,), precision="float16")


@pytest.mark.parametrize(
    "shape", [(0,), (2, 0), (2, 3, 4, 5), (28, 28, 0), 2, "2", (2.0,), None, (-1, 8, 1)]
)
def test_impossible_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"data_shape=.*give .*\(length, vocabulary\)"):
        ganzoo.create("gan", shape)


@pytest.mark.parametrize("latent_dim", [0, -1, 2.5, "4"])
def test_impossible_numbers_of_latents_are_refused(latent_dim):
    with pytest.raises(ValueError, match=f"latent_dim={latent_dim!r}: give an integer"):
        ganzoo.create("gan", (2,), latent_dim=latent_dim)


def test_every_layer_of_latents_is_checked():
    with pytest.raises(ValueError, match="latent_dim=0: give an integer of at least 1"):
        ganzoo.create("dlgm", (2,), latent_dim=(4, 0))


def test_a_latent_that_chooses_the_generator_needs_another():
    with pytest.raises(ValueError, match=r"latent_dim=1: the last latent chooses .* at least 2"):
        ganzoo.create("bayesian_gan", (2,), latent_dim=1)


@pytest.mark.parametrize("num_classes", [None, 1, 2.0, "3"])
def test_conditional_models_need_classes(num_classes):
    with pytest.raises(ValueError, match=f"num_classes={num_classes!r}: cgan is conditional"):
        ganzoo.create("cgan", (2,), num_classes=num_classes)


def test_networks_are_neither_numbers_nor_names():
    with pytest.raises(ValueError, match=r"generator='mlp': give a built Keras network or a dict"):
        ganzoo.create("gan", (2,), generator="mlp")


def test_overrides_by_settings_network_and_optimizer():
    critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model = ganzoo.create(
        "wgan",
        (2,),
        seed=0,
        critic=critic,
        generator={"units": (4,)},
        critic_steps=2,
        latent_dim=3,
        critic_optimizer=keras.optimizers.SGD(0.25),
        generator_optimizer={"class_name": "Adam", "config": {"learning_rate": 0.5}},
        steps_per_execution=7,
    )
    assert model.critic is critic
    assert model.critic_steps == 2 and model.latent_dim == 3
    assert model.generator.count_params() == 3 * 4 + 4 + 4 * 2 + 2
    assert float(model.critic_optimizer.learning_rate) == 0.25
    assert float(model.generator_optimizer.learning_rate) == 0.5
    assert model.steps_per_execution == 7
    assert model.recipe == "wgan"


def test_a_sequential_network_may_generate():
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model = ganzoo.create("gan", (2,), seed=0, generator=generator)
    assert model.latent_dim == 4
    assert model.generate(3, seed=0).shape == (3, 2)


def test_creating_leaves_settings_as_they_were_given():
    recipe = registry.get("wgan")
    before = copy.deepcopy((recipe.optimizers, recipe.vector, recipe.networks, recipe.settings))
    optimizer = {"class_name": "Adam", "config": {"learning_rate": 0.5}}
    given = copy.deepcopy(optimizer)
    ganzoo.create("wgan", (2,), generator_optimizer=optimizer)
    ganzoo.create("wgan", (8, 8, 1), generator={"width": 2}, critic={"width": 2})
    after = (recipe.optimizers, recipe.vector, recipe.networks, recipe.settings)
    assert after == before
    assert optimizer == given


def test_vectors_have_settings_of_their_own():
    vectors = ganzoo.create("wgan_gp", (2,), seed=0)
    images = ganzoo.create(
        "wgan_gp", (8, 8, 1), seed=0, generator={"width": 2}, critic={"width": 2}
    )
    assert (vectors.penalty_weight, images.penalty_weight) == (0.1, 10.0)
    assert (vectors.latent_dim, images.latent_dim) == (8, 128)
    assert (vectors.value_range, images.value_range) == (None, (-1.0, 1.0))


def test_networks_take_the_settings_of_their_model():
    model = ganzoo.create("pacgan", (2,), seed=0, packing=3)
    assert model.packing == 3 and model.discriminator.input_shape == (None, 6)
    assert ganzoo.create("pacgan", (2,), seed=0).discriminator.input_shape == (None, 4)
    with pytest.raises(ValueError, match="unknown setting of discriminator"):
        ganzoo.create("pacgan", (2,), seed=0, discriminator={"packing": 3})


def test_sequences_have_the_settings_of_the_paper_and_networks_of_their_own():
    model = ganzoo.create("wgan_gp", (6, 5), seed=0, generator={"width": 2}, critic={"width": 2})
    assert (model.penalty_weight, model.latent_dim, model.value_range) == (10.0, 128, None)
    assert model.generate(3, seed=0).shape == (3, 6, 5)
    assert model.critic.layers[-1].use_bias is False
    assert registry.get("wgan_gp").default_batch_size((6, 5)) == 64


def test_settings_of_the_default_architecture_do_not_reach_another():
    model = ganzoo.create("wgan_gp", (8, 8, 1), seed=0, critic={"architecture": "mlp"})
    assert model.critic.count_params() == 64 * 128 + 128 + 128 * 128 + 128 + 128


def test_precision_is_of_the_model_only():
    before = keras.config.dtype_policy().name
    model = ganzoo.create("gan", (2,), seed=0, precision="mixed_bfloat16")
    assert keras.config.dtype_policy().name == before
    assert model.discriminator.layers[-2].compute_dtype == "bfloat16"
    with pytest.raises(ValueError):
        ganzoo.create("gan", (2,), precision="mixed_bfloat16", discriminator_steps=0)
    assert keras.config.dtype_policy().name == before


def test_same_seed_same_weights():
    one, same, other = (ganzoo.create("gan", (2,), seed=seed) for seed in (1, 1, 2))
    first = [w.numpy() for w in one.generator.weights]
    assert all((w.numpy() == a).all() for w, a in zip(same.generator.weights, first))
    assert any((w.numpy() != a).any() for w, a in zip(other.generator.weights, first))


def test_own_recipes_join_the_zoo(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    recipe = registry.Recipe(
        name="my_gan",
        model=GAN,
        title="Mine",
        paper="none",
        networks={
            "generator": {"part": "generator", "units": (3,)},
            "discriminator": {"part": "critic", "units": (3,)},
        },
        optimizers={"generator_optimizer": "sgd", "discriminator_optimizer": "sgd"},
        settings={"latent_dim": 2},
        batch_size=4,
        epochs=1,
    )
    assert ganzoo.register(recipe) is recipe
    assert "my_gan" in ganzoo.list_models()
    assert ganzoo.create("my_gan", (2,), seed=0).generator.count_params() == 9 + 8

    class Other(GAN):
        pass

    Other.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="'my_gan' is already registered"):
        registry.register(registry.dataclasses.replace(recipe, model=Other))
