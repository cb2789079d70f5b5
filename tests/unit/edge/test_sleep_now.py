"""Who sleeps now: what is kept of the journal, how it is judged while the night goes on, and the thread."""

from __future__ import annotations

import logging
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.contract.bundle import Bundle
from edge.contract.codec import encode
from edge.contract.messages import SleepStage, SleepStatus
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic
from edge.ends import Entry
from edge.signals.sleep_channels import CHANNELS, EpochSeries, without_holes
from edge.signals.sleep_epochs import MARGIN_S, activity_level, heart_rate_swing
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_stages import Decoder
from edge.sleep_now.judge import (
    LITTLE_MOVEMENT,
    LOOK_EVERY_S,
    MOST_ONE_BY_ONE,
    NO_HEART_RATE,
    NO_MOVEMENT,
    NOT_WORN,
    TOO_LITTLE,
    Course,
    LiveReader,
    go_on,
)
from edge.sleep_now.known import HEART_SECONDS, Known, Track
from edge.sleep_now.looks import NOT_JUDGED, ROWS_A_LOOK, Look, Looks
from edge.sleep_now.worker import SleepWorker
from edge.slots.equipment import Equipment
from edge.storage.store import Store
from edge.wearer.sample import Sample
from tests.support.home import (
    EPOCH_S,
    HOUR_S,
    MIDNIGHT_S,
    TOPICS,
    shipped_equipment,
    strap_night,
    wristband_day,
)

DAY_S = 24 * HOUR_S
READER = NightReader(
    window_epochs=12,
    margin_epochs=4,
    mean=np.zeros(CHANNELS),
    deviation=np.ones(CHANNELS),
    decoder=Decoder(
        transition=np.array([[0.90, 0.08, 0.02], [0.02, 0.96, 0.02], [0.02, 0.03, 0.95]]),
        start=np.array([0.6, 0.3, 0.1]),
        prior=np.array([0.1, 0.65, 0.25]),
        weight=0.4,
        lift=np.array([1.0, 1.0, 1.2]),
    ),
)


def by_first_channels(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits that hang on the channels of the window."""
    logits: NDArray[np.float32] = (
        0.3 * windows[..., :5] + 0.1 * windows.mean(axis=2, keepdims=True)[..., 5:10]
    )
    return logits


BY = LiveReader("sleep-0.0.1", READER, lambda: by_first_channels)


@pytest.fixture(scope="module")
def equipment(tmp_path_factory: pytest.TempPathFactory) -> Equipment:
    return shipped_equipment(tmp_path_factory.mktemp("equipment"))


def samples(times_s: NDArray[np.floating], values: NDArray[np.floating]) -> list[Sample]:
    return [Sample(at_s, (value,)) for at_s, value in zip(times_s.tolist(), values.tolist(), strict=True)]


def lived(until_s: float, rest_s: float, seed: int = 1) -> Known:
    """Twelve hours up to that time by a band, at rest from `rest_s` on."""
    known, rng = Known(), np.random.default_rng(seed)
    end_s = np.arange(until_s - 12 * HOUR_S, until_s, EPOCH_S) + EPOCH_S
    known.take("band", "movement", samples(end_s, rng.exponential(25.0, len(end_s)) * (end_s <= rest_s)))
    heard_s = np.arange(until_s - 12 * HOUR_S, until_s, 20.0)
    known.take("band", "hr", samples(heard_s, 60.0 + rng.standard_normal(len(heard_s)).cumsum() % 20.0))
    return known


class Journal:
    """A store in a folder, and the looks at it; the shipped sleep model judges."""

    def __init__(self, folder: Path, equipment: Equipment) -> None:
        self.folder = folder
        self.store = Store(folder, lambda: True)
        self.looks = Looks(folder, TOPICS)
        self.open = equipment.source("sleep", {}).open

    def look(self, at_s: float) -> tuple[SleepStatus, ...]:
        """What is told at that time, however many reads it takes."""
        while (told := self.looks.look(Look(at_s, self.open))) is None:
            pass
        return told

    def course(self, from_s: float, until_s: float, every_s: float = LOOK_EVERY_S) -> list[SleepStatus]:
        """What is told of the one wearer by the looks after the one time, up to the other."""
        times_s = np.arange(from_s + every_s, until_s + 1.0, every_s)
        return [status for at_s in times_s.tolist() for status in self.look(at_s)]


@pytest.fixture
def journal(equipment: Equipment, tmp_path: Path) -> Journal:
    return Journal(tmp_path, equipment)


def entry(signal: str, at_s: float, values: list[float | None], device: str = "band") -> Entry:
    """A batch with a value each half minute up to then."""
    times_s = [at_s - EPOCH_S * back for back in range(len(values) - 1, -1, -1)]
    batch = SampleBatch(seq=int(at_s) % 100_000, times_s=times_s, values={signal: values}, mode=Mode.TEST)
    topic = TOPICS.samples(SampleTopic("w1", device, signal))
    return Entry(at_s, topic, Encoding.JSON, encode(batch))


def without(entries: list[Entry], signal: str) -> list[Entry]:
    return [each for each in entries if not each.topic.endswith(f"/{signal}")]


def test_a_night_is_told_while_it_goes_on(journal: Journal) -> None:
    """Still from eleven to six: asleep within an hour, for nearly all of the night, awake soon after it."""
    journal.store.keep_messages(wristband_day(0, (-1.0, 6.0)))

    told = journal.course(MIDNIGHT_S - 2 * HOUR_S, MIDNIGHT_S + 9 * HOUR_S, 900.0)
    asleep = [each for each in told if each.is_asleep]
    night = told[3 * 4 : 8 * 4]

    assert [each.is_asleep for each in told[:4]] == [False] * 4
    assert asleep[0].at_s is not None
    assert asleep[0].at_s < MIDNIGHT_S
    assert asleep[0].since_s == pytest.approx(MIDNIGHT_S - HOUR_S, abs=15 * 60)
    assert np.mean([each.is_asleep is True for each in night]) > 0.9
    # The samples come by the hour: what came at seven tells of waking at six.
    assert told[-1].is_asleep is False
    assert told[-1].since_s == pytest.approx(MIDNIGHT_S + 6 * HOUR_S, abs=15 * 60)
    assert (told[-1].stage, told[-1].bundle, told[-1].probability) == (SleepStage.WAKE, None, {})


def test_what_the_model_judged_is_told_with_its_probabilities_and_bundle(journal: Journal) -> None:
    """In the middle of the night; the three sum to one."""
    journal.store.keep_messages(wristband_day(0, (-1.0, 6.0)))

    (status,) = journal.look(MIDNIGHT_S + 3 * HOUR_S)

    assert status.stage in {SleepStage.NREM, SleepStage.REM}
    assert sum(status.probability.values()) == pytest.approx(1.0, abs=0.002)
    assert status.bundle == "sleep-1.0.0"
    assert (status.wearer, status.mode, status.reason) == ("w1", Mode.TEST, None)


def test_a_restart_in_the_night_tells_the_same(journal: Journal, equipment: Equipment) -> None:
    """The night so far is read from the journal: asleep, and since when, as an edge that never stopped."""
    journal.store.keep_messages(wristband_day(0, (-1.0, 6.0)))
    at_s = MIDNIGHT_S + 3 * HOUR_S

    went_on = journal.course(MIDNIGHT_S - 2 * HOUR_S, at_s)[-1]
    (anew,) = Journal(journal.folder, equipment).look(at_s)

    assert (went_on.is_asleep, anew.is_asleep) == (True, True)
    assert anew.at_s == went_on.at_s
    assert went_on.since_s is not None
    assert anew.since_s == pytest.approx(went_on.since_s, abs=30 * 60)


def test_what_comes_later_does_not_change_what_was_told(journal: Journal, equipment: Equipment) -> None:
    """The journal up to three o'clock, and the whole one, tell the same at the looks until three."""
    whole = wristband_day(0, (-1.0, 6.0))
    until_s = MIDNIGHT_S + 3 * HOUR_S
    journal.store.keep_messages(whole)
    half = Journal(journal.folder / "half", equipment)
    half.store.keep_messages([each for each in whole if each.received_s <= until_s])

    assert journal.course(until_s - 2 * HOUR_S, until_s) == half.course(until_s - 2 * HOUR_S, until_s)


@settings(max_examples=15, deadline=None)
@given(
    at_min=st.integers(min_value=1, max_value=240),
    later=st.lists(st.floats(min_value=0.0, max_value=200.0), min_size=1, max_size=10),
)
def test_an_epoch_is_told_by_nothing_later_than_the_look(at_min: int, later: list[float]) -> None:
    """Movement and heart rate after a look, whatever they are, change nothing that it tells."""
    at_s = MIDNIGHT_S + 60.0 * at_min
    plain, knowing = lived(at_s, MIDNIGHT_S - HOUR_S), lived(at_s, MIDNIGHT_S - HOUR_S)
    after_s = at_s + EPOCH_S * (1.0 + np.arange(len(later)))
    knowing.take("band", "movement", samples(after_s, np.array(later)))
    knowing.take("band", "hr", samples(after_s, 20.0 + np.array(later)))

    told, again = go_on(None, plain, at_s, BY), go_on(None, knowing, at_s, BY)

    assert isinstance(told, Course)
    assert isinstance(again, Course)
    assert replace(told, posterior=None) == replace(again, posterior=None)
    assert str(told.posterior) == str(again.posterior)


def test_each_epoch_is_judged_as_the_reader_judges_it_live() -> None:
    """Twenty epochs of a night that goes on: the reader's live probabilities, then the decoder's filter."""
    at_s = MIDNIGHT_S + 2 * HOUR_S
    known = lived(at_s, MIDNIGHT_S - HOUR_S)
    end = int(at_s / EPOCH_S) - 10
    night, judged = end - 200, end - 20
    before = Course(judged, 1, night, night=night, posterior=np.array([0.1, 0.7, 0.2]), by=BY.name)

    course = go_on(before, known, at_s, BY)

    start_s = EPOCH_S * np.arange(night, end)
    moved = known.movement(at_s)
    assert moved is not None
    moved_s = EPOCH_S * (np.arange(moved.end - len(moved.values), moved.end) + 0.5)
    is_there = ~np.isnan(moved.values)
    rate_s, rate_bpm = known.heart_rate(start_s[0] - MARGIN_S, start_s[-1] + EPOCH_S + MARGIN_S)
    series: EpochSeries = without_holes(
        np.arange(200),
        activity_level(moved_s[is_there], moved.values[is_there], start_s),
        heart_rate_swing(rate_s, rate_bpm, start_s),
    )
    live = [READER.live_probability(series.until(at), by_first_channels) for at in range(181, 201)]
    expected = READER.decoder.live_posterior(np.array(live), before.posterior)
    assert isinstance(course, Course)
    assert course.posterior is not None
    np.testing.assert_allclose(course.posterior, expected[-1])
    assert (course.judged, course.night, course.by) == (end, night, BY.name)


def test_a_night_that_is_met_in_its_course_is_judged_at_once_but_for_its_end() -> None:
    """Of hours that nobody was told of the model judges whole windows; the last five minutes one by one."""
    rest_s, at_s, asked = MIDNIGHT_S - HOUR_S, MIDNIGHT_S + 3 * HOUR_S, list[int]()

    def counting(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        asked.append(len(windows))
        return by_first_channels(windows)

    met = go_on(None, lived(at_s, rest_s), at_s, replace(BY, open_model=lambda: counting))

    assert isinstance(met, Course)
    assert met.night is not None
    assert met.judged - met.night > MOST_ONE_BY_ONE
    assert asked[1:] == [1] * 10
    assert asked[0] == -(-(met.judged - 10 - met.night) // 4)


def test_who_moves_is_awake_whatever_the_model_says() -> None:
    """Up for twenty minutes in the night: awake, with certainty; no model is needed by day."""
    at_s = MIDNIGHT_S + 2 * HOUR_S
    known = lived(at_s, MIDNIGHT_S - HOUR_S)
    up_s = at_s - 20 * 60.0 + EPOCH_S * np.arange(1, 41)
    known.take("band", "movement", samples(up_s, np.full(40, 30.0)))

    def never() -> None:
        raise AssertionError("a model was asked")

    course = go_on(None, known, at_s, BY)
    by_day = go_on(None, lived(at_s, at_s), at_s, replace(BY, open_model=never))  # type: ignore[arg-type]

    assert isinstance(course, Course)
    assert isinstance(by_day, Course)
    assert (course.is_asleep, course.posterior.tolist()) == (False, [1.0, 0.0, 0.0])  # type: ignore[union-attr]
    assert (by_day.is_asleep, by_day.posterior, by_day.by) == (False, None, None)


@pytest.mark.parametrize(
    ("entries", "at_h", "reason"),
    [
        pytest.param(without(wristband_day(0, (-1.0, 6.0)), "hr"), 3.0, NO_HEART_RATE, id="no heart rate"),
        pytest.param(wristband_day(0, (-1.0, 6.0)), 12.0, NO_MOVEMENT, id="fallen silent"),
        pytest.param(wristband_day(0, (-1.0, 6.0))[-8:], 10.0, LITTLE_MOVEMENT, id="two hours"),
        pytest.param(
            [*wristband_day(0, (-1.0, 6.0)), entry("contact", MIDNIGHT_S + 2.9 * HOUR_S, [0.0])],
            3.0,
            NOT_WORN,
            id="taken off",
        ),
    ],
)
def test_where_it_cannot_be_told_it_says_why(
    entries: list[Entry], at_h: float, reason: str, journal: Journal
) -> None:
    """No state then, only the reason, in words."""
    journal.store.keep_messages(entries)

    assert journal.look(MIDNIGHT_S + at_h * HOUR_S) == (
        SleepStatus(wearer="w1", mode=Mode.TEST, reason=reason),
    )


def test_a_gap_in_what_was_heard_is_not_taken_for_sleep() -> None:
    """Of the last twenty minutes before the epoch only the last was heard."""
    at_s = MIDNIGHT_S + 2 * HOUR_S
    known = lived(at_s - 25 * 60.0, MIDNIGHT_S - HOUR_S)
    known.take("band", "movement", samples(np.array([at_s]), np.zeros(1)))

    assert go_on(None, known, at_s, BY) == TOO_LITTLE


def test_a_band_that_hands_over_late_is_told_of_later(journal: Journal) -> None:
    """Its hour of samples comes an hour late: the state is as old as they are, and says so."""
    late = [each._replace(received_s=each.received_s + HOUR_S) for each in wristband_day(0, (-1.0, 6.0))]
    journal.store.keep_messages(late)

    (status,) = journal.look(MIDNIGHT_S + 4 * HOUR_S)

    assert status.is_asleep is True
    assert status.at_s == MIDNIGHT_S + 3 * HOUR_S - 300.0


def test_two_devices_are_one_wearer(journal: Journal) -> None:
    """Movement of the band, heart rate of the strap, which tells more of the night."""
    entries = [*without(wristband_day(0, (-1.0, 6.0)), "hr"), *strap_night(0, 7.0, 0.0, from_h=-2.0)]
    journal.store.keep_messages(sorted(entries, key=lambda each: each.received_s))

    (status,) = journal.look(MIDNIGHT_S + 3 * HOUR_S)

    assert status.stage is not None
    assert status.bundle == "sleep-1.0.0"


def test_a_clock_that_was_set_back_begins_anew(journal: Journal) -> None:
    """What the clock's wrong time had pushed out is read again."""
    journal.store.keep_messages(wristband_day(0, (-1.0, 6.0)))
    (before,) = journal.look(MIDNIGHT_S + 3 * HOUR_S)
    assert journal.look(MIDNIGHT_S + 3 * DAY_S) == ()

    assert journal.look(MIDNIGHT_S + 3 * HOUR_S) == (before,)


def test_wearers_and_modes_are_told_of_apart_and_who_sends_no_movement_is_not(journal: Journal) -> None:
    """A name in two modes is two; of a strap alone nothing is told."""
    journal.store.keep_messages(
        [
            *wristband_day(0, (-1.0, 6.0), mode=Mode.REAL),
            *wristband_day(0, (4.0, 9.0)),
            *strap_night(0, 7.0, 0.0, wearer="w2"),
        ]
    )

    told = {(each.wearer, each.mode): each.is_asleep for each in journal.look(MIDNIGHT_S + 3 * HOUR_S)}

    assert told == {("w1", Mode.REAL): True, ("w1", Mode.TEST): False}


def test_a_long_journal_is_read_in_parts(journal: Journal, equipment: Equipment) -> None:
    """One look reads no more than so many rows, and tells nothing before it has read them all."""
    row = entry("contact", MIDNIGHT_S + HOUR_S, [1.0])
    journal.store.keep_messages([*wristband_day(0, (-1.0, 6.0)), *[row] * ROWS_A_LOOK])
    look = Look(MIDNIGHT_S + 3 * HOUR_S, equipment.source("sleep", {}).open)

    assert journal.looks.look(look) is None
    assert [each.is_asleep for each in journal.looks.look(look) or ()] == [True]


def test_a_row_that_cannot_be_read_is_left_out(journal: Journal) -> None:
    """What the journal holds beside it counts."""
    journal.store.keep_messages([entry("hr", MIDNIGHT_S, [1.0]), *wristband_day(0, (-1.0, 6.0))])
    database = sqlite3.connect(journal.folder / "vitalward.db", isolation_level=None)
    database.execute("UPDATE journal SET encoding = 'cbor' WHERE id = 1")
    database.close()

    assert [each.is_asleep for each in journal.look(MIDNIGHT_S + 3 * HOUR_S)] == [True]


def test_one_wearer_whose_judging_fails_silences_nobody_else(
    journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the model cannot run, who moves about is told of all the same; it is warned of once."""
    caplog.set_level(logging.DEBUG, logger="edge.sleep_now.looks")
    journal.store.keep_messages(
        [*wristband_day(0, (-1.0, 6.0)), *wristband_day(0, (4.0, 9.0), mode=Mode.REAL)]
    )
    whole = journal.open
    journal.open = lambda: msgspec.structs.replace(whole(), model=b"broken")

    told = [journal.look(MIDNIGHT_S + at_s) for at_s in (3 * HOUR_S, 3 * HOUR_S + LOOK_EVERY_S)]
    journal.open = whole
    told.append(journal.look(MIDNIGHT_S + 3 * HOUR_S + 2 * LOOK_EVERY_S))

    by_mode = [{each.mode: (each.is_asleep, each.reason) for each in look} for look in told]
    awake = (False, None)
    assert by_mode == [
        {Mode.TEST: (None, NOT_JUDGED), Mode.REAL: awake},
        {Mode.TEST: (None, NOT_JUDGED), Mode.REAL: awake},
        {Mode.TEST: (True, None), Mode.REAL: awake},
    ]
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "INFO"]
    assert "w1" not in caplog.text


def test_what_is_kept_of_a_wearer_does_not_grow() -> None:
    """Old values fall off; a value long past is not kept in their place."""
    track = Track(5)
    track.put(np.arange(100, 104), np.arange(4.0))
    track.put(np.array([106, 90]), np.array([6.0, 9.0]))

    assert track.end == 107
    np.testing.assert_array_equal(track.between(100, 108), [np.nan, np.nan, 2, 3, np.nan, np.nan, 6, np.nan])


def test_heart_rate_alone_is_not_kept_and_a_silent_device_is_let_go() -> None:
    """A wearer without a wristband takes no memory, nor does a device of long ago."""
    known = Known()
    known.take("strap", "rr", samples(np.array([MIDNIGHT_S]), np.array([1000.0])))
    assert not known.is_moved
    assert known.heart_rate(MIDNIGHT_S - HEART_SECONDS, MIDNIGHT_S + 60.0)[0].tolist() == []

    known = lived(MIDNIGHT_S, MIDNIGHT_S)
    known.forget_before(MIDNIGHT_S + 1.0)
    assert not known.is_moved


ASLEEP = SleepStatus(wearer="w1", mode=Mode.TEST, is_asleep=True, stage=SleepStage.NREM, at_s=0.0)


def no_bundle() -> Bundle:
    raise AssertionError("a fake needs none")


class Played:
    """A worker over a look of ours, waited for without sleeping."""

    def __init__(self, *told: tuple[SleepStatus, ...] | Exception | None) -> None:
        self._told = list(told)
        self.asked_s: list[float] = []
        self._woken = threading.Semaphore(0)
        self.worker = SleepWorker(self._look, self._woken.release)

    def _look(self, look: Look) -> tuple[SleepStatus, ...] | None:
        self.asked_s.append(look.at_s)
        told = self._told.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    def at(self, now_s: float, looks: int = 1) -> tuple[SleepStatus, ...]:
        """What is told after so many looks at that time."""
        for _ in range(looks):
            self.worker.proceed(now_s, no_bundle)
            assert self._woken.acquire(timeout=30.0)
        while self.worker.is_busy:
            self.worker.proceed(now_s, no_bundle)
        return self.worker.statuses


def test_it_is_looked_at_every_five_minutes_of_the_clock() -> None:
    """Once in each five minutes, at their beginning, however often it is asked in between."""
    played = Played((ASLEEP,), ())

    told = [played.at(1199.0)]
    played.worker.proceed(1199.9, no_bundle)
    told.append(played.at(1201.0))

    assert played.asked_s == [900.0, 1200.0]
    assert told == [(ASLEEP,), ()]
    played.worker.close()


def test_a_look_that_has_more_to_read_is_repeated_at_once() -> None:
    """Nothing is told before; then what the same look tells."""
    played = Played(None, (ASLEEP,))

    assert played.at(1000.0, looks=2) == (ASLEEP,)
    assert played.asked_s == [900.0, 900.0]
    played.worker.close()


def test_a_look_that_fails_ends_nothing_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """A warning, then DEBUG, then that it is over; what was told before is not told for now."""
    caplog.set_level(logging.DEBUG, logger="edge.sleep_now.worker")
    played = Played((ASLEEP,), ZeroDivisionError("made up"), ZeroDivisionError("made up"), (ASLEEP,))

    told = [played.at(now_s) for now_s in (900.0, 1200.0, 1500.0, 1800.0)]
    played.worker.close()

    assert told == [(ASLEEP,), (), (), (ASLEEP,)]
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "INFO"]
    assert "w1" not in caplog.text
