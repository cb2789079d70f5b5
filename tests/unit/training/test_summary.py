"""What `evaluate` tells people on the terminal."""

from __future__ import annotations

from training.commands.evaluate import summary


def test_every_group_has_a_line_and_none_is_empty() -> None:
    """Figures of their own, a group of them, and a group of groups, as simulated homes are."""
    homes = {"esc": {"model": 81.5, "limit": 82.1}, "acc": {"model": 74.2, "limit": 74.8}}
    lines = summary({"windows": 7, "afl": {"se": 97.7, "by_record": {"a": 1}}, "homes": homes}).splitlines()

    assert [line.split() for line in lines] == [
        ["windows", "7"],
        ["afl", "se", "97.7"],
        ["homes", "esc", "model", "81.5", "limit", "82.1"],
        ["homes", "acc", "model", "74.2", "limit", "74.8"],
    ]
