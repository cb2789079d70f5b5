"""`vitalward convert --run DIR --out FILE.vwb`: an int8 bundle from a run folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from converter.pack import pack_run
from converter.run_folder import read_run


def main(argv: list[str]) -> int:
    """Convert, verify and write; says what came of it."""
    parser = argparse.ArgumentParser(prog="vitalward convert", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="a folder written by vitalward train")
    parser.add_argument("--out", type=Path, required=True, help="the bundle to write, TASK-VERSION.vwb")
    options = parser.parse_args(argv)
    bundle = pack_run(read_run(options.run), options.out)
    sizes = f"{options.out.stat().st_size} bytes, of which the model {len(bundle.model)}"
    sys.stdout.write(f"{options.out}: {bundle.name}, {sizes}, sha256 {bundle.sha256}\n")
    return 0
