"""`vitalward evaluate TASK`: measure a bundle on recordings, as the device runs it. Needs no TensorFlow."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from edge.adapters.litert import load_model
from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from edge.contract.errors import BundleError
from edge.signals.rr import QUALITIES
from training.datasets.catalogue import BEAT_DATASETS
from training.datasets.wfdb import read_records
from training.evaluation import device_scorer, float_scorer, judge, metrics, per_record, worst_difference

TASKS = ("rhythm",)


def main(argv: list[str]) -> int:
    """Evaluate the named task's bundle and print or write the figures as JSON."""
    parser = argparse.ArgumentParser(prog="vitalward evaluate", description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--bundle", type=Path, help="default: the shipped one")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VITALWARD_DATA", ".")),
        help="folder of the databases (default: VITALWARD_DATA)",
    )
    parser.add_argument("--dataset", required=True, choices=sorted(BEAT_DATASETS))
    parser.add_argument("--records", nargs="+", help="use these records only")
    parser.add_argument(
        "--float", type=Path, dest="run", help="also the float model of this run folder (TensorFlow)"
    )
    parser.add_argument("--json", type=Path, help="write the figures here instead of printing them")
    options = parser.parse_args(argv)

    bundle = read_bundle(options.bundle or SHIPPED[options.task])
    manifest = bundle.manifest
    if manifest.task != options.task:
        raise BundleError(f"a bundle for {manifest.task}", where=bundle.name, allowed=options.task)
    records = read_records(BEAT_DATASETS[options.dataset], options.data, options.records)
    judged = judge(records, manifest, device_scorer(load_model(bundle)))
    report: dict[str, Any] = {
        "task": options.task,
        "dataset": options.dataset,
        "bundle": {"name": bundle.name, "sha256": bundle.sha256},
        "records_used": [part.name for part in judged],
        "records_skipped": records.skipped,
        "window": {"length": manifest.window.length, "hop": manifest.window.hop},
        "threshold": manifest.threshold,
        "metrics": metrics(judged, manifest.threshold),
        "per_record": per_record(judged, manifest.threshold),
    }
    if options.run:
        scorer = float_scorer(options.run, manifest, QUALITIES[manifest.abstention.quality])
        by_float = metrics(judge(records, manifest, scorer), manifest.threshold)
        report["float"] = {
            "metrics": by_float,
            "worst_difference": worst_difference(report["metrics"], by_float),
        }
    text = json.dumps(report, indent=1)
    if options.json:
        options.json.write_text(text + "\n")
        sys.stdout.write(_summary(report["metrics"]))
    else:
        sys.stdout.write(text + "\n")
    return 0


def _summary(figures: dict[str, dict[str, float | int | None]]) -> str:
    """One line a protocol for people."""
    return "".join(
        f"{protocol:<13}" + "  ".join(f"{name} {value}" for name, value in values.items()) + "\n"
        for protocol, values in figures.items()
    )
