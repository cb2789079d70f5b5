"""Models that are asked over MQTT: inputs come as a message, outputs and alerts go out as messages."""
