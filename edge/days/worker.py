"""Has days judged beside the loop, one after the other, so that alerts never wait for a report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from edge.adapters.memory import give_back_freed_memory
from edge.contract.samples import Mode
from edge.days.judge import Order
from edge.pipeline.day import day_end
from edge.signals.nights import NightAt
from edge.wearer.state import WearerState
from edge.wearer.summary import Day

log = logging.getLogger(__name__)

# How many beginnings of days are remembered for each wearer.
REMEMBERED: Final = 4

Who = tuple[str, Mode]
Judge = Callable[[Order], Day]


class DayWorker:
    """One day at a time, in a thread of its own; `wake` is called, from there, when one is done.

    Where in the journal a day begins is remembered, so that not all of it is read every time; that makes it
    faster and nothing else.
    """

    def __init__(self, night_at: NightAt, wake: Callable[[], None]) -> None:
        self._night_at = night_at
        self._wake = wake
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="days")
        self._under_way: Future[Day] | None = None
        self._begun: dict[Who, list[tuple[float, int]]] = {}
        self._begins: dict[Who, float] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a day is being judged, or was and has not been taken."""
        return self._under_way is not None

    def note(self, wearers: Mapping[Who, WearerState], journal_id: int) -> None:
        """Remember where days begin: what came up to `journal_id` came before those that have begun since."""
        for who, state in wearers.items():
            begins_s = self._begins.get(who)
            if begins_s is None or state.now_s >= begins_s:
                self._begins[who] = day_end(self._night_at, state.now_s)
            if begins_s is not None and state.now_s >= begins_s:
                self._begun[who] = [*self._begun.get(who, []), (begins_s, journal_id)][-REMEMBERED:]

    def begin(self, judge: Judge, who: Who, span_s: tuple[float, float]) -> None:
        """Have a day judged; not while one is under way."""
        after_id = max((place for at_s, place in self._begun.get(who, []) if at_s <= span_s[0]), default=0)
        self._under_way = self._threads.submit(_judged, judge, Order(*who, *span_s, after_id))
        self._under_way.add_done_callback(lambda _: self._wake())

    def take(self) -> Day | None:
        """The day that was judged, once; None while there is none."""
        if self._under_way is None or not self._under_way.done():
            return None
        day, self._under_way = self._under_way.result(), None
        return day

    def close(self) -> None:
        """End without waiting: a day that was not taken is judged again after the next start."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _judged(judge: Judge, order: Order) -> Day:
    try:
        return judge(order)
    except Exception as error:  # noqa: BLE001 - a day that cannot be judged must not end the edge, day after day
        log.warning("the day of a wearer could not be judged: %s: %s", type(error).__name__, error)
        return Day(wearer=order.wearer, mode=order.mode, from_s=order.from_s, until_s=order.until_s)
    finally:
        # A day in memory is some megabytes: no reason to hold them until the next morning.
        give_back_freed_memory()
