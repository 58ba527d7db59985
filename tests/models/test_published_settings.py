"""Recipes train images with the settings that papers print or released code has.

Only of what was read there; the cards say where the others come from and what deviates.
"""

import inspect

import keras
import pytest

from ganzoo import registry


def adam(learning_rate, beta_1, beta_2):
    return keras.optimizers.Adam, {
        "learning_rate": learning_rate,
        "beta_1": beta_1,
        "beta_2": beta_2,
    }


def rms_prop(learning_rate):
    return keras.optimizers.RMSprop, {"learning_rate": learning_rate, "momentum": 0.0}


# recipe -> settings of model and recipe, optimizers by network
PUBLISHED = {
    "wgan": (
        {"critic_steps": 5, "clip_value": 0.01, "batch_size": 64},
        {"generator": rms_prop(5e-5), "critic": rms_prop(5e-5)},
    ),
    "wgan_gp": (
        {"critic_steps": 5, "penalty_weight": 10.0, "batch_size": 64},
        {"generator": adam(1e-4, 0.5, 0.9), "critic": adam(1e-4, 0.5, 0.9)},
    ),
    "wcgan": (
        {"critic_steps": 5, "penalty_weight": 10.0},
        {"generator": adam(1e-4, 0.5, 0.9), "critic": adam(1e-4, 0.5, 0.9)},
    ),
    "bgan": (
        {"latent_dim": 128, "discriminator_steps": 1, "batch_size": 64, "epochs": 50},
        {"generator": adam(1e-4, 0.5, 0.999), "discriminator": adam(1e-4, 0.5, 0.999)},
    ),
    "cramer_gan": ({"penalty_weight": 10.0}, {}),
    "ebgan": ({"pulling_away_weight": 0.1}, {}),
    "mmd_gan": (
        {
            "critic_steps": 5,
            "clip_value": 0.01,
            "rank_weight": 16.0,
            "reconstruction_weight": 8.0,
            "latent_dim": 10,
            "batch_size": 64,
        },
        {"generator": rms_prop(5e-5), "critic": rms_prop(5e-5)},
    ),
    "stein_gan": (
        {
            "sample_weight": 0.3,
            "latent_dim": 100,
            "latent_distribution": "uniform",
            "batch_size": 100,
            "epochs": 50,
        },
        {"generator": adam(1e-3, 0.5, 0.999), "energy": adam(5e-4, 0.5, 0.999)},
    ),
    "presgan": (
        {
            "entropy_weight": 0.01,
            "burn_in": 2,
            "posterior_samples": 2,
            "leapfrog_steps": 5,
            "latent_dim": 100,
            "batch_size": 64,
        },
        {
            "generator": adam(2e-4, 0.5, 0.999),
            "discriminator": adam(2e-4, 0.5, 0.999),
            "scale": adam(2e-4, 0.5, 0.999),
        },
    ),
    "sngan": (
        {"discriminator_steps": 5},
        {"generator": adam(2e-4, 0.0, 0.9), "discriminator": adam(2e-4, 0.0, 0.9)},
    ),
    "projection_gan": (
        {"discriminator_steps": 5},
        {"generator": adam(2e-4, 0.0, 0.9), "discriminator": adam(2e-4, 0.0, 0.9)},
    ),
    "dragan": (
        {"penalty_weight": 10.0, "perturbation": 0.5},
        {"generator": adam(1e-4, 0.5, 0.9), "discriminator": adam(1e-4, 0.5, 0.9)},
    ),
    "unrolled_gan": (
        {"unrolling_steps": 5},
        {"generator": adam(1e-3, 0.5, 0.999), "discriminator": adam(1e-4, 0.5, 0.999)},
    ),
    "infogan": (
        {"information_weight": 1.0, "latent_dim": 10 + 2 + 62, "batch_size": 128},
        {"generator": adam(1e-3, 0.5, 0.999), "discriminator": adam(2e-4, 0.5, 0.999)},
    ),
    "acgan": (
        {},
        {"generator": adam(2e-4, 0.5, 0.999), "discriminator": adam(2e-4, 0.5, 0.999)},
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_settings_are_the_published_ones(name):
    recipe = registry.get(name)
    settings, optimizers = PUBLISHED[name]
    defaults = {
        parameter.name: parameter.default
        for parameter in inspect.signature(recipe.model.__init__).parameters.values()
    }
    found = {
        **defaults,
        **recipe.settings,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
    }
    assert {setting: found[setting] for setting in settings} == settings
    for network, (kind, expected) in optimizers.items():
        optimizer = keras.optimizers.get(recipe.optimizers[f"{network}_optimizer"])
        assert type(optimizer) is kind, network
        config = optimizer.get_config()
        assert {key: config[key] for key in expected} == pytest.approx(expected), network
