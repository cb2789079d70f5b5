"""`vitalward detectors`: published AF detectors on the samples of a broker, each as a gateway of its own.

Each takes the RR intervals below PREFIX and tells its alerts below PREFIX/NAME, as the edge would. It repeats
there what time it is told, so that whoever listens knows how far it is.
"""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from edge.contract.codec import decode_batch, encode
from edge.contract.errors import MessageError, RuntimeMissingError
from edge.contract.hosts import checked_host
from edge.contract.numbers import whole
from edge.contract.topics import Encoding, Topics, checked_prefix
from training.baselines.gateway import Gateway
from training.baselines.rhythm import RHYTHM_BASELINES


def main(argv: list[str]) -> int:
    """Run until stopped; the first line on standard output names the detectors once all is heard."""
    parser = argparse.ArgumentParser(prog="vitalward detectors", description=__doc__)
    parser.add_argument(
        "--host", type=checked_host, default="127.0.0.1", help="of the broker (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=whole(1, 65_535), default=1883, help="of the broker (default: %(default)s)"
    )
    parser.add_argument(
        "--prefix",
        type=checked_prefix,
        default="vitalward",
        help="first part of the topics (default: %(default)s)",
    )
    options = parser.parse_args(argv)
    refusals: list[ReasonCode] = []
    client = _client(Topics(options.prefix), refusals)

    def stop(_number: int, _frame: FrameType | None) -> None:
        client.disconnect()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        client.connect(options.host, options.port)
    except OSError as error:
        raise RuntimeMissingError(
            str(error.strerror or error),
            where=f"{options.host}:{options.port}",
            allowed="an MQTT broker that listens there",
        ) from None
    client.loop_forever()
    if refusals:
        raise RuntimeMissingError(
            f"it refuses the connection: {refusals[0]}",
            where=f"{options.host}:{options.port}",
            allowed="a broker that lets anybody in",
        )
    return 0


def _client(topics: Topics, refusals: list[ReasonCode]) -> paho.Client:
    """A client to be connected; it ends, and notes why in `refusals`, where the broker does not let it in."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    gateways = [
        (Gateway(name, detector), Topics(f"{topics.prefix}/{name}"))
        for name, detector in RHYTHM_BASELINES.items()
    ]

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if message.topic == topics.clock:
            for _, own in gateways:
                client.publish(own.clock, message.payload, qos=1)
            return
        try:
            topic = topics.parse_samples(message.topic)
            batch = decode_batch(bytes(message.payload), topic.encoding or Encoding.JSON)
        except MessageError:
            return
        for gateway, own in gateways:
            for alert in gateway.take(topic, batch):
                client.publish(own.alerts(alert.wearer, alert.condition, alert.mode), encode(alert), qos=1)

    def ready(*_: object) -> None:
        sys.stdout.write(" ".join(RHYTHM_BASELINES) + "\n")
        sys.stdout.flush()

    def connected(
        _client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            refusals.append(reason)
            client.disconnect()
            return
        samples = f"{topics.root}/samples/+/+/rr"
        client.subscribe([(samples, 1), (f"{samples}/msgpack", 1), (topics.clock, 1)])

    client.on_message = take
    client.on_subscribe = ready
    client.on_connect = connected
    # By default it holds back what the broker has not confirmed beyond 20 messages.
    client.max_inflight_messages_set(2000)
    return client
