"""A fleet in real time: it comes together, stays, loses members and gets them back, and leaves."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from itertools import count, cycle
from typing import NamedTuple

import numpy as np

from device_sim.brokers import Address
from device_sim.devices.formats import Packet
from device_sim.fleet.connection import Connection
from device_sim.fleet.log import Log
from device_sim.fleet.member import Member, plans_of
from device_sim.fleet.packets import Will
from device_sim.fleet.usage import Usage, usage
from edge.contract.errors import RuntimeMissingError
from edge.contract.topics import Topics

# Members hand over one after the other, a few each tick, as devices that know nothing of each other.
TICK_S = 0.05
AWAY_S = 10.0
DRAIN_S = 30.0
# A broker that was lost is tried again this often, for so long.
AGAIN_S, STALL_S = 1.0, 60.0


class FleetPlan(NamedTuple):
    """How many wearers, and how they come and go; `is_shared` puts all on one connection."""

    wearers: int
    ramp_s: float
    steady_s: float
    churn_per_min: float
    batch_s: float
    is_shared: bool
    seed: int


class Logs(NamedTuple):
    """What was sent, and which last wills the broker owes."""

    sent: Log
    wills: Log


class Played(NamedTuple):
    """What became of a play; `begin` and `end` are those of the steady time."""

    begin: Usage
    end: Usage
    before: Usage
    connect_s: list[float]
    behind_s: float
    departures: int
    breaks: int
    unconfirmed: int


class Fleet:
    """The members, and what they have done so far."""

    def __init__(self, plan: FleetPlan, address: Address, topics: Topics, logs: Logs) -> None:
        self._plan = plan
        self._address = address
        self._topics = topics
        self._logs = logs
        self._devices = plans_of(plan.batch_s)
        self._ring: list[list[Member]] = [[] for _ in range(max(round(plan.batch_s / TICK_S), 1))]
        self._members: list[Member] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._away: deque[tuple[float, Member]] = deque()
        self._shared: Connection | None = None
        self._confirmed = 0
        self._messages = 0
        self._bytes = 0
        self._turns = cycle(np.random.default_rng(plan.seed).permutation(plan.wearers).tolist())
        self._client_id = f"vitalward-fleet-{os.getpid()}"
        self._wall_s = time.time() - time.monotonic()
        self.connect_s: list[float] = []
        self.departures = 0
        self.breaks = 0

    async def play(self, check: Callable[[], None]) -> Played:
        """Ramp, steady time with churn, and an orderly end; `check` may raise to end it."""
        plan, before = self._plan, self._usage()
        if plan.is_shared:
            self._shared = await Connection.open(self._address, self._client_id, None)
        began_s, begin, behind_s = time.monotonic(), None, 0.0
        for tick in count():
            due_s = began_s + tick * TICK_S
            await asyncio.sleep(max(due_s - time.monotonic(), 0.0))
            check()
            self._look_at_opening()
            now_s = time.monotonic()
            self._join(tick, now_s - began_s)
            is_whole = len(self._members) == plan.wearers and not self._opening
            if begin is None and is_whole and now_s - began_s >= plan.ramp_s and now_s - due_s < TICK_S:
                begin = self._usage()
            if begin is not None:
                if now_s - begin.at_s >= plan.steady_s:
                    break
                behind_s = max(behind_s, now_s - due_s)
                self._churn(now_s, now_s - begin.at_s)
            for member in self._ring[tick % len(self._ring)]:
                self._act(member, now_s)
        assert begin is not None
        end = self._usage()
        unconfirmed = await self._leave(check)
        return Played(begin, end, before, self.connect_s, behind_s, self.departures, self.breaks, unconfirmed)

    def _look_at_opening(self) -> None:
        """Raise what a connection could not be opened for; a shared one that is lost is opened again."""
        for task in [task for task in self._opening if task.done()]:
            self._opening.remove(task)
            task.result()
        if self._shared is not None and not self._shared.is_open and not self._opening:
            self.breaks += 1
            self._opening.add(asyncio.create_task(self._reopen(self._shared)))

    def _join(self, tick: int, elapsed_s: float) -> None:
        """Those whose turn it is to join during the ramp."""
        plan = self._plan
        due = plan.wearers if elapsed_s >= plan.ramp_s else int(plan.wearers * elapsed_s / plan.ramp_s) + 1
        # Half of each tick at most: where lives cannot be begun that fast the ramp takes longer, and those
        # who are there already do not wait.
        until_s = time.monotonic() + TICK_S / 2.0
        while len(self._members) < min(due, plan.wearers) and time.monotonic() < until_s:
            number, now_s = len(self._members), self._wall_s + time.monotonic()
            waits = (number - tick) % len(self._ring)
            member = Member(
                number,
                plan.wearers,
                self._devices,
                plan.seed,
                self._topics,
                now_s=now_s,
                first_s=now_s + waits * TICK_S,
            )
            self._members.append(member)
            self._ring[number % len(self._ring)].append(member)
            self._come(member)

    def _churn(self, now_s: float, elapsed_s: float) -> None:
        """Some go without a word; those that have been away for long enough come back."""
        due = self._plan.churn_per_min / 60.0 * elapsed_s
        # Whoever is away already cannot go, and nobody can while all are.
        for _ in self._members:
            if self.departures >= due:
                break
            member = self._members[next(self._turns)]
            if member.connection is not None and member.connection.is_open:
                self.departures += 1
                self._gone(member)
                self._away.append((now_s + AWAY_S, member))
        while self._away and self._away[0][0] <= now_s:
            self._come(self._away.popleft()[1])

    def _act(self, member: Member, now_s: float) -> None:
        connection = member.connection
        if connection is None:
            return
        if connection is self._shared and not connection.is_open:
            # It is being opened again; until then the devices keep what they have.
            return
        if not connection.is_open:
            # Nobody here has ended it.
            self.breaks += 1
            self._gone(member)
            self._away.append((now_s + AWAY_S, member))
            return
        packets = member.packets(self._wall_s + now_s)
        for packet in packets:
            self._logs.sent.note(packet.topic, packet.payload)
        self._send(connection, packets)

    def _send(self, connection: Connection, packets: list[Packet]) -> None:
        if packets:
            connection.send(packets)
            self._messages += len(packets)
            self._bytes += sum(len(packet.payload) for packet in packets)

    def _come(self, member: Member) -> None:
        if self._shared is not None:
            member.connection = self._shared
            return
        self._opening.add(asyncio.create_task(self._open(member)))

    async def _open(self, member: Member) -> None:
        # Once anybody has connected the broker is there, and may be away for a while.
        is_known = bool(self.connect_s)
        member.visit()
        client_id, will = f"{self._client_id}-{member.name}", member.will(self._topics)
        began_s = time.monotonic()
        if is_known:
            connection = await self._opened_again(client_id, will)
        else:
            connection = await Connection.open(self._address, client_id, will)
        self.connect_s.append(time.monotonic() - began_s)
        owed, member.owed = member.owed, []
        self._send(connection, owed)
        member.connection = connection

    async def _reopen(self, lost: Connection) -> None:
        """Another connection for all, over which goes what the lost one has not delivered."""
        shared = await self._opened_again(self._client_id, None)
        self._confirmed += lost.confirmed
        self._shared = shared
        for member in self._members:
            if member.connection is lost:
                member.connection = shared
        self._send(shared, list(lost.unconfirmed.values()))

    async def _opened_again(self, client_id: str, will: Will | None) -> Connection:
        """A connection to a broker that has been there before, and may be back in a while."""
        until_s = time.monotonic() + STALL_S
        while True:
            try:
                return await Connection.open(self._address, client_id, will)
            except RuntimeMissingError:
                if time.monotonic() > until_s:
                    raise
            await asyncio.sleep(AGAIN_S)

    def _gone(self, member: Member) -> None:
        """A member's connection ends without a word; over a shared one it merely falls silent."""
        connection, member.connection = member.connection, None
        if connection is None or connection is self._shared:
            return
        member.owed += connection.unconfirmed.values()
        self._confirmed += connection.confirmed
        self._logs.wills.note(*member.will(self._topics))
        connection.drop()

    async def _leave(self, check: Callable[[], None]) -> int:
        """All come back, hand over what they owe, and say goodbye; how much the broker has not confirmed."""
        away = [member for _, member in self._away]
        for member in away:
            self._come(member)
        while self._opening:
            check()
            await asyncio.sleep(TICK_S)
            self._look_at_opening()
        for member in away:
            self._act(member, time.monotonic())
        open_now = self._connections()
        until_s = time.monotonic() + DRAIN_S
        while any(connection.unconfirmed for connection in open_now) and time.monotonic() < until_s:
            check()
            await asyncio.sleep(TICK_S)
        unconfirmed = sum(len(connection.unconfirmed) for connection in open_now)
        for connection in open_now:
            connection.leave()
        await asyncio.sleep(0)
        return unconfirmed

    def _connections(self) -> list[Connection]:
        if self._shared is not None:
            return [self._shared]
        return [member.connection for member in self._members if member.connection is not None]

    def _usage(self) -> Usage:
        confirmed = self._confirmed + sum(connection.confirmed for connection in self._connections())
        return usage(messages=self._messages, sent_bytes=self._bytes, confirmed=confirmed)
