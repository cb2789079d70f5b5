"""Random streams: one for each wearer and purpose, so that none disturbs another."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, wearer: str, purpose: str) -> np.random.Generator:
    """A generator that depends on these three alone, and on nothing drawn before."""
    digest = hashlib.sha256(f"{wearer}/{purpose}".encode()).digest()
    words = [int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
