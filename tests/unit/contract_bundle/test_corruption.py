"""Flipped bits: whatever happened to a file on its way, it is refused before anything of it runs."""

from __future__ import annotations

import random

import pytest

from edge.bundles import PROJECT_KEYS, SHIPPED
from edge.contract.bundle import decode_bundle
from edge.contract.errors import BundleError
from edge.contract.keys import read_public_keys
from edge.contract.signature import require_trust

EACH = 200


@pytest.mark.parametrize("task", SHIPPED)
def test_a_thousand_flipped_bits_are_refused_before_inference(task: str) -> None:
    """200 of each of the five shipped bundles, anywhere in the file: each by name, in the user's terms."""
    chance = random.Random(f"{task} 20261123")
    keys, whole = read_public_keys(PROJECT_KEYS), SHIPPED[task].read_bytes()
    require_trust(decode_bundle(whole, where=task), keys, allow_unsigned=False, where=task)

    for _ in range(EACH):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        with pytest.raises(BundleError) as caught:
            require_trust(decode_bundle(bytes(flipped), where=task), keys, allow_unsigned=False, where=task)
        assert caught.value.where.startswith(task)
        assert caught.value.allowed


@pytest.mark.parametrize("part", ["manifest.json", "signature.json"])
def test_a_flip_in_what_is_signed_or_signs_is_refused_too(part: str) -> None:
    """They are a hundredth of the file, so chance alone would hardly ever hit them."""
    chance = random.Random(part)
    keys, whole = read_public_keys(PROJECT_KEYS), SHIPPED["rhythm"].read_bytes()
    start = whole.index(part.encode()) + len(part)

    for _ in range(EACH):
        flipped = bytearray(whole)
        flipped[start + chance.randrange(150)] ^= 1 << chance.randrange(8)
        with pytest.raises(BundleError):
            require_trust(decode_bundle(bytes(flipped), where=part), keys, allow_unsigned=False, where=part)
