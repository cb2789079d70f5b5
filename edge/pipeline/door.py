"""The door: what comes from the broker is let into the journal, or set aside with a reason."""

from __future__ import annotations

import msgspec

from edge.contract.codec import decode_batch, decode_clock, decode_command, encode
from edge.contract.commands import Reply, RequestId
from edge.contract.errors import MessageError
from edge.contract.messages import Quarantine, Reason
from edge.contract.self_test import check_self_test
from edge.contract.topics import CONTENT_TYPES, Encoding, Topics
from edge.ends import Entry, Incoming, Lane, Letter
from edge.pipeline.intake import check_batch, check_time

# A topic may be as long as MQTT allows; a notice need not repeat all of it.
SHOWN_TOPIC = 200
# How far below the place for replies one may go: at topics longer or deeper, though MQTT allows them, some
# brokers end the connection, and a reply waits in the outbox until it is published.
LONGEST_BELOW = 200
DEEPEST_BELOW = 16


def admit(topics: Topics, message: Incoming, *, on_stream_time: bool) -> Entry | Quarantine:
    """The journal entry of an acceptable message; for any other, the notice of why it was set aside."""
    try:
        return _entry(topics, message, on_stream_time=on_stream_time)
    except MessageError as error:
        return notice_of(message, error)


def notice_of(message: Incoming | Entry, error: MessageError) -> Quarantine:
    """The notice of a message, journalled or not, that cannot be taken."""
    return Quarantine(
        reason=Reason.REFUSED,
        what=error.what,
        where=error.where,
        allowed=error.allowed,
        topic=message.topic[:SHOWN_TOPIC],
        received_s=message.received_s,
        size_bytes=len(message.payload),
    )


def refuse_command(topics: Topics, message: Incoming, notice: Quarantine) -> Letter | None:
    """The reply to a command that was set aside; None for other messages and where nobody is to be named."""
    try:
        who, mode, wearer = topics.parse_command(message.topic)
    except MessageError:
        return None
    reply = Reply(
        request=_request(message.payload),
        who=who,
        wearer=wearer,
        mode=mode,
        is_accepted=False,
        at_s=message.received_s,
        what=f"{notice.where}: {notice.what}",
        allowed=notice.allowed,
    )
    topic = _reply_topic(topics, who, message) or topics.replies(who)
    return Letter(Lane.ALERT, topic, encode(reply), correlation=message.correlation)


def _entry(topics: Topics, message: Incoming, *, on_stream_time: bool) -> Entry:
    received_s, topic, payload = message.received_s, message.topic, message.payload
    # On wall time nobody else says what time it is: a clock message is no sample, and refused as such.
    if topic == topics.clock and on_stream_time:
        check_time(decode_clock(payload).now_s, where="now_s")
        return Entry(received_s, topic, Encoding.JSON, payload)
    if topics.is_command(topic):
        who = topics.parse_command(topic).who
        if message.is_retained:
            # The broker would give it again after each new connection, long after it was meant.
            raise MessageError("a retained command", where="retain flag", allowed="commands without it")
        decode_command(payload)
        reply_topic = _reply_topic(topics, who, message)
        return Entry(received_s, topic, Encoding.JSON, payload, reply_topic, message.correlation)
    where = topics.parse_samples(topic)
    encoding = where.encoding or content_encoding(message.content_type)
    batch = decode_batch(payload, encoding)
    check_self_test(where, batch.mode)
    check_batch(batch, where.signal, None if on_stream_time else received_s)
    return Entry(received_s, topic, encoding, payload)


def _reply_topic(topics: Topics, who: str, message: Incoming) -> str | None:
    """Where the sender wants the reply, if that is at or not far below the place for their replies.

    Anywhere else the edge would say something in its own name that another may not say.
    """
    place, wanted = topics.replies(who), message.reply_topic
    if wanted is None or not (wanted == place or wanted.startswith(f"{place}/")):
        return None
    below = wanted.removeprefix(place)
    is_far = len(below) > LONGEST_BELOW or below.count("/") > DEEPEST_BELOW
    return None if is_far or not below.isprintable() or {"+", "#"} & set(below) else wanted


def _request(payload: bytes) -> str | None:
    """The request's id, as far as it can be read."""
    try:
        return msgspec.json.decode(payload, type=_Requested).request
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class _Requested(msgspec.Struct):
    request: RequestId


def content_encoding(content_type: str | None) -> Encoding:
    """How a payload is written by its MQTT content type; JSON if none is given."""
    if content_type is None:
        return Encoding.JSON
    encoding = CONTENT_TYPES.get(content_type.partition(";")[0].strip().lower())
    if encoding is None:
        raise MessageError("unknown content type", where="content type", allowed=", ".join(CONTENT_TYPES))
    return encoding
