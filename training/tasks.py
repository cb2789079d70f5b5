"""The tasks there are: for each the page that trains it and the page that measures it."""

from __future__ import annotations

from typing import Final

TASKS: Final = ("rhythm", "apnea", "sleep", "pressure", "risk")

# Named, not imported: measuring one task should not load the others.
TRAIN: Final = {task: f"training.{task}" for task in TASKS}
EVALUATE: Final = {task: f"training.{task}_evaluation" for task in TASKS}
