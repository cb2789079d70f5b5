"""`vitalward replay`: recordings through a real broker to a real edge, scored against their annotations."""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path
from typing import Any

from device_sim.brokers import BROKERS, default_broker
from device_sim.corridor import open_corridor
from device_sim.detectors import running_detectors
from device_sim.faults.file import load_faults
from device_sim.faults.kinds import AnyFault
from device_sim.options import check_once, output, write_bytes, write_json
from device_sim.pace import Pace
from device_sim.recordings.csv_file import ALLOWED, parse_columns
from device_sim.recordings.mmash import is_person
from device_sim.recordings.reading import read_recordings
from device_sim.recordings.recording import Recording
from device_sim.recordings.wfdb import is_record
from device_sim.replay import BEGINS_S, play, truth_of_recordings
from device_sim.replay_report import alerts_text, replay_report, table
from device_sim.scoring import rhythm
from device_sim.scoring.episodes import Told, alert_episodes, told
from device_sim.scoring.matching import score
from device_sim.staging import stage
from device_sim.stopping import INTERRUPTED, Stop, Stopped, stop_on_signals
from edge.contract.errors import ConfigError
from edge.contract.messages import WearerStatus
from edge.contract.numbers import above_0, whole
from edge.contract.topics import NAME, NAME_RULE, Topics, checked_prefix

RECORD = "WFDB record without ending (afdb/04015), person of MMASH, CSV file, or vitalward.db of an edge"
FILES = (".db", ".csv", ".csv.gz")


def main(argv: list[str]) -> int:
    """Replay the records named; 0 when all was played and scored, whatever the score."""
    parser = argparse.ArgumentParser(prog="vitalward replay", description=__doc__)
    parser.add_argument(
        "records",
        nargs="+",
        type=Path,
        metavar="RECORD",
        help=RECORD,
    )
    parser.add_argument("--columns", type=parse_columns, help=f"what a CSV file holds: {ALLOWED}")
    parser.add_argument(
        "--device", metavar="NAME", help="the device that sends it all (default: as recorded)"
    )
    parser.add_argument("--faults", type=Path, metavar="F", help="TOML file with [[faults]] to lay over it")
    parser.add_argument("--seed", type=whole(0), default=0, help="seed of the faults (default: %(default)s)")
    parser.add_argument("--broker", help=f"{BROKERS} (default: mosquitto where it is installed)")
    parser.add_argument(
        "--prefix",
        type=checked_prefix,
        default="vitalward-replay",
        help="first part of all topics (default: %(default)s)",
    )
    parser.add_argument(
        "--speed",
        type=above_0(or_inf=True),
        default=math.inf,
        help="recorded seconds to the second (default: inf)",
    )
    parser.add_argument(
        "--detectors", action="store_true", help="published AF detectors beside the edge, on the same beats"
    )
    parser.add_argument("--json", type=output, metavar="F", help="write the scores here")
    parser.add_argument(
        "--alerts-out", type=output, metavar="F", help="write the alerts here, one JSON object a line"
    )
    options = parser.parse_args(argv)
    if options.device is not None and not NAME.fullmatch(options.device):
        raise ConfigError("not a name", where=f"--device {options.device}", allowed=NAME_RULE)
    for record in options.records:
        _check_kind(record)
    recordings = [
        recording
        for record in options.records
        for recording in read_recordings(record, options.columns, options.device)
    ]
    _check_names(recordings)
    try:
        with stop_on_signals() as stop:
            return _run(recordings, options, stop)
    except Stopped:
        sys.stderr.write("stopped\n")
        return INTERRUPTED


def _check_kind(record: Path) -> None:
    """Raise ConfigError for a path that no reader is for."""
    if not (record.name.endswith(FILES) or is_record(record) or is_person(record)):
        raise ConfigError("nothing to replay", where=str(record), allowed=RECORD)


def _run(recordings: list[Recording], options: argparse.Namespace, stop: Stop) -> int:
    began_s = time.monotonic()
    faults = () if options.faults is None else load_faults(options.faults)
    _check_devices(faults, recordings)
    truth = truth_of_recordings(recordings, faults, options.seed)
    with open_corridor(
        options.broker or default_broker(), stop, name="replay", prefix=options.prefix
    ) as corridor:
        topics = Topics(options.prefix)
        steps = play(recordings, topics, faults, options.seed)
        beside: dict[str, list[Told]] = {}
        if options.detectors:
            with running_detectors(corridor.address, topics) as detectors:
                stage(corridor, steps, Pace(BEGINS_S, options.speed), start_s=BEGINS_S)
                length_s = max(recording.length_s for recording in recordings)
                detectors.await_time(BEGINS_S + length_s, stop.check)
            beside = detectors.told()
        else:
            stage(corridor, steps, Pace(BEGINS_S, options.speed), start_s=BEGINS_S)
        alerts = corridor.inbox.alerts()
        statuses: dict[str, WearerStatus | None] = {
            recording.name: corridor.inbox.wearer_status(recording.name) for recording in recordings
        }
    report: dict[str, Any] = replay_report(
        recordings,
        score(truth, alert_episodes(map(told, alerts))),
        statuses,
        wall_s=time.monotonic() - began_s,
    )
    if options.detectors:
        systems = {"this system": list(map(told, alerts)), **beside}
        annotated = {recording.name for recording in recordings if recording.fibrillation_s is not None}
        report["rhythm"] = rhythm.side_by_side(truth, systems, annotated)
    sys.stdout.write(table(report) + "\n")
    if options.detectors:
        sys.stdout.write(rhythm.rhythm_table(report["rhythm"]) + "\n")
    if options.json:
        write_json(options.json, report)
    if options.alerts_out:
        write_bytes(options.alerts_out, alerts_text(alerts))
    return 0


def _check_devices(faults: tuple[AnyFault, ...], recordings: list[Recording]) -> None:
    devices = {device for recording in recordings for device in recording.devices}
    for fault in faults:
        if fault.device not in devices:
            raise ConfigError(
                f"no {fault.device} was recorded", where="--faults", allowed=", ".join(sorted(devices))
            )


def _check_names(recordings: list[Recording]) -> None:
    names = [recording.name for recording in recordings]
    for name in names:
        if not NAME.fullmatch(name):
            raise ConfigError("cannot name a wearer", where=name, allowed=f"folder and record of {NAME_RULE}")
    check_once(names, "record")
