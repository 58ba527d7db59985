from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ganzoo.callbacks import SampleGrid, TensorBoard


def test_scalars_and_pictures(counter, fit, tmp_path):
    callbacks = [
        SampleGrid(tmp_path / "samples", rows=1, columns=2),
        TensorBoard(tmp_path / "events", pictures=tmp_path / "samples"),
    ]
    fit(counter(), callbacks, epochs=2)
    events = EventAccumulator(str(tmp_path / "events"), size_guidance={"tensors": 0})
    events.Reload()
    assert set(events.Tags()["tensors"]) == {"first_loss", "second_loss", "samples"}
    assert [event.step for event in events.Tensors("first_loss")] == [1, 2]
    assert len(events.Tensors("samples")) == 2
