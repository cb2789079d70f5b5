"""Who vouches for a bundle: an Ed25519 signature (RFC 8032) over the bytes of its manifest.

The manifest holds the hash of every other part, so the signature covers them all.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from edge.contract.bundle import Bundle, decode_bundle, pack_signed
from edge.contract.errors import BundleError
from edge.contract.keys import PublicKey
from edge.contract.manifest import Signature


class Trust(StrEnum):
    """What a bundle's signature is worth here."""

    TRUSTED = "trusted"
    UNKNOWN_KEY = "unknown_key"
    INVALID = "invalid"
    UNSIGNED = "unsigned"


WHY_NOT: Final = {
    Trust.UNKNOWN_KEY: "signed with a key that is not trusted",
    Trust.INVALID: "signed, but not as it is",
    Trust.UNSIGNED: "not signed",
}


def public_key_of(secret: bytes) -> PublicKey:
    """The public key that belongs to the 32 bytes of a private one."""
    from nacl.signing import SigningKey

    return PublicKey(bytes(SigningKey(secret).verify_key))


def sign_bundle(data: bytes, secret: bytes, *, where: str) -> bytes:
    """The bytes of the bundle signed with a private key; a signature it had gives way."""
    from nacl.signing import SigningKey

    bundle = decode_bundle(data, where=where)
    signature = SigningKey(secret).sign(bundle.manifest_json).signature
    return pack_signed(
        data, Signature(algorithm="ed25519", key=public_key_of(secret).id, signature=signature.hex())
    )


def trust_in(bundle: Bundle, keys: Collection[PublicKey]) -> Trust:
    """Whether one of `keys` vouches for a bundle. Loads the signature library, nothing of the model."""
    if bundle.signature is None:
        return Trust.UNSIGNED
    key = next((key for key in keys if key.id == bundle.signature.key), None)
    if key is None:
        return Trust.UNKNOWN_KEY
    # Only here, so that whoever reads bundles without asking for trust needs no library for it.
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    try:
        VerifyKey(key.raw).verify(bundle.manifest_json, bytes.fromhex(bundle.signature.signature))
    except BadSignatureError:
        return Trust.INVALID
    return Trust.TRUSTED


def require_trust(bundle: Bundle, keys: Collection[PublicKey], *, allow_unsigned: bool, where: str) -> Trust:
    """What the signature is worth; BundleError if that is not enough to load the bundle."""
    trust = trust_in(bundle, keys)
    if trust is Trust.TRUSTED or allow_unsigned:
        return trust
    known = ", ".join(key.id for key in keys)
    signer = "" if bundle.signature is None else f" ({bundle.signature.key})"
    raise BundleError(
        f"{WHY_NOT[trust]}{signer}",
        where=where,
        allowed=f"a signature by {known}",
    )
