"""Bundles: whatever is not exactly as its manifest says is refused."""

from __future__ import annotations

import hashlib
import io
import json
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from flatbuffers.util import BufferHasIdentifier
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.contract.bundle import (
    MAX_BUNDLE_BYTES,
    MODEL_PART,
    decode_bundle,
    pack_parts,
    read_bundle,
    repack,
    write_bundle,
)
from edge.contract.errors import BundleError
from edge.contract.manifest import Codes, Manifest
from tests.unit.contract_bundle.conftest import GOLDEN_LOGIT, GOLDEN_MS, encoded


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_manifest(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The bundle with its manifest changed as text, nothing else adjusted."""
    parts = parts_of(data)
    values = json.loads(parts["manifest.json"])
    change(values)
    return pack_parts({**parts, "manifest.json": json.dumps(values).encode()})


def as_asked(values: dict[str, Any], shape: list[int]) -> dict[str, Any]:
    """A model that is asked, with an input of another shape."""
    values["inputs"][0].update(shape=shape)
    values["stream"] = None
    return values


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_truncated_bundle_is_refused(bundle_bytes: bytes, data: st.DataObject) -> None:
    """Cut anywhere, it is no bundle any more."""
    cut = data.draw(st.integers(0, len(bundle_bytes) - 1))

    with pytest.raises(BundleError):
        decode_bundle(bundle_bytes[:cut], where="cut")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_a_changed_bit_is_refused(bundle_bytes: bytes, data: st.DataObject) -> None:
    """No bit of the file can change unnoticed, be it signed or not."""
    at = data.draw(st.integers(0, 8 * len(bundle_bytes) - 1))
    changed = bytearray(bundle_bytes)
    changed[at // 8] ^= 1 << at % 8

    with pytest.raises(BundleError):
        decode_bundle(bytes(changed), where="changed")


def test_parts_in_another_order_are_refused(bundle_bytes: bytes) -> None:
    """Equal contents are equal bytes, so there is one order."""
    parts = parts_of(bundle_bytes)

    with pytest.raises(BundleError, match="the parts"):
        decode_bundle(pack_parts(dict(reversed(parts.items()))), where="reordered")


def test_bytes_before_or_after_are_refused(bundle_bytes: bytes) -> None:
    """Nothing can be hidden around the zip."""
    for padded in (bundle_bytes + b"x", b"x" + bundle_bytes):
        with pytest.raises(BundleError):
            decode_bundle(padded, where="padded")


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/model.tflite", "MODEL.TFLITE", "extra.bin", ""])
def test_a_part_by_any_other_name_is_refused(bundle_bytes: bytes, name: str) -> None:
    """Paths that climb, absolute ones and extra parts are refused before anything is read."""
    parts = parts_of(bundle_bytes)

    with pytest.raises(BundleError, match="the parts"):
        decode_bundle(pack_parts({**parts, name: b"x"}), where="extra")


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_part_twice_is_refused(bundle_bytes: bytes) -> None:
    """Two parts of one name would leave open which counts."""
    buffer = io.BytesIO(bundle_bytes)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(MODEL_PART, b"another")

    with pytest.raises(BundleError, match="the parts"):
        decode_bundle(buffer.getvalue(), where="twice")


def test_a_compressed_part_is_refused(bundle_bytes: bytes) -> None:
    """Compression could blow a small file up; parts are stored."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts_of(bundle_bytes).items():
            archive.writestr(name, part)

    with pytest.raises(BundleError, match="compressed"):
        decode_bundle(buffer.getvalue(), where="compressed")


def test_a_part_with_another_hash_is_refused_by_name(bundle_bytes: bytes) -> None:
    """The error names the part whose bytes are not those vouched for."""
    parts = parts_of(bundle_bytes)

    with pytest.raises(BundleError, match=r"card\.md: its bytes"):
        decode_bundle(pack_parts({**parts, "card.md": b"# b card"}), where="swapped")


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The bundle with other bytes in one of its parts, which its manifest vouches for."""

    def vouch(values: dict[str, Any]) -> None:
        (told,) = (part for part in values["parts"] if part["name"] == name)
        told.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    return with_manifest(pack_parts({**parts_of(data), name: content}), vouch)


def test_a_model_of_another_format_is_refused_though_vouched_for(bundle_bytes: bytes) -> None:
    """What flatbuffers does not know as TFL3 never reaches an interpreter; the model itself does."""
    model = parts_of(bundle_bytes)[MODEL_PART]
    other = model[:4] + b"TFL2" + model[8:]
    assert BufferHasIdentifier(model, 0, b"TFL3")
    assert not BufferHasIdentifier(other, 0, b"TFL3")

    assert decode_bundle(with_part(bundle_bytes, MODEL_PART, model), where="same").model == model
    with pytest.raises(BundleError, match=r"other: model\.tflite: not a TFLite model"):
        decode_bundle(with_part(bundle_bytes, MODEL_PART, other), where="other")


def test_a_card_that_is_no_text_is_refused_though_vouched_for(bundle_bytes: bytes) -> None:
    """0xE9 is an e with an accent in Latin-1 and begins nothing in UTF-8; in UTF-8 the same card is read."""
    card = "# caf\N{LATIN SMALL LETTER E WITH ACUTE}"

    assert decode_bundle(with_part(bundle_bytes, "card.md", card.encode("utf-8")), where="good").card == card
    with pytest.raises(BundleError, match=r"other: card\.md: not UTF-8 text"):
        decode_bundle(with_part(bundle_bytes, "card.md", card.encode("latin-1")), where="other")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values.update(surprise=1), "unknown field"),
        (lambda values: values["stream"].pop("threshold"), "threshold"),
        (lambda values: values["stream"].update(threshold=1.5), "threshold"),
        (lambda values: values.update(format=1), "format 2"),
        (lambda values: values["stream"]["window"].update(hop=0), "hop"),
        (lambda values: values.update(task="../rhythm"), "task"),
        (lambda values: values.update(task="rhythm\n"), "task"),
        (lambda values: values.update(version="1.0.1\n"), "version"),
        (lambda values: values["stream"]["calibration"].update(temperature=0.0), "temperature"),
        (lambda values: values.update(parts=[]), "parts"),
        (lambda values: values["inputs"][0].update(shape=[2, 2]), "a batch of 1"),
        (lambda values: values["outputs"][0].update(shape=[1, 3]), "one logit out"),
        (lambda values: values.update(inputs=2 * values["inputs"]), "one logit out"),
        (lambda values: values.update(inputs=[]), "inputs"),
        (lambda values: values.update(labels=["af"]), "1 labels"),
        (lambda values: as_asked(values, [1, 3]), "bytes"),
        (lambda values: values["golden"].update(vectors=4), "bytes"),
        (
            lambda values: (values["golden"].update(vectors=10_000), as_asked(values, [1, 9_999])),
            "at most 16000000",
        ),
        (lambda values: values["golden"].update(stop=2), "the outputs from 0 to 2"),
        (lambda values: values["golden"].update(first=1), "the outputs from 1 to 1"),
        (lambda values: values["golden"]["inputs"].update(scales=[1.0, 1.0]), "scales for other tensors"),
        (lambda values: values["golden"]["inputs"].update(type="int8"), "bytes"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    bundle_bytes: bytes, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    """Unknown, missing and impossible values are named."""
    with pytest.raises(BundleError, match=message):
        decode_bundle(with_manifest(bundle_bytes, change), where="manifest")


def test_a_golden_vector_that_is_no_number_is_refused(manifest: Manifest) -> None:
    """NaN compares with nothing and so would verify nothing."""
    parts = parts_of(encoded(manifest))
    golden = bytearray(zlib.decompress(parts["golden.zlib"]))
    golden[-4:] = np.array(np.nan, dtype="<f4").tobytes()

    with pytest.raises(BundleError, match="no number"):
        decode_bundle(repack({**parts, "golden.zlib": zlib.compress(golden)}, where="nan"), where="nan")


@pytest.mark.parametrize(
    "stream",
    [b"", b"no zlib", zlib.compress(b""), zlib.compress(bytes(10_000_000)), zlib.compress(bytes(24)) + b"x"],
    ids=["nothing", "other", "too short", "too long", "with a rest"],
)
def test_golden_vectors_of_another_size_are_refused(bundle_bytes: bytes, stream: bytes) -> None:
    """Three windows of two int16 and an answer of float32 are 24 bytes; more is not even unpacked."""
    parts = {**parts_of(bundle_bytes), "golden.zlib": stream}

    with pytest.raises(BundleError):
        decode_bundle(repack(parts, where="golden"), where="golden")


def test_golden_vectors_stand_as_codes(bundle_bytes: bytes) -> None:
    """In tenths of a millisecond, little-endian, windows first: what the page on the format says."""
    plain = zlib.decompress(parts_of(bundle_bytes)["golden.zlib"])

    assert plain[:12] == struct.pack("<6h", 10_000, 7500, 8000, 8000, 6000, 9000)
    assert plain[12:] == struct.pack("<3f", *GOLDEN_LOGIT)


def test_a_golden_value_that_has_no_code_is_not_written(manifest: Manifest) -> None:
    """Rounding in silence would make the answer that of another input."""
    rough = msgspec.structs.replace(
        manifest, golden=msgspec.structs.replace(manifest.golden, inputs=Codes(type="int16", scales=(7.0,)))
    )

    with pytest.raises(BundleError, match="between or beyond its codes"):
        encoded(rough)


@pytest.mark.parametrize("card", [b"", b"[1]", b"{", b"\xff"])
def test_a_card_that_is_no_object_is_refused(bundle_bytes: bytes, card: bytes) -> None:
    """Whoever reads the card's figures can rely on its form."""
    parts = {**parts_of(bundle_bytes), "card.json": card}

    with pytest.raises(BundleError, match=r"card\.json|parts"):
        decode_bundle(repack(parts, where="card"), where="card")


def test_files_that_are_missing_or_too_large_are_refused(tmp_path: Path) -> None:
    """A path that cannot be read, and a file that could fill the memory, are errors that name it."""
    large = tmp_path / "large.vwb"
    with large.open("wb") as file:
        file.truncate(MAX_BUNDLE_BYTES + 1)

    with pytest.raises(BundleError, match=r"large\.vwb: too large"):
        read_bundle(large)
    with pytest.raises(BundleError, match=r"absent\.vwb"):
        read_bundle(tmp_path / "absent.vwb")


def test_a_bundle_that_would_be_refused_is_not_written(bundle_bytes: bytes, tmp_path: Path) -> None:
    """A failed write leaves what was there."""
    path = tmp_path / "rhythm-1.2.3.vwb"
    write_bundle(path, bundle_bytes)

    with pytest.raises(BundleError):
        write_bundle(path, bundle_bytes[:-1])

    assert path.read_bytes() == bundle_bytes
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_written_is_read(manifest: Manifest, bundle_bytes: bytes, tmp_path: Path) -> None:
    """All values and parts come back, and equal contents are equal bytes."""
    write_bundle(tmp_path / "a.vwb", bundle_bytes)

    bundle = read_bundle(tmp_path / "a.vwb")

    assert bundle.name == "rhythm-1.2.3"
    assert bundle.manifest.stream == manifest.stream
    assert bundle.golden_input.tolist() == GOLDEN_MS
    np.testing.assert_allclose(bundle.golden_output[:, 0], GOLDEN_LOGIT, rtol=1e-6)
    assert bundle.card == "# a card"
    assert encoded(manifest) == bundle_bytes


def test_a_disk_without_room_keeps_the_old_bundle_and_no_part_of_the_new(
    bundle_bytes: bytes, tmp_path: Path
) -> None:
    """What was begun is taken away again, or it would fill the disk for good."""
    path = tmp_path / "a.vwb"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(BundleError, match=r"a\.vwb: File too large; allowed: a file that can be written"):
            write_bundle(path, bundle_bytes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"a.vwb": b"old"}


def test_a_bundle_that_cannot_be_written_is_told_by_name(bundle_bytes: bytes, tmp_path: Path) -> None:
    """A file where the folder should be is an error that names the bundle."""
    (tmp_path / "taken").write_text("")

    with pytest.raises(BundleError, match=r"taken/rhythm\.vwb"):
        write_bundle(tmp_path / "taken" / "rhythm.vwb", bundle_bytes)
