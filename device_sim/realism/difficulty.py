"""Whether simulated rhythms are as hard to tell apart as real ones: the shipped rhythm bundle judges both.

The simulated patients are written as records in the layout of AFDB, so that the same command measures the
bundle on either; it runs as a process of its own, since a simulator loads no model.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from device_sim.processes import bound_to_parent
from device_sim.realism import simulated
from device_sim.realism.part import Part, Plot, Row
from device_sim.realism.recordings import Holter
from device_sim.wfdb_writer import write_record
from edge.contract.errors import RuntimeMissingError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Percentage points by which sensitivity and specificity may differ between simulated and real patients.
TOLERANCE_PP: Final = 2.0
LAYOUT: Final = "afdb"
PROTOCOL: Final = "afl_non_af"


def compare(data: Path, persons: int, hours: float, seed: int, names: Sequence[str] = ()) -> Part:
    """The bundle's figures on AFDB, or on the records named, and on so many simulated patients."""
    with TemporaryDirectory() as folder:
        write_clinic(Path(folder), simulated.clinic(persons, hours, seed))
        ours = measured(Path(folder))
    theirs = measured(data, names)
    rows = tuple(
        Row(
            label,
            float(theirs["metrics"][PROTOCOL][key]),
            float(ours["metrics"][PROTOCOL][key]),
            TOLERANCE_PP,
        )
        for label, key in (("sensitivity, %", "se"), ("specificity, %", "sp"))
    )
    return Part(
        "rhythm-bundle",
        f"The rhythm bundle {theirs['bundle']['name']} on AFDB, flutter as non-AF",
        f"{len(theirs['records_used'])} records of AFDB",
        f"{persons} patients of {hours:g} h",
        rows,
        (_by_record("sensitivity", "se", theirs, ours), _by_record("specificity", "sp", theirs, ours)),
    )


def write_clinic(folder: Path, records: Sequence[Holter]) -> None:
    """Write simulated patients as the records of an AFDB folder."""
    target = folder / LAYOUT
    target.mkdir(parents=True, exist_ok=True)
    for record in records:
        changes = np.flatnonzero(record.rhythm[1:] != record.rhythm[:-1]) + 1
        starts = [0, *changes.tolist()]
        write_record(
            target,
            record.name,
            record.beats_s,
            [(float(record.beats_s[at]) if at else 0.0, str(record.rhythm[at])) for at in starts],
        )


def measured(data: Path, names: Sequence[str] = ()) -> dict[str, dict[str, dict[str, float]]]:
    """What `vitalward evaluate rhythm` finds on an AFDB folder; RuntimeMissingError where it cannot run."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable,
            "-m",
            "edge",
            "evaluate",
            "rhythm",
            "--data",
            str(data),
            "--dataset",
            LAYOUT,
        ]
        command += ["--json", str(report), *(["--records", *names] if names else [])]
        done = subprocess.run(  # noqa: S603 - our own command
            bound_to_parent(command), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise RuntimeMissingError(
                f"it ended with code {done.returncode}: {last}",
                where="vitalward evaluate rhythm",
                allowed="a command that runs: pip install 'vitalward[training]'",
            )
        found: dict[str, dict[str, dict[str, float]]] = json.loads(report.read_text("utf-8"))
        return found


def _by_record(
    label: str,
    key: str,
    theirs: dict[str, dict[str, dict[str, float]]],
    ours: dict[str, dict[str, dict[str, float]]],
) -> Plot:
    def sorted_of(report: dict[str, dict[str, dict[str, float]]]) -> list[float]:
        figures: list[dict[str, dict[str, float | None]]] = list(report["per_record"].values())  # type: ignore[arg-type]
        return sorted(value for record in figures if (value := record[PROTOCOL][key]) is not None)

    def draw(axes: Axes) -> None:
        for report, colour, name in ((theirs, "0.5", "AFDB"), (ours, "C0", "simulated")):
            values = sorted_of(report)
            axes.plot(
                np.linspace(0.0, 100.0, len(values)), values, "o-", markersize=3, color=colour, label=name
            )
        axes.set(xlabel="records, from the worst, %", ylabel=f"{label}, %")
        axes.legend(fontsize="small")

    return Plot(f"{label.capitalize()} by record", draw)
