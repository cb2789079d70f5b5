"""Sensitivity and positive predictive value by episode and by duration, false alerts a day, delays.

In the form of ANSI/AAMI EC57 and IEC 60601-2-47: an episode is detected when any alert overlaps it, an alert
is right when it overlaps any episode; duration counts the time that both have in common. Gross figures pool
all wearers, average ones give each wearer the same weight.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from device_sim.scoring.matching import Score, delay_percentiles, overlap
from device_sim.truth import CONDITIONS, Truth, Watched
from edge.contract.durations import DAY_S
from edge.contract.messages import Kind

Spans = list[tuple[float, float]]
_RATIOS = ("episode_se", "episode_ppv", "duration_se", "duration_ppv")


def figures(truth: Truth, score: Score) -> dict[str, Any]:
    """`by_condition` and pooled by kind, with the averages over wearers."""
    seen = {episode.condition for episode in truth.episodes} | {alert.condition for alert in score.alerts}
    ordered = [condition for condition in CONDITIONS if condition in seen] + sorted(seen - CONDITIONS.keys())
    return {
        **{
            kind.value: pooled(truth, score, {code for code, of in CONDITIONS.items() if of is kind})
            for kind in Kind
        },
        "by_condition": {condition: pooled(truth, score, {condition}) for condition in ordered},
    }


def pooled(truth: Truth, score: Score, conditions: set[str]) -> dict[str, Any]:
    """The gross figures of some conditions over all wearers, and the averages of the ratios over wearers."""
    total = [0.0] * 8
    by_wearer = []
    for watch in truth.wearers:
        counts = _counts(truth, score, watch, conditions)
        total = [before + more for before, more in zip(total, counts, strict=True)]
        by_wearer.append(_ratios(counts))
    days = sum(watch.end_s - watch.start_s for watch in truth.wearers) / DAY_S
    outcomes = [outcome for outcome in score.outcomes if outcome.truth.condition in conditions]
    delays = delay_percentiles([o.delay_s for o in outcomes if o.delay_s is not None])
    false = sum(alert.condition in conditions for alert in score.false)
    return {
        "reference_episodes": len(outcomes),
        "found_in_time": sum(outcome.alert is not None for outcome in outcomes),
        "alert_episodes": sum(alert.condition in conditions for alert in score.alerts),
        "false_alerts": false,
        "false_alerts_per_wearer_day": round(false / days, 4) if days else None,
        "gross": _ratios(total),
        "average": {name: _mean(ratios[name] for ratios in by_wearer) for name in _RATIOS},
        "delay_s_p50": delays.p50_s,
        "delay_s_p95": delays.p95_s,
    }


def _counts(truth: Truth, score: Score, watch: Watched, conditions: set[str]) -> list[float]:
    """Numerators and denominators of the four ratios, for one wearer."""
    counts = [0.0] * 8
    for condition in conditions:
        present = [e for e in truth.episodes if e.wearer == watch.wearer and e.condition == condition]
        required = [episode for episode in present if episode.must_be_found]
        alerts = [a for a in score.alerts if a.wearer == watch.wearer and a.condition == condition]
        told = _union(watch, ((a.onset_s, watch.end_s if a.end_s is None else a.end_s) for a in alerts))
        reference = _union(watch, ((episode.onset_s, episode.end_s) for episode in required))
        possible = _union(watch, ((episode.onset_s, episode.end_s) for episode in present))
        mine = (
            sum(any(overlap(episode, alert) for alert in alerts) for episode in required),
            len(required),
            sum(any(overlap(episode, alert) for episode in present) for alert in alerts),
            len(alerts),
            _common_s(reference, told),
            _length_s(reference),
            _common_s(possible, told),
            _length_s(told),
        )
        counts = [before + more for before, more in zip(counts, mine, strict=True)]
    return counts


def _ratios(counts: list[float]) -> dict[str, float | None]:
    pairs = zip(counts[::2], counts[1::2], strict=True)
    return {
        name: round(part / whole, 4) if whole > 0 else None
        for name, (part, whole) in zip(_RATIOS, pairs, strict=True)
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def _union(watch: Watched, spans: Iterable[tuple[float, float]]) -> Spans:
    """What of the spans lies within the watch, in order, those that touch joined."""
    joined: Spans = []
    within = ((max(begin_s, watch.start_s), min(end_s, watch.end_s)) for begin_s, end_s in spans)
    for begin_s, end_s in sorted(span for span in within if span[0] <= span[1]):
        if joined and begin_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_s))
        else:
            joined.append((begin_s, end_s))
    return joined


def _length_s(spans: Spans) -> float:
    return sum(end_s - begin_s for begin_s, end_s in spans)


def _common_s(some: Spans, others: Spans) -> float:
    return sum(
        max(min(end_s, other_end_s) - max(begin_s, other_begin_s), 0.0)
        for begin_s, end_s in some
        for other_begin_s, other_end_s in others
    )
