"""What the rhythm labels of beats make of windows."""

from __future__ import annotations

import numpy as np

from training.datasets.wfdb import BeatRecord
from training.windows import is_organised, label_windows, without_doubtful


def record(*stretches: tuple[str | None, int]) -> BeatRecord:
    rhythm = np.array([label for label, beats in stretches for _ in range(beats)], dtype=object)
    return BeatRecord("made", np.arange(len(rhythm), dtype=np.float32), rhythm)


def rhythm_of(made: BeatRecord) -> list[str | None]:
    return list(dict.fromkeys(made.rhythm.tolist()))


def test_windows_that_reach_into_unlabelled_beats_are_left_out() -> None:
    """Of three windows over 4 unlabelled and 8 labelled beats only those of labelled beats remain."""
    windows = label_windows(record((None, 4), ("N", 8)), length=4, hop=4)

    assert windows.rr_ms.tolist() == [[4, 5, 6, 7], [8, 9, 10, 11]]


def test_half_of_the_beats_in_fibrillation_are_not_a_majority() -> None:
    """2 of 4 beats are not more than half; 3 of 4 are."""
    windows = label_windows(record(("N", 2), ("AFIB", 3), ("AFL", 1)), length=4, hop=1)

    assert windows.af_share.tolist() == [0.5, 0.75, 0.75]
    assert windows.is_af.tolist() == [False, True, True]
    assert windows.flutter_share.tolist() == [0.0, 0.0, 0.25]


def test_spare_beats_are_cut_along_and_not_counted() -> None:
    """Of windows of 4 and 2 spare beats the shares are those of the first 4; all 6 must have a label."""
    windows = label_windows(record(("N", 4), ("AFIB", 3), (None, 1)), length=4, hop=1, spare=2)

    assert windows.rr_ms.tolist() == [[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]]
    assert windows.af_share.tolist() == [0.0, 0.25]


def test_a_record_too_short_for_a_window_gives_none() -> None:
    """Three beats make no window of four."""
    assert len(label_windows(record(("N", 3)), length=4, hop=1).rr_ms) == 0


def test_slow_stretches_within_fibrillation_lose_their_label() -> None:
    """SBR between two AF stretches, with a run of B beside it, is no proof of sinus rhythm."""
    cleaned = without_doubtful(record(("AFIB", 5), ("SBR", 5), ("B", 2), ("AFIB", 5)))

    assert rhythm_of(cleaned) == ["AFIB", None]


def test_slow_stretches_beside_sinus_rhythm_keep_their_label() -> None:
    """SBR between AF and sinus rhythm, or at the end, is believed."""
    made = record(("AFIB", 5), ("SBR", 5), ("N", 2), ("AFIB", 5), ("B", 3))

    assert without_doubtful(made).rhythm.tolist() == made.rhythm.tolist()


def test_regular_and_blocked_flutter_intervals_are_organised_and_random_ones_are_not() -> None:
    """Multiples of a cycle of 220 ms, and a regular rhythm, against intervals that know of no cycle."""
    rng = np.random.default_rng(12)
    flutter = 220.0 * rng.choice([2, 3, 4], (20, 64)) + rng.normal(0.0, 10.0, (20, 64))
    regular = rng.normal(640.0, 8.0, (20, 64))
    irregular = rng.uniform(450.0, 1000.0, (20, 64))

    assert is_organised(flutter.astype(np.float32)).all()
    assert is_organised(regular.astype(np.float32)).all()
    assert not is_organised(irregular.astype(np.float32)).any()
