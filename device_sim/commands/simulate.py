"""`vitalward simulate`: wearers with known truth, for your subscribers or an edge that comes along."""

from __future__ import annotations

import argparse
import math
import sys
import time
from datetime import UTC, datetime
from typing import Any

from device_sim.brokers import BROKERS, default_broker, parse_url
from device_sim.clients import connected
from device_sim.options import check_once, output, write_bytes, write_json, write_page
from device_sim.outlet import Outlet
from device_sim.pace import Pace
from device_sim.scenario import Scenario, find_scenario, packaged_names, with_wearers
from device_sim.scoring import rhythm
from device_sim.scoring.report import report_of, summary
from device_sim.simulate import Story, side_by_side, simulate
from device_sim.staging import publish
from device_sim.starting import started, why_not
from device_sim.stopping import INTERRUPTED, Stop, Stopped, stop_on_signals
from device_sim.trial import run_trial, truth_of_stories
from device_sim.truth import Truth, truth_text
from edge.contract.errors import ConfigError
from edge.contract.numbers import above_0, whole
from edge.contract.samples import Mode
from edge.contract.topics import Topics, checked_prefix

ALL = "all"
# Options that tell of a score.
NEED_SCORE = ("detectors", "json", "html")
OWN_BROKER = "mqtt://127.0.0.1:1883"


def main(argv: list[str]) -> int:
    """Play stories; with --score 0 when every story passed, 1 otherwise."""
    options = _parser().parse_args(argv)
    for name in () if options.score else NEED_SCORE:
        if getattr(options, name):
            raise ConfigError("nothing is scored", where=f"--{name}", allowed="together with --score")
    pace_speed = options.speed or (math.inf if options.score else 1.0)
    # A gateway that lives on wall time takes only what is new.
    starts_now = not options.score and pace_speed == 1.0
    chosen = _chosen(options.scenarios)
    if starts_now and options.out:
        chosen = _timely(chosen)
    scenarios = [_ready(scenario, options, starts_now=starts_now) for scenario in chosen]
    stories = _stories(scenarios, options.seed)
    truth = truth_of_stories(stories)
    if options.out:
        write_bytes(options.out, truth_text(truth))
    try:
        with stop_on_signals() as stop:
            if options.score:
                return _score(stories, truth, stop, options, pace_speed=pace_speed)
            return _publish(stories, stop, options, pace_speed=pace_speed)
    except Stopped:
        sys.stderr.write("stopped\n")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vitalward simulate", description=__doc__)
    parser.add_argument(
        "scenarios",
        nargs="+",
        metavar="SCENARIO",
        help=f"file or name, or {ALL} for the whole library: {', '.join(packaged_names())}",
    )
    parser.add_argument("--wearers", type=whole(1), metavar="N", help="so many wearers of each story")
    parser.add_argument(
        "--speed",
        type=above_0(or_inf=True),
        help="simulated seconds to the second, or inf (default: 1; with --score inf)",
    )
    parser.add_argument("--seed", type=whole(0), help="seed of all that is random (default: the scenario's)")
    parser.add_argument("--broker", help=f"{BROKERS} (default: {OWN_BROKER}; with --score one of its own)")
    parser.add_argument("--prefix", type=checked_prefix, help="first part of all topics (default: vitalward)")
    parser.add_argument(
        "--mode", choices=[Mode.TEST.value, Mode.DEMO.value], default="test", help="mark of every message"
    )
    parser.add_argument(
        "--out", type=output, metavar="F", help="write the truth here, before anything is sent"
    )
    parser.add_argument("--score", action="store_true", help="bring an edge, score it, and say what failed")
    parser.add_argument(
        "--detectors", action="store_true", help="with --score: published AF detectors beside the edge"
    )
    parser.add_argument("--json", type=output, metavar="F", help="with --score: write the score here")
    parser.add_argument("--html", type=output, metavar="F", help="with --score: write a page with timelines")
    return parser


def _chosen(names: list[str]) -> list[Scenario]:
    return [find_scenario(name) for name in (packaged_names() if names == [ALL] else names)]


def _timely(scenarios: list[Scenario]) -> list[Scenario]:
    """Those whose truth holds when they start now; the others are named."""
    now = datetime.now(UTC)
    untimely = {scenario.name: why for scenario in scenarios if (why := why_not(scenario, now))}
    if len(untimely) == len(scenarios):
        raise ConfigError(
            "no truth to write", where="--out", allowed="; ".join(dict.fromkeys(untimely.values()))
        )
    for name, why in untimely.items():
        sys.stdout.write(f"{name}: left out, {why}\n")
    return [scenario for scenario in scenarios if scenario.name not in untimely]


def _ready(scenario: Scenario, options: argparse.Namespace, *, starts_now: bool) -> Scenario:
    if options.wearers is not None:
        scenario = with_wearers(scenario, options.wearers)
    if starts_now:
        scenario = started(scenario, datetime.now(UTC))
    return scenario


def _stories(scenarios: list[Scenario], asked_seed: int | None) -> list[Story]:
    """Several stories have wearers of their own, told apart by the story's name."""
    check_once([scenario.name for scenario in scenarios], "story")
    return [
        Story(
            scenario,
            scenario.seed if asked_seed is None else asked_seed,
            f"{scenario.name}--" if len(scenarios) > 1 else "",
        )
        for scenario in scenarios
    ]


def _score(
    stories: list[Story], truth: Truth, stop: Stop, options: argparse.Namespace, *, pace_speed: float
) -> int:
    began_s = time.monotonic()
    trial = run_trial(
        stories,
        truth,
        stop,
        broker=options.broker or default_broker(),
        prefix=options.prefix or "vitalward-simulate",
        mode=Mode(options.mode),
        speed=pace_speed,
        with_detectors=options.detectors,
    )
    report: dict[str, Any] = {
        "scenario": ", ".join(story.scenario.name for story in stories),
        "seed": stories[0].seed,
        "simulated_s": sum(story.scenario.length_s for story in stories),
        "wall_s": round(time.monotonic() - began_s, 2),
        **report_of(truth, trial.told, trial.observed),
    }
    if options.detectors:
        systems = {"this system": trial.told, **trial.detectors}
        report["rhythm"] = rhythm.side_by_side(truth, systems, trial.compared)
    sys.stdout.write(summary(report) + "\n")
    if options.detectors:
        sys.stdout.write(rhythm.rhythm_table(report["rhythm"]) + "\n")
    if options.json:
        write_json(options.json, report)
    if options.html:
        write_page(options.html, report)
    return 0 if all(story["passed"] for story in report["stories"].values()) else 1


def _publish(stories: list[Story], stop: Stop, options: argparse.Namespace, *, pace_speed: float) -> int:
    topics = Topics(options.prefix or "vitalward")
    address = parse_url(options.broker or OWN_BROKER)
    for story in stories:
        if story.scenario.disturbances:
            sys.stdout.write(f"{story.scenario.name}: broker and edge are yours, so they are not disturbed\n")
    start_s = min(story.scenario.start_s for story in stories)
    with connected(address) as client:
        outlet = Outlet(client, topics, stop.check)
        pace = Pace(start_s, pace_speed)
        sys.stdout.write(f"publishing to {address.url}, topics {topics.root}/#\n")
        sys.stdout.flush()
        steps = side_by_side([simulate(story, Mode(options.mode), topics) for story in stories])
        publish(outlet, steps, pace, stop.check)
    sys.stdout.write(f"{outlet.sent} messages sent\n")
    return 0
