"""`vitalward convert`: an int8 bundle from a run folder, or from a Keras model of your own with a spec."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from converter.own_model import run_of
from converter.pack import model_in, pack_run
from converter.quantise import Precision
from converter.run_folder import Run, read_run
from converter.spec import read_spec
from edge.contract.errors import ConfigError


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
    run = _run(options)
    bundle = pack_run(run, options.out)
    sizes = f"{options.out.stat().st_size} bytes, of which the model {len(bundle.model)}"
    sys.stdout.write(f"{options.out}: {bundle.name}, {sizes}, sha256 {bundle.sha256}\n")
    sys.stdout.write(f"{options.out.with_suffix('.report.html')}: int8 beside float\n")
    for precision in dict.fromkeys(options.also):
        model, path = model_in(Precision(precision), run), options.out.with_suffix(f".{precision}.tflite")
        path.write_bytes(model)
        sys.stdout.write(f"{path}: {len(model)} bytes\n")
    return 0


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
