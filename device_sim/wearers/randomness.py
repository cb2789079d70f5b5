"""Random streams: one for each wearer, purpose and stretch of time, so that none disturbs another."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np


class Streams(NamedTuple):
    """All the randomness of one wearer; holds no state, so a wearer of a large fleet stays small."""

    seed: int
    wearer: str

    def at(self, purpose: str, index: int = 0) -> np.random.Generator:
        """A generator of this purpose and index (0 or more), which depends on nothing drawn before."""
        digest = hashlib.sha256(f"{self.wearer}/{purpose}".encode()).digest()
        words = [int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4)]
        sequence = np.random.SeedSequence([self.seed, *words], spawn_key=(index,))
        return np.random.Generator(np.random.PCG64(sequence))


def stream(seed: int, wearer: str, purpose: str) -> np.random.Generator:
    """The one generator of a wearer for a purpose."""
    return Streams(seed, wearer).at(purpose)
