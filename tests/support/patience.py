"""How long a test waits for what another process or thread does: long, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 30.0

T = TypeVar("T")


def await_it(look: Callable[[], T | None], what: str) -> T:
    """What `look` finds, asked again and again until that is something; fails after a long patience."""
    give_up_s = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < give_up_s, f"no {what} within {PATIENCE_S:.0f} s"
        time.sleep(0.01)
    return found
