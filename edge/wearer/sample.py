"""A sample as the corridor takes it, once its batch has been checked."""

from __future__ import annotations

import msgspec


class Sample(msgspec.Struct, frozen=True):
    """One instant of one signal: values in the order of its components, None where missing or not usable."""

    at_s: float
    values: tuple[float | None, ...]

    @property
    def has_value(self) -> bool:
        """Whether any of the values is usable."""
        return self.values.count(None) < len(self.values)
