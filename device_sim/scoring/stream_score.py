"""One number for a stream of alerts, 0 to 100: right, in time, without crying wolf, and how much was decided.

Of our own making, after EC57 and the PhysioNet/CinC challenge 2015, which weighs a miss five times as heavy
as a false alarm. With events: 100 x coverage x sum of the weights of what was found / (found + false + 5 x
missed), where found is what was told in time and urgently enough. Without any: 100 x coverage x what false
alerts leave of their budget. Physiological conditions only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from device_sim.scoring.episodes import AlertEpisode
from device_sim.scoring.matching import Score
from device_sim.truth import CONDITIONS, Truth, TruthEpisode, Watched
from edge.contract.durations import DAY_S
from edge.contract.messages import Kind

MISS_WEIGHT = 5.0
# False alerts a day that a wearer can be asked to bear: fibrillation 0.05 a day (implanted monitors have
# 0.002 to 0.05), pressure one a week, heart rate one a month.
BUDGET_PER_DAY = {
    "irregular_rhythm": 0.05,
    "blood_pressure_high": 1.0 / 7.0,
    "blood_pressure_severe": 1.0 / 7.0,
    "blood_pressure_low": 1.0 / 7.0,
    "blood_pressure_rising": 1.0 / 7.0,
    "non_dipping": 1.0 / 7.0,
    "tachycardia_at_rest": 1.0 / 30.0,
    "bradycardia_at_rest": 1.0 / 30.0,
    "heart_rate_unexplained": 1.0 / 30.0,
    "night_heart_rate_high": 1.0 / 30.0,
}
DEFAULT_BUDGET_PER_DAY = 0.05
# An alert about fibrillation is in good time for a minute and worth half after five. Elsewhere the story says
# how long it may take; half of that is good time.
AF_GOOD_S, AF_LATEST_S = 60.0, 300.0


class StreamScore(NamedTuple):
    """The mean over wearers, the 5th percentile, and each wearer's own."""

    mean: float | None
    p5: float | None
    by_wearer: dict[str, float]


def stream_score(truth: Truth, score: Score, coverage: dict[str, float | None]) -> StreamScore:
    """Score every wearer; a coverage of None, of a system that does not tell, counts as 1."""
    by_wearer = {
        watch.wearer: _of_wearer(score, watch, coverage.get(watch.wearer)) for watch in truth.wearers
    }
    if not by_wearer:
        return StreamScore(None, None, {})
    values = list(by_wearer.values())
    return StreamScore(round(float(np.mean(values)), 2), round(float(np.percentile(values, 5)), 2), by_wearer)


def weight(truth: TruthEpisode, alert: AlertEpisode) -> float:
    """What an alert is worth by its delay: 1 in good time, falling to 0.5 at the latest, then 0."""
    delay_s = max(alert.at_s - truth.onset_s, 0.0)
    if truth.condition == "irregular_rhythm":
        good_s, latest_s = AF_GOOD_S, AF_LATEST_S
    else:
        latest_s = DAY_S if truth.latest_s is None else truth.latest_s - truth.onset_s
        good_s = latest_s / 2.0
    if delay_s <= good_s:
        return 1.0
    return 0.0 if delay_s > latest_s else 1.0 - 0.5 * (delay_s - good_s) / (latest_s - good_s)


def _of_wearer(score: Score, watch: Watched, coverage: float | None) -> float:
    part = score.of({watch.wearer})
    outcomes = [o for o in part.outcomes if CONDITIONS.get(o.truth.condition) is Kind.PHYSIOLOGICAL]
    # What may not be told is as wrong as what is not so.
    false = {alert.id: alert for alert in (*part.false, *part.forbidden) if alert.kind is Kind.PHYSIOLOGICAL}
    share = 1.0 if coverage is None else coverage
    if not outcomes:
        days = (watch.end_s - watch.start_s) / DAY_S
        spent = sum(
            1.0 / (BUDGET_PER_DAY.get(alert.condition, DEFAULT_BUDGET_PER_DAY) * days)
            for alert in false.values()
        )
        return round(100.0 * share * max(0.0, 1.0 - spent), 2)
    weights = [weight(outcome.truth, outcome.alert) for outcome in outcomes if outcome.alert is not None]
    missed = len(outcomes) - len(weights)
    return round(100.0 * share * sum(weights) / (len(weights) + len(false) + MISS_WEIGHT * missed), 2)
