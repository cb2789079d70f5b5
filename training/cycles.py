"""Which cycles of the survey: those asked for, and those that a bundle has not learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge.contract.bundle import Bundle
from edge.contract.errors import DataError
from training.datasets.nhanes import PERSON_DATASETS, Persons, cycle_name, read_persons
from training.learned_from import is_of, learned_cycles


def cycles_to_judge(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None
) -> tuple[Persons, dict[str, str], Persons]:
    """The persons to judge, what is left out and why, and the persons of the cycles the bundle learned from.

    The tables of the persons to judge are those with anything but the cycles left out.
    Without names those are all cycles that the bundle has not learned from; with none, a DataError.
    """
    everyone = read_persons(PERSON_DATASETS[dataset], data)
    told = learned_cycles(bundle, dataset)
    learned = [cycle for cycle in everyone.cycles if is_of(cycle, told)]
    if names is None:
        chosen = [cycle for cycle in everyone.cycles if cycle not in learned]
        why, allowed = "the bundle has learned from it", f"a later {PERSON_DATASETS[dataset].pattern}"
    else:
        chosen = named_cycles(everyone.cycles, names, data)
        why, allowed = "not asked for", ", ".join(everyone.cycles)
    if not chosen:
        raise DataError(
            f"only cycles that {bundle.name} has learned from",
            where=str(data / "nhanes"),
            allowed=f"{allowed}, or --records to name one of {', '.join(everyone.cycles)}",
        )
    left_out = {cycle: why for cycle in everyone.cycles if cycle not in chosen}
    judged = everyone.of(np.isin(everyone.cycle, chosen))
    skipped = judged.skipped | left_out
    return (
        replace(
            judged, tables=tuple(table for table in judged.tables if not table.cycles <= left_out.keys())
        ),
        skipped,
        everyone.of(np.isin(everyone.cycle, learned)),
    )


def cycles_to_learn(
    last_years: Mapping[str, int], data: Path, names: Sequence[str] | None
) -> dict[str, Persons]:
    """Of each table the persons to learn from: of the cycles named, or of all that ended by its last year.

    Raises DataError for a name that no table has, and for a table that has none of them.
    """
    tables = {name: read_persons(PERSON_DATASETS[name], data) for name in last_years}
    every = sorted({cycle for table in tables.values() for cycle in table.cycles})
    wanted = None if names is None else named_cycles(every, names, data)
    chosen = {}
    for name, table in tables.items():
        cycles = [
            cycle
            for cycle in table.cycles
            if (cycle[-4:] <= str(last_years[name]) if wanted is None else cycle in wanted)
        ]
        if not cycles:
            raise DataError(
                f"no cycle to learn from in {PERSON_DATASETS[name].pattern}",
                where=str(data / "nhanes"),
                allowed=", ".join(table.cycles),
            )
        chosen[name] = table.of(np.isin(table.cycle, cycles))
    return chosen


def named_cycles(every: Sequence[str], names: Sequence[str], data: Path) -> list[str]:
    """The cycles of these names, however they are spelled; DataError for one that is not there."""
    wanted = {cycle_name(name) for name in names}
    if missing := sorted(wanted - set(every)):
        raise DataError(
            f"no cycle {', '.join(missing)}", where=str(data / "nhanes"), allowed=", ".join(every)
        )
    return [cycle for cycle in every if cycle in wanted]
