"""Speed of training: contestants that train the same networks, each in a process of its own.

`ganzoo.cli.benchmark` starts the processes, lets them run in turn, round by round, and compares
rates of the same round, because a machine's speed drifts.
"""

# A contestant trains one of these: "batch" examples a step, by the algorithm of `recipe`, which
# makes one or two passes of the generator a step.
CASES = {
    # dense 12544, transposed 5x5 convolutions of 128, 64 and 1 maps; convolutions of 64 and 128
    "dcgan28": {
        "recipe": "dcgan",
        "one_pass": True,
        "batch": 64,
        "data_shape": (28, 28, 1),
        "latent_dim": 100,
        "steps": 30,
    },
    # perceptrons of three hidden layers of 128 on points in the plane
    "toy": {
        "recipe": "nsgan",
        "one_pass": False,
        "batch": 256,
        "data_shape": (2,),
        "latent_dim": 8,
        "steps": 1000,
    },
}
