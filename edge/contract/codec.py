"""Payload bytes to typed messages and back."""

from __future__ import annotations

from typing import get_args

import msgspec

from edge.contract.commands import Command
from edge.contract.errors import MessageError
from edge.contract.samples import ClockTick, SampleBatch
from edge.contract.topics import Encoding

# 4,096 samples in JSON with room to spare; what is larger is not a batch of samples.
MAX_PAYLOAD_BYTES = 262_144

_BATCH_KEYS = "an object with seq, times_s, values and, if need be, validity and mode"
_COMMAND_WORDS = ", ".join(str(kind.__struct_config__.tag) for kind in get_args(Command))
_COMMANDS = f"an object with request, command ({_COMMAND_WORDS}) and what that command needs"
_json_batch = msgspec.json.Decoder(SampleBatch)
_msgpack_batch = msgspec.msgpack.Decoder(SampleBatch)
_json_command: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_json_clock = msgspec.json.Decoder(ClockTick)
_json_encoder = msgspec.json.Encoder()
_msgpack_encoder = msgspec.msgpack.Encoder()


def decode_batch(payload: bytes, encoding: Encoding) -> SampleBatch:
    """Read a batch of samples; MessageError names the first thing wrong with it."""
    _check_size(payload)
    decoder = _msgpack_batch if encoding is Encoding.MSGPACK else _json_batch
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise MessageError(str(error), where="payload", allowed=_BATCH_KEYS) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"not {encoding}: {error}", where="payload", allowed=_BATCH_KEYS) from None


def decode_clock(payload: bytes) -> ClockTick:
    """Read a clock message; MessageError when it is not one."""
    _check_size(payload)
    try:
        return _json_clock.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error), where="payload", allowed='{"now_s": SECONDS}') from None


def decode_command(payload: bytes) -> Command:
    """Read a command; MessageError names the first thing wrong with it."""
    _check_size(payload)
    try:
        return _json_command.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(str(error), where="payload", allowed=_COMMANDS) from None


def encode(message: msgspec.Struct, encoding: Encoding = Encoding.JSON) -> bytes:
    """Write a message; the same message gives the same bytes."""
    encoder = _msgpack_encoder if encoding is Encoding.MSGPACK else _json_encoder
    return encoder.encode(message)


def _check_size(payload: bytes) -> None:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise MessageError(
            f"{len(payload)} bytes", where="payload", allowed=f"at most {MAX_PAYLOAD_BYTES} bytes"
        )
