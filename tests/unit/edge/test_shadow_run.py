"""The shadow run: a new model beside the one in use, on the windows of a journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.adapters.child import Child
from edge.bundles import SHIPPED
from edge.contract.codec import encode
from edge.contract.messages import Agreement
from edge.contract.samples import SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
from edge.ends import Entry
from edge.slots.shadow import compare
from edge.slots.shadow_run import Job, read_agreement, shadow_command
from edge.storage.store import Store
from tests.support.bundles import signed
from tests.support.corridor import NOON_S, FakeModel, Judged, beats

TOPICS = Topics()


def journal(wearers: int = 1, beats_each: int = 10) -> Iterator[Entry]:
    """Beats of 800 ms, then 900 ms, then 800 ms and so on, one in a batch."""
    for wearer in range(wearers):
        times_s, values = beats(NOON_S, [800.0 + 100.0 * (beat % 2) for beat in range(beats_each)])
        for seq, (at_s, value) in enumerate(zip(times_s, values, strict=True)):
            batch = SampleBatch(seq=seq, times_s=[at_s], values={"rr": [value]})
            topic = TOPICS.samples(SampleTopic(f"w{wearer}", "strap", "rr"))
            yield Entry(at_s, topic, Encoding.JSON, encode(batch))


def by_last(low: float | None, high: float | None, length: int = 2) -> FakeModel:
    """One answer for windows that end with 800 ms and one for those that end with 900 ms; hop 1."""

    def judge(window: NDArray[np.floating]) -> Judged:
        return Judged(low if window[-1] < 850.0 else high)

    return FakeModel(judge, length=length, hop=1)


def test_the_same_windows_are_judged_by_both_and_counted_by_hand() -> None:
    """Ten beats make nine windows of two: five end with 900 ms, four with 800 ms."""
    agreement = compare(
        journal(wearers=2), TOPICS, by_last(0.1, 0.4), by_last(0.2, 0.9), on_stream_time=False
    )

    # At 0.5: both say no of the 4 that end low, and are apart on the 5 that end high; for each wearer.
    assert agreement == Agreement(
        wearers=2,
        windows=18,
        both=18,
        alike=8,
        only_in_use=0,
        only_new=0,
        mean_difference=0.3222,  # (4 x 0.1 + 5 x 0.5) / 9
        largest_difference=0.5,
    )


def test_windows_that_one_of_them_does_not_answer_are_told_apart() -> None:
    """Where one abstains there is nothing to agree on."""
    agreement = compare(journal(), TOPICS, by_last(None, 0.4), by_last(0.2, None), on_stream_time=False)

    assert (agreement.windows, agreement.both, agreement.only_in_use, agreement.only_new) == (9, 0, 5, 4)
    assert agreement.mean_difference is None


def test_a_model_with_longer_windows_is_held_against_the_last_judgement_of_the_other() -> None:
    """Windows of four end at the fourth beat first: seven, each at a beat at which both judge."""
    agreement = compare(
        journal(), TOPICS, by_last(0.1, 0.4), by_last(0.1, 0.4, length=4), on_stream_time=False
    )

    assert (agreement.windows, agreement.alike, agreement.largest_difference) == (7, 7, 0.0)


def test_what_the_corridor_would_set_aside_is_not_judged_either() -> None:
    """A batch that comes twice or is cut, other signals and other entries of the journal are skipped."""
    entries = list(journal())
    entries = [entry for one in entries for entry in (one, one)]
    entries.insert(3, Entry(NOON_S, "$clock-step", Encoding.JSON, b"{}"))
    entries.insert(5, entries[0]._replace(payload=entries[0].payload[:20]))

    agreement = compare(entries, TOPICS, by_last(0.1, 0.4), by_last(0.1, 0.4), on_stream_time=False)

    assert agreement.windows == 9


def test_a_process_of_its_own_reads_the_journal_of_an_edge_that_goes_on_writing(tmp_path: Path) -> None:
    """Only the stretch asked for is judged, by the models in both files, with the database open elsewhere."""
    store = Store(tmp_path, lambda: False)
    entries = list(journal(beats_each=200))
    store.keep_messages(entries)
    new = tmp_path / "new.vwb"
    new.write_bytes(signed("1.0.1"))
    # 64 beats in a window, judged each 16: of the last 100 beats the 64th, the 80th and the 96th.
    from_s = entries[100].received_s - 0.01
    job = Job(
        state_dir=str(tmp_path),
        prefix="vitalward",
        from_s=from_s,
        on_stream_time=False,
        in_use=str(SHIPPED["rhythm"]),
        new=str(new),
    )

    ended = Child(shadow_command(job), 60.0).wait()
    store.keep_messages(entries[:1])
    store.close()

    assert ended.failure is None
    agreement = read_agreement(ended.output)
    assert (agreement.wearers, agreement.windows, agreement.largest_difference) == (1, 3, 0.0)
    assert msgspec.json.decode(ended.output)["windows"] == 3
