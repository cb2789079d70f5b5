"""Looks after the wearers' sleep every five minutes, beside the loop, so that alerts never wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from edge.adapters.memory import give_back_freed_memory
from edge.contract.bundle import Bundle
from edge.contract.messages import SleepStatus
from edge.sleep_now.judge import LOOK_EVERY_S
from edge.sleep_now.looks import Look

log = logging.getLogger(__name__)

Told = tuple[SleepStatus, ...]


class SleepWorker:
    """One look at a time, in a thread of its own; `wake` is called, from there, when one is done.

    `look` gives None while it has to be asked again. `statuses` is what the last one told; nothing where it
    failed, until one succeeds.
    """

    def __init__(self, look: Callable[[Look], Told | None], wake: Callable[[], None]) -> None:
        self._look = look
        self._wake = wake
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sleep")
        self._under_way: Future[Told | None] | None = None
        self._done_s: float | None = None
        self._begun_s = 0.0
        self._has_failed = False
        self.statuses: Told = ()

    @property
    def is_busy(self) -> bool:
        """Whether a look is under way, or is done and was not taken."""
        return self._under_way is not None

    def proceed(self, now_s: float, open_bundle: Callable[[], Bundle]) -> None:
        """Take what was told, and look again if it is time."""
        self._take()
        # At whole five minutes of the clock, so that the same journal is looked at at the same times.
        at_s = now_s // LOOK_EVERY_S * LOOK_EVERY_S
        if self._under_way is None and at_s != self._done_s:
            self._begun_s = at_s
            self._under_way = self._threads.submit(_looked, self._look, Look(at_s, open_bundle))
            self._under_way.add_done_callback(lambda _: self._wake())

    def _take(self) -> None:
        if self._under_way is None or not self._under_way.done():
            return
        done, self._under_way = self._under_way, None
        try:
            told = done.result()
        except Exception as error:  # noqa: BLE001 - a state that cannot be told must not end the edge
            level = logging.DEBUG if self._has_failed else logging.WARNING
            log.log(level, "how wearers sleep cannot be told: %s: %s", type(error).__name__, error)
            self._has_failed, self._done_s, self.statuses = True, self._begun_s, ()
            return
        if told is None:
            return
        if self._has_failed:
            log.info("how wearers sleep can be told again")
        self._has_failed, self._done_s, self.statuses = False, self._begun_s, told

    def close(self) -> None:
        """End without waiting: the next start reads the journal again."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _looked(look: Callable[[Look], Told | None], when: Look) -> Told | None:
    try:
        return look(when)
    finally:
        # A look takes some megabytes: no reason to hold them for five minutes.
        give_back_freed_memory()
