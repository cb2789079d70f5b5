"""What the page of a rhythm evaluation shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from training.charts import (
    STRIP_STEP_S,
    Bar,
    Sections,
    Strip,
    confusion,
    groups,
    letters_at_steps,
    precision_recall,
    record_strips,
    reliability,
    roc,
)
from training.metrics import count
from training.rhythm_figures import PROTOCOLS, Judged, judged_windows, metrics

# So many records are shown one by one, the worst first.
SHOWN_RECORDS: Final = 30
LETTERS: Final = {"N": "not AF", "A": "AF"}


def charts(judged: Sequence[Judged], threshold: float) -> Sections:
    """What the page shows, flutter as not AF."""
    is_af, probability = judged_windows(judged)
    scores = {"this model": probability}
    worst = sorted(judged, key=lambda part: _right(part, threshold))[:SHOWN_RECORDS]
    return {
        "All windows": [
            roc(is_af, scores),
            precision_recall(is_af, scores),
            reliability(is_af, scores),
            confusion(list(LETTERS.values()), count(is_af, probability, threshold).table),
        ],
        "Records, those with the most wrong first": [
            groups("Sensitivity and specificity by record", "%", _by_record(worst, threshold)),
            record_strips(LETTERS, {part.name: _strip(part, threshold) for part in worst}),
        ],
    }


def _right(part: Judged, threshold: float) -> float:
    """The share of the record's windows called rightly."""
    right = (part.probability >= threshold) == part.windows.is_af
    return float(np.mean(right)) if len(right) else 1.0


def _by_record(judged: Sequence[Judged], threshold: float) -> dict[str, dict[str, Bar]]:
    found = {}
    for part in judged:
        figures = metrics([part], threshold)[PROTOCOLS[0]]
        named = {"sensitivity": figures["se"], "specificity": figures["sp"]}
        found[part.name] = {name: Bar(value) for name, value in named.items() if value is not None}
    return found


def _strip(part: Judged, threshold: float) -> Strip:
    """Truth and answer over time; a space where nothing was judged."""
    truth = ["A" if is_af else "N" for is_af in part.windows.is_af.tolist()]
    answer = [
        " " if np.isnan(value) else "A" if value >= threshold else "N" for value in part.probability.tolist()
    ]
    return Strip(*(letters_at_steps(part.at_s, letters, 2 * STRIP_STEP_S) for letters in (truth, answer)))
