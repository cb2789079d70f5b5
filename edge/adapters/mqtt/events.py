"""What happens on the link to the broker, as the loop hears of it."""

from __future__ import annotations

from typing import NamedTuple


class Received(NamedTuple):
    """A message that waits to be acknowledged; `link` numbers the connection its id belongs to.

    `reply_topic` and `correlation` are the response topic and correlation data of MQTT 5.
    """

    topic: str
    payload: bytes
    content_type: str | None
    is_retained: bool
    reply_topic: str | None
    correlation: bytes | None
    message_id: int
    qos: int
    link: int


class Confirmed(NamedTuple):
    """The broker has a message that was published under this id."""

    message_id: int


class Rejected(NamedTuple):
    """The broker does not take the message that was published under this id; with MQTT 5 it says why."""

    message_id: int
    reason: str


class Connected(NamedTuple):
    """The link is up."""


class Disconnected(NamedTuple):
    """The link is down."""


class Woken(NamedTuple):
    """Something beside the link asks for a turn of the loop."""


Event = Received | Confirmed | Rejected | Connected | Disconnected | Woken


class Will(NamedTuple):
    """What the broker says, retained, when the edge is gone without a word."""

    topic: str
    payload: bytes
