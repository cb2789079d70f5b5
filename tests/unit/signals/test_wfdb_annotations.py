"""The MIT annotation format against hand-made bytes, an encoder of our own and the `wfdb` package."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.contract.errors import DataError
from edge.signals.wfdb_annotations import (
    beat_samples,
    decode_annotations,
    parse_header,
    rhythm_at,
    rhythm_changes,
)
from tests.unit.signals.mit_format import Event, encode, word

signed_byte = st.integers(-128, 127)
events = st.lists(
    st.builds(
        Event,
        sample=st.integers(0, 2**31 - 1),
        code=st.integers(1, 49),
        subtype=signed_byte,
        channel=st.integers(0, 255),
        number=signed_byte,
        # The format pads with NUL, so a note cannot end in one, and a definition would be taken for one.
        note=st.none()
        | st.text(st.characters(max_codepoint=255), max_size=30).filter(
            lambda text: not text.endswith("\0") and not text.startswith("## ")
        ),
    ),
    max_size=20,
)


def test_bytes_that_end_within_a_skip_are_refused_by_name() -> None:
    """A file cut off in the middle of an annotation is an error that names the file."""
    with pytest.raises(DataError, match=r"cut\.atr.*ends within"):
        decode_annotations(word(59, 0) + b"\x01\x00", where="cut.atr")


def test_an_odd_number_of_bytes_is_refused() -> None:
    """Half a word cannot be an annotation."""
    with pytest.raises(DataError, match="odd number"):
        decode_annotations(b"\x01\x04\x00")


def test_a_note_before_any_annotation_is_refused() -> None:
    """A qualifier needs something to qualify."""
    with pytest.raises(DataError, match="before the first annotation"):
        decode_annotations(word(63, 2) + b"(N" + word(1, 10) + b"\0\0")


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    """No bytes make the decoder fail in another way than its own error."""
    try:
        decoded = decode_annotations(data)
    except DataError:
        return

    assert len(decoded.sample) == len(decoded.code) == len(decoded.channel)


@given(events)
@example([Event(sample=0, code=1, note="\x00(N")])
@example([Event(sample=5000, code=28, note="(AFIB"), Event(sample=100, code=1)])
def test_what_is_encoded_is_decoded(written: list[Event]) -> None:
    """Every field of every annotation comes back, backward steps and far jumps included."""
    decoded = decode_annotations(encode(written))

    notes = dict(zip(decoded.note_index.tolist(), decoded.notes, strict=True))
    assert [
        Event(*values, notes.get(at))
        for at, values in enumerate(
            zip(
                decoded.sample.tolist(),
                decoded.code.tolist(),
                decoded.subtype.tolist(),
                decoded.channel.tolist(),
                decoded.number.tolist(),
                strict=True,
            )
        )
    ] == written


def test_a_stated_frequency_is_read_and_its_note_dropped() -> None:
    """A file that begins with its time resolution gives it, and no annotation of its own."""
    stated = encode([Event(0, 22, note="## time resolution: 250"), Event(0, 0), Event(318, 1)])

    decoded = decode_annotations(stated)

    assert decoded.fs_hz == 250.0
    assert decoded.sample.tolist() == [318]


def test_a_frequency_that_is_no_number_is_refused() -> None:
    """A time resolution must be a number of Hz."""
    with pytest.raises(DataError, match="time resolution of 'fast'"):
        decode_annotations(encode([Event(0, 22, note="## time resolution: fast")]))


def test_beats_and_rhythms_are_told_apart() -> None:
    """Beats are the beat codes only; the rhythm at a beat is that of the last change at or before it."""
    file = decode_annotations(
        encode([Event(10, 1), Event(20, 28, note="(AFIB"), Event(20, 5), Event(25, 14), Event(90, 8)])
    )

    beats = beat_samples(file)

    assert beats.tolist() == [10, 20, 90]
    assert rhythm_at(rhythm_changes(file), beats) == [None, "AFIB", "AFIB"]


@pytest.mark.parametrize(
    ("record", "extension"),
    [
        ("ltafdb/00", "atr"),
        ("ltafdb/122", "atr"),
        ("ltafdb/64", "atr"),
        ("afdb/04015", "qrs"),
        ("afdb/04936", "atr"),
        ("slpdb/slp01a", "st"),
        ("slpdb/slp67x", "ecg"),
    ],
)
def test_real_files_decode_as_wfdb_decodes_them(recordings: Path, record: str, extension: str) -> None:
    """All fields of real files equal those the wfdb package reads."""
    wfdb = pytest.importorskip("wfdb")
    path = recordings / record
    with warnings.catch_warnings():
        # The package has not followed its own dependency's deprecations.
        warnings.simplefilter("ignore")
        expected = wfdb.rdann(str(path), extension)

    decoded = decode_annotations(path.with_name(f"{path.name}.{extension}").read_bytes())

    notes = [""] * len(decoded.sample)
    for at, note in zip(decoded.note_index.tolist(), decoded.notes, strict=True):
        notes[at] = note
    np.testing.assert_array_equal(decoded.sample, expected.sample)
    np.testing.assert_array_equal(decoded.subtype, expected.subtype)
    np.testing.assert_array_equal(decoded.channel, expected.chan)
    np.testing.assert_array_equal(decoded.number, expected.num)
    assert decoded.symbols() == expected.symbol
    assert notes == [note.rstrip("\0") for note in expected.aux_note]


@pytest.mark.parametrize(
    ("text", "record", "fs_hz", "length"),
    [
        ("04015 0 250 9000191\n# rebuilt\n", "04015", 250.0, 9000191),
        ("# first a comment\n\n00 2 128 9661440  9:30:00 31/01/2003\n", "00", 128.0, 9661440),
        ("100/3 2 360/64(0) 650000", "100", 360.0, 650000),
        ("bare 1", "bare", 250.0, None),
    ],
)
def test_headers_give_name_frequency_and_length(
    text: str, record: str, fs_hz: float, length: int | None
) -> None:
    """The record line is found among comments; what it leaves out has the format's default or is None."""
    header = parse_header(text)

    assert (header.record, header.fs_hz, header.length) == (record, fs_hz, length)


@pytest.mark.parametrize("text", ["", "# only a comment", "name 2 fast", "name 2 0 100", "name"])
def test_headers_that_say_nothing_useful_are_refused(text: str) -> None:
    """A header without a record line or with a frequency that is no positive number is an error."""
    with pytest.raises(DataError):
        parse_header(text, where="x.hea")
