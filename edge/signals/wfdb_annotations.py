"""Beat and rhythm annotations in the MIT format of PhysioNet, and the header lines that go with them.

Pure: bytes and text in, arrays out; the callers read the files.
Format: G. B. Moody, WFDB Applications Guide, annot(5) and header(5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import DataError

# annot(5): codes above 49 do not mark events but qualify the annotation before them (SKIP: the one after).
SKIP: Final = 59
NUM: Final = 60
SUB: Final = 61
CHN: Final = 62
AUX: Final = 63
NOTE: Final = 22
RHYTHM: Final = 28

# ecgcodes.h; 15 and 17 are not in use.
SYMBOLS: Final = {
    code: symbol
    for code, symbol in enumerate(' NLRaVFJASEj/Q~\0|\0sT*D"=pB^t+u?![]en@xf()r')
    if symbol != "\0"
}

# PhysioNet's list of beat annotations; ventricular flutter waves (`!`) are not beats in it.
BEAT_SYMBOLS: Final = "NLRaVFJASEj/QB?enfr"
BEAT_CODES: Final = np.array(sorted(code for code, symbol in SYMBOLS.items() if symbol in BEAT_SYMBOLS))

DEFAULT_FS_HZ: Final = 250.0  # header(5): what a record has that states none
TIME_RESOLUTION: Final = "## time resolution:"


@dataclass(frozen=True)
class Annotations:
    """The annotations of one file, in file order.

    `sample`, `code`, `subtype`, `channel` and `number` are int64 of shape (n,); `note_index` int64 (k,) and
    `notes` (k texts) hold the free text of those annotations that have any; `fs_hz` if the file states it.
    """

    sample: NDArray[np.int64]
    code: NDArray[np.int64]
    subtype: NDArray[np.int64]
    channel: NDArray[np.int64]
    number: NDArray[np.int64]
    note_index: NDArray[np.int64]
    notes: tuple[str, ...]
    fs_hz: float | None

    def symbols(self) -> list[str]:
        """The one-character mnemonic of each annotation."""
        return [SYMBOLS.get(code, f"[{code}]") for code in self.code.tolist()]


@dataclass(frozen=True)
class Header:
    """What a record's `.hea` says: its name, sampling frequency and, if given, length in samples."""

    record: str
    fs_hz: float
    length: int | None


@dataclass(frozen=True)
class RhythmChanges:
    """Rhythm labels without their bracket (`AFIB`, `N`), each valid from its sample to the next one's."""

    sample: NDArray[np.int64]
    labels: tuple[str, ...]


def decode_annotations(data: bytes, *, where: str = "annotations") -> Annotations:
    """Decode one annotation file.

    Raises DataError naming `where` if the bytes end within an annotation.
    """
    if len(data) % 2:
        raise DataError("an odd number of bytes", where=where, allowed="16-bit words of the MIT format")
    words = np.frombuffer(data, dtype="<u2").astype(np.int64)
    kind, value = words >> 10, words & 0x3FF
    is_payload, end = _payload_words(kind, value, words, where)
    kept = np.flatnonzero(~is_payload[:end])
    kind, value = kind[kept], value[kept]

    is_event = kind < SKIP
    advance = np.where(is_event, value, 0)
    skips = kept[kind == SKIP]
    # annot(5): a SKIP's interval is a signed 32-bit number, its high half first.
    interval = (words[skips + 1] << 16) | words[skips + 2]
    advance[kind == SKIP] = np.where(interval >= 1 << 31, interval - (1 << 32), interval)
    sample = np.cumsum(advance)[is_event]

    # A qualifier belongs to the last event before it.
    event_of = np.cumsum(is_event) - 1
    if np.any(event_of[~is_event & (kind != SKIP)] < 0):
        raise DataError("a qualifier before the first annotation", where=where, allowed="the MIT format")
    count = int(is_event.sum())
    texts = kind == AUX
    notes = [
        data[2 * at + 2 : 2 * at + 2 + length].rstrip(b"\0").decode("latin-1")
        for at, length in zip(kept[texts].tolist(), value[texts].tolist(), strict=True)
    ]
    return _without_definitions(
        Annotations(
            sample=sample,
            code=kind[is_event],
            subtype=_placed(count, event_of[kind == SUB], _signed_byte(value[kind == SUB])),
            channel=_carried(count, event_of[kind == CHN], value[kind == CHN] & 0xFF),
            number=_carried(count, event_of[kind == NUM], _signed_byte(value[kind == NUM])),
            note_index=event_of[texts],
            notes=tuple(notes),
            fs_hz=None,
        ),
        where,
    )


def parse_header(text: str, *, where: str = "header") -> Header:
    """Read the record line of a `.hea` file.

    Raises DataError naming `where` if there is none or its numbers cannot be read.
    """
    lines = (line.strip() for line in text.splitlines())
    fields = next((line.split() for line in lines if line and not line.startswith("#")), [])
    allowed = "NAME SIGNALS [FREQUENCY [SAMPLES ...]] as in header(5)"
    if len(fields) < 2:
        raise DataError("no record line", where=where, allowed=allowed)
    try:
        # header(5): the frequency may be followed by a counter's, `128/64(0)`.
        fs_hz = float(fields[2].partition("/")[0].partition("(")[0]) if len(fields) > 2 else DEFAULT_FS_HZ
        length = int(fields[3]) if len(fields) > 3 else 0
    except ValueError as error:
        raise DataError(f"cannot read {' '.join(fields)!r}", where=where, allowed=allowed) from error
    if not 0 < fs_hz < float("inf"):
        raise DataError(f"a sampling frequency of {fs_hz}", where=where, allowed="a positive number of Hz")
    return Header(record=fields[0].partition("/")[0], fs_hz=fs_hz, length=length or None)


def beat_samples(annotations: Annotations) -> NDArray[np.int64]:
    """The sample indices of the annotations that mark a heartbeat, shape (beats,)."""
    return annotations.sample[np.isin(annotations.code, BEAT_CODES)]


def rhythm_changes(annotations: Annotations) -> RhythmChanges:
    """The rhythm changes of a file; notes that do not open with a bracket are no rhythms."""
    is_rhythm = [
        bool(annotations.code[at] == RHYTHM and note.startswith("("))
        for at, note in zip(annotations.note_index.tolist(), annotations.notes, strict=True)
    ]
    return RhythmChanges(
        sample=annotations.sample[annotations.note_index[is_rhythm]],
        labels=tuple(
            note[1:].split("\0")[0].strip()
            for note, keep in zip(annotations.notes, is_rhythm, strict=True)
            if keep
        ),
    )


def rhythm_at(changes: RhythmChanges, sample: NDArray[np.int64]) -> list[str | None]:
    """The rhythm in force at each sample; None before the first change."""
    labels: tuple[str | None, ...] = (None, *changes.labels)
    return [labels[at] for at in np.searchsorted(changes.sample, sample, side="right").tolist()]


def _payload_words(
    kind: NDArray[np.int64], value: NDArray[np.int64], words: NDArray[np.int64], where: str
) -> tuple[NDArray[np.bool_], int]:
    """Which words are the content of a SKIP or AUX rather than annotations, and where the file ends.

    Only the few words that could be one of the two are walked; any of them may itself be content.
    """
    is_payload = np.zeros(len(words), dtype=bool)
    free = 0
    for at in np.flatnonzero((kind == AUX) | (kind == SKIP) | (words == 0)).tolist():
        if at < free:
            continue
        if words[at] == 0:
            return is_payload, at
        free = at + 3 if kind[at] == SKIP else at + 1 + (int(value[at]) + 1) // 2
        if free > len(words):
            raise DataError("it ends within an annotation", where=where, allowed="a whole file")
        is_payload[at + 1 : free] = True
    raise DataError("it ends without its closing zeros", where=where, allowed="a whole file")


def _placed(count: int, at: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Zeros with `values` written at the indices `at`."""
    placed = np.zeros(count, dtype=np.int64)
    placed[at] = values
    return placed


def _carried(count: int, at: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Zeros until the first of `at`, then each value until the next: CHN and NUM stay in force."""
    return np.concatenate([[0], values])[np.searchsorted(at, np.arange(count), side="right")]


def _signed_byte(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return ((values & 0xFF) ^ 0x80) - 0x80


def _without_definitions(annotations: Annotations, where: str) -> Annotations:
    """Drop the leading notes by which a file describes itself, keeping the frequency they state."""
    notes, fs_hz = 0, annotations.fs_hz
    for at, note in zip(annotations.note_index.tolist(), annotations.notes, strict=True):
        at_start = at == notes and annotations.code[at] == NOTE and annotations.sample[at] == 0
        if not (at_start and note.startswith("## ")):
            break
        notes += 1
        if note.startswith(TIME_RESOLUTION):
            stated = note.removeprefix(TIME_RESOLUTION).strip()
            try:
                fs_hz = float(stated)
            except ValueError as error:
                raise DataError(
                    f"a time resolution of {stated!r}", where=where, allowed="a number of Hz"
                ) from error
    # The library closes its definitions with an annotation of code 0 that sets the time back to 0.
    following = slice(notes, notes + 1)
    is_closed = notes > 0 and (annotations.code[following] == 0) & (annotations.sample[following] == 0)
    first = notes + int(np.sum(is_closed))
    return Annotations(
        sample=annotations.sample[first:],
        code=annotations.code[first:],
        subtype=annotations.subtype[first:],
        channel=annotations.channel[first:],
        number=annotations.number[first:],
        note_index=annotations.note_index[notes:] - first,
        notes=annotations.notes[notes:],
        fs_hz=fs_hz,
    )
