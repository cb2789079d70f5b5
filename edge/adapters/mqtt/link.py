"""The link to the broker (paho-mqtt): persistent session, manual acknowledgement, last will, backoff."""

from __future__ import annotations

import logging
import socket
import threading
from queue import SimpleQueue
from random import Random
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.adapters.clock import Clock
from edge.adapters.mqtt.events import Confirmed, Connected, Disconnected, Event, Received, Rejected, Will
from edge.adapters.mqtt.files import read_password, trust_ca
from edge.config import MqttSection, Protocol

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.5
# A link that is lost sooner may be lost again at once, as when two edges of one name throw each other out.
HOLD_S = 30.0
# A port that takes a connection and says nothing for so long is none of a broker that works.
ANSWER_S = 10.0
# What MQTT 5 says to a client whose id another one has connected with.
TAKEN_OVER = 142
# Mosquitto takes no topic of more levels.
MOST_LEVELS = 200


class MqttLink:
    """Keeps a connection up in a thread of its own and tells what happens through `events`."""

    def __init__(
        self,
        settings: MqttSection,
        client_id: str,
        subscriptions: list[str],
        will: Will,
        *,
        random: Random,
        clock: Clock,
    ) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._settings = settings
        self._subscriptions = [(topic, 1) for topic in subscriptions]
        self._refused_subscriptions: set[str] = set()
        self._random = random
        self._clock = clock
        self._client_id = client_id
        self._link = 0
        self._up_s: float | None = None
        self._hold_s = max(HOLD_S, settings.backoff_cap_s)
        self._backoff_s = FIRST_BACKOFF_S
        # Links lost one after the other, none of which had held.
        self._losses = 0
        # What was complained of since the last link.
        self._complaint: str | None = None
        self._is_told = False
        self._is_taken_over = False
        self._stopping = threading.Event()
        self._has_failed = False
        self._thread = threading.Thread(target=self._work, name="mqtt", daemon=True)
        self._client = self._make_client(will)

    @property
    def is_connected(self) -> bool:
        """Whether messages can be handed over now."""
        return self._client.is_connected()

    def check(self) -> None:
        """Raise RuntimeError if the link has ended by itself; its thread has then logged why."""
        if self._has_failed:
            raise RuntimeError("the link to the broker has failed")

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        correlation: bytes | None = None,
        expiry_s: float | None = None,
    ) -> int:
        """Hand over a message at QoS 1; its id comes back as Confirmed or Rejected.

        After a cut it is sent again. With MQTT 3.1.1 `correlation` and `expiry_s` are left out. Raises
        ValueError for a topic that no broker takes, and for a payload too large.
        """
        # The client would send these, and the broker end the connection: again after each new one.
        if not topic or not topic.isprintable() or topic.count("/") >= MOST_LEVELS:
            raise ValueError("Publish topic is empty, has more than 200 levels or a character of none.")
        properties = None
        if self._settings.protocol is Protocol.V5 and (correlation is not None or expiry_s is not None):
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            if correlation is not None:
                properties.CorrelationData = correlation
            if expiry_s is not None:
                properties.MessageExpiryInterval = max(round(expiry_s), 1)
        return self._client.publish(topic, payload, qos=1, retain=retain, properties=properties).mid

    def acknowledge(self, message: Received) -> None:
        """Tell the broker that a message is safe; one from an earlier connection comes again by itself."""
        if message.link == self._link:
            self._client.ack(message.message_id, message.qos)

    def stop(self) -> None:
        """Disconnect in good order and end the thread."""
        self._stopping.set()
        self._client.disconnect()
        if self._thread.is_alive():
            self._thread.join()

    def _make_client(self, will: Will) -> paho.Client:
        is_v5 = self._settings.protocol is Protocol.V5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if is_v5 else False,
            protocol=paho.MQTTv5 if is_v5 else paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.max_queued_messages_set(0)
        client.will_set(will.topic, will.payload, qos=1, retain=True)
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, read_password(self._settings))
        if self._settings.ca_file is not None:
            trust_ca(client, self._settings.ca_file)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        return client

    def _work(self) -> None:
        """Stay connected; if that fails for a reason not foreseen, have it known rather than be deaf."""
        try:
            self._stay_connected()
        except BaseException:
            self._has_failed = True
            self.events.put(Disconnected())
            raise

    def _stay_connected(self) -> None:
        while not self._stopping.is_set():
            links, self._is_told = self._link, False
            try:
                self._connect()
                since_s = self._clock.monotonic_s()
                while self._client.loop() == paho.MQTT_ERR_SUCCESS:
                    self._note_hold()
                    if self._link == links:
                        self._give_up_on_silence(since_s)
                why = "the connection was closed"
            except OSError as error:
                why = error.strerror or str(error)
            if self._stopping.is_set():
                return
            if self._link != links:
                self._tell_loss(why)
            elif not self._is_told:
                level = logging.WARNING if self._complaint is None else logging.DEBUG
                log.log(level, "no broker at %s:%d: %s", self._settings.host, self._settings.port, why)
                self._complaint = self._complaint or why
            self._stopping.wait(self._random.uniform(self._backoff_s / 2, self._backoff_s))
            self._backoff_s = min(2 * self._backoff_s, self._settings.backoff_cap_s)

    def _note_hold(self) -> None:
        """Only a link that has held for a while starts over with short waits, and is news when it is lost."""
        if self._up_s is None or self._clock.monotonic_s() - self._up_s < self._hold_s:
            return
        if self._losses > 1:
            log.info("the link to %s:%d holds", self._settings.host, self._settings.port)
        self._up_s = None
        self._losses = 0
        self._is_taken_over = False
        self._backoff_s = FIRST_BACKOFF_S

    def _give_up_on_silence(self, since_s: float) -> None:
        """End a connection whose other side has not greeted; the client by itself waits for `keepalive_s`."""
        connection = self._client.socket()
        if not isinstance(connection, socket.socket) or self._clock.monotonic_s() - since_s < ANSWER_S:
            return
        why = f"takes connections and has not answered for {ANSWER_S:.0f} s"
        level = logging.DEBUG if self._complaint == why else logging.WARNING
        log.log(level, "the broker at %s:%d %s", self._settings.host, self._settings.port, why)
        self._complaint, self._is_told = why, True
        connection.shutdown(socket.SHUT_RDWR)

    def _tell_loss(self, why: str) -> None:
        self._losses += 1
        self._up_s, self._complaint = None, why
        if self._losses == 2:
            log.warning(
                "broker lost again within %.0f s: %s; does another client use the id %s? "
                "More of it is told at DEBUG until a link holds",
                self._hold_s,
                why,
                self._client_id,
            )
        else:
            log.log(logging.WARNING if self._losses == 1 else logging.DEBUG, "broker lost: %s", why)

    def _connect(self) -> None:
        settings = self._settings
        session: dict[str, Any] = {}
        if settings.protocol is Protocol.V5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = settings.session_expiry_s
            session = {"clean_start": False, "properties": properties}
        self._client.connect(settings.host, settings.port, settings.keepalive_s, **session)

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            level = logging.DEBUG if self._complaint == str(reason) else logging.WARNING
            log.log(level, "the broker refuses the connection: %s", reason)
            self._complaint, self._is_told = str(reason), True
            return
        self._link += 1
        self._up_s, self._complaint = self._clock.monotonic_s(), None
        client.subscribe(self._subscriptions)
        level = logging.INFO if self._losses <= 1 else logging.DEBUG
        log.log(level, "connected to %s:%d", self._settings.host, self._settings.port)
        self.events.put(Connected())

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.value == TAKEN_OVER and not self._is_taken_over:
            log.warning("another client uses the id %s: each edge needs a name of its own", self._client_id)
            self._is_taken_over = True
        self.events.put(Disconnected())

    def _on_message(self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        said = message.properties
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "?"
        self.events.put(
            Received(
                topic,
                bytes(message.payload),
                getattr(said, "ContentType", None),
                message.retain,
                getattr(said, "ResponseTopic", None),
                getattr(said, "CorrelationData", None),
                message.mid,
                message.qos,
                self._link,
            )
        )

    def _on_publish(
        self,
        _client: paho.Client,
        _userdata: object,
        message_id: int,
        reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        self.events.put(Rejected(message_id, str(reason)) if reason.is_failure else Confirmed(message_id))

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: object,
        _message_id: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        for (topic, _), reason in zip(self._subscriptions, reasons, strict=False):
            was_refused = topic in self._refused_subscriptions
            if reason.is_failure:
                level = logging.DEBUG if was_refused else logging.WARNING
                log.log(level, "the broker refuses the subscription to %s: %s", topic, reason)
                self._refused_subscriptions.add(topic)
            elif was_refused:
                log.info("the broker grants the subscription to %s", topic)
                self._refused_subscriptions.remove(topic)
