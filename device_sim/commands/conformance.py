"""`vitalward conformance`: the stories as a test of any gateway that takes samples and tells alerts."""

from __future__ import annotations

import argparse
import math
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

from device_sim.brokers import parse_url
from device_sim.clients import connected
from device_sim.commands.simulate import ALL
from device_sim.conformance.case import Heard
from device_sim.conformance.judge import judge
from device_sim.conformance.report import conformance_page, conformance_report, conformance_summary
from device_sim.conformance.stories import choose
from device_sim.options import check_once, output, write_bytes, write_json
from device_sim.outlet import Outlet
from device_sim.pace import Pace, Throttle
from device_sim.scenario import find_scenario, packaged_names, packaged_scenario
from device_sim.scoring.collect import Collector, collect_live
from device_sim.scoring.mapping import load_mapping
from device_sim.scoring.report import unheard
from device_sim.simulate import Story, side_by_side, simulate
from device_sim.staging import publish
from device_sim.starting import started, why_not
from device_sim.stopping import INTERRUPTED, Stop, Stopped, stop_on_signals
from device_sim.trial import observe, truth_of_stories
from device_sim.truth import Truth
from edge.contract.errors import ConfigError
from edge.contract.numbers import above_0
from edge.contract.samples import Mode
from edge.contract.topics import Topics, checked_prefix

TELL_END_EVERY_S = 5.0


def main(argv: list[str]) -> int:
    """Test; 0 when no requirement fails, 1 otherwise."""
    options = _parser().parse_args(argv)
    mapping = None if options.mapping is None else load_mapping(options.mapping)
    address = parse_url(options.broker)
    names = packaged_names() if options.scenarios == [ALL] else options.scenarios
    scenarios = [find_scenario(name) for name in names]
    check_once([scenario.name for scenario in scenarios], "story")
    untimely: dict[str, str] = {}
    if options.speed == 1.0:
        # A gateway that lives on wall time takes only what is new.
        now = datetime.now(UTC)
        untimely = {story.name: late for story in scenarios if (late := why_not(story, now))}
        scenarios = [started(story, now) for story in scenarios]
    library = map(packaged_scenario, packaged_names())
    schemes = sorted({story.scheme for story in (*scenarios, *library)})
    if options.scheme not in schemes:
        raise ConfigError(
            f"no story is about {options.scheme!r}", where="--scheme", allowed=", ".join(schemes)
        )
    chosen = choose(scenarios, packaged_names(), options.scheme, untimely)
    if not chosen.stories:
        why = dict.fromkeys(chosen.left_out[scenario.name] for scenario in scenarios)
        raise ConfigError("no story to play", where=" ".join(names), allowed="; ".join(why))
    truth = truth_of_stories(chosen.stories)
    collector = Collector(Topics(options.prefix), mapping)
    try:
        with stop_on_signals() as stop:
            _play(chosen.stories, truth, collector, options, stop)
    except Stopped:
        sys.stderr.write("stopped\n")
        return INTERRUPTED
    report = conformance_report(
        judge(truth, _heard(collector, truth), chosen.left_out),
        url=address.url,
        played=[story.scenario.name for story in chosen.stories],
        left_out={name: why for name, why in chosen.left_out.items() if name in names},
    )
    report["unknown_conditions"] = collector.unknown
    report["unheard_s"] = round(collector.unheard_s, 1)
    sys.stdout.write(conformance_summary(report) + "\n")
    if collector.unheard_s:
        sys.stdout.write(unheard(collector.unheard_s) + "\n")
    if options.json:
        write_json(options.json, report)
    if options.html:
        write_bytes(options.html, conformance_page(report).encode())
    return 1 if report["fails"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vitalward conformance", description=__doc__)
    parser.add_argument(
        "scenarios",
        nargs="*",
        default=[ALL],
        metavar="SCENARIO",
        help="names or files of stories (default: the whole library)",
    )
    parser.add_argument("--broker", required=True, metavar="URL", help="where your gateway listens")
    parser.add_argument(
        "--mapping", type=Path, metavar="F", help="how its alerts look (default: as the edge's)"
    )
    parser.add_argument(
        "--prefix",
        type=checked_prefix,
        default="vitalward",
        help="first part of the topics (default: %(default)s)",
    )
    parser.add_argument(
        "--scheme", default="acc-aha-2017", help="blood pressure scheme it goes by (default: %(default)s)"
    )
    parser.add_argument(
        "--speed",
        type=above_0(or_inf=True),
        default=math.inf,
        help="simulated seconds to the second (default: inf)",
    )
    parser.add_argument(
        "--rate", type=above_0(), default=2000.0, metavar="N", help="at most so many messages a second (2000)"
    )
    parser.add_argument("--json", type=output, metavar="F", help="write the findings here")
    parser.add_argument("--html", type=output, metavar="F", help="write a page with the findings")
    return parser


def _play(
    stories: list[Story],
    truth: Truth,
    collector: Collector,
    options: argparse.Namespace,
    stop: Stop,
) -> None:
    """Play all stories while a thread collects what the gateway tells of them."""
    address, ready = parse_url(options.broker), threading.Event()
    end_s = max(watch.end_s for watch in truth.wearers)
    with ThreadPoolExecutor(max_workers=1) as pool:
        collecting = pool.submit(
            collect_live, address, collector, ready=ready.set, end_s=lambda: end_s, check=stop.check
        )
        try:
            _await(ready, collecting)
            _publish(stories, collector.topics, options, stop.check, collecting)
        except BaseException:
            stop.ask()
            raise
        collecting.result()


def _await(ready: threading.Event, collecting: Future[None]) -> None:
    while not ready.wait(0.05):
        if collecting.done():
            collecting.result()


def _publish(
    stories: list[Story],
    topics: Topics,
    options: argparse.Namespace,
    check: Callable[[], None],
    collecting: Future[None],
) -> None:
    """Send all steps, and the time they end at again until that has been heard."""
    pace = Pace(min(story.scenario.start_s for story in stories), options.speed)
    throttle = Throttle(options.rate, time.monotonic, time.sleep)
    end_s = max(story.scenario.end_s for story in stories)
    with connected(parse_url(options.broker)) as client:
        outlet = Outlet(client, topics, check)
        steps = side_by_side([simulate(story, Mode.TEST, topics) for story in stories])
        publish(outlet, steps, pace, check, throttle=throttle)
        # The last word of time may have come while the listener had lost its connection.
        while not wait([collecting], TELL_END_EVERY_S).done:
            check()
            outlet.tell_time(end_s)


def _heard(collector: Collector, truth: Truth) -> Heard:
    if not collector.is_edge:
        return Heard(collector.told(), None, None)
    modes: dict[str, set[Mode]] = {}
    for alert in collector.inbox.alerts():
        modes.setdefault(alert.wearer, set()).add(alert.mode)
    observed = {watch.wearer: observe(collector.inbox, watch) for watch in truth.wearers}
    return Heard(collector.told(), observed, modes)
