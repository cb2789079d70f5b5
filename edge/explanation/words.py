"""Explanations in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from edge.contract.explanation import (
    Contributions,
    Explanation,
    Input,
    LimitSource,
    Needs,
    Relation,
    Threshold,
    ValueChange,
)

# What a quantity is called, and its unit.
QUANTITIES: Final[dict[str, tuple[str, str]]] = {
    "alarms": ("alarms in ten minutes", ""),
    "apnea_low_per_hour": ("low end of minutes with likely apnea", "per hour"),
    "average_diastolic_mmhg": ("average diastolic pressure", "mmHg"),
    "average_systolic_mmhg": ("average systolic pressure", "mmHg"),
    "battery_percent": ("charge", "%"),
    "cadence_per_min": ("steps", "/min"),
    "clock_step_size_s": ("step of the clock", "s"),
    "consciousness": ("consciousness", "(0 is alert)"),
    "contact": ("skin contact", "(1 is contact)"),
    "day_systolic_mmhg": ("systolic pressure of days", "mmHg"),
    "diastolic_mmhg": ("diastolic pressure", "mmHg"),
    "dip_percent": ("fall of systolic pressure at night", "%"),
    "first_night_above_usual_bpm": ("heart rate of the first night above usual", "/min"),
    "hr_bpm": ("heart rate", "/min"),
    "news2_least": ("least possible NEWS2", "points"),
    "news2_part": ("largest part of NEWS2", "points"),
    "night_mean_bpm": ("heart rate of nights", "/min"),
    "oxygen": ("added oxygen", "(1 is yes)"),
    "mean_sleep_h": ("mean sleep", "h"),
    "minute_hr_bpm": ("heart rate of the minute", "/min"),
    "positive_windows": ("windows that look irregular", ""),
    "probability": ("probability of the last window", ""),
    "messages_waiting": ("messages waiting", ""),
    "quality": ("signal quality", ""),
    "resp_per_min": ("breaths", "/min"),
    "rise_mmhg": ("rise of systolic pressure", "mmHg"),
    "rr_ms": ("RR intervals", "ms"),
    "second_night_above_usual_bpm": ("heart rate of the second night above usual", "/min"),
    "self_test": ("value of the self-test", ""),
    "silent_s": ("silence", "s"),
    "sleep_regularity_index": ("sleep regularity index", ""),
    "spo2_percent": ("oxygen saturation", "%"),
    "systolic_mmhg": ("systolic pressure", "mmHg"),
    "temp_celsius": ("temperature", "Cel"),
    "unchanged_s": ("time without a change of the value", "s"),
    "values_out_of_range": ("implausible samples", ""),
}
SOURCES: Final = {
    LimitSource.TABLE: "the table of conditions",
    LimitSource.WEARER: "set for this wearer",
    LimitSource.BASELINE: "from age and what is usual for this wearer",
    LimitSource.SCHEME: "the blood pressure scheme",
    LimitSource.BUNDLE: "the bundle",
    LimitSource.SIGNAL: "the table of signals",
    LimitSource.STATISTICS: "two standard errors",
}
RELATIONS: Final = {
    Relation.ABOVE: "above",
    Relation.FROM: "at least",
    Relation.BELOW: "below",
    Relation.UP_TO: "at most",
}
# Parts of a window of RR intervals, as `edge.signals.tachogram_parts` names them.
GROUPS: Final = {
    "beat_to_beat_irregularity": "irregularity from beat to beat",
    "rate": "the rate and its slow changes",
    "single_odd_beats": "single odd beats",
}


def say_amount(value: float, unit: str) -> str:
    """A value with its unit."""
    number = f"{value:.10g}"
    return number + unit if unit in {"%", "/min"} else f"{number} {unit}".rstrip()


def say_bound(quantity: str, relation: Relation, bound: float) -> str:
    """A quantity and its bound: `heart rate at most 100/min`."""
    name, unit = QUANTITIES.get(quantity, (quantity, ""))
    return f"{name} {RELATIONS[relation]} {say_amount(bound, unit)}"


def say_changes(changes: Sequence[ValueChange]) -> str:
    """The counterfactual of values."""
    told = " and ".join(say_bound(item.quantity, item.relation, item.bound) for item in changes)
    return f"Would not have been raised now with {told}."


def say_windows(windows: int) -> str:
    """The counterfactual of votes."""
    count = "one window" if windows == 1 else f"{windows} windows"
    return f"Would not have been raised now if {count} had been judged otherwise."


def moment(at_s: float) -> str:
    """A time in UTC, to the second."""
    try:
        return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{at_s} s"


def describe(why: Explanation) -> Iterator[tuple[str, str]]:
    """Each thing an explanation tells, with its heading."""
    for item in why.inputs:
        yield "rests on", _input(item)
    joined = " and" if why.needs is Needs.ALL else " or"
    for place, threshold in enumerate(why.thresholds, start=1):
        yield "limit", _threshold(threshold) + (joined if place < len(why.thresholds) else "")
    if why.delay_s:
        yield "for", f"{why.delay_s:g} s without a break"
    if why.model is not None:
        yield "model", f"{why.model.bundle}, sha256 {why.model.sha256}"
    if why.probability is not None:
        found = why.probability
        yield "probability", f"{found.value:.4f}, {found.low:.4f} to {found.high:.4f}: {found.interval}"
    if why.votes:
        yield (
            "votes",
            ", ".join(f"{vote.probability:.3f}{'+' if vote.is_positive else '-'}" for vote in why.votes),
        )
    if why.contributions is not None:
        yield "moved by", _contributions(why.contributions)
    if why.counterfactual is not None:
        yield "otherwise", why.counterfactual.text
    for part, reason in why.not_told.items():
        yield "not told", f"{part}: {reason}"


def _input(item: Input) -> str:
    name, unit = QUANTITIES.get(item.quantity, (item.quantity, ""))
    if item.least is None or item.greatest is None:
        amount = "no usable value"
    elif item.least == item.greatest:
        amount = say_amount(item.least, unit)
    else:
        amount = f"{item.least:.10g} to {say_amount(item.greatest, unit)}"
    when = moment(item.last_s) if item.count == 1 else f"{moment(item.first_s)} to {moment(item.last_s)}"
    quality = "" if item.quality is None else f", quality {item.quality:g}"
    return f"{name}: {amount}, {item.count} value{'s' if item.count > 1 else ''}, {when}{quality}"


def _threshold(item: Threshold) -> str:
    name, unit = QUANTITIES.get(item.quantity, (item.quantity, ""))
    bound = f"{RELATIONS[item.relation]} {say_amount(item.limit, unit)}"
    return f"{name} {say_amount(item.value, unit)}, counts {bound} ({SOURCES[item.source]})"


def _contributions(item: Contributions) -> str:
    shares = sorted(item.groups.items(), key=lambda entry: -abs(entry[1]))
    told = ", ".join(f"{GROUPS.get(name, name)} {share:+.2f}" for name, share in shares)
    return f"{told}; from logit {item.baseline_logit:.2f} of {item.baseline} to {item.logit:.2f}"
