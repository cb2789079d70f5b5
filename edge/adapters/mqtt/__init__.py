"""The link to an MQTT broker."""

from edge.adapters.mqtt.events import (
    Confirmed,
    Connected,
    Disconnected,
    Event,
    Received,
    Rejected,
    Will,
    Woken,
)
from edge.adapters.mqtt.link import MqttLink

__all__ = [
    "Confirmed",
    "Connected",
    "Disconnected",
    "Event",
    "MqttLink",
    "Received",
    "Rejected",
    "Will",
    "Woken",
]
