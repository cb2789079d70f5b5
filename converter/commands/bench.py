"""`vitalward bundle bench`: what a bundle costs here, against a bare interpreter in the same loop."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from converter.bench import CALLS, bench
from edge.adapters.litert import Kernels
from edge.contract.bundle import read_bundle
from edge.contract.numbers import whole


def main(argv: list[str]) -> int:
    """Measure and print, one line a figure or as JSON."""
    parser = argparse.ArgumentParser(prog="vitalward bundle bench", description=__doc__)
    parser.add_argument("bundle", type=Path, help="the bundle to measure")
    parser.add_argument(
        "--calls", type=whole(1), default=CALLS, help=f"how many calls to time; {CALLS} if not given"
    )
    parser.add_argument(
        "--kernels",
        choices=[kernels.name.lower() for kernels in Kernels],
        default=Kernels.REFERENCE.name.lower(),
        help="reference, which the edge uses, or optimised",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    found = bench(read_bundle(options.bundle), Kernels[options.kernels.upper()], options.calls)
    if options.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{name:<26}{_told(value)}\n" for name, value in found.items())
    return 0


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return "-" if value is None else str(value)
