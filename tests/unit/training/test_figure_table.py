"""The table of a card."""

from __future__ import annotations

from training.figure_table import figure_table


def test_the_card_names_each_figure_with_its_interval() -> None:
    """A reader of the card sees what was measured and how sure it is, and that a figure is missing."""
    table = figure_table(
        "**Left out** (2 records)",
        {"acc": 99.5, "se": None, "minutes": 100},
        {"acc": (98.25, 100.0), "se": None},
    )

    assert table.splitlines() == [
        "**Left out** (2 records)",
        "",
        "| figure | value | 95 % interval |",
        "|---|---|---|",
        "| acc | 99.5 | 98.25 to 100 |",
        "| se | - | - |",
    ]
