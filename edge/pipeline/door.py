"""The door: what comes from the broker is let into the journal, or set aside with a reason."""

from __future__ import annotations

from edge.contract.codec import decode_batch, decode_clock
from edge.contract.errors import MessageError
from edge.contract.messages import Quarantine, Reason
from edge.contract.topics import CONTENT_TYPES, Encoding, Topics
from edge.pipeline.ends import Incoming
from edge.pipeline.intake import check_batch, check_time

# A topic may be as long as MQTT allows; a notice need not repeat all of it.
SHOWN_TOPIC = 200


def admit(topics: Topics, message: Incoming, *, on_stream_time: bool) -> Encoding | Quarantine:
    """How an acceptable message is written; for any other, the notice of why it was set aside."""
    try:
        # On wall time nobody else says what time it is: a clock message is no sample, and refused as such.
        if message.topic == topics.clock and on_stream_time:
            check_time(decode_clock(message.payload).now_s, where="now_s")
            return Encoding.JSON
        where = topics.parse_samples(message.topic)
        encoding = where.encoding or content_encoding(message.content_type)
        batch = decode_batch(message.payload, encoding)
        check_batch(batch, where.signal, None if on_stream_time else message.received_s)
    except MessageError as error:
        return Quarantine(
            reason=Reason.REFUSED,
            what=error.what,
            where=error.where,
            allowed=error.allowed,
            topic=message.topic[:SHOWN_TOPIC],
            received_s=message.received_s,
            size_bytes=len(message.payload),
        )
    return encoding


def content_encoding(content_type: str | None) -> Encoding:
    """How a payload is written by its MQTT content type; JSON if none is given."""
    if content_type is None:
        return Encoding.JSON
    encoding = CONTENT_TYPES.get(content_type.partition(";")[0].strip().lower())
    if encoding is None:
        raise MessageError("unknown content type", where="content type", allowed=", ".join(CONTENT_TYPES))
    return encoding
