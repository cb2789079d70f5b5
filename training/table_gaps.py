"""What the tables of an evaluation did not tell: columns that a file lacks, words that mean nothing here."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from training.datasets.nhanes import Persons
from training.risk_outcomes import Outcome, with_outcome

SHOWN_WORDS: Final = 5
SHOWN_LETTERS: Final = 40


def gaps(persons: Persons) -> dict[str, Any]:
    """By file the columns it lacks, and by column the commonest words not understood with their counts."""
    words: dict[str, Counter[str]] = {}
    for table in persons.tables:
        for source, counts in table.not_understood.items():
            words.setdefault(source, Counter()).update(counts)
    return {
        "columns_missing": {table.name: list(table.lacking) for table in persons.tables if table.lacking},
        "words_not_understood": {
            source: {word[:SHOWN_LETTERS]: count for word, count in counts.most_common(SHOWN_WORDS)}
            for source, counts in words.items()
        },
    }


def why_left_out(persons: Persons, outcome: Outcome) -> str | None:
    """Why the outcome cannot be measured on these persons; None if it can."""
    known, has_it = with_outcome(persons, outcome)
    if has_it.any() and not has_it.all():
        return None
    if len(known.cycle):
        return "everybody of whom it is known has it" if has_it.all() else "nobody is known to have it"
    sources = _sources(persons, outcome)
    if absent := [source for source in sources if all(source in table.lacking for table in persons.tables)]:
        return f"there is no column {', '.join(absent)}"
    return f"nothing is known from {', '.join(sources)}"


def _sources(persons: Persons, outcome: Outcome) -> list[str]:
    """The columns of the file that the outcome is read from; raised pressure from all of pressures."""
    columns = persons.dataset.columns
    if outcome.label in columns:
        return [columns[outcome.label].source]
    return [column.source for name, column in columns.items() if name.endswith("_mmhg")]


def gaps_as_lines(report: dict[str, Any]) -> str:
    """For people: a line for each file, column and outcome of a report of which something is missing."""
    missing, words_of = report.get("columns_missing", {}), report.get("words_not_understood", {})
    lines = [f"no column in {name}: {', '.join(columns)}" for name, columns in missing.items()]
    lines += [
        f"not understood in {column}: {', '.join(f'{word!r} ({count})' for word, count in words.items())}"
        for column, words in words_of.items()
    ]
    lines += [f"left out: {name}: {why}" for name, why in report.get("outcomes_left_out", {}).items()]
    return "".join(f"{line}\n" for line in lines)
