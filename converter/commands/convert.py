"""`vitalward convert`: an int8 bundle from a run folder, or from a Keras model of your own with a spec."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from converter.examine import Examination
from converter.own_model import run_of
from converter.pack import model_in, packed
from converter.places import leave, require_place
from converter.quantise import Precision
from converter.run_folder import Run, read_run
from converter.spec import read_spec
from edge.contract.errors import ConfigError

# As a shell tells of a program that Ctrl-C has ended: 128 and SIGINT.
STOPPED: Final = 130
ENDING: Final = ".vwb"


def main(argv: list[str]) -> int:
    """Convert, pass the gate, verify and write; says what came of it."""
    parser = argparse.ArgumentParser(prog="vitalward convert", description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", help="a model of your own, written by model.save(...)")
    parser.add_argument("--spec", type=Path, help="TOML file that describes a model of your own")
    parser.add_argument("--run", type=Path, help="a folder written by vitalward train")
    parser.add_argument("--out", type=Path, required=True, help="the bundle to write, TASK-VERSION.vwb")
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        choices=[precision.value for precision in Precision if precision is not Precision.INT8],
        help="write the model alone in this precision too, beside the bundle; may be given again",
    )
    options = parser.parse_args(argv)
    try:
        return _convert(options)
    except KeyboardInterrupt:
        sys.stderr.write("vitalward convert: stopped; what is written is whole\n")
        return STOPPED


def _convert(options: argparse.Namespace) -> int:
    # Its reports are called as it is but for the ending; so `drowsy-1.0.0` would lose a part of the version.
    if options.out.suffix != ENDING:
        raise ConfigError(
            f"a bundle {options.out.name!r}", where="--out", allowed=f"a name that ends in {ENDING}"
        )
    require_place(options.out)
    run = _run(options)
    bundle, examination = packed(run, options.out)
    sizes = f"{options.out.stat().st_size} bytes, of which the model {len(bundle.model)}"
    sys.stdout.write(f"{options.out}: {bundle.name}, {sizes}, sha256 {bundle.sha256}\n")
    sys.stdout.write(
        f"{options.out.with_suffix('.report.html')}: int8 beside float, {_judged(examination)}\n"
    )
    for precision in dict.fromkeys(options.also):
        model, path = model_in(Precision(precision), run), options.out.with_suffix(f".{precision}.tflite")
        leave(path, model)
        sys.stdout.write(f"{path}: {len(model)} bytes\n")
    return 0


def _judged(examination: Examination) -> str:
    """How many checks hold, and each that says nothing with its reason."""
    left_out = examination.not_judged
    told = f"{len(examination.checks) - len(left_out)} checks hold"
    if not left_out:
        return told
    return "\n  ".join([f"{told}, {len(left_out)} not judged:", *map(str, left_out)])


def _run(options: argparse.Namespace) -> Run:
    own = (options.model, options.spec)
    if options.run is not None and own == (None, None):
        return read_run(options.run)
    if options.run is None and None not in own:
        return run_of(options.model, read_spec(options.spec), options.spec.parent)
    if options.run is not None:
        what = "both a run and a model"
    else:
        what = "no run and no model" if own == (None, None) else "a model without its spec, or a spec alone"
    raise ConfigError(what, where="arguments", allowed="--run DIR, or MODEL --spec FILE")
