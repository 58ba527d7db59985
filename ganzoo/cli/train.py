"""`train`: one training, from settings to an exported model, in a directory of its own."""

import json
import sys
import tempfile
import zlib
from contextlib import nullcontext
from pathlib import Path

from absl import flags as absl_flags

from ganzoo import __version__
from ganzoo.cli import environment, flags
from ganzoo.cli.checkpoint import load_checkpoint
from ganzoo.cli.names import check_dataset, check_extractor, check_model
from ganzoo.cli.run_directory import RunDirectory

USAGE = """
Train a model of the zoo. The output directory receives config.json, metrics.csv, TensorBoard logs,
sample pictures, the last and the best checkpoint, and at the end the exported model and its scores.
The same command after an interruption goes on from the last complete epoch.

  train --model=wgan_gp --dataset=fashion_mnist --epochs=20 --output=runs/wgan_gp
  train --model=wgan_gp --dataset=digits --set=penalty_weight=5 --set=generator.width=32
"""


def define(values):
    """The flags of `train`."""

    def string(name, default, text):
        absl_flags.DEFINE_string(name, default, text, flag_values=values)

    def integer(name, default, text):
        absl_flags.DEFINE_integer(name, default, text, flag_values=values)

    string("model", None, "Recipe to train; `ganzoo list` names them.")
    string(
        "dataset",
        None,
        "Embedded set, TFDS name, image folder, .npy, .npz or .txt. Unset: the recipe's.",
    )
    string("split", "train", "Split of the data set.")
    integer("image_size", None, "Side to resize images to. Unset: as they are.")
    absl_flags.DEFINE_enum(
        "channels", None, ["1", "3"], "Gray or color. Unset: as it is.", flag_values=values
    )
    integer("crop", None, "Side of the central square to crop before resizing.")
    absl_flags.DEFINE_enum(
        "binarized",
        None,
        ["static", "dynamic"],
        "Binary pixels, drawn once or anew in every epoch. Unset: the recipe's.",
        flag_values=values,
    )
    integer("colors", None, "Colors of the palette of which every pixel takes the nearest.")
    integer("sequence_length", None, "Characters of an example of a text. Unset: 32.")
    integer(
        "labels_per_class",
        None,
        "Examples of each class that keep their label, for a model that learns from others too.",
    )
    string("data_dir", None, "Where TFDS keeps its data.")
    integer("epochs", None, "Passes over the data. Unset: the recipe's. More than before: go on.")
    integer("batch_size", None, "Minibatch m of the paper, over all replicas. Unset: the recipe's.")
    integer("seed", 0, "Seed of weights, noise and order of the data.")
    absl_flags.DEFINE_enum(
        "precision",
        "float32",
        ["float32", "mixed_bfloat16"],
        "Arithmetic of the networks.",
        flag_values=values,
    )
    absl_flags.DEFINE_enum(
        "strategy",
        "single",
        list(environment.STRATEGIES),
        "One device, all of this host, or all of the workers in TF_CONFIG (which share --output).",
        flag_values=values,
    )
    integer("virtual_devices", 0, "CPU devices to mirror over, for trying out --strategy=mirrored.")
    integer(
        "steps_per_execution",
        1,
        "Training steps in one call of the compiled graph; divides an epoch.",
    )
    absl_flags.DEFINE_multi_string(
        "set",
        [],
        "Setting of the model, name=value or network.name=value",
        flag_values=values,
    )
    integer("eval_every", 5, "Epochs between scores, which choose the best checkpoint; 0: never.")
    string("extractor", None, "Features of the scores. Unset: the best one for the data set.")
    string("output", None, "Directory of the training. Unset: runs/<model>_<dataset>.")
    integer("threads", 0, "CPU threads; 0: TensorFlow's choice.")


def main(argv):
    """Train; returns the exit code."""
    values = flags.parse(define, argv, USAGE)
    if values is None:
        return 0
    overrides = flags.overrides(values.set)
    check_model(values.model)
    flags.at_least(values, 1, "image_size", "crop", "sequence_length", "labels_per_class")
    flags.at_least(values, 2, "colors")
    flags.at_least(values, 1, "epochs", "batch_size", "steps_per_execution")
    flags.at_least(values, 0, "seed", "virtual_devices", "eval_every", "threads")
    check_extractor(values.extractor)
    if values.dataset is not None:
        check_dataset(values.dataset, values.data_dir)
    environment.check(values.strategy, values.virtual_devices)

    strategy = environment.start(values.strategy, values.virtual_devices, values.threads)
    if environment.is_chief(strategy):
        return _train(values, overrides, strategy)
    # The other workers do the same work, because reductions need all of them, and keep no file.
    with tempfile.TemporaryDirectory() as scratch:
        return _train(values, overrides, strategy, scratch)


def _train(values, overrides, strategy, scratch=None):
    from ganzoo.callbacks.checkpoints import read_state
    from ganzoo.cli.scores import Scores
    from ganzoo.cli.splits import load_splits
    from ganzoo.registry import get

    recipe = get(values.model)
    dataset = values.dataset or recipe.dataset
    run = RunDirectory(values.output or f"runs/{values.model}_{Path(dataset).stem}")
    try:
        if values.labels_per_class and not recipe.model.unlabelled:
            raise ValueError(f"--labels_per_class: {recipe.name} needs the labels of all examples")
        train, test = load_splits(dataset, values, recipe.binarized, values.labels_per_class)
        scores = Scores(train, test, values.extractor)
        with _scope(strategy):
            model = _create(recipe, values, overrides, train)
    except (ValueError, TypeError) as error:
        raise flags.UsageError(" ".join(str(error).split())) from None
    config = _resolve(recipe, values, overrides, dataset, train, scores, strategy)
    batch_size, minibatches = config["settings"]["batch_size"], model.minibatches_per_step
    if batch_size * minibatches > len(train):
        raise flags.UsageError(
            f"--batch_size={batch_size}: a step takes {minibatches} minibatches, more than the "
            f"{len(train)} examples of {dataset}; give at most {len(train) // minibatches}"
        )
    steps = _steps_per_epoch(model, train, batch_size)
    try:
        model.check_steps_per_execution(steps)
    except ValueError as error:
        raise flags.UsageError(f"--{error}") from None
    run.check_config(config)
    print(json.dumps({"output": str(run.path), **config}, indent=2), flush=True)

    state = read_state(run.last)
    initial_epoch = state["epoch"] if state else 0
    if run.exported_epochs() == config["epochs"]:
        print(f"{run.path} is finished: {initial_epoch} epochs, exported to {run.export}.")
        return 0
    if state:
        print(f"Going on after epoch {initial_epoch} of {config['epochs']}.", flush=True)
        with _scope(strategy):
            model = load_checkpoint(run.last)
    own = RunDirectory(scratch) if scratch else run
    own.write_config(config)

    try:
        _fit(model, train, scores, config, own, steps, initial_epoch, verbose=scratch is None)
        if scratch is None and not model.stop_reason:
            _export(run, config, scores)
        environment.wait_for_all(strategy)
    except KeyboardInterrupt:
        state = read_state(run.last)
        kept = f"epoch {state['epoch']} is kept" if state else "no epoch was complete yet"
        print(f"\nInterrupted: {kept}. The same command goes on from there.", file=sys.stderr)
        return 130
    return 1 if model.stop_reason else 0


def _scope(strategy):
    return strategy.scope() if strategy else nullcontext()


def _create(recipe, values, overrides, train):
    from ganzoo.registry import create

    settings = {"steps_per_execution": values.steps_per_execution}
    if train.value_range is not None:
        settings["value_range"] = train.value_range
    if train.symbols is not None:
        if "symbols" not in recipe.model.settings():
            raise ValueError(
                f"{recipe.name} takes no texts or palette images: choose a model with the setting "
                "'symbols', or train on images without --colors"
            )
        settings.update(distribution="categorical", symbols=train.symbols)
    for name, value in overrides.items():
        # --set=optimizer.learning_rate=... changes one setting of the recipe's optimizer.
        if name in recipe.optimizers and isinstance(value, dict) and "class_name" not in value:
            optimizer = {**recipe.optimizers, **recipe.vector_for(train.data_shape)}[name]
            value = {**optimizer, "config": {**optimizer["config"], **value}}
        settings[name] = value
    return create(
        recipe.name,
        data_shape=train.data_shape,
        num_classes=train.num_classes,
        seed=values.seed,
        precision=values.precision,
        **settings,
    )


def _resolve(recipe, values, overrides, dataset, train, scores, strategy):
    """What config.json holds: `settings` may not change from one start to the next."""
    import keras
    import tensorflow as tf

    return {
        "settings": {
            "model": recipe.name,
            "dataset": dataset,
            "split": values.split,
            "image_size": values.image_size,
            "channels": values.channels and int(values.channels),
            "crop": values.crop,
            "binarized": values.binarized,
            "colors": values.colors,
            "sequence_length": values.sequence_length,
            "labels_per_class": values.labels_per_class,
            "examples": len(train),
            "data_shape": list(train.data_shape),
            "num_classes": train.num_classes,
            "checksum": zlib.crc32(train.examples),
            "batch_size": values.batch_size or recipe.default_batch_size(train.data_shape),
            "overrides": json.loads(json.dumps(overrides)),
            "seed": values.seed,
            "precision": values.precision,
            "strategy": values.strategy,
            "replicas": strategy.num_replicas_in_sync if strategy else 1,
            "steps_per_execution": values.steps_per_execution,
            "eval_every": values.eval_every,
            "extractor": scores.extractor_name,
        },
        "epochs": values.epochs or recipe.epochs,
        "versions": {
            "ganzoo": __version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "commit": environment.commit(),
        },
        "hardware": environment.hardware(),
    }


def _is_made_in_batches(train):
    """Whether examples are made batch by batch: drawn anew in every epoch, or one-hot."""
    return train.dynamic_binarization or train.symbols is not None


def _steps_per_epoch(model, train, batch_size):
    if _is_made_in_batches(train):
        return len(train) // (batch_size * model.minibatches_per_step)
    return model.steps_of_pass(len(train), batch_size)


def _fit(model, train, scores, config, run, steps_per_epoch, initial_epoch, verbose):
    from ganzoo import callbacks

    settings = config["settings"]
    batch_size = settings["batch_size"]
    step_size = batch_size * model.minibatches_per_step
    vectors = train.scaled() if len(train.data_shape) == 1 else None
    steps = [callbacks.Throughput(step_size), callbacks.NanGuard()]
    if settings["eval_every"]:
        steps.append(callbacks.Evaluation(scores.quick, settings["eval_every"]))
    steps += [
        callbacks.SampleGrid(run.samples, data=vectors),
        callbacks.MetricsCsv(run.metrics),
        callbacks.Checkpoints(
            run.checkpoints, monitor=scores.monitor if settings["eval_every"] else None
        ),
        callbacks.TensorBoard(run.tensorboard, pictures=run.samples),
    ]
    arguments = {
        "epochs": config["epochs"],
        "initial_epoch": initial_epoch,
        "steps_per_epoch": steps_per_epoch,
        "callbacks": steps,
        "verbose": (1 if sys.stdout.isatty() else 2) if verbose else 0,
    }
    if _is_made_in_batches(train):
        # Whole steps, cut into minibatches again, so that no step holds two epochs.
        batches = train.dataset(
            step_size, settings["seed"], initial_epoch, with_labels=model.learns_labels
        )
        model.fit(batches.rebatch(batch_size), **arguments)
    else:
        labels = train.labels if model.learns_labels else None
        model.fit(train.scaled(), labels, batch_size=batch_size, **arguments)


def _export(run, config, scores):
    """Score the best model, or the last one if none was scored, and export it."""
    from ganzoo.callbacks.atomic import replace_text
    from ganzoo.callbacks.checkpoints import read_state

    source = run.best if run.best.exists() else run.last
    model = load_checkpoint(source)
    state = read_state(source)
    results = {
        "checkpoint": source.stem,
        "epoch": state["epoch"],
        "epochs": config["epochs"],
        "protocol": scores.protocol,
        "scores": scores.all(model),
    }
    run.replace_export(model, {"training": config["settings"], **results})
    replace_text(run.scores, json.dumps(results, indent=2) + "\n")
    for name, value in results["scores"].items():
        print(f"{name:<48} {value:12.4f}")
    print(f"Exported {source.name} (epoch {state['epoch']}) to {run.export}.")
