"""`vitalward evaluate TASK`: measure a bundle on recordings, as the device runs it. Needs no TensorFlow."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError, ConfigError
from training.charts import Sections, training
from training.learned_from import seen_in_training
from training.report_page import caveats, render
from training.table_gaps import gaps_as_lines
from training.tasks import EVALUATE


def main(argv: list[str]) -> int:
    """Evaluate the named task's bundle and print or write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="vitalward evaluate", description=__doc__)
    parser.add_argument("task", choices=sorted(EVALUATE))
    parser.add_argument("--bundle", type=Path, help="default: the shipped one")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VITALWARD_DATA", ".")),
        help="folder of the databases (default: VITALWARD_DATA)",
    )
    parser.add_argument("--dataset", required=True, help="the database's name")
    parser.add_argument("--records", nargs="+", help="use these records only")
    parser.add_argument(
        "--float", type=Path, dest="run", help="also the float model of this run folder (TensorFlow)"
    )
    parser.add_argument("--baselines", action="store_true", help="also published methods (rhythm)")
    parser.add_argument(
        "--corruption", action="store_true", help="also with beats missed, added and mistimed (rhythm)"
    )
    parser.add_argument("--html", type=Path, help="also write a page with plots here (extra training)")
    parser.add_argument("--json", type=Path, help="write the figures here instead of printing them")
    options = parser.parse_args(argv)

    for file in (options.json, options.html):
        _require_place(file)
    page = importlib.import_module(EVALUATE[options.task])
    if options.dataset not in page.DATASETS:
        raise ConfigError(
            f"no database {options.dataset!r} for {options.task}",
            where="--dataset",
            allowed=", ".join(page.DATASETS),
        )
    further = [name for name in ("baselines", "corruption") if getattr(options, name)]
    for name in further:
        if name not in getattr(page, "FURTHER", ()):
            raise ConfigError(f"{options.task} has none", where=f"--{name}", allowed="rhythm")
    asked = {"further": further} if further else {}
    bundle = read_bundle(options.bundle or SHIPPED[options.task])
    if bundle.manifest.task != options.task:
        raise BundleError(f"a bundle for {bundle.manifest.task}", where=bundle.name, allowed=options.task)
    report: dict[str, Any] = {
        "task": options.task,
        "dataset": options.dataset,
        "bundle": {"name": bundle.name, "sha256": bundle.sha256},
        "charts": {},
        **page.report(bundle, options.dataset, options.data, options.records, options.run, **asked),
    }
    used = report["records_used"]
    report["records_learned_from"] = seen_in_training(bundle, options.dataset, used)
    charts: Sections = report["charts"]
    charts["Training"] = [*training(json.loads(bundle.card_data).get("history", {}))]
    # What is no number, such as the mean of nothing, becomes null.
    text = msgspec.json.format(msgspec.json.encode(report, enc_hook=_number), indent=1).decode()
    if options.json:
        _write(options.json, text + "\n", or_print=True)
        sys.stdout.write(summary(report["metrics"]))
        sys.stdout.write(gaps_as_lines(report))
        sys.stdout.write("".join(f"{told}\n" for told in caveats(report)))
    else:
        sys.stdout.write(text + "\n")
    if options.html:
        _write(options.html, render(report, charts, bundle.card))
    return 0


def _require_place(file: Path | None) -> None:
    """Raise ConfigError for a file that cannot be written, before hours go into what it should hold."""
    if file is None:
        return
    allowed = "a file in a folder that exists and lets you write"
    try:
        if file.is_dir() or not file.parent.is_dir():
            raise ConfigError("cannot be written", where=str(file), allowed=allowed)
        _try_to_open(file)
    except OSError as error:
        raise ConfigError(
            f"cannot be written ({error.strerror})", where=str(file), allowed=allowed
        ) from error


def _try_to_open(file: Path) -> None:
    """Open it for writing and leave it as it was; OSError if that cannot be done."""
    was_there = file.exists()
    # Whoever reads a pipe would take its closing for the end.
    if was_there and not file.is_file():
        return
    with file.open("ab"):
        pass
    if not was_there:
        # Where a link leads, and not the link.
        file.resolve().unlink()


def _write(file: Path, text: str, *, or_print: bool = False) -> None:
    """Write the text; ConfigError where that fails, with `or_print` after printing it: hours may be in it."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        if or_print:
            sys.stdout.write(text)
        instead = "; the figures are printed instead" if or_print else ""
        raise ConfigError(
            f"cannot be written ({error.strerror}){instead}",
            where=str(file),
            allowed="a file in a folder with room for it",
        ) from error


def _number(value: Any) -> float | int:
    """What NumPy counts as a number of its own."""
    number: float | int = value.item()
    return number


def summary(figures: dict[str, Any], of: str = "") -> str:
    """For people: a line for each group of figures, or each figure; what lies deeper is in the JSON.

    A group that holds nothing but groups has a line for each of those.
    """
    lines = []
    for name, inner in figures.items():
        if isinstance(inner, dict) and inner and all(isinstance(part, dict) for part in inner.values()):
            lines.append(summary(inner, f"{of}{name} "))
        else:
            lines.append(f"{of + name:<28} {_line(inner)}\n")
    return "".join(lines)


def _line(figure: object) -> str:
    if not isinstance(figure, dict):
        return str(figure)
    return "  ".join(f"{key} {value}" for key, value in figure.items() if not isinstance(value, dict))
