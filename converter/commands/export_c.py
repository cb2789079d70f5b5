"""`vitalward bundle export-c`: a bundle as C for tflite-micro, with golden vectors as a test."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from converter.export_c import export_c
from edge.contract.bundle import read_bundle


def main(argv: list[str]) -> int:
    """Write the files and say which."""
    parser = argparse.ArgumentParser(prog="vitalward bundle export-c", description=__doc__)
    parser.add_argument("bundle", type=Path, help="the bundle to write as C")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into, made if need be")
    options = parser.parse_args(argv)
    for path in export_c(read_bundle(options.bundle), options.out):
        sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")
    return 0
