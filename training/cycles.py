"""Which persons a bundle is measured on: cycles of the survey that it has not learned from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge.contract.bundle import Bundle
from edge.contract.errors import DataError
from training.datasets.nhanes import PERSON_DATASETS, Persons, cycle_name, read_persons


def cycles_to_judge(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None
) -> tuple[Persons, dict[str, str], Persons]:
    """The persons to judge, what is left out and why, and the persons of the cycles the bundle learned from.

    Without names those are all cycles that the bundle has not learned from; with none, a DataError.
    """
    everyone = read_persons(PERSON_DATASETS[dataset], data)
    learned = json.loads(bundle.card_data)["learned_from"].get(dataset, [])
    skipped = dict(everyone.skipped)
    if names is None:
        chosen = [cycle for cycle in everyone.cycles if cycle not in learned]
        why, allowed = "the bundle has learned from it", f"a later {PERSON_DATASETS[dataset].pattern}"
    else:
        wanted = {cycle_name(name) for name in names}
        chosen = [cycle for cycle in everyone.cycles if cycle in wanted]
        why, allowed = "not asked for", ", ".join(everyone.cycles)
        if missing := sorted(wanted - set(chosen)):
            raise DataError(f"no cycle {', '.join(missing)}", where=str(data / "nhanes"), allowed=allowed)
    if not chosen:
        raise DataError(
            f"only cycles that {bundle.name} has learned from",
            where=str(data / "nhanes"),
            allowed=f"{allowed}, or --records to name one of {', '.join(everyone.cycles)}",
        )
    skipped |= {cycle: why for cycle in everyone.cycles if cycle not in chosen}
    return (
        everyone.of(np.isin(everyone.cycle, chosen)),
        skipped,
        everyone.of(np.isin(everyone.cycle, learned)),
    )
