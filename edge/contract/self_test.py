"""What the edge's test of its own alarms is about, and that nothing else is."""

from __future__ import annotations

from edge.contract.errors import MessageError
from edge.contract.samples import Mode
from edge.contract.topics import SampleTopic

SELF_TEST_WEARER = "self-test"
SELF_TEST_SIGNAL = "self_test"


def check_self_test(topic: SampleTopic, mode: Mode) -> None:
    """Raise MessageError for the signal of the self-test about a person, or in another mode than `test`."""
    if topic.signal != SELF_TEST_SIGNAL:
        return
    if topic.wearer != SELF_TEST_WEARER:
        raise MessageError(
            f"{SELF_TEST_SIGNAL} of another wearer", where="topic", allowed=f"the wearer {SELF_TEST_WEARER}"
        )
    if mode is not Mode.TEST:
        raise MessageError(f"{SELF_TEST_SIGNAL} in mode {mode}", where="mode", allowed=f"mode {Mode.TEST}")
