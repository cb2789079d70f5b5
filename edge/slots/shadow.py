"""A new model beside the one in use: both judge the same windows of the journal, and nobody hears of it."""

from __future__ import annotations

from collections.abc import Iterable

from edge.contract.catalogue import SIGNALS
from edge.contract.codec import decode_batch
from edge.contract.errors import MessageError
from edge.contract.messages import Agreement
from edge.contract.samples import Mode
from edge.contract.topics import SampleTopic, Topics
from edge.ends import Entry
from edge.pipeline.intake import check_batch
from edge.rulebook import Scorer
from edge.wearer.freshness import sort_batch
from edge.wearer.sample import Sample
from edge.wearer.state import WearerState, Window
from edge.wearer.windows import push, take


class Shadow:
    """Counts how two models judge; samples are taken as the corridor takes them."""

    def __init__(self, in_use: Scorer, new: Scorer, topics: Topics, *, on_stream_time: bool) -> None:
        self._models = (in_use, new)
        self._topics = topics
        self._on_stream_time = on_stream_time
        self._states: dict[tuple[str, Mode], WearerState] = {}
        self._windows: dict[tuple[str, Mode], tuple[Window, Window]] = {}
        self._last: dict[tuple[str, Mode], float | None] = {}
        self._differences: list[float] = []
        self._alike = self._windows_seen = self._only_in_use = self._only_new = 0
        self._judged: set[tuple[str, Mode]] = set()

    def take(self, entry: Entry) -> None:
        """Take one entry of the journal; what is no sample of a signal that both models read is skipped."""
        topic = sample_topic(entry, self._topics)
        if topic is None or not any(topic.signal in model.stream.signals for model in self._models):
            return
        batch = decode_batch(entry.payload, entry.encoding)
        key = (topic.wearer, batch.mode)
        state = self._states.setdefault(key, WearerState(*key))
        arrival_s = max(state.now_s, batch.times_s[-1]) if self._on_stream_time else entry.received_s
        state.now_s = arrival_s
        samples = check_batch(batch, topic.signal, now_s=None).samples
        live = sort_batch(
            state,
            SIGNALS[topic.signal],
            samples,
            device=topic.device,
            seq=batch.seq,
            arrival_s=arrival_s,
        ).live
        for sample in live:
            self._show(key, topic.signal, sample)

    def agreement(self) -> Agreement:
        """What has come of it so far."""
        differences = self._differences
        return Agreement(
            wearers=len(self._judged),
            windows=self._windows_seen,
            both=len(differences),
            alike=self._alike,
            only_in_use=self._only_in_use,
            only_new=self._only_new,
            mean_difference=round(sum(differences) / len(differences), 4) if differences else None,
            largest_difference=round(max(differences), 4) if differences else None,
        )

    def _show(self, key: tuple[str, Mode], signal: str, sample: Sample) -> None:
        """Show both models a sample; where the new one judges, compare with the other's last judgement."""
        windows = self._windows.setdefault(key, (Window(), Window()))
        for window, model in zip(windows, self._models, strict=True):
            stream = model.stream
            if signal not in stream.signals:
                continue
            # Both models see the same, worn or not: they are compared, and nothing is told.
            if not push(window, sample, stream, is_of_wearer=True):
                continue
            probability = model.score(take(window)).probability
            if model is self._models[0]:
                self._last[key] = probability
            elif key in self._last:
                self._compare(key, self._last[key], probability)

    def _compare(self, key: tuple[str, Mode], in_use: float | None, new: float | None) -> None:
        self._judged.add(key)
        self._windows_seen += 1
        if in_use is None or new is None:
            self._only_in_use += in_use is not None
            self._only_new += new is not None
            return
        self._differences.append(abs(in_use - new))
        one, other = (model.stream.threshold for model in self._models)
        self._alike += (in_use >= one) == (new >= other)


def sample_topic(entry: Entry, topics: Topics) -> SampleTopic | None:
    """The topic of an entry of samples; None for any other."""
    try:
        return topics.parse_samples(entry.topic)
    except MessageError:
        return None


def compare(
    entries: Iterable[Entry], topics: Topics, in_use: Scorer, new: Scorer, *, on_stream_time: bool
) -> Agreement:
    """How two models judge the windows of these entries, oldest first."""
    shadow = Shadow(in_use, new, topics, on_stream_time=on_stream_time)
    for entry in entries:
        try:
            shadow.take(entry)
        except MessageError:
            # The edge has left it out too.
            continue
    return shadow.agreement()
