"""`vitalward score`: the alerts of any system that speaks MQTT, held against what simulated wearers had."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from device_sim.brokers import parse_url
from device_sim.options import output, write_json, write_page
from device_sim.scoring.collect import Collector, collect_live
from device_sim.scoring.mapping import load_mapping
from device_sim.scoring.recorded import collect_file
from device_sim.scoring.report import report_of, summary, unheard
from device_sim.scoring.verdict import Observed
from device_sim.stopping import Stop, Stopped, stop_on_signals
from device_sim.trial import observe
from device_sim.truth import Truth, read_truth
from edge.contract.errors import DataError
from edge.contract.topics import Topics, checked_prefix


def main(argv: list[str]) -> int:
    """Score; 0 when every story passed, 1 otherwise."""
    options = _parser().parse_args(argv)
    mapping = None if options.mapping is None else load_mapping(options.mapping)
    collector = Collector(Topics(options.prefix), mapping)
    if options.alerts is not None:
        truth = _truth(options.truth)
        collect_file(options.alerts, collector)
    else:
        with stop_on_signals() as stop:
            _listen(options, collector, stop)
        truth = _truth(options.truth)
    # A file of alerts alone says nothing of what else was told.
    is_heard = collector.is_edge and options.alerts is None
    observed = {watch.wearer: observe(collector.inbox, watch) for watch in truth.wearers} if is_heard else {}
    report = report_of(truth, collector.told(), observed)
    report["unknown_conditions"] = collector.unknown
    report["unheard_s"] = round(collector.unheard_s, 1)
    sys.stdout.write(_text(report, truth, observed, collector) + "\n")
    if options.json:
        write_json(options.json, report)
    if options.html:
        write_page(options.html, report)
    return 0 if all(story["passed"] for story in report["stories"].values()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vitalward score", description=__doc__)
    parser.add_argument(
        "--truth", type=Path, required=True, metavar="T", help="what vitalward simulate --out wrote"
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--broker", metavar="URL", help="listen here until the stories are over")
    source.add_argument("--alerts", type=Path, metavar="A", help="file of alerts, one JSON object a line")
    parser.add_argument(
        "--mapping", type=Path, metavar="F", help="how the alerts look (default: as the edge's)"
    )
    parser.add_argument(
        "--prefix",
        type=checked_prefix,
        default="vitalward",
        help="first part of the topics (default: %(default)s)",
    )
    parser.add_argument("--json", type=output, metavar="F", help="write the score here")
    parser.add_argument("--html", type=output, metavar="F", help="write a page with timelines")
    return parser


def _truth(path: Path) -> Truth:
    """DataError where a wearer is listed twice, whose episodes would be counted for each."""
    truth = read_truth(path)
    names = [watch.wearer for watch in truth.wearers]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{name} is listed twice", where=str(path), allowed="each wearer once")
    return truth


def _listen(options: argparse.Namespace, collector: Collector, stop: Stop) -> None:
    """Collect until the stories are over; Ctrl-C ends it early, and what came until then is scored."""

    def ready() -> None:
        sys.stdout.write("listening; start vitalward simulate now\n")
        sys.stdout.flush()

    def end_s() -> float:
        return max(watch.end_s for watch in _truth(options.truth).wearers)

    try:
        collect_live(parse_url(options.broker), collector, ready=ready, end_s=end_s, check=stop.check)
    except Stopped:
        sys.stderr.write("stopped; scoring what has come\n")


def _text(
    report: dict[str, object], truth: Truth, observed: dict[str, Observed], collector: Collector
) -> str:
    lines = [summary(report)]
    if not observed:
        lines.append("  coverage was not told and counts as whole")
    if collector.unknown:
        lines.append(f"  words without a condition in the mapping: {', '.join(sorted(collector.unknown))}")
    if collector.unheard_s:
        lines.append(f"  {unheard(collector.unheard_s)}")
    if not truth.episodes:
        lines.append("  the truth holds no episode")
    return "\n".join(lines)
