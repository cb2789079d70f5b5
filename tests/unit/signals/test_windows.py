"""Sliding windows lose nothing and invent nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.signals.windows import sliding


@given(st.integers(0, 300), st.integers(1, 70), st.integers(1, 40))
def test_windows_are_the_slices_a_loop_would_cut(count: int, length: int, hop: int) -> None:
    """Every window equals a plain slice, and their number is what fits."""
    values = np.arange(count)
    expected = [values[at : at + length].tolist() for at in range(0, count - length + 1, hop)]

    assert sliding(values, length=length, hop=hop).tolist() == expected
