"""Speed of training: contestants that train the same networks, each in a process of its own.

`ganzoo.cli.benchmark` starts the processes, lets them run in turn, round by round, and compares
rates of the same round, because a machine's speed drifts.
"""

# A contestant trains one of these; "batch" examples a step.
CASES = {
    # dense 12544, transposed 5x5 convolutions of 128, 64 and 1 maps; convolutions of 64 and 128
    "dcgan28": {"batch": 64, "data_shape": (28, 28, 1), "latent_dim": 100, "steps": 30},
    # perceptrons of three hidden layers of 128 on points in the plane
    "toy": {"batch": 256, "data_shape": (2,), "latent_dim": 8, "steps": 1000},
}
