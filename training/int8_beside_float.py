"""How far the figures of an int8 model are from those of the float model it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# What a unit of each figure is in percentage points; counts and means in other units are not compared.
POINTS: Final = {
    **dict.fromkeys(("acc", "se", "sp", "ppv", "f1", "macro_f1", "coverage", "wake_sp_at_sleep_se93"), 1.0),
    **dict.fromkeys(("auc", "kappa", "kappa_subject_mean"), 100.0),
}


def worst_difference(figures: Mapping[str, Any], others: Mapping[str, Any]) -> float:
    """The largest difference in percentage points between figures of the same names, or groups of them.

    A figure that one side lacks is passed over.
    """
    worst = 0.0
    for name, mine in figures.items():
        other = others[name]
        if isinstance(mine, Mapping):
            worst = max(worst, worst_difference(mine, other))
        elif name in POINTS and mine is not None and other is not None:
            worst = max(worst, abs(mine - other) * POINTS[name])
    return round(worst, 4)
