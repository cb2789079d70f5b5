"""What a bundle has learned from, so that figures of it are not taken for figures of unseen data."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from edge.contract.bundle import Bundle


def learned_cycles(bundle: Bundle, dataset: str) -> list[str]:
    """The cycles of a survey's table that the bundle has learned from."""
    told = _told(bundle)
    return told.get(dataset, []) if isinstance(told, dict) else []


def seen_in_training(bundle: Bundle, dataset: str, records: Sequence[str]) -> list[str]:
    """Which of these records of the dataset, or cycles of the survey, the bundle has learned from."""
    told = _told(bundle)
    if isinstance(told, dict):
        # The tables of a survey tell of the same persons.
        seen = [cycle for cycles in told.values() for cycle in cycles]
        return [record for record in records if is_of(record, seen)]
    is_own = any(source.dataset == dataset for source in bundle.manifest.trained_on)
    return [record for record in records if is_own and record in told]


def is_of(cycle: str, cycles: Collection[str]) -> bool:
    """Whether a cycle, or a year that a table gives for one, is of these such as "2009-2010"."""
    is_year = len(cycle) == len("2009")
    return any(cycle == other or (is_year and other[:4] <= cycle <= other[-4:]) for other in cycles)


def _told(bundle: Bundle) -> dict[str, list[str]] | list[str]:
    told: dict[str, list[str]] | list[str] = json.loads(bundle.card_data).get("learned_from", [])
    return told
