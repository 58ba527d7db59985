import numpy as np
import pytest

import ganzoo
from ganzoo.benchmarks.tensorflow import examples


@pytest.mark.parametrize("name, shape", [("nsgan", (8, 8, 1)), ("nsgan", (3,)), ("sbn", (8, 8, 1))])
def test_examples_are_what_the_model_takes(name, shape):
    model = ganzoo.create(name, shape, seed=0, **ganzoo.registry.get(name).tiny)
    x = examples(model, 20)
    assert x.shape == (20, *shape) and x.dtype == np.float32
    model.fit(x, batch_size=10, verbose=0)  # refuses others
    assert 0.3 < (x > x.mean()).mean() < 0.7


def test_categories_are_one_hot():
    mlp = {"architecture": "mlp"}
    model = ganzoo.create(
        "wgan_gp_discrete", (4, 3), seed=0, distribution="categorical", generator=mlp, critic=mlp
    )
    x = examples(model, 10)
    np.testing.assert_array_equal(x.sum(axis=-1), 1.0)
    assert set(np.unique(x)) == {0.0, 1.0}
