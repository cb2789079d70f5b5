"""From the outbox to the broker: hand over in order, forget only what the broker has confirmed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, Protocol

from edge.contract.topics import Topics
from edge.ends import UNREADABLE_TOPIC, Letter
from edge.storage.outbox import Outbox

log = logging.getLogger(__name__)

# Letters handed over and not confirmed yet; enough to keep a slow link busy, few enough to send again.
IN_FLIGHT_LIMIT = 64
# What the broker refuses is tried again after so long, and after twice as long each time it refuses it again.
REFUSED_AGAIN_S = 1.0
REFUSED_AGAIN_CAP_S = 60.0


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
        """Hand over a message at QoS 1; returns the id by which it will be confirmed or refused.

        Raises ValueError for one that MQTT cannot carry.
        """


class Sent(NamedTuple):
    """A letter that is under way."""

    letter_id: int
    topic: str


class Hold(NamedTuple):
    """A topic on which the broker refused a letter: when to try again, and with which letter it is tried."""

    again_s: float
    wait_s: float
    tried: int | None = None


class Delivery:
    """Keeps track of which letters are under way, and which topics the broker refuses.

    The letters of a refused topic wait in the outbox, in their order, while those of others go on: were a
    later state of an alarm overtaken by an earlier one, the earlier one would stay retained.
    """

    def __init__(self, outbox: Outbox, publisher: Publisher, topics: Topics) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._topics = topics
        self._under_way: dict[int, Sent] = {}
        self._confirmed: list[int] = []
        self._holds: dict[str, Hold] = {}
        self._holds_of: Counter[str] = Counter()
        self._dropped = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is under way, and nothing waits but what the broker refuses."""
        return not self._under_way and not self._outbox.next_batch(1, without_topics=list(self._holds))

    def confirm(self, message_id: int) -> None:
        """The broker has the message of that id; ids of other messages are none of ours."""
        sent = self._under_way.pop(message_id, None)
        if sent is None:
            return
        hold = self._holds.get(sent.topic)
        if hold is not None:
            if hold.tried != sent.letter_id:
                # It was under way beside the one that was refused, and is said again behind it.
                return
            self._release(sent.topic)
        self._confirmed.append(sent.letter_id)

    def refuse(self, message_id: int, reason: str, monotonic_s: float) -> bool:
        """The broker does not take the message of that id: it is tried again; False for one of others."""
        sent = self._under_way.pop(message_id, None)
        if sent is None:
            return False
        hold = self._holds.get(sent.topic)
        if hold is not None and hold.tried != sent.letter_id:
            return True
        kind = self._kind(sent.topic)
        level = logging.DEBUG if self._holds_of[kind] else logging.WARNING
        log.log(level, "the broker refuses a message on %s: %s; it is kept and tried again", kind, reason)
        if hold is None:
            self._holds_of[kind] += 1
        wait_s = REFUSED_AGAIN_S if hold is None else min(2 * hold.wait_s, REFUSED_AGAIN_CAP_S)
        self._holds[sent.topic] = Hold(monotonic_s + wait_s, wait_s)
        return True

    def proceed(self, forget: Callable[[list[int]], None], monotonic_s: float) -> None:
        """Have confirmed letters forgotten, then hand over what waits and fits; of a refused topic one."""
        if self._confirmed:
            forget(self._confirmed)
            self._confirmed = []
        room = IN_FLIGHT_LIMIT - len(self._under_way)
        if room <= 0 or not self._publisher.is_connected:
            return
        under_way = [sent.letter_id for sent in self._under_way.values()]
        resting = [
            topic
            for topic, hold in self._holds.items()
            if hold.tried is not None or monotonic_s < hold.again_s
        ]
        for letter_id, letter in self._outbox.next_batch(room, without=under_way, without_topics=resting):
            hold = self._holds.get(letter.topic)
            if hold is not None and hold.tried is not None:
                continue
            if hold is not None:
                self._holds[letter.topic] = hold._replace(tried=letter_id)
            self._hand_over(letter_id, letter)

    def _hand_over(self, letter_id: int, letter: Letter) -> None:
        try:
            if letter.topic == UNREADABLE_TOPIC:
                raise ValueError(letter.payload.decode())
            message_id = self._publisher.publish(
                letter.topic, letter.payload, retain=letter.is_retained, correlation=letter.correlation
            )
        except ValueError as error:
            # Nor will it ever: kept, it would end every start, or stand in the way of the others.
            level = logging.DEBUG if self._dropped else logging.WARNING
            log.log(level, "row %d of the outbox cannot be sent and is dropped: %s", letter_id, error)
            self._dropped += 1
            self._confirmed.append(letter_id)
            return
        self._under_way[message_id] = Sent(letter_id, letter.topic)

    def _release(self, topic: str) -> None:
        kind = self._kind(topic)
        del self._holds[topic]
        self._holds_of[kind] -= 1
        if not self._holds_of[kind]:
            log.info("the broker takes messages on %s again", kind)

    def _kind(self, topic: str) -> str:
        """What a log may say of a topic: further down stand the names of wearers."""
        root = self._topics.root
        if not topic.startswith(f"{root}/"):
            return "another prefix"
        return f"{root}/{topic.removeprefix(f'{root}/').partition('/')[0]}"
