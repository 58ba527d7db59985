"""Noise of layers that draw inside a train step."""

import contextlib
import threading

_step = threading.local()  # every replica traces in a thread of its own


@contextlib.contextmanager
def step_noise(draw):
    """Inside, layers draw by `draw(sampler, shape)`, with a stateless `sampler(shape, seed=seed)`.

    A model brings it to its train steps, because it knows its seed, the iteration and the replica:
    with them a resumed training, or one on several replicas, draws what it should.
    """
    before = getattr(_step, "draw", None)
    _step.draw = draw
    try:
        yield
    finally:
        _step.draw = before


def draw_in_step(layer, sampler, shape):
    """`shape` numbers of the step that `layer` is called in.

    Raises:
      ValueError: the layer is called with training=True outside of a train step of the zoo.
    """
    if getattr(_step, "draw", None) is None:
        raise ValueError(
            f"{layer.name} draws noise in training mode, which it has from a train step of "
            "ganzoo.GenerativeModel alone: call it with training=False"
        )
    return _step.draw(sampler, shape)
