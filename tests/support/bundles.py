"""Bundles made of the shipped rhythm bundle, signed with a key of the tests."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from edge.bundles import PROJECT_KEYS, SHIPPED
from edge.contract.bundle import encode_bundle, read_bundle
from edge.contract.keys import public_pem
from edge.contract.signature import public_key_of, sign_bundle

RHYTHM = read_bundle(SHIPPED["rhythm"])
SECRET = bytes(range(32))


def signed(
    version: str, *, model: bytes = RHYTHM.model, secret: bytes = SECRET, **of_stream: object
) -> bytes:
    """The rhythm bundle under another version, whole by its hashes and signed."""
    stream = RHYTHM.manifest.stream
    assert stream is not None
    stream = replace(stream, **of_stream)
    data = encode_bundle(
        replace(RHYTHM.manifest, version=version, stream=stream),
        model=model,
        golden_input=RHYTHM.golden_input,
        golden_output=RHYTHM.golden_output,
        card=RHYTHM.card,
        card_data=RHYTHM.card_data,
    )
    return sign_bundle(data, secret, where=version)


def trusted_keys(path: Path) -> Path:
    """A file with the project's key and that of the tests."""
    path.write_text(PROJECT_KEYS.read_text() + public_pem(public_key_of(SECRET)))
    return path
