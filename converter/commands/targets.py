"""`vitalward bundle targets`: bundles and their golden vectors under every runtime at hand, as one page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from converter.targets import witness
from converter.targets.cases import float_case, int8_case
from converter.targets.page import page
from converter.targets.run import (
    LITERT,
    TFLITE_RUNTIME,
    THIS_PYTHON,
    Target,
    on_this_machine,
    put,
    witness_with,
)
from edge.contract.bundle import read_bundle

EMULATOR = Path(__file__).parents[2] / "scripts" / "aarch64"


def main(argv: list[str]) -> int:
    """Write the page; a target that refuses or strays is a row of it, not a failure."""
    parser = argparse.ArgumentParser(prog="vitalward bundle targets", description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="+", help="the bundles to put to the targets")
    parser.add_argument("--out", type=Path, help="the page to write; to standard output if not given")
    parser.add_argument(
        "--tflite-runtime", type=Path, metavar="PYTHON", help="a Python that has tflite-runtime"
    )
    parser.add_argument("--tflite-micro", type=Path, metavar="PYTHON", help="a Python that has tflite-micro")
    parser.add_argument(
        "--aarch64", type=Path, metavar="ROOT", help="the system that scripts/aarch64 has made"
    )
    options = parser.parse_args(argv)
    targets = targets_of(options.tflite_runtime, options.tflite_micro, options.aarch64)
    bundles = [read_bundle(path) for path in options.bundle]
    work = [(bundle, target) for bundle in bundles for target in targets]
    results = [
        put((int8_case if target.has_int8_ends else float_case)(bundle), target)
        for bundle, target in tqdm(work, desc="targets", disable=None)
    ]
    text = page(results)
    if options.out is None:
        sys.stdout.write(text)
    else:
        options.out.write_text(text, encoding="utf-8")
    return 0


def targets_of(runtime: Path | None, micro: Path | None, aarch64: Path | None) -> list[Target]:
    """This machine's own runtime, and whichever others there are."""
    targets = on_this_machine(THIS_PYTHON, LITERT, "ai-edge-litert")
    if runtime is not None:
        targets += on_this_machine(witness_with(runtime), TFLITE_RUNTIME, "tflite-runtime")
    if micro is not None:
        targets.append(Target("tflite-micro", witness_with(micro), witness.MICRO, kernels=""))
    if aarch64 is not None:
        inside = f"/opt/vitalward/{Path(witness.__file__).relative_to(EMULATOR.parents[1])}"
        targets += [
            Target(target.name, (str(EMULATOR), inside), LITERT, target.kernels, aarch64.resolve())
            for target in on_this_machine((), LITERT, "ai-edge-litert on aarch64")
        ]
    return targets
