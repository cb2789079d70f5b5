"""What the bootstrap stands for, the plain way."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from training.bootstrap import DRAWS, SEED

T = TypeVar("T")


def drawn_anew(persons: list[T]) -> list[list[T]]:
    """The persons of each draw of the bootstrap, one by one."""
    count = len(persons)
    draws = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=DRAWS)
    return [
        [person for person, times in zip(persons, draw, strict=True) for _ in range(times)] for draw in draws
    ]
