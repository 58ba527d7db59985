"""`experiment`: the studies that fill the documents."""

import importlib
import inspect

from absl import flags as absl_flags

from ganzoo import experiments
from ganzoo.cli import environment, flags
from ganzoo.registry import unknown

USAGE = """
Repeat a study: its numbers go to <output>/results, its figure to <output>/figures. Without a name,
list the studies.

  experiment
  experiment --name=estimators
  experiment --name=estimators --output=studies --seeds=0 --set=draws=1000
  experiment --name=ring --set=models='["nsgan", "wgan_gp"]'
"""


def define(values):
    """The flags of `experiment`."""
    absl_flags.DEFINE_string("name", None, "The study.", flag_values=values)
    absl_flags.DEFINE_string(
        "output", "docs", "Directory of results/ and figures/.", flag_values=values
    )
    absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "Integers, for the draws.", flag_values=values)
    absl_flags.DEFINE_multi_string(
        "set", [], "A setting of its budget, name=value; may be repeated.", flag_values=values
    )


def main(argv):
    """Run the command; returns the exit code."""
    values = flags.parse(define, argv, USAGE)
    if values is None:
        return 0
    index = experiments.index()
    if values.name is None:
        width = max(map(len, index))
        for name, experiment in index.items():
            print(f"{name:<{width}}  {experiment.title}")
        return 0
    if values.name not in index:
        raise flags.UsageError(unknown("experiment", values.name, list(index)))
    experiment = index[values.name]
    settings = flags.overrides(values.set)
    for name in settings:
        if name not in experiment.settings:
            raise flags.UsageError(unknown("setting", name, experiment.settings))
    seeds = _integers(values.seeds)
    environment.start()
    run = importlib.import_module(experiment.module).run
    run(values.output, seeds=seeds, **_sequences(settings, run))
    return 0


def _sequences(settings, run):
    """One value where `run` takes several stands for itself: models=nsgan for models=["nsgan"]."""
    parameters = inspect.signature(run).parameters
    several = {name for name, each in parameters.items() if isinstance(each.default, tuple)}
    return {
        name: (value,) if name in several and not isinstance(value, (tuple, list)) else value
        for name, value in settings.items()
    }


def _integers(seeds):
    try:
        return tuple(int(seed) for seed in seeds)
    except ValueError:
        raise flags.UsageError(
            f"--seeds={','.join(seeds)}: give integers, for example 0,1,2"
        ) from None
