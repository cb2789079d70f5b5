"""Runs one model under one runtime; a script of its own that needs numpy and that runtime, nothing of ours.

`python witness.py RUNTIME KERNELS FOLDER`: FOLDER holds `model.tflite` and `inputs.npz`, one array (n, ...)
for each input in the model's order, and gets `outputs.npz`, one array (n, ...) for each output, and
`facts.json`: median and 99th percentile of the time of a call in us, and the bytes of the arena where the
runtime tells. For tflite-micro KERNELS is the number of outputs, which it does not tell.
"""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

MICRO = "tflite_micro"
TIMED_CALLS = 500
ARENA = re.compile(r"Arena allocation total (\d+) bytes")


class Standard:
    """ai-edge-litert and tflite-runtime, which share their words."""

    def __init__(self, runtime: str, kernels: str, model: bytes) -> None:
        module = importlib.import_module(runtime)
        self._interpreter: Any = module.Interpreter(
            model_content=model, num_threads=1, experimental_op_resolver_type=module.OpResolverType[kernels]
        )
        self._interpreter.allocate_tensors()
        self._inputs = [tensor["index"] for tensor in self._interpreter.get_input_details()]
        self._outputs = [tensor["index"] for tensor in self._interpreter.get_output_details()]

    def call(self, inputs: list[Any]) -> list[Any]:
        """All outputs for one input of the model."""
        for index, value in zip(self._inputs, inputs, strict=True):
            self._interpreter.set_tensor(index, value)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


class Micro:
    """tflite-micro's interpreter over the microcontroller's kernels."""

    def __init__(self, model: bytes, outputs: int) -> None:
        from tflite_micro.python.tflite_micro import runtime

        self._interpreter: Any = runtime.Interpreter.from_bytes(model)
        self._outputs = outputs

    def call(self, inputs: list[Any]) -> list[Any]:
        """All outputs for one input of the model."""
        for number, value in enumerate(inputs):
            self._interpreter.set_input(value, number)
        self._interpreter.invoke()
        return [self._interpreter.get_output(number) for number in range(self._outputs)]


def main(runtime: str, kernels: str, folder: Path) -> None:
    """Answer every input, then time the first; an exception's last line is the reason of a refusal."""
    model = (folder / "model.tflite").read_bytes()
    with np.load(folder / "inputs.npz") as stored:
        columns = [stored[name] for name in stored.files]
    asked = Micro(model, int(kernels)) if runtime == MICRO else Standard(runtime, kernels, model)
    rows = [[column[at : at + 1] for column in columns] for at in range(len(columns[0]))]
    answers = [asked.call(row) for row in rows]
    outputs: dict[str, Any] = {
        f"{at:03}": np.concatenate([answer[at] for answer in answers]) for at in range(len(answers[0]))
    }
    np.savez(folder / "outputs.npz", **outputs)
    times_us = []
    for _ in range(TIMED_CALLS):
        began = time.perf_counter_ns()
        asked.call(rows[0])
        times_us.append((time.perf_counter_ns() - began) / 1000)
    facts = {
        "p50_us": float(np.median(times_us)),
        "p99_us": float(np.percentile(times_us, 99)),
        "arena_bytes": _arena_bytes(folder) if runtime == MICRO else None,
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def _arena_bytes(folder: Path) -> int | None:
    """The arena's size, which the runtime only prints, from below Python: another process is listened to."""
    code = (
        "import sys; from pathlib import Path; from tflite_micro.python.tflite_micro import runtime;"
        "runtime.Interpreter.from_bytes(Path(sys.argv[1]).read_bytes()).print_allocations()"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-c", code, str(folder / "model.tflite")], capture_output=True, text=True, check=True
    )
    found = ARENA.search(done.stdout + done.stderr)
    return int(found[1]) if found else None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
