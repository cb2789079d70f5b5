"""The tasks there are: for each the page that trains it and the page that measures it."""

from __future__ import annotations

from typing import Final

# Named, not imported: measuring one task should not load the others.
TRAIN: Final[dict[str, str]] = {"rhythm": "training.rhythm", "apnea": "training.apnea"}
EVALUATE: Final[dict[str, str]] = {
    "rhythm": "training.rhythm_evaluation",
    "apnea": "training.apnea_evaluation",
}
