"""The loop around the desk: questions from the broker, answers to it, and only then an acknowledgement."""

from __future__ import annotations

import logging
from queue import Empty
from random import Random

from edge import __version__
from edge.adapters.clock import Clock
from edge.adapters.mqtt import Confirmed, Connected, Disconnected, MqttLink, Received, Rejected, Will
from edge.asked.desk import Desk
from edge.asked.door import read_question
from edge.config import Clock as ClockChoice
from edge.config import Config
from edge.contract.codec import encode
from edge.contract.errors import MessageError
from edge.contract.messages import BundleStatus, LinkState, Quarantine, Reason, Status
from edge.contract.topics import Encoding
from edge.ends import Lane, Letter
from edge.pipeline.door import SHOWN_TOPIC

log = logging.getLogger(__name__)

WAIT_S = 1.0


class AskedLoop:
    """Answers until stopped; a question is acknowledged once the broker has all that it led to."""

    def __init__(
        self, config: Config, desk: Desk, bundles: tuple[BundleStatus, ...], clock: Clock, random: Random
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._on_stream_time = config.edge.clock is ClockChoice.STREAM
        self._bundles = bundles
        self._name = f"{config.edge.name}-asked"
        self._owed: dict[int, Received] = {}
        self._is_stopping = False
        self._is_refused = False
        self._status_topic = desk.topics.status(self._name)
        self._link = MqttLink(
            config.mqtt,
            client_id=f"vitalward-asked-{config.edge.name}",
            subscriptions=[desk.topics.all_questions],
            will=Will(self._status_topic, encode(self._status(LinkState.OFFLINE))),
            random=random,
            clock=clock,
        )

    def stop(self) -> None:
        """Ask `run` to finish; may be called from a signal handler."""
        self._is_stopping = True
        self._link.events.put(Disconnected())

    def run(self) -> None:
        """Answer until `stop`."""
        self._link.start()
        try:
            while not self._is_stopping:
                self._link.check()
                try:
                    event = self._link.events.get(timeout=WAIT_S)
                except Empty:
                    continue
                match event:
                    case Received():
                        self._answer(event)
                    case Confirmed(message_id):
                        self._confirm(message_id)
                    case Rejected(message_id, reason):
                        self._refuse(message_id, reason)
                    case Connected():
                        online = encode(self._status(LinkState.ONLINE))
                        self._link.publish(self._status_topic, online, retain=True)
                    case Disconnected():
                        pass
        finally:
            if self._link.is_connected:
                self._link.publish(self._status_topic, encode(self._status(LinkState.OFFLINE)), retain=True)
            self._link.stop()

    def _answer(self, message: Received) -> None:
        try:
            now_s = None if self._on_stream_time else self._clock.now_s()
            letters = self._desk.take(*read_question(self._desk.topics, message, now_s))
        except MessageError as error:
            letters = [self._refusal(message, error)]
        published = [self._link.publish(letter.topic, letter.payload) for letter in letters]
        # The last one confirmed stands for all: the broker confirms in order.
        self._owed[published[-1]] = message

    def _confirm(self, message_id: int) -> None:
        message = self._owed.pop(message_id, None)
        if message is not None:
            self._link.acknowledge(message)

    def _refuse(self, message_id: int, reason: str) -> None:
        """An answer that the broker does not take: the question is over, or it would stop those behind it."""
        level = logging.DEBUG if self._is_refused else logging.WARNING
        log.log(level, "the broker refuses an answer, alert, notice or status: %s; it is lost", reason)
        self._is_refused = True
        self._confirm(message_id)

    def _refusal(self, message: Received, error: MessageError) -> Letter:
        notice = Quarantine(
            reason=Reason.REFUSED,
            what=error.what,
            where=error.where,
            allowed=error.allowed,
            topic=message.topic[:SHOWN_TOPIC],
            received_s=self._clock.now_s(),
            size_bytes=len(message.payload),
        )
        return Letter(Lane.QUARANTINE, self._desk.topics.quarantine, encode(notice, Encoding.JSON))

    def _status(self, state: LinkState) -> Status:
        return Status(state=state, edge=self._name, version=__version__, bundles=self._bundles)
