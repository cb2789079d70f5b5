"""Zhou 2015, PLoS ONE 10:e0136544: symbolic dynamics of the heart rate, Shannon entropy of its words."""

from __future__ import annotations

from collections import Counter
from math import log2
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORDS: Final = 127
THRESHOLD: Final = 0.639
HIGHEST_SYMBOL: Final = 63
SYMBOL_BPM: Final = 5.0


def detect(rr_ms: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which intervals are in AF; each decides by the 127 words around it. `rr_ms` (n,) -> (n,)."""
    word = words(rr_ms)
    called = np.zeros(len(rr_ms), dtype=bool)
    if len(word) < WORDS:
        return called
    entropy = _sliding_entropy(word.tolist())
    middle = 2 + WORDS // 2
    called[middle : middle + len(entropy)] = entropy >= THRESHOLD
    called[:middle] = called[middle]
    called[middle + len(entropy) :] = called[middle + len(entropy) - 1]
    return called


def words(rr_ms: NDArray[np.floating]) -> NDArray[np.int64]:
    """Three successive symbols of the heart rate as one number; (n,) -> (n - 2,)."""
    rate_bpm = 60_000.0 / np.maximum(rr_ms, 1.0)
    symbol = np.minimum(rate_bpm / SYMBOL_BPM, HIGHEST_SYMBOL).astype(np.int64)
    word: NDArray[np.int64] = symbol[:-2] * 4096 + symbol[1:-1] * 64 + symbol[2:]
    return word


def coarser_entropy(counts: Counter[int]) -> float:
    """Shannon entropy of the words, weighted by how many different ones there are; 0 to 1."""
    total = sum(counts.values())
    spread = -sum(count / total * log2(count / total) for count in counts.values())
    return len(counts) / (total * log2(total)) * spread


def _sliding_entropy(word: list[int]) -> NDArray[np.float64]:
    """`coarser_entropy` of each 127 words in a row, brought up to date word by word."""
    counts = Counter(word[:WORDS])
    # Sum of c log2 c over the counts c, from which the entropy follows.
    weight = sum(count * log2(count) for count in counts.values())
    result = np.empty(len(word) - WORDS + 1)
    for first in range(len(result)):
        entropy = log2(WORDS) - weight / WORDS
        result[first] = len(counts) / (WORDS * log2(WORDS)) * entropy
        if first + WORDS == len(word):
            break
        for value, step in ((word[first], -1), (word[first + WORDS], 1)):
            before = counts[value]
            after = before + step
            weight += (after * log2(after) if after else 0.0) - (before * log2(before) if before else 0.0)
            if after:
                counts[value] = after
            else:
                del counts[value]
    return result
