"""Ed25519 keys as PEM files, as OpenSSL writes and reads them (RFC 8410)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import Final

import msgspec

from edge.contract.errors import ConfigError

# RFC 8410, sections 4 and 7: the only DER there can be before the 32 bytes of a key.
PUBLIC_DER: Final = bytes.fromhex("302a300506032b6570032100")
PRIVATE_DER: Final = bytes.fromhex("302e020100300506032b657004220420")
KEY_BYTES: Final = 32
PEM_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END \1-----")


class PublicKey(msgspec.Struct, frozen=True):
    """The 32 bytes that check a signature."""

    raw: bytes

    @property
    def id(self) -> str:
        """Its name in signatures: the first 16 hexadecimal digits of the SHA-256 of the 32 bytes."""
        return hashlib.sha256(self.raw).hexdigest()[:16]


def read_public_keys(path: Path) -> tuple[PublicKey, ...]:
    """All public keys of a PEM file, one or more; ConfigError says what else stands there."""
    return tuple(PublicKey(raw) for raw in _keys(path, "PUBLIC KEY", PUBLIC_DER))


def read_private_key(path: Path) -> bytes:
    """The 32 secret bytes of a PEM file with one private key."""
    keys = _keys(path, "PRIVATE KEY", PRIVATE_DER)
    if len(keys) != 1:
        raise ConfigError(f"{len(keys)} keys", where=str(path), allowed="one Ed25519 private key")
    return keys[0]


def public_pem(key: PublicKey) -> str:
    """The text of a public key's file."""
    return _pem("PUBLIC KEY", PUBLIC_DER + key.raw)


def private_pem(secret: bytes) -> str:
    """The text of a private key's file."""
    return _pem("PRIVATE KEY", PRIVATE_DER + secret)


def _pem(label: str, der: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n"


def _keys(path: Path, label: str, prefix: bytes) -> list[bytes]:
    where, allowed = str(path), f"PEM with Ed25519 keys, -----BEGIN {label}-----"
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else None
        raise ConfigError(what or "not a text file", where=where, allowed=allowed) from error
    keys = []
    for found, body in PEM_BLOCK.findall(text):
        try:
            der = base64.b64decode("".join(body.split()), validate=True)
        except binascii.Error as error:
            raise ConfigError(f"not base64 ({error})", where=where, allowed=allowed) from error
        if found != label or not der.startswith(prefix) or len(der) != len(prefix) + KEY_BYTES:
            raise ConfigError(f"another kind of key ({found.lower()})", where=where, allowed=allowed)
        keys.append(der[len(prefix) :])
    if not keys:
        raise ConfigError("no key", where=where, allowed=allowed)
    return keys
