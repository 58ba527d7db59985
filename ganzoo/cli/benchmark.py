"""`benchmark`: the speed of training, interleaved with baselines."""

import csv
import json
import statistics
import subprocess
import sys
import tempfile

from absl import flags as absl_flags

from ganzoo import registry
from ganzoo.benchmarks import CASES
from ganzoo.cli import environment, flags

USAGE = """
Measure the speed of training. Every contestant is a process of its own; they run in turn, and
ratios are medians of the ratios of the same round. Use a quiet machine.

  benchmark --case=dcgan28 --against=loop,pytorch      the DCGAN for 28x28 images
  benchmark --case=toy --against=pytorch --steps_per_execution=100
  benchmark --case=wgan_gp --data_shape=28,28,1        a recipe of the zoo, by itself
"""
BASELINES = ("loop", "pytorch")


def define(values):
    """The flags of `benchmark`."""

    def integer(name, default, text):
        absl_flags.DEFINE_integer(name, default, text, flag_values=values)

    absl_flags.DEFINE_string(
        "case", "dcgan28", f"{', '.join(CASES)}, or a recipe.", flag_values=values
    )
    absl_flags.DEFINE_enum(
        "precision",
        "float32",
        list(registry.PRECISIONS),
        "Arithmetic of the networks.",
        flag_values=values,
    )
    absl_flags.DEFINE_list("against", [], f"Baselines: {', '.join(BASELINES)}.", flag_values=values)
    absl_flags.DEFINE_list(
        "data_shape", ["28", "28", "1"], "Shape of an example, for a recipe.", flag_values=values
    )
    integer("batch_size", 64, "Minibatch, for a recipe.")
    integer("steps", None, "Steps of a round. Unset: the case's; 30 for a recipe.")
    integer("rounds", 7, "Rounds after the warm-up.")
    integer("steps_per_execution", 1, "Steps in one call of the compiled graph of model.fit.")
    absl_flags.DEFINE_bool("jit_compile", False, "Compile with XLA.", flag_values=values)
    absl_flags.DEFINE_string(
        "python_pytorch", sys.executable, "Python that has torch.", flag_values=values
    )
    absl_flags.DEFINE_string("output", None, "CSV file to append the rows to.", flag_values=values)


def main(argv):
    """Run the command; returns the exit code."""
    values = flags.parse(define, argv, USAGE)
    if values is None:
        return 0
    flags.at_least(values, 1, "rounds", "steps_per_execution", "steps", "batch_size")
    options = [*CASES, *registry.list_models()]
    if values.case not in options:
        raise flags.UsageError(registry.unknown("case", values.case, options))
    for baseline in values.against:
        if baseline not in BASELINES:
            raise flags.UsageError(registry.unknown("baseline", baseline, BASELINES))
        if values.case not in CASES:
            raise flags.UsageError(f"--against={baseline} is there for {', '.join(CASES)} only")
    environment.prepare()
    rows = _measure(values)
    _print(rows)
    if values.output:
        _append(values.output, rows)
    return 0


def _contestants(values):
    """(label, kind, setting) of every process, model.fit first."""
    contestants = [("model.fit", "fit", values.precision)]
    if "loop" in values.against:
        contestants.append(("compiled loop", "loop", values.precision))
    if "pytorch" in values.against:
        arithmetic = "float32" if values.precision == "float32" else "bfloat16"
        options = [""]
        if len(CASES[values.case]["data_shape"]) == 3:
            options += ["+channels_last"]
        if CASES[values.case]["one_pass"]:
            options += [f"{option}+two_passes" for option in options]
        for option in options:
            setting = arithmetic + option
            contestants.append((f"PyTorch eager {setting}", "pytorch", setting))
    return contestants


def _measure(values):
    spec = {
        "jit_compile": values.jit_compile,
        "steps_per_execution": values.steps_per_execution,
        "steps": values.steps or CASES.get(values.case, {"steps": 30})["steps"],
    }
    if values.case not in CASES:
        shape = tuple(int(side) for side in values.data_shape)
        spec |= {"data_shape": shape, "batch": values.batch_size}
    spec["steps"] = -(-spec["steps"] // values.steps_per_execution) * values.steps_per_execution
    batch = spec.get("batch") or CASES[values.case]["batch"]
    processes = {}
    try:
        rates = {}
        for label, kind, setting in _contestants(values):
            python = values.python_pytorch if kind == "pytorch" else sys.executable
            processes[label] = _start(python, kind, values.case, setting, spec)
            answer = _answer(processes[label], label)
            first = answer["seconds_to_first_step"]
            rates[label] = {
                "first": first,
                "rounds": [],
                "peak": 0.0,
                "version": answer["version"],
            }
            print(f"{label}: first step after {first:.1f} s", flush=True)
        flops = _ask(processes["model.fit"], "matmul", "model.fit")["flops"]
        for round_number in range(values.rounds):
            # Back and forth, so that none always runs after the same pause.
            turns = list(processes.items())[:: -1 if round_number % 2 else 1]
            for label, process in turns:
                answer = _ask(process, "go", label)
                rates[label]["rounds"].append(answer["steps_per_second"])
                rates[label]["peak"] = answer["peak_megabytes"]
            seen = ", ".join(f"{k} {v['rounds'][-1] * batch:.0f}" for k, v in rates.items())
            print(f"round {round_number + 1}/{values.rounds}: {seen} examples/s", flush=True)
    finally:
        for process in processes.values():
            process.kill()
    ours = rates["model.fit"]["rounds"]
    return [
        {
            "case": values.case,
            "precision": values.precision,
            "contestant": label,
            "examples_per_second": round(statistics.median(rate["rounds"]) * batch, 1),
            "steps_per_second": round(statistics.median(rate["rounds"]), 2),
            "fit_over_this": round(
                statistics.median(a / b for a, b in zip(ours, rate["rounds"])), 3
            ),
            "lowest_ratio": round(min(a / b for a, b in zip(ours, rate["rounds"])), 3),
            "highest_ratio": round(max(a / b for a, b in zip(ours, rate["rounds"])), 3),
            "seconds_to_first_step": round(rate["first"], 1),
            "peak_megabytes": round(rate["peak"]),
            "matmul_gflops": round(flops / 1e9),
            "rounds": values.rounds,
            "steps": spec["steps"],
            "steps_per_execution": values.steps_per_execution,
            "jit_compile": values.jit_compile,
            "version": rate["version"],
            "hardware": environment.hardware(),
            "commit": environment.commit(),
        }
        for label, rate in rates.items()
    ]


def _start(python, kind, case, setting, spec):
    request = json.dumps({"kind": kind, "case": case, "setting": setting, "spec": spec})
    messages = tempfile.TemporaryFile("w+")  # noqa: SIM115, lives as long as the process
    process = subprocess.Popen(
        [python, "-m", "ganzoo.benchmarks.worker", request],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=messages,
        text=True,
    )
    process.messages = messages
    return process


def _ask(process, line, label):
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return _answer(process, label)


def _answer(process, label):
    line = process.stdout.readline()
    if not line:
        process.messages.seek(0)
        last = process.messages.read().strip().splitlines()[-1:]
        raise flags.UsageError(f"{label} did not start: {' '.join(last)}")
    return json.loads(line)


def _print(rows):
    titles = ("examples/s", "fit / this", "range", "first s", "MB")
    print("\n{:<52}{:>12}{:>12}{:>16}{:>9}{:>7}".format("contestant", *titles))
    for row in rows:
        spread = f"{row['lowest_ratio']:.2f}-{row['highest_ratio']:.2f}"
        print(
            f"{row['contestant']:<52}{row['examples_per_second']:>12.0f}{row['fit_over_this']:>12.2f}"
            f"{spread:>16}{row['seconds_to_first_step']:>9.1f}{row['peak_megabytes']:>7}"
        )


def _append(path, rows):
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        if file.tell() == 0:
            writer.writeheader()
        writer.writerows(rows)
