"""Systems side by side on the irregular rhythm, which is all that published AF detectors know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from device_sim.scoring.baselines import BASELINES
from device_sim.scoring.episodes import Told, alert_episodes
from device_sim.scoring.figures import pooled
from device_sim.scoring.matching import score
from device_sim.scoring.stream_score import stream_score
from device_sim.truth import Truth

CONDITION = "irregular_rhythm"
_COLUMNS = (
    "reference_episodes",
    "found_in_time",
    "false_alerts",
    "false_a_day",
    "episode_ppv",
    "duration_se",
    "duration_ppv",
    "delay_s_p50",
    "delay_s_p95",
    "stream_score",
)


def side_by_side(truth: Truth, systems: Mapping[str, Iterable[Told]], wearers: set[str]) -> dict[str, Any]:
    """A row for each system and for the two that need no sensors, over some of the wearers.

    Their coverage counts as whole: what is compared is what they tell of the same beats.
    """
    part = Truth(
        [watch for watch in truth.wearers if watch.wearer in wearers],
        [
            episode
            for episode in truth.episodes
            if episode.wearer in wearers and episode.condition == CONDITION
        ],
    )
    alerts = {name: alert_episodes(told) for name, told in systems.items()}
    alerts |= {name: strategy(part) for name, (strategy, _) in BASELINES.items()}
    rows = {}
    for name, episodes in alerts.items():
        result = score(part, [episode for episode in episodes if episode.condition == CONDITION])
        figures = pooled(part, result, {CONDITION})
        rows[name] = {
            "reference_episodes": figures["reference_episodes"],
            "found_in_time": figures["found_in_time"],
            "false_alerts": figures["false_alerts"],
            "false_a_day": figures["false_alerts_per_wearer_day"],
            "episode_ppv": figures["gross"]["episode_ppv"],
            "duration_se": figures["gross"]["duration_se"],
            "duration_ppv": figures["gross"]["duration_ppv"],
            "delay_s_p50": figures["delay_s_p50"],
            "delay_s_p95": figures["delay_s_p95"],
            "stream_score": stream_score(part, result, {}).mean,
        }
    return rows


def rhythm_table(rows: Mapping[str, Mapping[str, float | None]]) -> str:
    """The rows for people."""
    head = f"{'irregular rhythm':<18}" + "".join(f"{column:>19}" for column in _COLUMNS)
    lines = [f"{name:<18}" + "".join(f"{_cell(row[c]):>19}" for c in _COLUMNS) for name, row in rows.items()]
    return "\n".join([head, *lines])


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
