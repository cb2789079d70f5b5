"""Skin contact as a device tells it: when it changes, and now and then for a receiver that came late."""

from __future__ import annotations

from device_sim.devices.samples import Samples

CONTACT_EVERY_S = 60.0


class Contact:
    """Contact with the skin; whether a device was taken off is a fault's to say."""

    def __init__(self) -> None:
        self._is_on: bool | None = None
        self._due_s = 0.0

    def told(self, to_s: float, *, is_on: bool = True, since_s: float = 0.0) -> list[Samples]:
        """What is to be told by `to_s`; a change counts from `since_s`."""
        if is_on == self._is_on and to_s < self._due_s:
            return []
        at_s = since_s if is_on != self._is_on else to_s
        self._is_on, self._due_s = is_on, to_s + CONTACT_EVERY_S
        return [Samples("contact", [at_s], {"contact": [1.0 if is_on else 0.0]})]
