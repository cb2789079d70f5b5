"""What is told of a run: figures, one score, baselines beside it, and the verdict on each story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from device_sim.scoring.baselines import BASELINES
from device_sim.scoring.episodes import Told, alert_episodes
from device_sim.scoring.figures import figures
from device_sim.scoring.matching import Score, score
from device_sim.scoring.stream_score import stream_score
from device_sim.scoring.verdict import Observed, failures
from device_sim.truth import Truth, Watched
from edge.contract.durations import DAY_S
from edge.contract.messages import Kind


def report_of(truth: Truth, messages: Iterable[Told], observed: dict[str, Observed]) -> dict[str, Any]:
    """Alerts of any system against truth. Delays are in simulated seconds from onset to the alert's start."""
    episodes = alert_episodes(messages)
    result = score(truth, episodes)
    coverage = {watch.wearer: observed.get(watch.wearer, Observed()).coverage for watch in truth.wearers}
    failed = failures(truth, result, observed)
    watched = {watch.wearer for watch in truth.wearers}
    return {
        **_totals(truth, result, coverage),
        **_burden(truth, result),
        "unwatched_alerts": sum(episode.wearer not in watched for episode in episodes),
        "figures": figures(truth, result),
        "baselines": {
            name: _baseline(truth, score(truth, strategy(truth)), share)
            for name, (strategy, share) in BASELINES.items()
        },
        "stories": _stories(truth, result, failed),
        "by_wearer": {
            watch.wearer: _of_wearer(truth, result, watch, coverage, failed.get(watch.wearer, []))
            for watch in truth.wearers
        },
    }


def stories_passed(truth: Truth, failed: dict[str, list[str]]) -> dict[str, bool]:
    """Each story, and whether nobody in it failed."""
    passed: dict[str, bool] = {}
    for watch in truth.wearers:
        passed[watch.story] = passed.get(watch.story, True) and watch.wearer not in failed
    return passed


def _totals(truth: Truth, result: Score, coverage: dict[str, float | None]) -> dict[str, Any]:
    days = sum(watch.end_s - watch.start_s for watch in truth.wearers) / DAY_S
    false = len(result.false_of(Kind.PHYSIOLOGICAL))
    technical = len(result.false_of(Kind.TECHNICAL))
    known = [share for share in coverage.values() if share is not None]
    stream = stream_score(truth, result, coverage)
    return {
        "wearers": len(truth.wearers),
        "wearer_days": round(days, 4),
        "truth_episodes": len(result.outcomes),
        "found": result.found,
        "missed": len(result.missed),
        "false_alerts": false,
        "technical_false_alerts": technical,
        "false_alerts_per_wearer_day": round(false / days, 4) if days else None,
        "forbidden_alerts": len(result.forbidden),
        "alerts": len(result.alerts),
        "delay_s_p50": result.delays.p50_s,
        "delay_s_p95": result.delays.p95_s,
        "coverage": round(sum(known) / len(known), 4) if known else None,
        "stream_score": stream.mean,
        "stream_score_p5": stream.p5,
    }


def _burden(truth: Truth, result: Score) -> dict[str, Any]:
    """How often a wearer is alerted at all, rightly or not, and by what."""
    weeks = sum(watch.end_s - watch.start_s for watch in truth.wearers) / (7.0 * DAY_S)
    causes = Counter(alert.condition for alert in result.alerts)
    told = Counter(alert.kind for alert in result.alerts)
    return {
        **{
            f"{kind}_alerts_per_wearer_week": round(told[kind] / weeks, 4) if weeks else None for kind in Kind
        },
        "alerts_by_condition": dict(causes.most_common()),
    }


def _baseline(truth: Truth, result: Score, share: float) -> dict[str, Any]:
    totals = _totals(truth, result, {watch.wearer: share for watch in truth.wearers})
    passed = stories_passed(truth, failures(truth, result, {}))
    return {**totals, "stories_passed": sum(passed.values())}


def _stories(truth: Truth, result: Score, failed: dict[str, list[str]]) -> dict[str, Any]:
    stories = {}
    for name, is_passed in stories_passed(truth, failed).items():
        wearers = {watch.wearer for watch in truth.wearers if watch.story == name}
        part = result.of(wearers)
        stories[name] = {
            "passed": is_passed,
            "failures": {wearer: why for wearer, why in failed.items() if wearer in wearers},
            "truth_episodes": len(part.outcomes),
            "found": part.found,
            "missed": len(part.missed),
            "false_alerts": len(part.false_of(Kind.PHYSIOLOGICAL)),
            "technical_false_alerts": len(part.false_of(Kind.TECHNICAL)),
            "forbidden_alerts": len(part.forbidden),
        }
    return stories


def _of_wearer(
    truth: Truth, result: Score, watch: Watched, coverage: dict[str, float | None], failed: list[str]
) -> dict[str, Any]:
    part = result.of({watch.wearer})
    share = coverage[watch.wearer]
    alone = Truth([watch], [episode for episode in truth.episodes if episode.wearer == watch.wearer])
    return {
        "story": watch.story,
        "start_s": watch.start_s,
        "end_s": watch.end_s,
        "coverage": None if share is None else round(share, 4),
        "stream_score": stream_score(alone, part, coverage).mean,
        "failures": failed,
        "truth": [
            {
                "condition": episode.condition,
                "onset_s": episode.onset_s,
                "end_s": episode.end_s,
                "must_be_found": episode.must_be_found,
            }
            for episode in alone.episodes
        ],
        "outcomes": [
            {
                "condition": outcome.truth.condition,
                "onset_s": outcome.truth.onset_s,
                "found": outcome.alert is not None,
                "delay_s": None if outcome.delay_s is None else round(outcome.delay_s, 3),
            }
            for outcome in part.outcomes
        ],
        "alerts": [
            {
                "condition": alert.condition,
                "at_s": alert.at_s,
                "onset_s": alert.onset_s,
                "end_s": alert.end_s,
                "false": alert in part.false,
            }
            for alert in part.alerts
        ],
    }


def unheard(lost_s: float) -> str:
    """What a lost connection means for a score."""
    return f"the connection was lost for {lost_s:.1f} s; alerts of that time may be missing"


def summary(report: dict[str, Any]) -> str:
    """The report in some lines for people."""
    rows = []
    for name, story in report["stories"].items():
        verdict = "passed" if story["passed"] else "FAILED"
        rows.append(
            f"  {name:<28} {verdict}  found {story['found']} of {story['truth_episodes']}, "
            f"false alerts {story['false_alerts']}, technical ones {story['technical_false_alerts']}"
        )
        rows += [f"    {wearer}: {', '.join(why)}" for wearer, why in story["failures"].items()]
    shown = {key: _shown(value) for key, value in report.items() if not isinstance(value, dict | list | str)}
    beside = ", ".join(
        f"{name.replace('_', ' ')} {_shown(row['stream_score'])}" for name, row in report["baselines"].items()
    )
    return "\n".join(
        [
            f"{shown['wearers']} wearers, {shown['wearer_days']} wearer-days",
            *rows,
            f"  found {shown['found']} of {shown['truth_episodes']}, missed {shown['missed']}; "
            f"false alerts {shown['false_alerts']} ({shown['false_alerts_per_wearer_day']} a wearer-day), "
            f"technical ones {shown['technical_false_alerts']}, forbidden {shown['forbidden_alerts']}",
            f"  alerts a wearer-week: {shown['physiological_alerts_per_wearer_week']} physiological, "
            f"{shown['technical_alerts_per_wearer_week']} technical"
            + "".join(f"; {condition} {count}" for condition, count in report["alerts_by_condition"].items()),
            f"  delay median {shown['delay_s_p50']} s, 95th percentile {shown['delay_s_p95']} s; "
            f"coverage {shown['coverage']}",
            f"  StreamScore {shown['stream_score']}, 5th percentile {shown['stream_score_p5']}; {beside}",
        ]
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
