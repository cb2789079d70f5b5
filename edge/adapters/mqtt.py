"""The link to the broker (paho-mqtt): persistent session, manual acknowledgement, last will, backoff."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import MqttSection, Protocol
from edge.contract.errors import ConfigError

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.5


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


class MqttLink:
    """Keeps a connection up in a thread of its own and tells what happens through `events`."""

    def __init__(
        self, settings: MqttSection, client_id: str, subscriptions: list[str], will: Will, random: Random
    ) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._settings = settings
        self._subscriptions = [(topic, 1) for topic in subscriptions]
        self._refused_subscriptions: set[str] = set()
        self._random = random
        self._link = 0
        self._stopping = threading.Event()
        self._has_failed = False
        self._thread = threading.Thread(target=self._work, name="mqtt", daemon=True)
        self._client = self._make_client(client_id, will)

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

        After a cut it is sent again. With MQTT 3.1.1 `correlation` and `expiry_s` are left out.
        """
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

    def _make_client(self, client_id: str, will: Will) -> paho.Client:
        is_v5 = self._settings.protocol is Protocol.V5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if is_v5 else False,
            protocol=paho.MQTTv5 if is_v5 else paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.max_queued_messages_set(0)
        client.will_set(will.topic, will.payload, qos=1, retain=True)
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, _password(self._settings))
        if self._settings.ca_file is not None:
            _set_tls(client, self._settings.ca_file)
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
        backoff_s = FIRST_BACKOFF_S
        while not self._stopping.is_set():
            links = self._link
            try:
                self._connect()
                self._client.loop_forever()
                why = "the connection was closed"
            except OSError as error:
                why = error.strerror or str(error)
            if self._stopping.is_set():
                return
            # Only a link that came up and was lost starts over with short waits.
            if self._link != links:
                backoff_s = FIRST_BACKOFF_S
                log.warning("broker lost: %s", why)
            else:
                level = logging.WARNING if backoff_s == FIRST_BACKOFF_S and links == 0 else logging.DEBUG
                log.log(level, "no broker at %s:%d: %s", self._settings.host, self._settings.port, why)
            self._stopping.wait(self._random.uniform(backoff_s / 2, backoff_s))
            backoff_s = min(2 * backoff_s, self._settings.backoff_cap_s)

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
            log.warning("the broker refuses the connection: %s", reason)
            return
        self._link += 1
        client.subscribe(self._subscriptions)
        log.info("connected to %s:%d", self._settings.host, self._settings.port)
        self.events.put(Connected())

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
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


def _password(settings: MqttSection) -> str | None:
    if settings.password_file is None:
        return None
    return _read(settings.password_file, "mqtt.password_file").splitlines()[0].strip()


def _set_tls(client: paho.Client, ca_file: str) -> None:
    _read(ca_file, "mqtt.ca_file")
    try:
        client.tls_set(ca_certs=ca_file)
    except OSError as error:
        raise ConfigError(str(error), where=f"mqtt.ca_file {ca_file}", allowed="a PEM file") from None


def _read(path: str, key: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(error), where=key, allowed="a readable text file") from None
    if not text.strip():
        raise ConfigError("is empty", where=key, allowed="a file with content")
    return text
