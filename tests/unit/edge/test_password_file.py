"""The file with the password: what is no password is refused before anything connects."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from edge.adapters.clock import SystemClock
from edge.adapters.mqtt import MqttLink, Will
from edge.adapters.mqtt.files import read_password
from edge.config import MqttSection
from edge.contract.errors import ConfigError


def make_link(password_file: Path) -> None:
    settings = MqttSection(username="edge", password_file=str(password_file))
    MqttLink(settings, "t", ["t"], Will("will", b""), random=Random(1), clock=SystemClock())


@pytest.mark.parametrize(
    ("text", "what", "allowed"),
    [
        ("\nsecret\n", "its first line is blank", "the password on the first line"),
        ("  \nsecret\n", "its first line is blank", "the password on the first line"),
        ("x" * 65_536, "65536 bytes", "at most 65535 bytes"),
        ("sec\0ret", "has a NUL character", "without a NUL"),
    ],
)
def test_a_file_without_a_usable_password_is_refused(
    tmp_path: Path, text: str, what: str, allowed: str
) -> None:
    """A blank first line, or one that MQTT cannot carry, is told by its key, and the text is not repeated."""
    path = tmp_path / "password"
    path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        make_link(path)

    error = caught.value
    assert (error.what, error.where) == (what, "mqtt.password_file")
    assert allowed in error.allowed
    assert "secret" not in str(error)


def test_a_byte_order_mark_is_no_part_of_the_password(tmp_path: Path) -> None:
    """Some editors begin a file with one, as they do the configuration."""
    path = tmp_path / "password"
    path.write_bytes(b"\xef\xbb\xbfsecret\r\n")

    assert read_password(MqttSection(username="edge", password_file=str(path))) == "secret"


def test_the_longest_password_is_taken(tmp_path: Path) -> None:
    """As many bytes as MQTT can carry are no reason to refuse it."""
    path = tmp_path / "password"
    path.write_text("x" * 65_535 + "\n")

    make_link(path)


def test_a_file_that_is_not_there_is_named_with_its_key(tmp_path: Path) -> None:
    """In words, without the number of the system's error."""
    with pytest.raises(ConfigError) as caught:
        make_link(tmp_path / "gone")

    assert (caught.value.what, caught.value.where) == (
        f"{tmp_path / 'gone'}: No such file or directory",
        "mqtt.password_file",
    )
