"""The rules that foresee the level of the next cycle, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.risk_levels import RULES


def test_each_rule_foresees_what_its_name_says() -> None:
    """Of 1, 2, 4 and 8: means of the last ones, and the line 3.75 + 2.3 (x - 1.5), which is 9.5 at 4."""
    levels = np.array([1.0, 2.0, 4.0, 8.0])

    assert {name: rule(levels) for name, rule in RULES.items()} == pytest.approx(
        {"last": 8.0, "mean of 2": 6.0, "mean of 3": 14 / 3, "mean of 4": 3.75, "line through 4": 9.5}
    )
