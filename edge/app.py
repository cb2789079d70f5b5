"""The composition root: wires broker, journal, corridor and outbox, and runs the loop between them."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from functools import partial
from pathlib import Path
from queue import Empty
from random import Random

from edge import __version__
from edge.adapters.clock import Clock
from edge.adapters.mqtt import (
    Confirmed,
    Connected,
    Disconnected,
    Event,
    MqttLink,
    Received,
    Rejected,
    Will,
    Woken,
)
from edge.clock_watch import ClockWatch
from edge.conditions.table import CONDITIONS
from edge.config import Clock as ClockChoice
from edge.config import Config
from edge.contract.codec import encode
from edge.contract.durations import HOUR_S
from edge.contract.messages import InstallStatus, LinkState, SelfTestStatus, Status
from edge.contract.topics import Encoding, Topics
from edge.days.worker import DayWorker
from edge.decisions import Decisions
from edge.delivery import Delivery
from edge.ends import Entry, Incoming, Lane, Letter
from edge.heartbeat import Heart
from edge.pipeline.clock_step import CLOCK_STEP_TOPIC, ClockStep
from edge.pipeline.day import DAY_TOPIC
from edge.pipeline.door import admit, refuse_command
from edge.pipeline.queue_length import QUEUE_TOPIC
from edge.pipeline.ward import Ward
from edge.queue_watch import QueueWatch
from edge.recovery import forget_unknown, make_state_anew, take_down
from edge.reporter import Reporter
from edge.self_test import SelfTest, answers
from edge.sleep_now.looks import Looks
from edge.sleep_now.worker import SleepWorker
from edge.slots.equipment import Equipment
from edge.slots.folder import BundleFolder
from edge.slots.history import History, in_force_at
from edge.slots.installer import Installer
from edge.slots.startup import Startup
from edge.storage.checkpoints import Checkpoint
from edge.storage.lock import lock_folder
from edge.storage.store import Store

log = logging.getLogger(__name__)

TICK_S = 1.0
# One turn takes at most so many messages, so that a flood delays alerts by a fraction of a second only.
DRAIN_LIMIT = 512
PRUNE_EVERY_S = HOUR_S
# How long a stopping edge waits for the broker to confirm what it still owes.
FLUSH_S = 5.0
# Why the edge is offline: of one that is gone the broker says the first, as does one that an error ends.
CONNECTION_LOST = "connection lost"
DATABASE_FAILED = "database failed"
STOPPED = "stopped"


class Edge:
    """One edge: made from a configuration, run until asked to stop.

    ConfigError for a state folder that another edge is at work in, or anything else that the user can mend.
    """

    def __init__(self, config: Config, clock: Clock, random: Random) -> None:
        # First of all: nothing in a folder that another edge is at work in is to be touched.
        self._lock = lock_folder(Path(config.edge.state_dir))
        self._config = config
        self._clock = clock
        self._topics = Topics(config.mqtt.prefix)
        self._on_stream_time = config.edge.clock is ClockChoice.STREAM
        self._equipment = Equipment(config)
        self._is_stopping = False
        self._store = Store(Path(config.edge.state_dir), lambda: self._is_stopping)
        cursor, wearers = self._store.load()
        folder, history = BundleFolder(Path(config.edge.state_dir)), History(self._store)
        now_s = clock.now_s()
        Startup(self._equipment, folder, history, now_s, now_s - config.journal.keep_hours * HOUR_S).settle()
        # State made anew begins with the bundles of that time, and meets the others in the journal.
        start = self._store.start_anew() if wearers is None else Checkpoint(cursor, wearers)
        in_force = in_force_at(history.read(), start.journal_id)
        self._ward = Ward(
            self._equipment.rules_with(in_force),
            self._topics,
            start.wearers,
            on_stream_time=self._on_stream_time,
            fits=self._equipment.fits,
            in_force=in_force,
            edge=config.edge.name,
        )
        if wearers is None:
            forget_unknown(start.wearers.values(), CONDITIONS)
            make_state_anew(self._ward, self._store.journal, start.journal_id, cursor)
        self._days = DayWorker(self._equipment.rules.night_at, lambda: self._link.events.put(Woken()))
        self._decisions = Decisions(
            self._store,
            self._ward,
            self._topics,
            cursor,
            before_commit=lambda cursor: self._days.note(self._ward.wearers, cursor),
        )
        if wearers is None:
            down = take_down(self._store.shown(), self._ward, self._topics, now_s)
            self._decisions.keep([*down, *self._ward.alarms()], is_anew=True)
        self._sleep = SleepWorker(
            Looks(Path(config.edge.state_dir), self._topics).look, lambda: self._link.events.put(Woken())
        )
        self._counters: Counter[str] = Counter()
        self._is_refused = False
        self._started_s = clock.now_s()
        self._next_tick_s = self._next_prune_s = clock.monotonic_s()
        self._clock_watch = ClockWatch(self._next_tick_s, self._started_s)
        # It lies with the broker from before the connection on: what may change has no place in it.
        gone = Status(
            state=LinkState.OFFLINE,
            edge=config.edge.name,
            version=__version__,
            reason=CONNECTION_LOST,
            started_s=self._started_s,
        )
        self._link = MqttLink(
            config.mqtt,
            client_id=f"vitalward-edge-{config.edge.name}",
            subscriptions=self._subscriptions(),
            will=Will(self._topics.status(config.edge.name), encode(gone)),
            random=random,
            clock=clock,
        )
        self._delivery = Delivery(self._store.outbox, self._link, self._topics)
        self._queue_watch = QueueWatch(CONDITIONS["queue_growing"], has_waited=self._ward.has_queue())
        self._reporter = Reporter(self._link, self._topics, config.edge.status_period_s)
        self._heart = Heart(self._link, self._topics, config.edge.name, config.alarms.heartbeat_s)
        self._self_test = SelfTest(
            self._link,
            self._topics,
            config.edge.name,
            config.alarms.self_test_hours * HOUR_S,
            start_s=self._next_tick_s,
        )
        self._installer = Installer(
            config=config,
            clock=clock,
            equipment=self._equipment,
            folder=folder,
            history=history,
            ward=self._ward,
            decide=self._decisions.catch_up,
        )

    def stop(self) -> None:
        """Ask `run` to finish; may be called from a signal handler, and so takes no lock."""
        self._is_stopping = True
        self._link.events.put(Disconnected())

    def run(self) -> bool:
        """Listen, decide and publish until `stop`; then flush and say goodbye.

        False if the database failed before that. Nothing can be decided without it, and the next start sets
        it aside if it cannot be read.
        """
        reason = CONNECTION_LOST
        try:
            self._decisions.catch_up()
            if not self._on_stream_time:
                self._notice_step_while_off()
            self._link.start()
            while not self._is_stopping:
                self._turn(self._wait_s())
            self._flush()
            reason = STOPPED
        except sqlite3.DatabaseError as error:
            # What was not acknowledged comes again from the broker.
            if self._is_stopping and isinstance(error, sqlite3.OperationalError):
                reason = STOPPED
                log.warning("stopped while nothing could be stored: %s", error)
            else:
                reason = DATABASE_FAILED
                log.error(
                    "the database in %s failed (%s): the edge ends, and checks it when it is started again",
                    self._config.edge.state_dir,
                    error,
                    exc_info=log.isEnabledFor(logging.DEBUG),
                )
        finally:
            self._say_goodbye(reason)
            self._link.stop()
            self._days.close()
            self._sleep.close()
            self._installer.close(in_good_order=reason == STOPPED)
            self._store.close()
            self._lock.close()
        return reason != DATABASE_FAILED

    def _turn(self, wait_s: float) -> None:
        """One turn of the loop: take what has come, decide, let time go on, send, report."""
        received = []
        self._link.check()
        for event in self._drain(wait_s):
            match event:
                case Received():
                    received.append(event)
                case Confirmed(message_id):
                    self._delivery.confirm(message_id)
                case Rejected(message_id, reason):
                    if not self._delivery.refuse(message_id, reason, self._clock.monotonic_s()):
                        self._tell_refused(reason)
                case Connected():
                    self._reporter.start_over()
                    self._retain_alarms()
                case Disconnected() | Woken():
                    pass
        # Read once: what is set in the course of a turn is noticed at the next, before time goes on.
        monotonic_s, now_s = self._clock.monotonic_s(), self._clock.now_s()
        if not self._on_stream_time:
            self._carry_over(self._clock_watch.notice(monotonic_s, now_s))
            self._self_test.proceed(monotonic_s, now_s)
        if received:
            self._receive(received, monotonic_s, now_s)
            self._decisions.catch_up()
        if monotonic_s >= self._next_tick_s:
            self._tick(monotonic_s, now_s)
        self._judge_days(now_s)
        self._tell_sleep(now_s)
        if self._installer.proceed(monotonic_s):
            self._reporter.hurry()
        self._delivery.proceed(self._store.forget_letters, monotonic_s)
        self._heart.proceed(monotonic_s, now_s, self._decisions.decided_s)
        if self._reporter.is_due(monotonic_s):
            status = self._status(self_test=self._self_test.status, install=self._installer.status)
            self._reporter.report(monotonic_s, status, self._ward.statuses(), self._sleep.statuses)

    def _retain_alarms(self) -> None:
        """After a new connection: a broker that lost what it retained would show a calm that is none.

        One that went back to what it had saved before a crash would show alarms that are over.
        """
        for letter in [*self._ward.ended_alarms(), *self._ward.alarms()]:
            self._link.publish(letter.topic, letter.payload, retain=True)

    def _tell_refused(self, reason: str) -> None:
        """What is not in the outbox is not sent again; the next of its kind is."""
        level = logging.DEBUG if self._is_refused else logging.WARNING
        log.log(level, "the broker refuses a status, heartbeat, self-test or retained alarm: %s", reason)
        self._is_refused = True

    def _drain(self, wait_s: float) -> list[Event]:
        """What has happened: waits for the first event, takes those behind it as they are."""
        drained: list[Event] = []
        try:
            drained.append(self._link.events.get(timeout=wait_s))
            while len(drained) < DRAIN_LIMIT:
                drained.append(self._link.events.get_nowait())
        except Empty:
            pass
        return drained

    def _receive(self, received: list[Received], monotonic_s: float, now_s: float) -> None:
        """Journal what can be used and set aside what cannot, in one commit; only then acknowledge."""
        entries: list[Entry] = []
        notices: list[Letter] = []
        for message in received:
            if self._self_test.is_about(message.topic):
                self._self_test.hear(message.topic, message.payload, monotonic_s, now_s)
                continue
            if self._self_test.is_of_another(message.topic):
                continue
            incoming = Incoming(
                now_s,
                message.topic,
                message.payload,
                message.content_type,
                message.is_retained,
                message.reply_topic,
                message.correlation,
            )
            verdict = admit(self._topics, incoming, on_stream_time=self._on_stream_time)
            if isinstance(verdict, Entry):
                entries.append(verdict)
                continue
            notices.append(Letter(Lane.QUARANTINE, self._topics.quarantine, encode(verdict)))
            reply = refuse_command(self._topics, incoming, verdict)
            if reply is not None:
                notices.append(reply)

        self._store.keep_messages(entries, notices)
        for message in received:
            self._link.acknowledge(message)
        self._counters["received"] += len(received)
        self._counters["journaled"] += len(entries)
        self._counters["refused"] += sum(letter.lane is Lane.QUARANTINE for letter in notices)

    def _judge_days(self, now_s: float) -> None:
        """Journal the day that was judged, and have the next one judged that is over."""
        day = self._days.take()
        if day is not None:
            self._decisions.add(Entry(now_s, DAY_TOPIC, Encoding.JSON, encode(day)))
        if not (self._days.is_busy or self._is_stopping) and (due := self._ward.next_day()) is not None:
            judge = self._equipment.day_judge(self._ward.in_force)
            self._days.begin(partial(judge.judge, Path(self._config.edge.state_dir)), *due)

    def _tell_sleep(self, now_s: float) -> None:
        """Have it looked at who sleeps. Not on stream time: that may run faster than anybody can look."""
        if not (self._on_stream_time or self._is_stopping):
            self._sleep.proceed(now_s, self._equipment.source("sleep", self._ward.in_force).open)

    def _subscriptions(self) -> list[str]:
        """What the edge listens to. On stream time it is told the time, and does not test itself."""
        topics = self._topics
        rest = [topics.clock] if self._on_stream_time else answers(topics)
        return [topics.all_samples, topics.all_commands, *rest]

    def _tick(self, monotonic_s: float, now_s: float) -> None:
        """Let time go on, and now and then forget old samples."""
        self._next_tick_s = monotonic_s + TICK_S
        if not self._on_stream_time:
            self._notice_queue(monotonic_s, now_s)
            self._decisions.pass_time(now_s)
        # A day that is over is judged before its samples are forgotten.
        if monotonic_s >= self._next_prune_s and not self._owes_days:
            self._next_prune_s = monotonic_s + PRUNE_EVERY_S
            self._store.forget_entries(now_s, self._config.journal.keep_hours * HOUR_S)

    def _notice_step_while_off(self) -> None:
        """Carry the wearers over a step back of the clock that nobody saw."""
        monotonic_s, now_s = self._clock.monotonic_s(), self._clock.now_s()
        known_s = max((state.now_s for state in self._ward.wearers.values()), default=now_s)
        self._carry_over(self._clock_watch.notice_while_off(monotonic_s, now_s, known_s))

    def _carry_over(self, step: ClockStep | None) -> None:
        """Journal a step of the clock, and have the wearers' states carried over."""
        if step is not None:
            self._decisions.add(Entry(step.to_s, CLOCK_STEP_TOPIC, Encoding.JSON, encode(step)))

    def _notice_queue(self, monotonic_s: float, now_s: float) -> None:
        """Journal that messages pile up, or no longer do, so that it can be told."""
        inbox, outbox = self._link.events.qsize(), self._store.outbox.waiting()
        length = self._queue_watch.notice(inbox, outbox, monotonic_s)
        if length is not None:
            self._decisions.add(Entry(now_s, QUEUE_TOPIC, Encoding.JSON, encode(length)))

    def _wait_s(self) -> float:
        """How long nothing has to be done if nothing happens."""
        due_s = min(self._next_tick_s, self._installer.due_s)
        # What needs the link stays due without one; the news that it is up ends the wait.
        if self._link.is_connected:
            due_s = min(due_s, self._reporter.due_s, self._heart.due_s)
        return min(max(due_s - self._clock.monotonic_s(), 0.01), TICK_S)

    @property
    def _owes_days(self) -> bool:
        """Whether a day is over and not judged."""
        return self._days.is_busy or self._ward.next_day() is not None

    def _status(
        self,
        state: LinkState = LinkState.ONLINE,
        reason: str | None = None,
        self_test: SelfTestStatus | None = None,
        install: InstallStatus | None = None,
        outbox: int | None = None,
    ) -> Status:
        return Status(
            state=state,
            edge=self._config.edge.name,
            version=__version__,
            reason=reason,
            started_s=self._started_s,
            bundles=self._equipment.statuses(self._ward.in_force),
            wearers=len(self._ward.wearers),
            counters=self._told_counters(),
            outbox=self._store.outbox.waiting() if outbox is None else outbox,
            self_test=self_test,
            install=install,
        )

    def _told_counters(self) -> dict[str, int]:
        """What was counted; on stream time the last message counts once nothing that it led to is owed."""
        counters = self._counters + self._decisions.counters + self._ward.counters
        if self._on_stream_time and self._owes_days:
            counters["processed"] -= 1
        return dict(sorted(counters.items()))

    def _flush(self) -> None:
        """Send what waits, as long as the broker confirms."""
        give_up_s = self._clock.monotonic_s() + FLUSH_S
        while self._link.is_connected and self._clock.monotonic_s() < give_up_s:
            self._turn(0.01)
            if self._delivery.is_done:
                break
        log.info("stopped; %d messages wait in the outbox", self._store.outbox.waiting())

    def _say_goodbye(self, reason: str) -> None:
        """Leave word that the edge goes offline, and wait for the broker to have it."""
        if not self._link.is_connected:
            return
        give_up_s = self._clock.monotonic_s() + FLUSH_S
        try:
            outbox = self._store.outbox.waiting()
        except sqlite3.DatabaseError:
            # A database that failed is no reason to go without a word.
            outbox = 0
        farewell = encode(self._status(LinkState.OFFLINE, reason, outbox=outbox))
        message_id = self._link.publish(self._topics.status(self._config.edge.name), farewell, retain=True)
        while self._clock.monotonic_s() < give_up_s:
            for event in self._drain(0.05):
                if isinstance(event, Confirmed | Rejected) and event.message_id == message_id:
                    return
