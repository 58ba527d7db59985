"""One contestant's process: builds, warms up, then trains a round for every line it reads.

Started by `ganzoo.cli.benchmark`; speaks JSON lines over standard output.
"""

import json
import resource
import sys
import time
from importlib import metadata

from ganzoo.benchmarks import CASES


def main(kind, case, setting, spec):
    started = time.perf_counter()
    output = sys.stdout
    sys.stdout = sys.stderr  # the libraries' own messages must not mix with the answers
    if kind == "pytorch":
        from ganzoo.benchmarks import pytorch

        contestant = pytorch.Contestant(case, spec, setting)
        version = f"torch {metadata.version('torch')}"
    else:
        from ganzoo.benchmarks import tensorflow as ours

        if kind == "fit":
            contestant = ours.Fit(
                case, spec, setting, spec["jit_compile"], spec["steps_per_execution"]
            )
        else:
            contestant = ours.Loop(case, spec, setting, spec["jit_compile"])
        version = f"tensorflow {metadata.version('tensorflow')}"
    contestant.run(spec["steps_per_execution"])
    first_step = time.perf_counter() - started
    contestant.run(spec["steps"])

    def answer(**values):
        output.write(json.dumps(values) + "\n")
        output.flush()

    answer(seconds_to_first_step=first_step, version=version)
    for line in sys.stdin:
        if line.strip() == "matmul":
            answer(flops=ours.matmul_rate())
            continue
        start = time.perf_counter()
        contestant.run(spec["steps"])
        seconds = time.perf_counter() - start
        answer(
            steps_per_second=spec["steps"] / seconds,
            peak_megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    main(
        arguments["kind"],
        arguments["case"],
        arguments["setting"],
        {**CASES.get(arguments["case"], {}), **arguments["spec"]},
    )
