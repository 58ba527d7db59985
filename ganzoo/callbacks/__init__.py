"""Keras callbacks for generative models; each public class has a file of its own.

In `fit`, give them in this order: `Throughput`, `NanGuard`, `Evaluation`, `SampleGrid`,
`MetricsCsv`, `Checkpoints`, `TensorBoard`. `FreezeOnSchedule` and `FreezeWhenAhead` come first.
"""

from ganzoo.callbacks.checkpoints import Checkpoints
from ganzoo.callbacks.evaluation import Evaluation
from ganzoo.callbacks.freeze_on_schedule import FreezeOnSchedule
from ganzoo.callbacks.freeze_when_ahead import FreezeWhenAhead
from ganzoo.callbacks.metrics_csv import MetricsCsv
from ganzoo.callbacks.nan_guard import NanGuard
from ganzoo.callbacks.sample_grid import SampleGrid
from ganzoo.callbacks.tensor_board import TensorBoard
from ganzoo.callbacks.throughput import Throughput

__all__ = [
    "Checkpoints",
    "Evaluation",
    "FreezeOnSchedule",
    "FreezeWhenAhead",
    "MetricsCsv",
    "NanGuard",
    "SampleGrid",
    "TensorBoard",
    "Throughput",
]
