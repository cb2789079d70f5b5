"""What the simulator itself has used and done by a moment."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple


class Usage(NamedTuple):
    """At `at_s` of the steady clock: CPU time and memory of this process, and what it had sent."""

    at_s: float
    cpu_s: float
    resident_bytes: int | None
    messages: int
    sent_bytes: int
    confirmed: int


def usage(*, messages: int, sent_bytes: int, confirmed: int) -> Usage:
    """As of now."""
    return Usage(time.monotonic(), time.process_time(), _resident_bytes(), messages, sent_bytes, confirmed)


def _resident_bytes() -> int | None:
    """What of this process is in memory; None where the system does not say it in Linux's way."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
