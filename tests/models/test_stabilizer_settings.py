"""Which variants take a stabilizer's setting, and that the guide lists them."""

import inspect
import pathlib
import re

import pytest

from ganzoo import networks, registry
from tests.contract.recipes import tiny

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "stabilizers.md"


def networks_with(name, setting):
    """The networks of a recipe that have `setting` as an argument in some architecture."""
    return [
        network
        for network, arguments in registry.get(name).networks.items()
        if any(
            setting in inspect.signature(build).parameters
            for build in networks.ARCHITECTURES[arguments["part"]].values()
        )
    ]


def takers(setting):
    """Recipes whose model has `setting` as a hyper-parameter, or a network as an argument."""
    return {
        name
        for name in registry.list_models()
        if setting in registry.get(name).model.settings() or networks_with(name, setting)
    }


def listed(stabilizer):
    """The variants that the last cell of a row of the guide's first table names."""
    lines = GUIDE.read_text().splitlines()
    row = next(line for line in lines if line.startswith(f"| {stabilizer} |"))
    return re.findall(r"`(\w+)`", row.split("|")[3])


@pytest.mark.parametrize(
    ("setting", "stabilizer"),
    [
        ("real_target", "label smoothing"),
        ("fake_target", "label smoothing"),
        ("r1_weight", "R1"),
        ("r2_weight", "R2"),
    ],
)
def test_settings_of_models(setting, stabilizer):
    assert sorted(listed(stabilizer)) == sorted(takers(setting))


def test_generators_that_cannot_normalize_virtually():
    generators = {n for n in registry.list_models() if "generator" in registry.get(n).networks}
    without = generators - takers("reference_size")
    assert sorted(listed("virtual batch normalization")) == sorted(without)


def test_settings_of_discriminators():
    """DiffAugment has the variants of minibatch discrimination by reference, and more."""
    together, further = listed("minibatch discrimination"), listed("DiffAugment")
    assert sorted([*together, *further]) == sorted(takers("augmentation"))
    assert takers("augmentation") == takers("minibatch_kernels")


@pytest.mark.parametrize("name", sorted(takers("minibatch_kernels")))
def test_minibatch_discrimination_is_refused_by_those_that_are_not_listed(name):
    [network] = networks_with(name, "minibatch_kernels")
    settings = {**registry.get(name).tiny.get(network, {}), "minibatch_kernels": 2}
    if name in listed("minibatch discrimination"):
        tiny(name, **{network: settings})
    else:
        with pytest.raises(ValueError, match=r"minibatch[ _]discrimination"):
            tiny(name, **{network: settings})
