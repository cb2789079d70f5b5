"""The manifest of a bundle: everything the edge must know to run a model it has never met."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# `\Z` is the end; `$` would let a line break in behind it.
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.-]{0,63}\Z")]
Version = Annotated[str, Meta(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}\Z")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
KeyId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")]
SignatureHex = Annotated[str, Meta(pattern=r"^[0-9a-f]{128}\Z")]
Count = Annotated[int, Meta(ge=1, le=4_000_000)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Positive = Annotated[float, Meta(gt=0.0, le=1e6)]
Int8 = Annotated[int, Meta(ge=-128, le=127)]


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`signature.json`: who vouches for the bytes of `manifest.json`, and so for all they vouch for."""

    algorithm: Literal["ed25519"]
    key: KeyId
    signature: SignatureHex


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the bundle besides the manifest itself."""

    name: Name
    bytes: Count
    sha256: Sha256


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many samples of the signal the model sees at once, and how many later it looks again."""

    length: Annotated[int, Meta(ge=2, le=100_000)]
    hop: Count


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Turns a logit into a probability: sigmoid((logit - bias) / temperature)."""

    temperature: Positive
    bias: float


class Abstention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the model gives no answer: the named quality of the window is below `min_quality`."""

    quality: Name
    min_quality: Share


class Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An input or an output of the model: float32 outside, and what it is inside.

    `shape` begins with the batch of one. `scale` and `zero_point` are those of the int8 tensor behind it,
    value = scale x (int8 - zero_point); both are None where the model computes in float there.
    """

    name: Name
    shape: Annotated[tuple[Count, ...], Meta(min_length=2, max_length=4)]
    scale: Positive | None
    zero_point: Int8 | None


class Codes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How numbers are written: little-endian codes of `type`, each value the float32 product scale x code.

    There is one scale for each tensor. Codes of type float32 are the values themselves; their scale is only
    the step in which differences are counted.
    """

    type: Literal["int8", "int16", "float32"]
    scales: Annotated[tuple[Positive, ...], Meta(min_length=1, max_length=16)]


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The golden vectors: how many, how they are written, and how far optimised kernels may stray.

    A vector is all inputs of the model end to end, or one window of the signal in its unit; its answer is
    the outputs end to end, of which those from place `first` to before `stop` are kept and held to. The
    steps of `max_steps` are the scales of `outputs`.
    """

    vectors: Annotated[int, Meta(ge=1, le=10_000)]
    inputs: Codes
    outputs: Codes
    first: Annotated[int, Meta(ge=0, le=1_000_000)]
    stop: Count
    max_steps: Annotated[int, Meta(ge=0, le=8)]


class TrainingData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One data set the model has learned from."""

    dataset: Name
    title: str
    records: Count
    licence: str
    citation: str
    url: str


class StreamUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the edge runs a model over a signal as it comes.

    `signals` are codes of the signal catalogue; `features` names of `edge.signals.features`, in the order of
    the model's channels. The one output is the logit of `labels[1]` against `labels[0]`; from the probability
    `threshold` on it counts as present and feeds `conditions`.
    """

    signals: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=16)]
    window: Window
    features: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
    threshold: Share
    calibration: Calibration
    abstention: Abstention
    conditions: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=16)]


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the answer of a model that is asked is worth an alert, and what the alert says.

    The value at `place` of the output called `output`, flat, is a probability, or the logit of one; without a
    name it is the first output. From `threshold` on, as a probability, `condition` is present.
    """

    condition: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}\Z")]
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    priority: Literal["low", "medium", "high"]
    form: Literal["probability", "logit"]
    threshold: Share
    output: Name | None = None
    place: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a bundle holds and how it is run.

    `inputs` and `outputs` are the model's, in its order; `labels` name what the outputs mean. With `stream`
    the edge runs the model over a signal; without it the task's own code makes the inputs and reads the
    outputs, with the help of `constants` (scaling, priors, transitions: numbers that belong to the model and
    not to the code), or it is asked over MQTT, where `finding` says what is worth an alert.
    """

    format: Literal[2]
    task: Name
    version: Version
    stream: StreamUse | None
    labels: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
    inputs: Annotated[tuple[Tensor, ...], Meta(min_length=1, max_length=16)]
    outputs: Annotated[tuple[Tensor, ...], Meta(min_length=1, max_length=16)]
    constants: dict[Name, tuple[float, ...]]
    parameters: Count
    golden: Golden
    made_with: dict[Name, str]
    trained_on: Annotated[tuple[TrainingData, ...], Meta(min_length=1)]
    parts: tuple[Part, ...]
    finding: Finding | None = None
