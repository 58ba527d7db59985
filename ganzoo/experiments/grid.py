"""Twenty-five Gaussians on a grid: the modes that every objective covers.

For docs/experiments.md. The protocol of `ring`, with twice its updates: the grid has three times as
many modes, at less than half of the distance.
"""

from ganzoo.experiments import point_sets, ring

RUNS = tuple((name, settings, 2 * steps) for name, settings, steps in ring.RUNS)
MODELS = point_sets.models_of(RUNS)


def run(output, seeds=(0, 1, 2), models=MODELS):
    """Trains and scores every run; rows that the table has are kept.

    Args:
      output: directory. `results/grid.csv` has a row for each training, `figures/grid.png` the
        samples of the first seed; `figures/grid/` has each picture by itself.
      seeds: of weights, order of the data and noise.
      models: recipes of `RUNS`, all of their runs.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: a model that `RUNS` does not have.
    """
    return point_sets.cover_modes(output, "grid", RUNS, models, seeds)
