"""`vitalward demo`: simulated wearers through a real broker to a real edge, scored against truth."""

from __future__ import annotations

import argparse
import sys
import time

from device_sim.brokers import BROKERS
from device_sim.corridor import open_corridor
from device_sim.options import output, write_bytes, write_json
from device_sim.pace import Pace
from device_sim.report import demo_report, scorecard
from device_sim.scenario import Scenario, find_scenario, truth_of
from device_sim.scoring.episodes import alert_episodes, told
from device_sim.scoring.matching import score
from device_sim.simulate import Story, simulate
from device_sim.staging import stage
from device_sim.stopping import INTERRUPTED, Stop, Stopped, stop_on_signals
from device_sim.truth import truth_text
from device_sim.view import shown
from edge.contract.numbers import above_0, whole
from edge.contract.samples import Mode
from edge.contract.topics import Topics, checked_prefix

# The story is told in this time unless a speed is asked for.
STORY_WALL_S = 55.0


def main(argv: list[str]) -> int:
    """Run a scenario; 0 when every truth episode was found and nothing forbidden was raised."""
    options = _parser().parse_args(argv)
    scenario = find_scenario(options.scenario)
    try:
        with stop_on_signals() as stop:
            return _run(scenario, options, stop)
    except Stopped:
        sys.stderr.write("stopped\n")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vitalward demo", description=__doc__)
    parser.add_argument("--broker", default="embedded", help=f"{BROKERS} (default: embedded)")
    parser.add_argument(
        "--prefix",
        type=checked_prefix,
        default="vitalward-demo",
        help="first part of all topics (default: %(default)s)",
    )
    parser.add_argument("--scenario", default="demo", help="file or name of a story (default: %(default)s)")
    parser.add_argument("--seed", type=whole(0), help="seed of all that is random (default: the scenario's)")
    parser.add_argument(
        "--speed",
        type=above_0(or_inf=True),
        help="simulated seconds to the second, or inf (default: a minute in all)",
    )
    parser.add_argument("--no-view", action="store_true", help="print lines even on a terminal")
    parser.add_argument("--json", type=output, metavar="F", help="write the scorecard here")
    parser.add_argument(
        "--truth-out", type=output, metavar="F", help="write the truth here, before anything is sent"
    )
    return parser


def _run(scenario: Scenario, options: argparse.Namespace, stop: Stop) -> int:
    began_s = time.monotonic()
    played_seed = scenario.seed if options.seed is None else options.seed
    truth = truth_of(scenario, played_seed)
    topics = Topics(options.prefix)
    if options.truth_out:
        write_bytes(options.truth_out, truth_text(truth))
    with open_corridor(
        options.broker,
        stop,
        name="demo",
        prefix=options.prefix,
        scheme=scenario.scheme,
        with_samples=True,
        is_disturbed=bool(scenario.disturbances),
    ) as corridor:
        sys.stdout.write(
            f"{scenario.name}: the edge is online at {corridor.address.url}, topics {topics.root}/#\n"
        )
        sys.stdout.flush()
        is_live = sys.stdout.isatty() and not options.no_view
        with shown(scenario, corridor.inbox, live=is_live) as show:
            stage(
                corridor,
                simulate(Story(scenario, played_seed), Mode.DEMO, topics),
                Pace(scenario.start_s, options.speed or scenario.length_s / STORY_WALL_S),
                start_s=scenario.start_s,
                disturbances=scenario.disturbances,
                show=show,
            )
        alerts, advice = corridor.inbox.alerts(), corridor.inbox.advice()
    result = score(truth, alert_episodes(map(told, alerts)))
    report = demo_report(
        scenario,
        seed=played_seed,
        score=result,
        alerts=alerts,
        advice=advice,
        wall_s=time.monotonic() - began_s,
    )
    sys.stdout.write(scorecard(report) + "\n")
    if options.json:
        write_json(options.json, report)
    return 1 if result.missed or result.forbidden else 0
