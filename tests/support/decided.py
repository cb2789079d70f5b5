"""An edge without a broker: what is sent to it is journaled and decided on, in a state folder like any."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from device_sim.simulate import Step
from edge.config import parse_config
from edge.contract.codec import encode
from edge.contract.messages import Alert
from edge.contract.samples import ClockTick
from edge.contract.topics import Topics
from edge.ends import Entry, Incoming
from edge.pipeline.door import admit
from edge.pipeline.ward import Ward
from edge.slots.equipment import Equipment
from edge.storage.store import Store

TOPICS = Topics("vitalward")
FOREVER_S = 1e9


class DecidedStory:
    """A story on stream time: its configuration, its state folder, and every alert that came of it.

    At `checkpoint_s` its states are kept as the edge keeps them now and then.
    """

    def __init__(
        self,
        folder: Path,
        steps: Iterable[Step],
        scheme: str = "acc-aha-2017",
        checkpoint_s: float = math.inf,
    ) -> None:
        self.state_dir = folder / "state"
        self.config = folder / "edge.toml"
        text = (
            f'[edge]\nclock = "stream"\nstate_dir = "{self.state_dir}"\n'
            f'[blood_pressure]\nscheme = "{scheme}"\n'
        )
        self.config.write_text(text)
        rules = Equipment(parse_config(text, where="test")).rules_with({})
        ward = Ward(rules, TOPICS, {}, on_stream_time=True)
        store = Store(self.state_dir, lambda: False)
        self.alerts: list[Alert] = []
        journaled = 0
        for step in steps:
            packets = [(packet.topic, packet.payload) for packet in step.packets]
            packets.append((TOPICS.clock, encode(ClockTick(now_s=step.now_s))))
            messages = [Incoming(step.now_s, topic, payload) for topic, payload in packets]
            admitted = [admit(TOPICS, message, on_stream_time=True) for message in messages]
            entries = [entry for entry in admitted if isinstance(entry, Entry)]
            letters = [letter for entry in entries for letter in ward.take(entry)]
            store.keep_messages(entries)
            journaled += len(entries)
            if step.now_s >= checkpoint_s:
                checkpoint_s = math.inf
                store.keep_decisions(journaled, [], [], ward.wearers.values())
                store.forget_entries(step.now_s, FOREVER_S)
            self.alerts += [
                msgspec.json.decode(letter.payload, type=Alert)
                for letter in letters
                if letter.topic.startswith(f"{TOPICS.root}/alerts/")
            ]
        store.close()

    def forgotten(self, copy: Path) -> Path:
        """The state folder long after, when only what follows the checkpoint is kept."""
        shutil.copytree(self.state_dir, copy)
        store = Store(copy, lambda: False)
        store.forget_entries(9 * FOREVER_S, FOREVER_S)
        store.close()
        return copy
