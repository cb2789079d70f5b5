"""A bundle small enough to be worked out by hand."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from edge.adapters.litert.interpreters import PROBE_MODEL
from edge.contract.bundle import encode_bundle
from edge.contract.manifest import (
    Abstention,
    Calibration,
    Codes,
    Golden,
    Manifest,
    StreamUse,
    Tensor,
    TrainingData,
    Window,
)

# The probe model gives the mean of its two inputs; the channel is asinh(20 x) of each change over the upper
# median, so 1000, 750 ms gives (0 + asinh(20 * -250 / 1000)) / 2.
GOLDEN_MS = [[1000.0, 750.0], [800.0, 800.0], [600.0, 900.0]]
GOLDEN_LOGIT = [math.asinh(-5.0) / 2, 0.0, math.asinh(20.0 / 3.0) / 2]


STREAM_FIELDS = {field.name for field in msgspec.structs.fields(StreamUse)}


def tensor(name: str, *shape: int) -> Tensor:
    """A tensor that is float inside too."""
    return Tensor(name=name, shape=shape, scale=None, zero_point=None)


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        format=2,
        task="rhythm",
        version="1.2.3",
        stream=StreamUse(
            signals=("rr",),
            window=Window(length=2, hop=1),
            features=("difference",),
            threshold=0.4,
            calibration=Calibration(temperature=0.5, bias=0.1),
            abstention=Abstention(quality="rr_quality", min_quality=0.75),
            conditions=("irregular_rhythm",),
        ),
        labels=("other", "af"),
        inputs=(tensor("pair", 1, 2),),
        outputs=(tensor("mean", 1, 1),),
        constants={},
        parameters=2,
        golden=Golden(
            vectors=3,
            inputs=Codes(type="int16", scales=(0.1,)),
            outputs=Codes(type="float32", scales=(1e-4,)),
            first=0,
            stop=1,
            max_steps=2,
        ),
        made_with={"tensorflow": "2.21.0"},
        trained_on=(
            TrainingData(
                dataset="made",
                title="Made up",
                records=1,
                licence="CC0",
                citation="nobody",
                url="https://example.org",
            ),
        ),
        parts=(),
    )


def encoded(manifest: Manifest, **changes: object) -> bytes:
    """The bytes of the small bundle, with some of its manifest, or of its use of a stream, changed."""
    assert manifest.stream is not None
    of_stream = {name: changes.pop(name) for name in STREAM_FIELDS & changes.keys()}
    stream = msgspec.structs.replace(manifest.stream, **of_stream)
    return encode_bundle(
        msgspec.structs.replace(manifest, stream=stream, **changes),
        model=PROBE_MODEL,
        golden_input=np.array(GOLDEN_MS, dtype=np.float32),
        golden_output=np.array(GOLDEN_LOGIT, dtype=np.float32)[:, np.newaxis],
        card="# a card",
        card_data=b"{}",
    )


@pytest.fixture
def bundle_bytes(manifest: Manifest) -> bytes:
    return encoded(manifest)
