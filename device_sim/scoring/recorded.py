"""The alerts of a system under test, from a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from device_sim.scoring.collect import Collector
from edge.contract.errors import DataError
from edge.contract.messages import Alert

# How mosquitto_sub writes times: 2026-03-02T09:00:00.000000Z+0100.
_TST = "%Y-%m-%dT%H:%M:%S.%fZ%z"


class Message(msgspec.Struct, frozen=True):
    """A recorded message; `tst` is when mosquitto_sub received it."""

    topic: str
    payload: Any
    tst: str | None = None

    @property
    def data(self) -> bytes:
        """The payload as it was sent, JSON or text."""
        return self.payload.encode() if isinstance(self.payload, str) else msgspec.json.encode(self.payload)

    @property
    def received_s(self) -> float | None:
        """When it was received, in Unix seconds; None where that was not written as mosquitto_sub does."""
        try:
            return None if self.tst is None else datetime.strptime(self.tst, _TST).timestamp()
        except ValueError:
            return None


def collect_file(path: Path, collector: Collector) -> None:
    """Take in a file: the edge's alerts one a line, or messages as `mosquitto_sub -F %J` writes them."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(str(error.strerror), where=str(path), allowed="a readable file of alerts") from None
    records = [(number, _record(path, number, line)) for number, line in enumerate(lines, 1) if line.strip()]
    tells_time = any(
        isinstance(item, Message) and item.topic == collector.topics.clock for _, item in records
    )
    for number, item in records:
        if isinstance(item, Alert):
            topic = collector.topics.alerts(item.wearer, item.condition, item.mode)
            collector.inbox.receive(topic, msgspec.json.encode(item))
        elif tells_time:
            collector.take(item.topic, item.data)
        else:
            try:
                collector.take_dated(item.topic, item.data, item.received_s)
            except DataError as error:
                where = f"{path}, line {number}: {error.where}"
                raise DataError(error.what, where=where, allowed=error.allowed) from None


def _record(path: Path, number: int, line: bytes) -> Alert | Message:
    try:
        tree: Any = msgspec.json.decode(line)
        is_message = isinstance(tree, dict) and "topic" in tree and "payload" in tree
        return msgspec.convert(tree, Message) if is_message else msgspec.convert(tree, Alert)
    except (msgspec.MsgspecError, RecursionError) as error:
        allowed = "an alert of the edge, or an object with topic and payload"
        raise DataError(str(error), where=f"{path}, line {number}", allowed=allowed) from None
