"""Which message was where, and when: sixteen bytes each, in a file, so that nothing is held in memory."""

from __future__ import annotations

import struct
import time
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_RECORD = struct.Struct("<Qd")
_COLUMNS = np.dtype([("key", "<u8"), ("at_s", "<f8")])


class Log:
    """Writes down messages by a digest of topic and payload, with the time of the machine's steady clock.

    That clock is the same for all processes of a machine.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def note(self, topic: str, payload: bytes) -> None:
        """A message, now."""
        digest = blake2b(topic.encode() + b"\0" + payload, digest_size=8).digest()
        self._file.write(_RECORD.pack(int.from_bytes(digest, "little"), time.monotonic()))


class Matched(NamedTuple):
    """When what arrived was sent, and its delay, (messages,) each; how many were lost or came twice."""

    sent_s: NDArray[np.float64]
    delay_s: NDArray[np.float64]
    lost: int
    twice: int


def read_log(path: Path) -> NDArray[Any]:
    """The records of a log, columns `key` and `at_s`."""
    return np.fromfile(path, dtype=_COLUMNS)


def match(sent: NDArray[Any], received: NDArray[Any]) -> Matched:
    """Hold what arrived against what was sent; what somebody else sent is left out.

    A message that was sent again counts from the first time, one that came twice from its first arrival.
    """
    keys, first_sent = np.unique(sent["key"], return_index=True)
    came, first_came, times = np.unique(received["key"], return_index=True, return_counts=True)
    _, at_sent, at_came = np.intersect1d(keys, came, assume_unique=True, return_indices=True)
    sent_s = sent["at_s"][first_sent[at_sent]]
    return Matched(
        sent_s=sent_s,
        delay_s=received["at_s"][first_came[at_came]] - sent_s,
        lost=len(keys) - len(at_sent),
        twice=int(np.count_nonzero(times[at_came] > 1)),
    )
