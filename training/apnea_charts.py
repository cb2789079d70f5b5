"""What the page of an apnea evaluation shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from edge.contract.durations import MINUTE_S
from training.apnea_figures import JudgedNight, index, judged_minutes, metrics
from training.charts import (
    Bar,
    Sections,
    Strip,
    bland_altman,
    confusion,
    groups,
    precision_recall,
    record_strips,
    reliability,
    roc,
)
from training.metrics import count

LETTERS: Final = {"N": "no apnea", "A": "apnea"}


def charts(judged: Sequence[JudgedNight], threshold: float) -> Sections:
    """What the page shows: all judged minutes, and the nights, those with the most wrong first."""
    is_apnea, probability = judged_minutes(judged)
    scores = {"this model": probability}
    worst = sorted(judged, key=lambda night: metrics([night], threshold)["acc"] or 0.0)
    truth = np.array([index(night.is_apnea) for night in judged])
    found = np.array([index(night.called(threshold)) for night in judged])
    return {
        "All minutes": [
            roc(is_apnea, scores),
            precision_recall(is_apnea, scores),
            reliability(is_apnea, scores),
            confusion(list(LETTERS.values()), count(is_apnea, probability, threshold).table),
        ],
        "Nights, those with the most wrong first": [
            bland_altman("apnea minutes in an hour", "1/h", truth, found),
            groups(
                "Accuracy by record",
                "%",
                {night.name: {"accuracy": Bar(metrics([night], threshold)["acc"] or 0.0)} for night in worst},
            ),
            record_strips(LETTERS, {night.name: _strip(night, threshold) for night in worst}, MINUTE_S),
        ],
    }


def _strip(night: JudgedNight, threshold: float) -> Strip:
    """Truth and answer of each minute; a space where none was scored or judged."""
    is_judged = night.is_judged
    rows = []
    for places, is_apnea in (
        (night.minute, night.is_apnea),
        (night.minute[is_judged], night.called(threshold)),
    ):
        letters = np.full(int(night.minute[-1]) + 1, " ")
        letters[places] = np.where(is_apnea, "A", "N")
        rows.append("".join(letters.tolist()))
    return Strip(*rows)
