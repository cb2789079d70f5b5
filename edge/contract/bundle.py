"""Bundles: one file that holds a model, its manifest, golden vectors and card, each vouched for by its hash.

The file is a stored zip in one canonical form, so that equal contents are equal bytes and nothing can hide.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import zipfile
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import BundleError
from edge.contract.manifest import Manifest, Part

MANIFEST_PART: Final = "manifest.json"
MODEL_PART: Final = "model.tflite"
GOLDEN_PART: Final = "golden.f32"
CARD_PART: Final = "card.md"
CARD_DATA_PART: Final = "card.json"
PARTS: Final = (MODEL_PART, GOLDEN_PART, CARD_PART, CARD_DATA_PART)

MAX_BUNDLE_BYTES: Final = 4_000_000
# A zip cannot say "no date"; this is the earliest it can.
ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
TFLITE_IDENTIFIER: Final = b"TFL3"


class Bundle(msgspec.Struct, frozen=True):
    """A bundle that has passed every check.

    `golden_input` float32 (vectors, k) holds windows in the signal's unit for a model of a stream and flat
    inputs for any other, `golden_output` float32 (vectors, m) what the model answers to them, flat, under the
    reference kernels. `sha256` is that of the whole file.
    """

    manifest: Manifest
    model: bytes
    golden_input: NDArray[np.float32]
    golden_output: NDArray[np.float32]
    card: str
    card_data: bytes
    sha256: str

    @property
    def name(self) -> str:
        """What people call it: `rhythm-1.0.0`."""
        return f"{self.manifest.task}-{self.manifest.version}"


def read_bundle(path: Path) -> Bundle:
    """Read and check a bundle. Raises BundleError for anything that is not exactly as its manifest says."""
    where = str(path)
    allowed = f"a bundle of at most {MAX_BUNDLE_BYTES} bytes"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise BundleError(
            error.strerror or "cannot be read", where=where, allowed="a readable .vwb file"
        ) from error
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleError("too large", where=where, allowed=allowed)
    return decode_bundle(data, where=where)


def decode_bundle(data: bytes, *, where: str) -> Bundle:
    """Check the bytes of a bundle and take them apart; `where` names them in errors."""
    contents = _unpack(data, where)
    manifest = _manifest(contents[MANIFEST_PART], where)
    _check_parts(manifest, contents, where)
    if pack_parts(contents) != data:
        raise BundleError("bytes that belong to no part", where=where, allowed="the form write_bundle gives")
    _check_shapes(manifest, contents[MODEL_PART], where)
    golden_input, golden_output = _golden(manifest, contents[GOLDEN_PART], where)
    return Bundle(
        manifest=manifest,
        model=contents[MODEL_PART],
        golden_input=golden_input,
        golden_output=golden_output,
        card=_text(contents[CARD_PART], f"{where}: {CARD_PART}"),
        card_data=contents[CARD_DATA_PART],
        sha256=hashlib.sha256(data).hexdigest(),
    )


def encode_bundle(
    manifest: Manifest,
    *,
    model: bytes,
    golden_input: NDArray[np.float32],
    golden_output: NDArray[np.float32],
    card: str,
    card_data: bytes,
) -> bytes:
    """The bytes of a bundle; the manifest's `parts` are filled in here. Checking them is decode_bundle's."""
    golden = np.column_stack([golden_input, golden_output]).astype("<f4").tobytes()
    parts = dict(zip(PARTS, (model, golden, card.encode(), card_data), strict=True))
    described = tuple(
        Part(name=name, bytes=len(part), sha256=hashlib.sha256(part).hexdigest())
        for name, part in parts.items()
    )
    manifest = msgspec.structs.replace(manifest, parts=described)
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    return pack_parts({MANIFEST_PART: text, **parts})


def write_bundle(path: Path, data: bytes) -> Bundle:
    """Write the bytes of a bundle, whole or not at all. Raises BundleError if reading would refuse them."""
    bundle = decode_bundle(data, where=str(path))
    scratch = path.with_name(path.name + ".part")
    scratch.write_bytes(data)
    scratch.replace(path)
    return bundle


def pack_parts(parts: dict[str, bytes]) -> bytes:
    """The canonical zip of `parts` in their order: stored, undated, the same bytes everywhere."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, part)
    return buffer.getvalue()


def _unpack(data: bytes, where: str) -> dict[str, bytes]:
    """The parts by name. Names are compared before anything is read, so none can point elsewhere."""
    wanted = (MANIFEST_PART, *PARTS)
    allowed = f"a stored zip of exactly {', '.join(wanted)}"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = tuple(entry.filename for entry in entries)
            if names != wanted:
                raise BundleError(f"the parts {', '.join(names) or 'none'}", where=where, allowed=allowed)
            if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
                raise BundleError("a compressed or encrypted part", where=where, allowed=allowed)
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise BundleError(f"not a whole zip ({error})", where=where, allowed=allowed) from error


def _manifest(text: bytes, where: str) -> Manifest:
    try:
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(
            str(error), where=f"{where}: {MANIFEST_PART}", allowed="the keys and values of format 1"
        ) from error


def _check_parts(manifest: Manifest, contents: dict[str, bytes], where: str) -> None:
    if tuple(part.name for part in manifest.parts) != PARTS:
        raise BundleError("other parts in `parts`", where=where, allowed=", ".join(PARTS))
    for part in manifest.parts:
        content = contents[part.name]
        if len(content) != part.bytes or hashlib.sha256(content).hexdigest() != part.sha256:
            raise BundleError(
                "its bytes are not those vouched for",
                where=f"{where}: {part.name}",
                allowed=f"{part.bytes} bytes of sha256 {part.sha256}",
            )


def _check_shapes(manifest: Manifest, model: bytes, where: str) -> None:
    if model[4:8] != TFLITE_IDENTIFIER:
        raise BundleError("not a TFLite model", where=f"{where}: {MODEL_PART}", allowed="a .tflite file")
    if manifest.input_shape[0] != 1 or manifest.output_shape[0] != 1:
        raise BundleError(
            f"an input of shape {manifest.input_shape} and an output of shape {manifest.output_shape}",
            where=f"{where}: {MANIFEST_PART}",
            allowed="a batch of 1",
        )
    use = manifest.stream
    if use is None:
        return
    values = use.window.length * len(use.features)
    if math.prod(manifest.input_shape) != values or math.prod(manifest.output_shape) != 1:
        raise BundleError(
            f"an input of shape {manifest.input_shape} and an output of shape {manifest.output_shape}",
            where=f"{where}: {MANIFEST_PART}",
            allowed=f"window x features = {values} values in and one logit out",
        )
    if len(manifest.labels) != 2:
        raise BundleError(
            f"{len(manifest.labels)} labels", where=f"{where}: {MANIFEST_PART}", allowed="two for one logit"
        )


def _golden(manifest: Manifest, golden: bytes, where: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    count, use = manifest.golden.vectors, manifest.stream
    inputs = math.prod(manifest.input_shape) if use is None else use.window.length
    outputs = math.prod(manifest.output_shape)
    expected = count * (inputs + outputs) * 4
    if len(golden) != expected:
        raise BundleError(
            f"{len(golden)} bytes",
            where=f"{where}: {GOLDEN_PART}",
            allowed=f"{expected} bytes, {count} vectors of {inputs} values in and {outputs} out",
        )
    rows = np.frombuffer(golden, dtype="<f4").reshape(count, inputs + outputs)
    if not np.isfinite(rows).all():
        raise BundleError(
            "a value that is no number", where=f"{where}: {GOLDEN_PART}", allowed="finite float32"
        )
    return rows[:, :inputs], rows[:, inputs:]


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BundleError("not UTF-8 text", where=where, allowed="UTF-8") from error
