"""The score of a replay, by record and in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from device_sim.recordings.recording import Recording
from device_sim.scoring.matching import Outcome, Score, delay_percentiles
from edge.contract.codec import encode
from edge.contract.durations import DAY_S, HOUR_S
from edge.contract.messages import Alert, Kind, WearerStatus

MODEL = "rhythm"
# The one condition that annotations of rhythm speak of.
ANNOTATED = "irregular_rhythm"
_COLUMNS = (
    "hours",
    "beats",
    "reference_episodes",
    "found",
    "missed",
    "alerts",
    "false_alerts",
    "false_a_day",
    "alert_ppv",
    "coverage",
    "delay_s_p50",
    "delay_s_p95",
    "wall_s",
)


def replay_report(
    recordings: Sequence[Recording],
    score: Score,
    statuses: Mapping[str, WearerStatus | None],
    *,
    wall_s: float,
) -> dict[str, Any]:
    """`records` by name, and `totals`. All were played at once, so each took the `wall_s` of all.

    Coverage is the share of windows the model judged, None where there were none. False alerts are those of
    an irregular rhythm where somebody annotated it, None where nobody did: of all else nobody knows whether
    it was there.
    """
    names = [recording.name for recording in recordings]
    return {
        "records": {
            recording.name: _row([recording], score, _windows(statuses, [recording.name]), wall_s)
            for recording in recordings
        },
        "totals": _row(recordings, score, _windows(statuses, names), wall_s),
    }


def alerts_text(alerts: Sequence[Alert]) -> bytes:
    """One JSON object a line, by wearer, id and number: the same alerts give the same bytes."""
    ordered = sorted(alerts, key=lambda alert: (alert.wearer, alert.id, alert.n))
    return b"".join(encode(alert) + b"\n" for alert in ordered)


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    head = f"{'record':<18}" + "".join(f"{column:>20}" for column in _COLUMNS)
    rows = {**report["records"], "totals": report["totals"]}
    return "\n".join(
        [
            head,
            *(
                f"{name:<18}" + "".join(f"{_cell(row[column]):>20}" for column in _COLUMNS)
                for name, row in rows.items()
            ),
        ]
    )


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value}"


def _row(
    recordings: Sequence[Recording], score: Score, windows: tuple[int, int], wall_s: float
) -> dict[str, Any]:
    names = {recording.name for recording in recordings}
    outcomes: list[Outcome] = [outcome for outcome in score.outcomes if outcome.truth.wearer in names]
    delays_s = [outcome.delay_s for outcome in outcomes if outcome.delay_s is not None]
    found = sum(outcome.alert is not None for outcome in outcomes)
    counted, abstained = windows
    annotated = {recording.name for recording in recordings if recording.fibrillation_s is not None}
    days = sum(recording.length_s for recording in recordings if recording.name in annotated) / DAY_S
    judged = [alert for alert in score.alerts if alert.condition == ANNOTATED and alert.wearer in annotated]
    false = sum(alert.condition == ANNOTATED and alert.wearer in annotated for alert in score.false)
    return {
        "hours": round(sum(recording.length_s for recording in recordings) / HOUR_S, 3),
        "beats": sum(recording.beats for recording in recordings),
        "reference_episodes": len(outcomes),
        "found": found,
        "missed": len(outcomes) - found,
        "alerts": sum(alert.wearer in names for alert in score.alerts if alert.kind is Kind.PHYSIOLOGICAL),
        "false_alerts": false if annotated else None,
        "false_a_day": round(false / days, 4) if days else None,
        "alert_ppv": round(1.0 - false / len(judged), 4) if judged else None,
        "technical_false_alerts": sum(episode.wearer in names for episode in score.false_of(Kind.TECHNICAL)),
        "coverage": round((counted - abstained) / counted, 4) if counted else None,
        "delay_s_p50": delay_percentiles(delays_s).p50_s,
        "delay_s_p95": delay_percentiles(delays_s).p95_s,
        "wall_s": round(wall_s, 2),
    }


def _windows(statuses: Mapping[str, WearerStatus | None], names: Sequence[str]) -> tuple[int, int]:
    """How many windows the model met, and in how many it abstained."""
    models = [status.models[MODEL] for name in names if (status := statuses[name]) and MODEL in status.models]
    return sum(model.windows for model in models), sum(model.abstained for model in models)
