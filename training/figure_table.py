"""Figures with their intervals as a table for a card."""

from __future__ import annotations

from collections.abc import Mapping

from training.bootstrap import Interval


def figure_table(
    heading: str, figures: Mapping[str, float | int | None], bounds: Mapping[str, Interval | None]
) -> str:
    """A row for each figure that has an interval or might have one, under `heading`; Markdown."""
    rows = []
    for name, limits in bounds.items():
        value = "-" if figures[name] is None else f"{figures[name]:g}"
        rows.append(f"| {name} | {value} | {'-' if limits is None else f'{limits[0]:g} to {limits[1]:g}'} |")
    return "\n".join([heading, "", "| figure | value | 95 % interval |", "|---|---|---|", *rows, ""])
