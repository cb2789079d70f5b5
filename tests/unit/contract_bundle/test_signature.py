"""Signatures: only the very bundle that a trusted key has signed is trusted."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.contract.bundle import decode_bundle, pack_parts
from edge.contract.errors import BundleError, ConfigError
from edge.contract.keys import (
    PublicKey,
    private_pem,
    public_pem,
    read_private_key,
    read_public_keys,
)
from edge.contract.manifest import Manifest, Signature
from edge.contract.signature import Trust, public_key_of, require_trust, sign_bundle, trust_in
from tests.unit.contract_bundle.conftest import encoded
from tests.unit.contract_bundle.test_bundle import parts_of

# RFC 8032, section 7.1, TEST 1: a private key with its public key.
RFC_SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
# RFC 8410, section 10.1: a public key as PEM.
RFC_PEM = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""
OTHER_SECRET = bytes(range(32))
KEYS = (public_key_of(RFC_SECRET),)


@pytest.fixture
def signed(bundle_bytes: bytes) -> bytes:
    return sign_bundle(bundle_bytes, RFC_SECRET, where="bundle")


def trust(data: bytes, keys: tuple[PublicKey, ...] = KEYS) -> Trust:
    return trust_in(decode_bundle(data, where="bundle"), keys)


def test_a_key_is_that_of_the_standard() -> None:
    """The public key of RFC 8032's first example comes out of its private key."""
    assert public_key_of(RFC_SECRET).raw == RFC_PUBLIC


def test_a_signed_bundle_is_trusted_and_otherwise_the_same(bundle_bytes: bytes, signed: bytes) -> None:
    """Signing adds one part; nothing that it vouches for changes, and signing again gives the same bytes."""
    parts = parts_of(signed)

    assert trust(signed) is Trust.TRUSTED
    assert parts.pop("signature.json")
    assert parts == parts_of(bundle_bytes)
    assert sign_bundle(signed, RFC_SECRET, where="bundle") == signed


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: text.replace(b",", b", "),
        lambda text: text + b"\n",
        lambda text: text.replace(b'"}', b'\\n"}'),
        lambda text: b'{"signature":"' + b"ab" * 64 + b'",' + text[1:],
        lambda text: b'{"algorithm":"ed25519",' + text[1:],
    ],
    ids=["a blank", "a line break", "a line break in a value", "another signature before it", "a key twice"],
)
def test_nothing_can_hide_in_the_part_that_nobody_signs(
    signed: bytes, hide: Callable[[bytes], bytes]
) -> None:
    """A signature vouches for all but itself, so it has one form; the same in another is refused."""
    parts = parts_of(signed)
    changed = pack_parts({**parts, "signature.json": hide(parts["signature.json"])})

    with pytest.raises(BundleError, match=r"signature\.json"):
        decode_bundle(changed, where="changed")


def test_openssl_agrees_on_the_signature(signed: bytes, tmp_path: Path) -> None:
    """Another implementation, given the manifest, the key file and the signature, verifies it."""
    signature = msgspec.json.decode(parts_of(signed)["signature.json"], type=Signature)
    for name, content in (
        ("manifest.json", parts_of(signed)["manifest.json"]),
        ("public.pem", public_pem(KEYS[0]).encode()),
        ("signature", bytes.fromhex(signature.signature)),
    ):
        (tmp_path / name).write_bytes(content)

    done = subprocess.run(
        [
            *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem"),
            *("-rawin", "-in", "manifest.json", "-sigfile", "signature"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.strip()) == (0, "Signature Verified Successfully")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_no_bit_of_a_signed_bundle_can_change(signed: bytes, data: st.DataObject) -> None:
    """Whichever it is, the bundle is refused before its model is looked at."""
    at = data.draw(st.integers(0, 8 * len(signed) - 1))
    changed = bytearray(signed)
    changed[at // 8] ^= 1 << at % 8

    with pytest.raises(BundleError):
        require_trust(
            decode_bundle(bytes(changed), where="changed"), KEYS, allow_unsigned=False, where="changed"
        )


def test_another_key_is_not_trusted(bundle_bytes: bytes) -> None:
    """A signature is worth something only by a key that one trusts."""
    assert trust(sign_bundle(bundle_bytes, OTHER_SECRET, where="bundle")) is Trust.UNKNOWN_KEY
    assert trust(bundle_bytes) is Trust.UNSIGNED


def test_a_signature_under_anothers_name_is_invalid(bundle_bytes: bytes) -> None:
    """Whoever signs with their own key and writes down the id of a trusted one is found out."""
    parts = parts_of(sign_bundle(bundle_bytes, OTHER_SECRET, where="bundle"))
    claimed = parts["signature.json"].replace(public_key_of(OTHER_SECRET).id.encode(), KEYS[0].id.encode())

    assert trust(pack_parts({**parts, "signature.json": claimed})) is Trust.INVALID


def test_a_signature_of_another_manifest_is_invalid(manifest: Manifest, signed: bytes) -> None:
    """A signature cannot be carried over to a bundle with another threshold."""
    other = parts_of(encoded(manifest, threshold=0.9))
    carried = {
        "manifest.json": other.pop("manifest.json"),
        "signature.json": parts_of(signed)["signature.json"],
    }

    assert trust(pack_parts({**carried, **other})) is Trust.INVALID


def test_only_the_switch_lets_others_in(bundle_bytes: bytes) -> None:
    """Without it the error says what is wrong and whose signature would do."""
    bundle = decode_bundle(bundle_bytes, where="bundle")

    assert require_trust(bundle, KEYS, allow_unsigned=True, where="bundle") is Trust.UNSIGNED
    with pytest.raises(BundleError, match=f"bundle: not signed; allowed: a signature by {KEYS[0].id}"):
        require_trust(bundle, KEYS, allow_unsigned=False, where="bundle")


def test_a_key_that_is_not_trusted_does_not_let_a_bundle_in(bundle_bytes: bytes) -> None:
    """Signed as it is, but by a stranger, or under a trusted name with another's key: either is refused."""
    strange = sign_bundle(bundle_bytes, OTHER_SECRET, where="bundle")
    parts = parts_of(strange)
    claimed = parts["signature.json"].replace(public_key_of(OTHER_SECRET).id.encode(), KEYS[0].id.encode())
    forged = pack_parts({**parts, "signature.json": claimed})

    for data, why in ((strange, "a key that is not trusted"), (forged, "signed, but not as it is")):
        with pytest.raises(BundleError, match=why):
            require_trust(decode_bundle(data, where="bundle"), KEYS, allow_unsigned=False, where="bundle")


def test_key_files_are_those_of_the_standard(tmp_path: Path) -> None:
    """RFC 8410's example is read and written as it stands, several keys in one file too."""
    path = tmp_path / "keys.pem"
    path.write_text(RFC_PEM + public_pem(KEYS[0]))

    first, second = read_public_keys(path)

    assert public_pem(first) == RFC_PEM
    assert second == KEYS[0]


def test_a_private_key_comes_back_from_its_file(tmp_path: Path) -> None:
    """What keygen writes, sign reads."""
    path = tmp_path / "secret"
    path.write_text(private_pem(RFC_SECRET))

    assert read_private_key(path) == RFC_SECRET


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no key"),
        (private_pem(RFC_SECRET), "private key"),
        (RFC_PEM.replace("MCow", "MCox"), "another kind of key"),
        (RFC_PEM.replace("xZuE=", "xZu="), "base64|kind"),
        (RFC_PEM.replace("PUBLIC", "X PUBLIC"), "x public key"),
    ],
)
def test_other_files_are_no_public_keys(tmp_path: Path, text: str, message: str) -> None:
    """The error names the file and what it should hold."""
    path = tmp_path / "keys.pem"
    path.write_text(text)

    with pytest.raises(ConfigError, match=message) as refused:
        read_public_keys(path)

    assert str(path) in str(refused.value)
    assert "BEGIN PUBLIC KEY" in str(refused.value)


def test_a_file_of_two_private_keys_is_none_to_sign_with(tmp_path: Path) -> None:
    """Which of them was meant nobody can say."""
    path = tmp_path / "secret"
    path.write_text(private_pem(RFC_SECRET) + private_pem(OTHER_SECRET))

    with pytest.raises(ConfigError, match="2 keys"):
        read_private_key(path)
