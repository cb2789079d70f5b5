"""One look at all wearers: reads what is new in the journal, tells how sleep stands, writes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.contract.bundle import Bundle
from edge.contract.durations import DAY_S
from edge.contract.messages import SleepStage, SleepStatus
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.days.judge import open_to_read
from edge.days.recorded import read_batches
from edge.days.sleep import SleepJudge
from edge.pipeline.intake import FUTURE_TOLERANCE_S
from edge.signals.sleep_epochs import EPOCH_S
from edge.signals.sleep_report import STAGES
from edge.signals.sleep_stages import WindowModel
from edge.sleep_now.judge import Course, LiveReader, go_on
from edge.sleep_now.known import USED, Known

# So many rows a look reads at most, in about two seconds on a Pi: the journal of a day that an edge meets at
# its start is read in many, and none of them keeps the database's log from being emptied for long.
ROWS_A_LOOK: Final = 20_000
NOT_JUDGED: Final = "judging it failed; the edge's log says how"

log = logging.getLogger(__name__)

Who = tuple[str, Mode]


class Look(NamedTuple):
    """When to look: the event time, and what opens the sleep bundle in force."""

    at_s: float
    open_bundle: Callable[[], Bundle]


class Looks:
    """Remembers between looks what is known of each wearer, so that each row of the journal is read once."""

    def __init__(self, state_dir: Path, topics: Topics) -> None:
        self._state_dir = state_dir
        self._topics = topics
        self._begin_anew(0.0)

    def _begin_anew(self, at_s: float) -> None:
        self._at_s = at_s
        self._read_id = 0
        self._known: dict[Who, Known] = {}
        self._courses: dict[Who, Course] = {}
        self._failing: set[Who] = set()

    def look(self, look: Look) -> tuple[SleepStatus, ...] | None:
        """How each wearer sleeps whose movement was heard within a day; None while there is more to be read.

        The same journal and the same times of looks give the same. A time before that of the last look begins
        anew: the clock was set back.
        """
        if look.at_s < self._at_s:
            self._begin_anew(look.at_s)
        self._at_s = look.at_s
        if not self._has_read_all(look.at_s):
            return None
        present = self._present(look.at_s)
        if not present:
            return ()
        by = _live_reader(look.open_bundle)
        return tuple(self._status(who, look.at_s, by) for who in present)

    def _has_read_all(self, at_s: float) -> bool:
        """Read on, up to what had come by then; whether that was all."""
        ids: list[int] = []
        with closing(open_to_read(self._state_dir)) as database:
            rows = database.execute(
                "SELECT received_s, topic, encoding, payload, id FROM journal "
                "WHERE id > ? AND received_s BETWEEN ? AND ? AND topic GLOB ? ORDER BY id LIMIT ?",
                (self._read_id, at_s - DAY_S, at_s, f"{self._topics.root}/samples/*", ROWS_A_LOOK),
            )
            for topic, mode, samples in read_batches(_noted(rows, ids), self._topics, USED):
                # Of a clock that was ahead: it would push out what is true.
                usable = [sample for sample in samples if sample.at_s <= at_s + FUTURE_TOLERANCE_S]
                known = self._known.setdefault((topic.wearer, mode), Known())
                known.take(topic.device, topic.signal, usable)
        self._read_id = max(ids, default=self._read_id)
        return len(ids) < ROWS_A_LOOK

    def _present(self, at_s: float) -> list[Who]:
        """Whose movement was heard; the others are forgotten."""
        for known in self._known.values():
            known.forget_before(at_s - DAY_S)
        self._known = {who: known for who, known in self._known.items() if known.is_moved}
        self._courses = {who: course for who, course in self._courses.items() if who in self._known}
        self._failing &= self._known.keys()
        return sorted(self._known)

    def _status(self, who: Who, at_s: float, by: LiveReader) -> SleepStatus:
        wearer, mode = who
        try:
            course = go_on(self._courses.get(who), self._known[who], at_s, by)
        except Exception as error:  # noqa: BLE001 - one wearer's failure must not silence the others
            level = logging.DEBUG if who in self._failing else logging.WARNING
            log.log(level, "how a wearer sleeps cannot be told: %s: %s", type(error).__name__, error)
            self._failing.add(who)
            return SleepStatus(wearer=wearer, mode=mode, reason=NOT_JUDGED)
        if who in self._failing:
            log.info("how a wearer sleeps can be told again")
            self._failing.remove(who)
        if isinstance(course, str):
            return SleepStatus(wearer=wearer, mode=mode, reason=course)
        self._courses[who] = course
        return status_of(who, course)


def _noted(rows: Iterable[Sequence[Any]], ids: list[int]) -> Iterator[Sequence[Any]]:
    """Rows without their last column, the id, which is noted."""
    for *row, row_id in rows:
        ids.append(row_id)
        yield row


def status_of(who: Who, course: Course) -> SleepStatus:
    """What is told of a wearer whose sleep stands so."""
    probability = [] if course.posterior is None else course.posterior.round(3).tolist()
    return SleepStatus(
        wearer=who[0],
        mode=who[1],
        is_asleep=course.is_asleep,
        stage=SleepStage(STAGES[course.stage]),
        at_s=course.judged * EPOCH_S,
        since_s=course.since * EPOCH_S,
        probability=dict(zip(SleepStage, probability, strict=False)),
        bundle=course.by,
    )


def _live_reader(open_bundle: Callable[[], Bundle]) -> LiveReader:
    """The bundle as it is read live; its network is made ready once a look, where anybody rests."""
    judge = SleepJudge.of_bundle(open_bundle())

    @cache
    def open_model() -> WindowModel:
        network = judge.open_network()

        def run(windows: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.concatenate([network.run(window) for window in windows])

        return run

    return LiveReader(judge.name, judge.reader, open_model)
