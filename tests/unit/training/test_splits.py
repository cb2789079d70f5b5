"""Splits keep subjects apart and both sides alike."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.splits import split_by_record

shares = st.lists(st.floats(0, 1), min_size=2, max_size=100)


@given(shares, st.integers(0, 100))
def test_every_record_stands_on_one_side_only(share_af: list[float], seed: int) -> None:
    """No record is lost, none is on both sides, and some are held out."""
    names = [f"{at:03}" for at in range(len(share_af))]

    learn, held = split_by_record(names, share_af, held_out=0.2, seed=seed)

    assert sorted(learn + held) == names
    assert held


def test_both_sides_hold_as_much_fibrillation() -> None:
    """Of 100 records with shares from 0 to 1 the held-out fifth has the mean share of all."""
    names = [f"{at:03}" for at in range(100)]
    share_af = np.linspace(0.0, 1.0, 100)

    _, held = split_by_record(names, share_af.tolist(), held_out=0.2, seed=4)

    assert len(held) == 20
    assert abs(float(np.mean([share_af[int(name)] for name in held])) - 0.5) < 0.03


def test_the_same_seed_splits_alike_and_another_does_not() -> None:
    """A split is decided by its seed."""
    names = [f"{at:03}" for at in range(50)]
    share_af = [at / 50 for at in range(50)]

    first = split_by_record(names, share_af, held_out=0.2, seed=1)

    assert first == split_by_record(names, share_af, held_out=0.2, seed=1)
    assert first != split_by_record(names, share_af, held_out=0.2, seed=2)
