"""From the outbox to the broker: hand over in order, forget only what the broker has confirmed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from edge.pipeline.ends import UNREADABLE_TOPIC, Letter
from edge.storage.outbox import Outbox

log = logging.getLogger(__name__)

# Letters handed over and not confirmed yet; enough to keep a slow link busy, few enough to send again.
IN_FLIGHT_LIMIT = 64


class Publisher(Protocol):
    """What delivery needs of the link to the broker."""

    @property
    def is_connected(self) -> bool:
        """Whether messages can be handed over now."""

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        correlation: bytes | None = None,
        expiry_s: float | None = None,
    ) -> int:
        """Hand over a message at QoS 1; returns the id by which it will be confirmed.

        ValueError for one that MQTT cannot carry.
        """


class Delivery:
    """Keeps track of which letters are under way."""

    def __init__(self, outbox: Outbox, publisher: Publisher) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._under_way: dict[int, int] = {}
        self._confirmed: list[int] = []
        self._dropped = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._under_way and not self._outbox.waiting()

    def confirm(self, message_id: int) -> None:
        """The broker has the message of that id; ids of other messages are none of ours."""
        letter_id = self._under_way.pop(message_id, None)
        if letter_id is not None:
            self._confirmed.append(letter_id)

    def proceed(self, forget: Callable[[list[int]], None]) -> None:
        """Have confirmed letters forgotten, then hand over what waits and fits."""
        if self._confirmed:
            forget(self._confirmed)
            self._confirmed = []
        room = IN_FLIGHT_LIMIT - len(self._under_way)
        if room <= 0 or not self._publisher.is_connected:
            return
        for letter_id, letter in self._outbox.next_batch(room, without=list(self._under_way.values())):
            self._hand_over(letter_id, letter)

    def _hand_over(self, letter_id: int, letter: Letter) -> None:
        try:
            if letter.topic == UNREADABLE_TOPIC:
                raise ValueError(letter.payload.decode())
            message_id = self._publisher.publish(
                letter.topic, letter.payload, retain=letter.is_retained, correlation=letter.correlation
            )
        except ValueError as error:
            # Kept, it would end every start, or stand in the way of the others for ever.
            level = logging.DEBUG if self._dropped else logging.WARNING
            log.log(level, "row %d of the outbox cannot be sent and is dropped: %s", letter_id, error)
            self._dropped += 1
            self._confirmed.append(letter_id)
        else:
            self._under_way[message_id] = letter_id
