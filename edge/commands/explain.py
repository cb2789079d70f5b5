"""`vitalward explain`: why an alert was raised, in plain words, and the same decided again from the journal.

Reads the state folder as it is, also while the edge runs, and changes nothing that is kept there.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import msgspec
from msgspec.structs import replace

from edge.conditions.table import CONDITIONS
from edge.config import Clock, Config, load_config
from edge.contract.errors import ConfigError, MessageError, VitalwardError
from edge.contract.messages import Alert
from edge.contract.topics import Topics
from edge.explanation.words import describe, moment
from edge.pipeline.ward import Ward
from edge.rerun import Finding, Verdict, decide_again, other_bundle
from edge.slots.equipment import Equipment
from edge.slots.folder import BundleFolder
from edge.slots.history import Dated, history_of, in_force_at
from edge.storage.checkpoints import Checkpoint, Checkpoints
from edge.storage.database import open_for_reading
from edge.storage.journal import Journal

log = logging.getLogger(__name__)

EXIT_CODES = {Verdict.SAME: 0, Verdict.DIFFERENT: 1, Verdict.CANNOT_TELL: 2}
# An alert is a few kilobytes; what is larger is something else.
MAX_ALERT_BYTES = 262_144
# Times in milliseconds lie far beyond it, and deciding up to there would never end.
YEAR_2100_S = 4_102_444_800.0


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
    if options.journal.is_file():
        allowed = f"the state folder it lies in: {options.journal.parent}"
        raise ConfigError("a file", where=f"--journal {options.journal}", allowed=allowed)
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
        alert = msgspec.json.decode(data, type=Alert)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"no alert: {error}", where=str(path), allowed=allowed) from None
    for name in ("onset_s", "at_s", "end_s"):
        time_s = getattr(alert, name)
        if time_s is not None and not 0.0 <= time_s < YEAR_2100_S:
            raise MessageError(f"{name} is {time_s:.0f}", where=str(path), allowed="Unix seconds before 2100")
    return alert


def _decide_again(alert: Alert, folder: Path, config: Config) -> Finding:
    database = open_for_reading(folder)
    try:
        journal, topics = Journal(database), Topics(config.mqtt.prefix)
        history = history_of(journal.switches())
        # What models are proven by is kept in the state folder; that of the edge is not ours to write to.
        with tempfile.TemporaryDirectory() as scratch:
            equipment = Equipment(replace(config, edge=replace(config.edge, state_dir=scratch)))
            _load_installed(equipment, BundleFolder(folder), history)

        def make_ward(start: Checkpoint) -> Ward:
            in_force = in_force_at(history, start.journal_id)
            return Ward(
                equipment.rules_with(in_force),
                topics,
                start.wearers,
                on_stream_time=config.edge.clock is Clock.STREAM,
                fits=equipment.fits,
                in_force=in_force,
                edge=config.edge.name,
            )

        here = {loaded.status.sha256: loaded.name for loaded in equipment.loaded.values()}
        return other_bundle(alert, here) or decide_again(
            alert, journal, Checkpoints(database), make_ward, topics, edge=config.edge.name
        )
    finally:
        database.close()


def _load_installed(equipment: Equipment, slots: BundleFolder, history: list[Dated]) -> None:
    """Make ready what was installed while the journal was written; what is gone is missed when asked for."""
    for one in history:
        switched = one.switched
        if switched.sha256 is None or switched.place in equipment.loaded:
            continue
        path = slots.slot(switched.name, switched.sha256)
        try:
            bundle, trust = equipment.open(switched.task, path)
            equipment.proofs.require([(switched.sha256, path)])
            equipment.load(switched.place, path, bundle, trust)
        except VitalwardError as error:
            log.warning("%s cannot be loaded: %s", switched.name, error)


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
