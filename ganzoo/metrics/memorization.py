"""Are generated samples copies of training samples?"""

import numpy as np

from ganzoo.metrics import pairs


def nearest_neighbor_ratio(generated, held_out, train):
    """Median distance from generated to train samples over that from held-out to train samples.

    About 1 when generated samples are as far from the training set as unseen data are; much below
    1 when they are copies. Look at pixels and at features: in pixels a shifted copy goes unnoticed.

    Args:
        generated: [M, F]. held_out: [N, F], from the data but not trained on. train: [T, F].

    Raises:
        ValueError: when shapes differ, or most held-out samples are in `train`.
    """
    held_out_median = float(np.median(pairs.nearest_distances(held_out, train)))
    if held_out_median == 0.0:
        raise ValueError(
            "more than half of the held-out samples are also in train. "
            "Pass samples that were not trained on, such as the test split."
        )
    return float(np.median(pairs.nearest_distances(generated, train))) / held_out_median
