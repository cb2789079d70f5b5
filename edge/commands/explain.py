"""`vitalward explain`: why an alert was raised, in plain words, and the same decided again from the journal.

Reads the state folder as it is, also while the edge runs, and writes nothing to it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import msgspec
from msgspec.structs import replace

from edge.conditions.table import CONDITIONS
from edge.config import Clock, Config, load_config
from edge.contract.bundle import read_bundle
from edge.contract.errors import MessageError
from edge.contract.messages import Alert
from edge.contract.topics import Topics
from edge.equipment import Equipment
from edge.explanation.rerun import Finding, Verdict, decide_again, other_bundle
from edge.explanation.words import describe, moment
from edge.pipeline.ward import Ward
from edge.slots.folder import BundleFolder
from edge.storage.checkpoints import Checkpoints
from edge.storage.database import open_for_reading
from edge.storage.journal import Journal

EXIT_CODES = {Verdict.SAME: 0, Verdict.DIFFERENT: 1, Verdict.CANNOT_TELL: 2}
# An alert is a few kilobytes; what is larger is something else.
MAX_ALERT_BYTES = 262_144


def main(argv: list[str]) -> int:
    """0 if the journal gives the very same alert, 1 if it gives another or none, 2 if it cannot tell."""
    parser = argparse.ArgumentParser(
        prog="vitalward explain", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("alert", type=Path, help="file with the payload of one alert, as it was received")
    parser.add_argument(
        "--journal", type=Path, required=True, metavar="DIR", help="state folder of the edge (edge.state_dir)"
    )
    parser.add_argument(
        "--config", type=Path, help="configuration of the edge; without it what an edge without one does"
    )
    options = parser.parse_args(argv)
    alert = read_alert(options.alert)
    config = load_config(options.config) if options.config else Config()
    sys.stdout.write(_told(alert))
    finding = _decide_again(alert, options.journal, config)
    sys.stdout.write(f"\nDecided again from {options.journal}: {finding.verdict.upper()}\n")
    for reason in finding.reasons:
        sys.stdout.write(f"  {reason}\n")
    if finding.verdict is not Verdict.SAME and options.config is None:
        sys.stdout.write("  no --config was given: limits, scheme, night and clock are those without one\n")
    return EXIT_CODES[finding.verdict]


def read_alert(path: Path) -> Alert:
    """The alert in a file; MessageError for a file that holds no alert."""
    allowed = "one alert in JSON, as published on the topic of alerts"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MessageError(error.strerror or "cannot be read", where=str(path), allowed=allowed) from None
    if len(data) > MAX_ALERT_BYTES:
        raise MessageError(f"{len(data)} bytes", where=str(path), allowed=allowed)
    try:
        return msgspec.json.decode(data, type=Alert)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"no alert: {error}", where=str(path), allowed=allowed) from None


def _decide_again(alert: Alert, folder: Path, config: Config) -> Finding:
    database = open_for_reading(folder)
    try:
        # What models are proven by is kept in the state folder; that of the edge is not ours to write to.
        with tempfile.TemporaryDirectory() as scratch:
            equipment = Equipment(replace(config, edge=replace(config.edge, state_dir=scratch)))
            rules = equipment.rules_with(_installed(alert, folder, equipment))
        here = {model.sha256: model.name for model in rules.models}
        here[rules.usual_pressure.sha256] = rules.usual_pressure.name
        if (finding := other_bundle(alert, here)) is not None:
            return finding
        topics = Topics(config.mqtt.prefix)
        on_stream_time = config.edge.clock is Clock.STREAM
        return decide_again(
            alert,
            Journal(database),
            Checkpoints(database),
            lambda wearers: Ward(rules, topics, wearers, on_stream_time=on_stream_time),
            topics,
        )
    finally:
        database.close()


def _installed(alert: Alert, folder: Path, equipment: Equipment) -> dict[str, str | None]:
    """The bundle that decided, by its task, where it was installed on the edge and is still kept there."""
    model = None if alert.why is None else alert.why.model
    if model is None or not (slot := BundleFolder(folder).slot(model.bundle, model.sha256)).is_file():
        return {}
    task = read_bundle(slot).manifest.task
    bundle, trust = equipment.open(task, slot)
    equipment.proofs.require([(bundle.sha256, slot)])
    equipment.load((task, bundle.sha256), slot, bundle, trust)
    return {task: bundle.sha256}


def _told(alert: Alert) -> str:
    row = CONDITIONS.get(alert.condition)
    lines = [
        f"{alert.condition if row is None else row.title}: {alert.phase}, {alert.priority} priority",
        f"  {alert.text}",
        f"  wearer {alert.wearer} ({alert.mode}), {alert.signal} of {alert.device}, {moment(alert.at_s)}, "
        f"since {moment(alert.onset_s)}",
        f"  episode {alert.id}, message {alert.n}",
        "",
    ]
    if alert.evidence.guideline is not None:
        lines.append(f"  {'source':<11} {alert.evidence.guideline}")
    if alert.why is None:
        lines.append("  The alert carries no explanation.")
    else:
        lines += [f"  {heading:<11} {text}" for heading, text in describe(alert.why)]
    return "\n".join(lines) + "\n"
