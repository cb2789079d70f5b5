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
from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.contract.errors import BundleError
from edge.contract.golden import decode_golden, encode_golden
from edge.contract.manifest import Manifest, Part, Signature
from edge.contract.whole_file import write_whole

Decoded = TypeVar("Decoded")

MANIFEST_PART: Final = "manifest.json"
SIGNATURE_PART: Final = "signature.json"
MODEL_PART: Final = "model.tflite"
GOLDEN_PART: Final = "golden.zlib"
CARD_PART: Final = "card.md"
CARD_DATA_PART: Final = "card.json"
PARTS: Final = (MODEL_PART, GOLDEN_PART, CARD_PART, CARD_DATA_PART)

MAX_BUNDLE_BYTES: Final = 4_000_000
# A zip cannot say "no date"; this is the earliest it can.
ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
TFLITE_IDENTIFIER: Final = b"TFL3"


class Bundle(msgspec.Struct, frozen=True):
    """A bundle that has passed every check but that of its signature (see `edge.contract.signature`).

    `golden_input` float32 (vectors, k) holds windows in the signal's unit for a model of a stream and all
    inputs end to end for any other, `golden_output` float32 (vectors, m) what the reference kernels answer:
    the outputs end to end, those that the manifest's `golden` keeps. `manifest_json` is what a signature
    signs; `sha256` is that of the whole file.
    """

    manifest: Manifest
    manifest_json: bytes
    signature: Signature | None
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
    return decode_bundle(read_bytes(path), where=str(path))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that may be a bundle. Raises BundleError if it is too large or cannot be read."""
    where = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise BundleError(
            error.strerror or "cannot be read", where=where, allowed="a readable .vwb file"
        ) from error
    if len(data) > MAX_BUNDLE_BYTES:
        raise BundleError("too large", where=where, allowed=f"a bundle of at most {MAX_BUNDLE_BYTES} bytes")
    return data


def decode_bundle(data: bytes, *, where: str) -> Bundle:
    """Check the bytes of a bundle and take them apart; `where` names them in errors."""
    contents = _unpack(data, where)
    manifest = _decoded(contents, MANIFEST_PART, Manifest, where)
    _check_parts(manifest, contents, where)
    if pack_parts(contents) != data:
        raise BundleError("bytes that belong to no part", where=where, allowed="the form write_bundle gives")
    _check_shapes(manifest, contents[MODEL_PART], where)
    _decoded(contents, CARD_DATA_PART, dict, where)
    golden_input, golden_output = decode_golden(
        manifest, contents[GOLDEN_PART], where=f"{where}: {GOLDEN_PART}"
    )
    return Bundle(
        manifest=manifest,
        manifest_json=contents[MANIFEST_PART],
        signature=_signature(contents, where),
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
    """The bytes of an unsigned bundle; the manifest's `parts` are filled in. Checking is decode_bundle's."""
    golden = encode_golden(manifest, golden_input, golden_output)
    contents = dict(zip(PARTS, (model, golden, card.encode(), card_data), strict=True))
    return pack_parts({MANIFEST_PART: msgspec.json.encode(_describing(manifest, contents)), **contents})


def repack(contents: dict[str, bytes], *, where: str) -> bytes:
    """The bytes of an unsigned bundle of parts that were changed: their hashes are taken anew."""
    manifest = _decoded(contents, MANIFEST_PART, Manifest, where)
    parts = {name: contents[name] for name in PARTS}
    return pack_parts({MANIFEST_PART: msgspec.json.encode(_describing(manifest, parts)), **parts})


def _describing(manifest: Manifest, contents: dict[str, bytes]) -> Manifest:
    described = tuple(
        Part(name=name, bytes=len(part), sha256=hashlib.sha256(part).hexdigest())
        for name, part in contents.items()
    )
    return msgspec.structs.replace(manifest, parts=described)


def pack_signed(data: bytes, signature: Signature) -> bytes:
    """The bytes of a bundle with this signature, in place of any it had."""
    contents = _unpack(data, "bundle")
    manifest = contents.pop(MANIFEST_PART)
    contents.pop(SIGNATURE_PART, None)
    return pack_parts({MANIFEST_PART: manifest, SIGNATURE_PART: msgspec.json.encode(signature), **contents})


def write_bundle(path: Path, data: bytes) -> Bundle:
    """Write the bytes of a bundle, whole or not at all, making its folder if need be.

    Raises BundleError if reading would refuse them or the file cannot be written.
    """
    bundle = decode_bundle(data, where=str(path))
    try:
        write_whole(path, data)
    except OSError as error:
        raise BundleError(
            error.strerror or "cannot be written", where=str(path), allowed="a file that can be written"
        ) from error
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
    signed, unsigned = (MANIFEST_PART, SIGNATURE_PART, *PARTS), (MANIFEST_PART, *PARTS)
    allowed = f"a stored zip of exactly {', '.join(signed)}, the signature optional"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = tuple(entry.filename for entry in entries)
            if names not in {signed, unsigned}:
                raise BundleError(f"the parts {', '.join(names) or 'none'}", where=where, allowed=allowed)
            if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 for entry in entries):
                raise BundleError("a compressed or encrypted part", where=where, allowed=allowed)
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, struct.error) as error:
        raise BundleError(f"not a whole zip ({error})", where=where, allowed=allowed) from error


def _decoded(contents: dict[str, bytes], part: str, kind: type[Decoded], where: str) -> Decoded:
    try:
        return msgspec.json.decode(contents[part], type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(
            str(error), where=f"{where}: {part}", allowed="the keys and values of format 2"
        ) from error


def _signature(contents: dict[str, bytes], where: str) -> Signature | None:
    """The signature in the one form it has: nobody vouches for its bytes, so it must not hold others."""
    if SIGNATURE_PART not in contents:
        return None
    signature = _decoded(contents, SIGNATURE_PART, Signature, where)
    if msgspec.json.encode(signature) != contents[SIGNATURE_PART]:
        raise BundleError(
            "bytes that belong to no key",
            where=f"{where}: {SIGNATURE_PART}",
            allowed=f"the keys {', '.join(Signature.__struct_fields__)}, once each, without white space",
        )
    return signature


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
    tensors = [*manifest.inputs, *manifest.outputs]
    shapes = ", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in tensors)
    if any(tensor.shape[0] != 1 for tensor in tensors):
        raise BundleError(shapes, where=f"{where}: {MANIFEST_PART}", allowed="a batch of 1")
    use = manifest.stream
    if use is None:
        return
    values = use.window.length * len(use.features)
    if [math.prod(tensor.shape) for tensor in tensors] != [values, 1]:
        raise BundleError(
            shapes,
            where=f"{where}: {MANIFEST_PART}",
            allowed=f"window x features = {values} values in and one logit out",
        )
    if len(manifest.labels) != 2:
        raise BundleError(
            f"{len(manifest.labels)} labels", where=f"{where}: {MANIFEST_PART}", allowed="two for one logit"
        )


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BundleError("not UTF-8 text", where=where, allowed="UTF-8") from error
