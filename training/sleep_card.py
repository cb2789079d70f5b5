"""The figures of the folds as the card tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

NAMES: Final = {
    "acc": "accuracy, %",
    "kappa": "kappa, all epochs together",
    "kappa_subject_mean": "kappa, mean of persons",
    "macro_f1": "macro-F1, %",
    "wake_sp_at_sleep_se93": "wake specificity at sleep sensitivity 0.93, %",
}
NIGHT_NAMES: Final = {
    "total_sleep_min": "total sleep time, min",
    "efficiency_percent": "sleep efficiency, %",
    "wake_after_onset_min": "wake after onset, min",
}


def told(cross_validation: Mapping[str, Any]) -> str:
    """Tables in Markdown of what `train` has found; see its report for the keys."""
    by_seed: Sequence[Mapping[str, float]] = cross_validation["by_seed"]
    first = cross_validation["first_seed"]
    lines = [
        f"**Persons left out** (float model; {cross_validation['protocol']}; {len(by_seed)} seeds, each with",
        "folds of its own). Intervals are 95 %, of the first seed, by drawing persons anew.",
        "",
        "| figure | mean of seeds (least to most) | interval | as the night goes on (first seed) |",
        "|---|---|---|---|",
    ]
    for key, name in NAMES.items():
        values = [figures[key] for figures in by_seed]
        live = f"{_number(first['live'][key])} ({_range(first['live_intervals'][key])})"
        spread = f"{_number(float(np.mean(values)))} ({_range((min(values), max(values)))})"
        lines.append(f"| {name} | {spread} | {_range(first['intervals'][key])} | {live} |")
    lines += [
        "",
        "| model minus polysomnography, by night | bias | 95 % limits of agreement |",
        "|---|---|---|",
    ]
    for key, name in NIGHT_NAMES.items():
        found, sure = first["agreement"][key], first["agreement_intervals"][key]
        bias, lower, upper = (
            f"{_number(found[end])} ({_range(sure[end])})" for end in ("bias", "lower", "upper")
        )
        lines.append(f"| {name} | {bias} | {lower} to {upper} |")
    return "\n".join(lines) + "\n"


def _range(bounds: Sequence[float] | None) -> str:
    return "-" if bounds is None else " to ".join(_number(bound) for bound in bounds)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) < 1.0 else f"{value:.1f}"
