"""All wearers of one edge: journal entries in, letters for the outbox out. Does no I/O and reads no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from edge.alarms.compose import compose_alarm
from edge.alarms.orders import record_of_order
from edge.alarms.over import note_over
from edge.contract.catalogue import SIGNALS
from edge.contract.codec import decode_batch, decode_clock, decode_command, encode
from edge.contract.commands import Reply
from edge.contract.errors import MessageError
from edge.contract.messages import WearerStatus
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.ends import SWITCHED_TOPIC, UNREADABLE_TOPIC, AlarmOver, Entry, Lane, Letter, Record, Said
from edge.pipeline.bundle_change import (
    REFUSED_TOPIC,
    Fit,
    Place,
    Refused,
    Switched,
    begin_with,
    decode_refused,
    decode_switched,
    tell_refused,
)
from edge.pipeline.clock_step import CLOCK_STEP_TOPIC, ClockStep, decode_step, step_clock, tell_step
from edge.pipeline.corridor import pass_time, take_batch, take_command
from edge.pipeline.day import DAY_TOPIC, day_begin, next_day, take_day
from edge.pipeline.letters import counter_of, letter_of, notice_of_samples, status_of
from edge.pipeline.queue_length import QUEUE_TOPIC, decode_queue, tell_queue
from edge.rulebook import Rulebook
from edge.watches import queue_growing
from edge.wearer.state import WearerState
from edge.wearer.summary import Day, decode_day


class Ward:
    """The wearers' states and the rules they are judged by.

    `fits` are the bundles that entries of the journal can put in force, `in_force` those that `rules` have by
    such entries, by task. The edge itself has a state too, under the name `edge`. `changed` are the wearers
    that changed, `records` the lines for the audit log and `days` the days to be kept, since each was last
    emptied.
    """

    def __init__(
        self,
        rules: Rulebook,
        topics: Topics,
        wearers: dict[tuple[str, Mode], WearerState],
        *,
        on_stream_time: bool,
        fits: Mapping[Place, Fit] | None = None,
        in_force: dict[str, str | None] | None = None,
        edge: str = "edge",
    ) -> None:
        self.wearers = wearers
        self.in_force: dict[str, str | None] = {} if in_force is None else in_force
        self.changed: set[tuple[str, Mode]] = set()
        self.records: list[Record] = []
        self.days: list[Day] = []
        self.counters: Counter[str] = Counter()
        self._rules = rules
        self._topics = topics
        self._on_stream_time = on_stream_time
        self._fits = {} if fits is None else fits
        self._edge = edge

    def take(self, entry: Entry) -> list[Letter]:
        """Decide on one journal entry; MessageError for one that cannot be taken.

        The door lets in none of that kind, but that of another version may have, and a disk can fail.
        """
        try:
            return self._take(entry)
        except (msgspec.DecodeError, ValueError) as error:
            allowed = "what an edge of this version journals"
            raise MessageError(str(error), where="payload", allowed=allowed) from error

    def _take(self, entry: Entry) -> list[Letter]:
        if entry.topic == UNREADABLE_TOPIC:
            raise MessageError(
                entry.payload.decode(), where="journal", allowed="what an edge of this version journals"
            )
        if entry.topic == self._topics.clock:
            return self.pass_time(decode_clock(entry.payload).now_s)
        if entry.topic == CLOCK_STEP_TOPIC:
            return self._step_clock(decode_step(entry.payload))
        if entry.topic == DAY_TOPIC:
            return self._take_day(decode_day(entry.payload), entry.received_s)
        if entry.topic == QUEUE_TOPIC:
            return self._tell_queue(entry)
        if entry.topic == SWITCHED_TOPIC:
            switched = decode_switched(entry.payload)
            # What was due by then is told by the bundle of then.
            letters = [] if self._on_stream_time else self.pass_time(entry.received_s)
            self.put_in_force(switched)
            return letters
        if entry.topic == REFUSED_TOPIC:
            return self._tell_refused(decode_refused(entry.payload), entry.received_s)
        if self._topics.is_command(entry.topic):
            return self._obey(entry)
        topic = self._topics.parse_samples(entry.topic)
        batch = decode_batch(entry.payload, entry.encoding)
        key = (topic.wearer, batch.mode)
        state = self.wearers.setdefault(key, WearerState(*key))
        self.changed.add(key)
        arrival_s = max(state.now_s, batch.times_s[-1]) if self._on_stream_time else entry.received_s
        if not state.day_until_s:
            state.day_until_s = day_begin(self._rules.night_at, arrival_s)
        outcome = take_batch(state, self._rules, topic, batch, arrival_s)
        self.counters["samples_live"] += outcome.live
        self.counters["samples_standby"] += outcome.standby
        letters = self._letters(state, outcome.said)
        for aside in outcome.set_aside:
            self.counters[f"samples_{aside.reason}"] += aside.samples
            notice = notice_of_samples(entry, aside, SIGNALS[topic.signal])
            letters.append(Letter(Lane.QUARANTINE, self._topics.quarantine, encode(notice)))
        return letters

    def pass_time(self, now_s: float) -> list[Letter]:
        """Let every wearer's time go on."""
        letters: list[Letter] = []
        for key, state in self.wearers.items():
            said = pass_time(state, self._rules, now_s)
            if said:
                self.changed.add(key)
                letters += self._letters(state, said)
        return letters

    def next_day(self) -> tuple[tuple[str, Mode], tuple[float, float]] | None:
        """The day that has waited longest to be judged, and whose it is; None while there is none."""
        over = (
            (day, key)
            for key, state in self.wearers.items()
            if (day := next_day(state, self._rules.night_at)) is not None
        )
        first = min(over, default=None)
        return None if first is None else (first[1], first[0])

    def alarms(self) -> list[Letter]:
        """Every alarm that is not over, as it stands: what has to be retained, whatever was before."""
        said_of = [
            (state, Said(compose_alarm(state, key, alarm) for key, alarm in state.board.alarms.items()))
            for state in self.wearers.values()
        ]
        return [letter for state, said in said_of for letter in self._letters(state, said)]

    def ended_alarms(self) -> list[Letter]:
        """The removal of every alarm that was over last: a broker may have brought it back."""
        return [
            letter_of(self._topics, state, AlarmOver(*one))
            for state in self.wearers.values()
            for one in state.board.over
        ]

    def _obey(self, entry: Entry) -> list[Letter]:
        """Carry out a command about a wearer who is known; about another there is nothing to command."""
        who, mode, wearer = self._topics.parse_command(entry.topic)
        command, state = decode_command(entry.payload), self.wearers.get((wearer, mode))
        self.counters["commands"] += 1
        if state is None:
            reply = Reply(
                request=command.request,
                who=who,
                wearer=wearer,
                mode=mode,
                is_accepted=False,
                at_s=entry.received_s,
                what="nothing is known of this wearer in this mode",
                allowed="a wearer who has sent samples",
            )
            self.records.append(record_of_order(command, reply))
            return [self._reply(entry, reply)]
        self.changed.add((wearer, mode))
        arrival_s = state.now_s if self._on_stream_time else entry.received_s
        said, reply = take_command(state, self._rules, who, command, arrival_s)
        return [*self._letters(state, said), self._reply(entry, reply)]

    def _take_day(self, day: Day, received_s: float) -> list[Letter]:
        """Take a day after what was due by the time that it was judged."""
        key = (day.wearer, day.mode)
        state = self.wearers.get(key)
        if state is None:
            return []
        self.changed.add(key)
        # A replay has no ticks between the entries. Stream time does not go on by the gateway's clock.
        said = [] if self._on_stream_time else pass_time(state, self._rules, received_s)
        return self._letters(state, said + take_day(state, self._rules, day))

    def _reply(self, entry: Entry, reply: Reply) -> Letter:
        topic = entry.reply_topic or self._topics.replies(reply.who)
        return Letter(Lane.ALERT, topic, encode(reply), correlation=entry.correlation)

    def _step_clock(self, step: ClockStep) -> list[Letter]:
        """Take what was due by the old time, then go on by the new one."""
        letters = self.pass_time(step.from_s)
        for key, state in self.wearers.items():
            step_clock(state, step)
            letters += self._letters(state, tell_step(state, self._rules, step))
            self.changed.add(key)
        # By the new time at once, as live: what is next due must not hang on when the next entry comes.
        letters += self.pass_time(step.to_s)
        # The times of what is retained have moved.
        return [*letters, *self.alarms()]

    def _tell_queue(self, entry: Entry) -> list[Letter]:
        """Every wearer's messages wait in the same queue."""
        queue = decode_queue(entry.payload)
        letters = self.pass_time(entry.received_s)
        for key, state in self.wearers.items():
            said = tell_queue(state, self._rules, queue, entry.received_s)
            letters += self._letters(state, said)
            self.changed.add(key)
        return letters

    def has_queue(self) -> bool:
        """Whether messages waited when that was last looked at."""
        key = f"queue_growing/{queue_growing.SUBJECT}"
        return any(key in state.episodes for state in self.wearers.values())

    def put_in_force(self, switched: Switched) -> None:
        """Decide by another bundle from now on; one that there no longer is changes nothing."""
        fit = self._fits.get(switched.place)
        if fit is None:
            return
        before, self._rules = self._rules, fit(self._rules)
        self.in_force[switched.task] = switched.sha256
        for key, state in self.wearers.items():
            if begin_with(state, switched.task, before, self._rules):
                self.changed.add(key)

    def _tell_refused(self, refused: Refused, received_s: float) -> list[Letter]:
        """Tell it of the edge itself, so that it is told once and also where no wearer is known yet."""
        key = (self._edge, Mode.REAL)
        times_s = [state.now_s for state in self.wearers.values()]
        state = self.wearers.setdefault(key, WearerState(*key))
        self.changed.add(key)
        at_s = max(times_s, default=received_s) if self._on_stream_time else received_s
        said = pass_time(state, self._rules, at_s)
        return self._letters(state, said + tell_refused(state, self._rules, refused, state.now_s))

    def statuses(self) -> list[WearerStatus]:
        """What is known of every wearer."""
        return [status_of(state) for state in self.wearers.values()]

    def _letters(self, state: WearerState, said: Said) -> list[Letter]:
        """What has to be published; records and days are set apart, to be kept."""
        letters = []
        note_over(state.board, said)
        for message in said:
            match message:
                case Record():
                    self.records.append(message)
                case Day():
                    self.days.append(message)
                case _:
                    letters.append(letter_of(self._topics, state, message))
                    counted = counter_of(message)
                    if counted is not None:
                        self.counters[counted] += 1
        return letters
