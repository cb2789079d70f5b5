"""Versions of bundles: numbers that go up."""

from __future__ import annotations


def is_newer(version: str, than: str) -> bool:
    """Whether a version of three numbers is above another."""
    return _numbers(version) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
