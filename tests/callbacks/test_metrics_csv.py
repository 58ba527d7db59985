import keras

from ganzoo.callbacks import Evaluation, MetricsCsv
from ganzoo.callbacks.metrics_csv import read_metrics


def test_one_row_per_epoch(counter, fit, tmp_path):
    path = tmp_path / "metrics.csv"
    fit(counter(), [MetricsCsv(path)], epochs=2)
    assert path.read_text() == (
        "epoch,iteration,first_loss,second_loss\n1,5,5.0,5.0\n2,10,10.0,10.0\n"
    )


def test_scores_of_some_epochs_and_of_the_last(counter, fit, tmp_path):
    path = tmp_path / "metrics.csv"
    evaluation = Evaluation(lambda model: {"steps": int(model.iteration)}, every=2)
    fit(counter(), [evaluation, MetricsCsv(path)], epochs=5)
    assert [row.get("steps") for row in read_metrics(path)] == [None, "10.0", None, "20.0", "25.0"]


def test_resumed_at_an_earlier_epoch_without_duplicates(counter, fit, tmp_path):
    path = tmp_path / "metrics.csv"
    model = counter()
    fit(model, [MetricsCsv(path)], epochs=3)
    fit(model, [MetricsCsv(path)], epochs=4, initial_epoch=2)
    rows = read_metrics(path)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["iteration"] for row in rows] == ["5", "10", "20", "25"]


def test_rows_that_will_be_trained_again_go_at_once(counter, fit, tmp_path):
    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.rows = len(read_metrics(path))

    path = tmp_path / "metrics.csv"
    fit(counter(), [MetricsCsv(path)], epochs=3)
    look = Look()
    fit(counter(), [MetricsCsv(path), look], epochs=2, initial_epoch=1)
    assert look.rows == 1
