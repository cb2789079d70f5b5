"""Reads the columns of a table: from cells of text to numbers, with the words that say nothing to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
# As programs write nothing, and as a survey writes that nobody knows; `_word` has made one of each.
MISSING: Final = frozenset(
    {"", "na", "n/a", "<na>", "nan", "none", "null", "don'tknow", "dontknow", "refused", "missing", "unknown"}
)


@dataclass(frozen=True)
class Read:
    """The numbers of a column, NaN where missing, and how often each text stands there that is neither."""

    numbers: Column
    not_understood: Mapping[str, int]


@dataclass(frozen=True)
class Spelled:
    """A column of words; each word's number. Case, blanks and a closing comma or question mark do not count.

    Digits are understood only where no other stands in the column: 1 beside 2 is a code, not a yes beside no.
    """

    source: str
    numbers: Mapping[str, float]

    def read(self, cells: Sequence[str]) -> Read:
        """The numbers of the cells."""
        numbers = {_word(word): number for word, number in self.numbers.items()}
        if any(_is_digits(word) and word not in numbers for word in map(_word, set(cells))):
            numbers = {word: number for word, number in numbers.items() if not _is_digits(word)}
        return _read(cells, lambda text: numbers.get(_word(text)))


@dataclass(frozen=True)
class Number:
    """A column of numbers that are missing outside `least` to `most`, where codes like 0 or 99 stand."""

    source: str
    least: float
    most: float

    def read(self, cells: Sequence[str]) -> Read:
        """The numbers of the cells."""
        return _read(cells, self._number)

    def _number(self, text: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            return None
        return value if self.least <= value <= self.most else np.nan


def _read(cells: Sequence[str], number_of: Callable[[str], float | None]) -> Read:
    counts = Counter(cells)
    numbers = {text: number_of(text) for text in counts}
    not_understood = Counter[str]()
    for text, count in counts.items():
        if numbers[text] is None and _word(text) not in MISSING:
            not_understood[text.strip()] += count
    return Read(np.array([numbers[text] for text in cells], dtype=np.float64), not_understood)


def _word(text: str) -> str:
    """A cell as it is compared: also `Fair, or` and `Poor?`, as the survey's own list of answers has them."""
    ended = re.sub(r"[,.?;:]*(\s+or)?\s*$", "", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return "".join(ended.split())


def _is_digits(word: str) -> bool:
    return word.replace(".", "").isdecimal()
