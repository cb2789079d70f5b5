"""The files that a connection to the broker needs: a password, and whom to trust."""

from __future__ import annotations

from pathlib import Path

import paho.mqtt.client as paho

from edge.config import MqttSection
from edge.contract.credentials import checked_credential
from edge.contract.errors import ConfigError


def read_password(settings: MqttSection) -> str | None:
    """The password of the configuration; None without one. ConfigError for a file that holds none."""
    if settings.password_file is None:
        return None
    key = "mqtt.password_file"
    password = _read(settings.password_file, key).splitlines()[0].strip()
    if not password:
        raise ConfigError("its first line is blank", where=key, allowed="the password on the first line")
    return checked_credential(password, key)


def trust_ca(client: paho.Client, ca_file: str) -> None:
    """Have the client take only a broker that this authority vouches for. ConfigError for a file of none."""
    _read(ca_file, "mqtt.ca_file")
    try:
        client.tls_set(ca_certs=ca_file)
    except OSError as error:
        raise ConfigError(str(error), where=f"mqtt.ca_file {ca_file}", allowed="a PEM file") from None


def _read(path: str, key: str) -> str:
    try:
        # Some editors begin a file with a byte-order mark.
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        what = f"{path}: {error.strerror}"
        raise ConfigError(what, where=key, allowed="a readable text file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: {error}", where=key, allowed="a readable text file") from None
    if not text.strip():
        raise ConfigError("is empty", where=key, allowed="a file with content")
    return text
