"""Windows of RR intervals with what the cardiologist's rhythm labels say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.windows import sliding
from training.datasets.wfdb import BeatRecord

AF: Final = "AFIB"
FLUTTER: Final = "AFL"


@dataclass(frozen=True)
class Windows:
    """Windows of one record in order of time.

    `rr_ms` float32 (n, length or more); `af_share` and `flutter_share` float32 (n,) of its beats.
    """

    rr_ms: NDArray[np.float32]
    af_share: NDArray[np.float32]
    flutter_share: NDArray[np.float32]

    @property
    def is_af(self) -> NDArray[np.bool_]:
        """More than half of the beats are in atrial fibrillation."""
        return self.af_share > 0.5

    def where(self, chosen: NDArray[np.bool_]) -> Windows:
        """The windows that are chosen, (n,)."""
        return Windows(self.rr_ms[chosen], self.af_share[chosen], self.flutter_share[chosen])


def label_windows(record: BeatRecord, *, length: int, hop: int, spare: int = 0) -> Windows:
    """Cut a record into windows; those that reach into an unlabelled stretch are left out.

    `spare` more intervals are cut, `rr_ms` (n, length + spare), which the shares do not count.
    """
    known = are_labelled(record, length=length + spare, hop=hop)

    def share(rhythm: str) -> NDArray[np.float32]:
        is_so = sliding(record.rhythm == rhythm, length=length + spare, hop=hop)[known, :length]
        return np.asarray(is_so.mean(axis=-1, dtype=np.float32))

    return Windows(
        rr_ms=sliding(record.rr_ms, length=length + spare, hop=hop)[known],
        af_share=share(AF),
        flutter_share=share(FLUTTER),
    )


def are_labelled(record: BeatRecord, *, length: int, hop: int) -> NDArray[np.bool_]:
    """Which windows of a record have a rhythm at every beat; (windows,)."""
    is_labelled = record.rhythm != None  # noqa: E711 - element by element
    return np.asarray(sliding(is_labelled, length=length, hop=hop).all(axis=-1))


# The period of an atrial flutter wave: 214 to 350 a minute.
FLUTTER_CYCLES_MS: Final = np.arange(172.0, 281.0, 4.0, dtype=np.float32)


def is_organised(rr_ms: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which windows are all multiples of one flutter cycle, as regular rhythms are too; (n, length) -> (n,).

    Intervals that know of no cycle are 0.2 of it away from the nearest multiple of the best one. LTAFDB has
    no label for flutter, so it stands there among AF: windows below 0.12 are a quarter of record 39's, and
    about one in a thousand of the others'.
    """
    misfit = np.full(len(rr_ms), np.inf, dtype=np.float32)
    for cycle_ms in FLUTTER_CYCLES_MS:
        ratio = rr_ms / cycle_ms
        np.minimum(misfit, np.abs(ratio - np.round(ratio)).mean(axis=1), out=misfit)
    return misfit < 0.12


def without_doubtful(record: BeatRecord) -> BeatRecord:
    """Blank the stretches whose label cannot be trusted for learning.

    Within ongoing fibrillation LTAFDB labels slow stretches SBR and premature ventricular beats B or T: the
    ventricles' rate and beats changed there, the atria's rhythm did not. So whatever stands between two AF
    stretches and is not sinus rhythm (N) has no label.
    """
    rhythm = record.rhythm.copy()
    starts = np.flatnonzero(np.concatenate([[True], rhythm[1:] != rhythm[:-1]]))
    ends = np.append(starts[1:], len(rhythm))
    labels = rhythm[starts].tolist()
    is_sinus = [label == "N" for label in labels]
    is_af = [label == AF for label in labels]
    for at, (first, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        if is_sinus[at] or is_af[at]:
            continue
        # The nearest stretch on either side that is AF or sinus rhythm decides.
        before = next((is_af[k] for k in range(at - 1, -1, -1) if is_af[k] or is_sinus[k]), False)
        after = next((is_af[k] for k in range(at + 1, len(labels)) if is_af[k] or is_sinus[k]), False)
        if before and after:
            rhythm[first:end] = None
    return BeatRecord(record.name, record.rr_ms, rhythm)
