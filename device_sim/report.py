"""A score in JSON and in words."""

from __future__ import annotations

from typing import Any

from device_sim.scenario import Scenario
from device_sim.scoring.episodes import AlertEpisode
from device_sim.scoring.matching import Outcome, Score
from edge.contract.messages import Advice, Alert, Kind


def demo_report(
    scenario: Scenario, *, seed: int, score: Score, alerts: list[Alert], advice: list[Advice], wall_s: float
) -> dict[str, Any]:
    """The scorecard of a scenario. Delays are in simulated seconds from onset to the start of the alert."""
    return {
        "scenario": scenario.name,
        "seed": seed,
        "truth_episodes": len(score.outcomes),
        "found": score.found,
        "missed": len(score.missed),
        "false_alerts": len(score.false_of(Kind.PHYSIOLOGICAL)),
        "technical_false_alerts": len(score.false_of(Kind.TECHNICAL)),
        "forbidden_alerts": len(score.forbidden),
        "delay_s_p50": score.delays.p50_s,
        "delay_s_p95": score.delays.p95_s,
        "alerts": len({alert.id for alert in alerts}),
        "alert_messages": len(alerts),
        "advice": len(advice),
        "wearers": len(scenario.wearers),
        "simulated_s": scenario.length_s,
        "wall_s": round(wall_s, 2),
        "episodes": [_outcome(outcome, scenario.start_s) for outcome in score.outcomes],
        "unexplained": [_unexplained(episode, scenario.start_s) for episode in score.false],
    }


def scorecard(report: dict[str, Any]) -> str:
    """The report in a few lines for people."""
    rows = [
        f"  {episode['wearer']:<10} {episode['condition']:<22} "
        + _words(found=episode["found"], delay_s=episode["delay_s"])
        for episode in report["episodes"]
    ]
    rows += [
        f"  {episode['wearer']:<10} {episode['condition']:<22} false alert at {minutes(episode['at_s'])}"
        for episode in report["unexplained"]
    ]
    p50, p95 = (
        "-" if report[key] is None else minutes(report[key]) for key in ("delay_s_p50", "delay_s_p95")
    )
    return "\n".join(
        [
            f"Scorecard of {report['scenario']!r}, seed {report['seed']}: wearers {report['wearers']}, "
            f"{minutes(report['simulated_s'])} simulated in {report['wall_s']:.0f} s",
            *rows,
            f"  found {report['found']} of {report['truth_episodes']}, missed {report['missed']}; "
            f"false alerts {report['false_alerts']}, technical ones {report['technical_false_alerts']}",
            f"  delay median {p50}, 95th percentile {p95}",
            f"  {report['alerts']} alerts in {report['alert_messages']} messages, {report['advice']} advice",
        ]
    )


def minutes(duration_s: float) -> str:
    """Minutes and seconds, as on a watch."""
    whole_s = round(duration_s)
    return f"{whole_s // 60}:{whole_s % 60:02d} min"


def _words(*, found: bool, delay_s: float | None) -> str:
    if not found:
        return "missed"
    return "found, the alert was on before" if delay_s is None else f"found after {minutes(delay_s)}"


def _outcome(outcome: Outcome, start_s: float) -> dict[str, Any]:
    truth = outcome.truth
    return {
        "wearer": truth.wearer,
        "condition": truth.condition,
        "onset_s": truth.onset_s - start_s,
        "end_s": truth.end_s - start_s,
        "found": outcome.alert is not None,
        "delay_s": None if outcome.delay_s is None else round(outcome.delay_s, 3),
    }


def _unexplained(episode: AlertEpisode, start_s: float) -> dict[str, Any]:
    return {
        "wearer": episode.wearer,
        "condition": episode.condition,
        "kind": episode.kind,
        "at_s": round(episode.at_s - start_s, 3),
    }
