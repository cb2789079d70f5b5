"""The tasks there are: for each the page that trains it and the page that measures it."""

from __future__ import annotations

from typing import Final

# Named, not imported: measuring one task should not load the others.
TRAIN: Final[dict[str, str]] = {
    "rhythm": "training.rhythm",
    "sleep": "training.sleep",
    "pressure": "training.pressure",
    "risk": "training.risk",
}
EVALUATE: Final[dict[str, str]] = {
    "rhythm": "training.rhythm_evaluation",
    "sleep": "training.sleep_evaluation",
    "pressure": "training.pressure_evaluation",
    "risk": "training.risk_evaluation",
}
