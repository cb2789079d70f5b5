"""What the page on a sleep bundle shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Final

import numpy as np

from edge.signals.sleep_epochs import EPOCH_S
from edge.signals.sleep_report import STAGES, WAKE, SleepSummary, summarise
from training.charts import (
    Bar,
    Sections,
    Strip,
    bland_altman,
    groups,
    precision_recall,
    record_strips,
    reliability,
    roc,
)
from training.charts import confusion as confusion_chart
from training.hypnograms import Judged, confusion, metrics

# A letter for each of STAGES, in their order.
LETTERS: Final = {"W": "wake", "N": "NREM", "R": "REM"}
# So many nights are shown one by one, those with the least agreement first.
SHOWN_NIGHTS: Final = 30
UNITS: Final = {"total_sleep_min": "min", "efficiency_percent": "%", "wake_after_onset_min": "min"}


def charts(judged: Sequence[Judged], as_it_goes: Sequence[Judged]) -> Sections:
    """Wake against sleep, the three stages, and nights; `as_it_goes` are the same nights judged live."""
    is_wake = np.concatenate([part.truth == WAKE for part in judged])
    scores = {
        "whole night known": np.concatenate([part.wake_score for part in judged]),
        "as it goes": np.concatenate([part.wake_score for part in as_it_goes]),
    }
    table = sum((confusion(part.truth, part.stage) for part in judged), np.zeros((3, 3), dtype=np.int64))
    by_kappa = sorted(judged, key=lambda part: metrics([part])["kappa"] or 0.0)[:SHOWN_NIGHTS]
    said = [asdict(summarise(part.stage)) for part in judged]
    true = [asdict(summarise(part.truth)) for part in judged]
    return {
        "Wake": [
            roc(is_wake, scores),
            precision_recall(is_wake, scores),
            reliability(is_wake, scores),
        ],
        "Stages": [confusion_chart(list(LETTERS.values()), table)],
        "Numbers of the night": [
            bland_altman(
                field.name.rsplit("_", 1)[0].replace("_", " "),
                UNITS[field.name],
                np.array([night[field.name] for night in true]),
                np.array([night[field.name] for night in said]),
            )
            for field in fields(SleepSummary)
        ],
        "Nights, those with the least agreement first": [
            groups("Agreement by night", "kappa", {part.name: _kappa_bar(part) for part in by_kappa}),
            record_strips(LETTERS, {part.name: _strip(part) for part in by_kappa}, EPOCH_S),
        ],
    }


def _kappa_bar(part: Judged) -> dict[str, Bar]:
    value = metrics([part])["kappa"]
    return {} if value is None else {"kappa": Bar(value)}


def _strip(part: Judged) -> Strip:
    """Truth and answer of the scored epochs in their order."""
    letters = list(LETTERS)
    assert len(letters) == len(STAGES), "a letter for each stage"
    truth, answer = ("".join(letters[stage] for stage in series) for series in (part.truth, part.stage))
    return Strip(truth, answer)
