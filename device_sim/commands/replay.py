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
from device_sim.options import output, speed, write_bytes, write_json
from device_sim.pace import Pace
from device_sim.recordings import Recording, read_recording
from device_sim.replay import EPOCH_S, play, truth_of_recordings
from device_sim.replay_report import alerts_text, replay_report, table
from device_sim.scoring import score
from device_sim.stopping import INTERRUPTED, Stop, Stopped, stop_on_signals
from edge.contract.errors import ConfigError
from edge.contract.messages import WearerStatus
from edge.contract.topics import NAME, NAME_RULE

# Time is told apart from samples only so that silences are noticed; often enough for the shortest of them.
TELL_TIME_EVERY = 3


def main(argv: list[str]) -> int:
    """Replay the records named; 0 when all was played and scored, whatever the score."""
    parser = argparse.ArgumentParser(prog="vitalward replay", description=__doc__)
    parser.add_argument(
        "records", nargs="+", type=Path, metavar="RECORD", help="path without ending: afdb/04015"
    )
    parser.add_argument("--broker", help=f"{BROKERS} (default: mosquitto where it is installed)")
    parser.add_argument(
        "--prefix", default="vitalward-replay", help="first part of all topics (default: %(default)s)"
    )
    parser.add_argument(
        "--speed", type=speed, default=math.inf, help="recorded seconds to the second (default: inf)"
    )
    parser.add_argument("--json", type=output, metavar="F", help="write the scores here")
    parser.add_argument(
        "--alerts-out", type=output, metavar="F", help="write the alerts here, one JSON object a line"
    )
    options = parser.parse_args(argv)
    recordings = [read_recording(record) for record in options.records]
    _check_names(recordings)
    try:
        with stop_on_signals() as stop:
            return _run(recordings, options, stop)
    except Stopped:
        sys.stderr.write("stopped\n")
        return INTERRUPTED


def _run(recordings: list[Recording], options: argparse.Namespace, stop: Stop) -> int:
    began_s = time.monotonic()
    truth = truth_of_recordings(recordings)
    with open_corridor(
        options.broker or default_broker(), stop, name="replay", prefix=options.prefix
    ) as corridor:
        pace = Pace(EPOCH_S, options.speed)
        for count, step in enumerate(play(recordings), 1):
            pace.wait_until(step.now_s, corridor.check)
            for sent in step.sent:
                corridor.publisher.send(sent)
            if count % TELL_TIME_EVERY == 0:
                corridor.publisher.tell_time(step.now_s)
        corridor.finish()
        alerts = corridor.inbox.alerts()
        statuses: dict[str, WearerStatus | None] = {
            recording.name: corridor.inbox.wearer_status(recording.name) for recording in recordings
        }
    report: dict[str, Any] = replay_report(
        recordings, score(truth, alerts), statuses, wall_s=time.monotonic() - began_s
    )
    if options.json:
        write_json(options.json, report)
    if options.alerts_out:
        write_bytes(options.alerts_out, alerts_text(alerts))
    sys.stdout.write(table(report) + "\n")
    return 0


def _check_names(recordings: list[Recording]) -> None:
    names = [recording.name for recording in recordings]
    for name in names:
        if not NAME.fullmatch(name):
            raise ConfigError("cannot name a wearer", where=name, allowed=f"folder and record of {NAME_RULE}")
        if names.count(name) > 1:
            raise ConfigError("named twice", where=name, allowed="each record once")
