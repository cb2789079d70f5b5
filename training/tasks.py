"""The tasks there are: for each the page that trains it and the page that measures it."""

from __future__ import annotations

from typing import Final

# Named, not imported: measuring one task should not load the others.
TRAIN: Final[dict[str, str]] = {
    "pressure": "training.pressure",
    "risk": "training.risk",
    "rhythm": "training.rhythm",
}
EVALUATE: Final[dict[str, str]] = {
    "pressure": "training.pressure_evaluation",
    "risk": "training.risk_evaluation",
    "rhythm": "training.rhythm_evaluation",
}
