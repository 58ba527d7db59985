"""Eight Gaussians on a ring: the modes that every objective covers.

For docs/experiments.md. Protocol: minibatches of 256, the recipes' settings for vectors, 2,000
samples. A mode counts if it has at least 20 samples within 0.2 of its center; the columns
"3_sigma" follow the rule of VEEGAN and PacGAN. Models with labels are asked for all labels evenly:
"label_match" is the share of samples whose nearest center is that of their label.

The unregularized losses are the negative control: they are expected to lose modes. Under R1 the
last weights swing between sharp and blurred samples from one hundred steps to the next, which
averaging takes out.
"""

from ganzoo.experiments import point_sets

RUNS = (  # recipe, its settings beside those for vectors, generator steps
    ("nsgan", {}, 2500),
    ("nsgan", {"r1_weight": 0.1}, 2500),
    ("nsgan", {"r1_weight": 1.0}, 2500),
    ("nsgan", {"r1_weight": 1.0, "averaging": 0.99}, 2500),
    ("lsgan", {}, 2500),
    ("lsgan", {"r1_weight": 1.0}, 2500),
    ("lsgan", {"r1_weight": 1.0, "averaging": 0.99}, 2500),
    ("gan", {"r1_weight": 0.1}, 2500),
    ("bgan", {"r1_weight": 1.0}, 2500),
    ("wgan", {}, 2000),
    ("wgan_gp", {}, 1500),
    ("cgan", {}, 1500),
    ("ml_gan", {"r1_weight": 1.0}, 3000),
    ("relativistic_gan", {}, 2500),
    ("relativistic_gan", {"r1_weight": 1.0}, 2500),
    ("pacgan", {}, 2500),
    ("unrolled_gan", {}, 8000),
    ("feature_matching_gan", {}, 2500),
    ("presgan", {}, 2500),
    ("bayesian_gan", {}, 2500),
    ("sngan", {}, 1500),
    ("dragan", {}, 2500),
    ("cramer_gan", {}, 1000),
    ("mmd_gan", {}, 3000),
    ("relaxed_wgan", {"potential": "squared_euclidean"}, 2000),
    ("ebgan", {}, 2000),
    ("magan", {}, 2000),
    ("stein_gan", {}, 1500),
    ("infogan", {}, 2500),
    ("wcgan", {}, 1000),
    ("lscgan", {}, 1500),
    ("acgan", {}, 1500),
    ("projection_gan", {}, 1500),
)
MODELS = point_sets.models_of(RUNS)


def run(output, seeds=(0, 1, 2), models=MODELS):
    """Trains and scores every run; rows that the table has are kept.

    Args:
      output: directory. `results/ring.csv` has a row for each training, `figures/ring.png` the
        samples of the first seed; `figures/ring/` has each picture by itself.
      seeds: of weights, order of the data and noise.
      models: recipes of `RUNS`, all of their runs.

    Returns:
      The rows, as dicts.

    Raises:
      ValueError: a model that `RUNS` does not have.
    """
    return point_sets.cover_modes(output, "ring", RUNS, models, seeds)
