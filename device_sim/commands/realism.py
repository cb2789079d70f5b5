"""`vitalward realism`: simulated wearers beside real recordings, with tolerances and plots."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from device_sim.options import output, write_bytes, write_json
from device_sim.realism import difficulty, lives, pressures, rhythms, simulated
from device_sim.realism.page import as_html, as_json, as_text
from device_sim.realism.part import Part
from edge.contract.numbers import number, whole

PARTS = ("rhythms", "days", "nights", "pressures", "bundle")
# Nights and adults cost next to nothing; of either there are this many for each person asked for.
NIGHTS_PER_PERSON = 5
ADULTS_PER_PERSON = 120


def main(argv: list[str]) -> int:
    """Compare; 0 when every figure lies within its tolerance, 1 when one does not."""
    parser = argparse.ArgumentParser(prog="vitalward realism", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VITALWARD_DATA", ".")),
        help="folder of the recordings (default: VITALWARD_DATA)",
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="only these")
    parser.add_argument("--persons", type=whole(2), default=60, help="simulated persons (default: 60)")
    parser.add_argument(
        "--hours", type=number(1, 168), default=10.0, help="hours of each patient (default: 10)"
    )
    parser.add_argument("--seed", type=whole(0), default=1, help="decides everything random (default: 1)")
    parser.add_argument(
        "--records", type=Path, metavar="DIR", help="also write the simulated patients there, as DIR/afdb"
    )
    parser.add_argument("--json", type=output, metavar="F", help="write the figures here")
    parser.add_argument("--html", type=output, metavar="F", help="write a page with plots here (matplotlib)")
    options = parser.parse_args(argv)

    parts = _parts(options)
    if options.records:
        clinic = simulated.clinic(options.persons, options.hours, options.seed)
        difficulty.write_clinic(options.records, clinic)
    sys.stdout.write(as_text(parts) + "\n")
    if options.json:
        write_json(options.json, as_json(parts, options.seed))
    if options.html:
        write_bytes(options.html, as_html(parts, options.seed).encode())
    return 1 if any(part.failed for part in parts) else 0


def _parts(options: argparse.Namespace) -> list[Part]:
    data, persons, hours = options.data, options.persons, options.hours
    makers: dict[str, Callable[[], list[Part]]] = {
        "rhythms": lambda: rhythms.compare(data, rhythms.Amount(persons, hours), options.seed),
        "days": lambda: [lives.compare_days(data, persons, options.seed)],
        "nights": lambda: [lives.compare_nights(data, NIGHTS_PER_PERSON * persons, options.seed)],
        "pressures": lambda: pressures.compare(data, ADULTS_PER_PERSON * persons, options.seed),
        "bundle": lambda: [difficulty.compare(data, persons, hours, options.seed)],
    }
    return [part for name in PARTS if name in options.parts for part in makers[name]()]
