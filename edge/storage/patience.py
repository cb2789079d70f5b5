"""Writing to a disk that may be full: try until it works, and meanwhile forget nothing."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

RETRY_S = 1.0


def store_patiently(
    write: Callable[[], None], is_stopping: Callable[[], bool], *, retry_s: float = RETRY_S
) -> None:
    """Do `write` until the disk lets us; the last error is raised only when asked to stop meanwhile."""
    failures = 0
    while True:
        try:
            write()
        except sqlite3.OperationalError as error:
            log.log(logging.DEBUG if failures else logging.WARNING, "cannot store: %s; trying on", error)
            failures += 1
            if is_stopping():
                raise
            threading.Event().wait(retry_s)
        else:
            if failures:
                log.info("storing again after %d failures", failures)
            return
