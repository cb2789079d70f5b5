"""Writes beats and rhythms as a record that WFDB software reads, so that any tool can take simulated wearers.

Format: G. B. Moody, WFDB Applications Guide, annot(5) and header(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.wfdb_annotations import AUX, RHYTHM, SKIP, SYMBOLS

FS_HZ: Final = 250
# The largest distance of two annotations that fits beside the code.
SHORT: Final = 1023
NORMAL: Final = next(code for code, symbol in SYMBOLS.items() if symbol == "N")


def write_record(
    folder: Path, name: str, beats_s: NDArray[np.float64], rhythms: Sequence[tuple[float, str]]
) -> None:
    """Write `name.hea`, `name.qrs` with the beats and `name.atr` with the rhythm (AFIB, N) from each time on.

    The header names no signals: there are only annotations.
    """
    samples = np.round(beats_s * FS_HZ).astype(np.int64).tolist()
    length = (samples[-1] if samples else 0) + FS_HZ
    (folder / f"{name}.hea").write_text(f"{name} 0 {FS_HZ} {length}\n", encoding="ascii")
    beats = b"".join(_annotation(NORMAL, step) for step in np.diff(samples, prepend=0).tolist())
    (folder / f"{name}.qrs").write_bytes(beats + _word(0, 0))
    at, parts = 0, []
    for at_s, label in rhythms:
        sample = round(at_s * FS_HZ)
        parts.append(_annotation(RHYTHM, sample - at) + _note(f"({label}"))
        at = sample
    (folder / f"{name}.atr").write_bytes(b"".join(parts) + _word(0, 0))


def _annotation(code: int, step: int) -> bytes:
    if step <= SHORT:
        return _word(code, step)
    high, low = step >> 16, step & 0xFFFF
    return _word(SKIP, 0) + high.to_bytes(2, "little") + low.to_bytes(2, "little") + _word(code, 0)


def _note(text: str) -> bytes:
    data = text.encode("ascii") + b"\0"
    return _word(AUX, len(data)) + data + b"\0" * (len(data) % 2)


def _word(code: int, value: int) -> bytes:
    return (code << 10 | value).to_bytes(2, "little")
