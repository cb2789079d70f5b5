"""Splits by record: in these databases a record is a subject, and no subject may stand on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def split_by_record(
    names: Sequence[str], share_af: Sequence[float], *, held_out: float, seed: int
) -> tuple[list[str], list[str]]:
    """Part the records into those to learn from and those held out, alike in how much fibrillation they hold.

    `share_af` is each record's share of beats in AF. The records, ordered by it, are cut into groups of
    1 / held_out, and one of each group is drawn.
    """
    group = max(2, round(1.0 / held_out))
    order = sorted(range(len(names)), key=lambda at: (share_af[at], names[at]))
    rng = np.random.default_rng(seed)
    drawn = set()
    for first in range(0, len(order), group):
        drawn.add(order[first + int(rng.integers(min(group, len(order) - first)))])
    return (
        [name for at, name in enumerate(names) if at not in drawn],
        [name for at, name in enumerate(names) if at in drawn],
    )
