"""Questions to models and their answers, as they travel: whoever has the inputs asks, the edge answers."""

from __future__ import annotations

from typing import Annotated

import msgspec

from edge.contract.errors import MessageError
from edge.contract.samples import Mode
from edge.contract.topics import Encoding

# An image of 64 x 64 x 3 in JSON takes 250 kB, one of 128 x 128 in MessagePack 450 kB.
MAX_QUESTION_BYTES = 1_048_576
_KEYS = "an object with at_s, inputs and, if need be, mode"


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Inputs for one run of a model; who and which stand in the topic.

    `at_s` is when they were measured, Unix seconds in UTC. `inputs` has the values of each input of the model
    by its name, flat, the last axis running fastest.
    """

    at_s: float
    inputs: Annotated[dict[str, list[float]], msgspec.Meta(min_length=1, max_length=16)]
    mode: Mode = Mode.REAL


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the model answered: `outputs` by name, flat; `labels` say what they mean.

    `present` and `probability` are there where the bundle names a finding.
    """

    at_s: float
    wearer: str
    device: str
    mode: Mode
    bundle: str
    labels: tuple[str, ...]
    outputs: dict[str, list[float]]
    probability: float | None = None
    present: bool | None = None


_json = msgspec.json.Decoder(Question)
_msgpack = msgspec.msgpack.Decoder(Question)


def decode_question(payload: bytes, encoding: Encoding) -> Question:
    """Read a question; MessageError names the first thing wrong with it."""
    if len(payload) > MAX_QUESTION_BYTES:
        raise MessageError(
            f"{len(payload)} bytes", where="payload", allowed=f"at most {MAX_QUESTION_BYTES} bytes"
        )
    try:
        return (_msgpack if encoding is Encoding.MSGPACK else _json).decode(payload)
    except msgspec.ValidationError as error:
        raise MessageError(str(error), where="payload", allowed=_KEYS) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"not {encoding}: {error}", where="payload", allowed=_KEYS) from None
