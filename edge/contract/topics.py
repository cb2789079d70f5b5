"""Topic names: who and what a message is about. The payload does not repeat it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from edge.contract.catalogue import SIGNALS
from edge.contract.errors import ConfigError, MessageError
from edge.contract.samples import Mode

VERSION = "v1"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
NAME_RULE = "1 to 64 letters, digits, '_' or '-'"
# A topic of MQTT has at most 65,535 bytes: this leaves room for the rest of ours.
LONGEST_PREFIX = 200
PREFIX_RULE = f"{NAME_RULE}, by '/', at most {LONGEST_PREFIX} characters in all"


def checked_prefix(text: str, where: str = "--prefix") -> str:
    """The first part of all topics as it is; ConfigError, naming `where` it stands, if it cannot be that."""
    if len(text) > LONGEST_PREFIX:
        raise ConfigError(f"a topic prefix of {len(text)} characters", where=where, allowed=PREFIX_RULE)
    if not all(NAME.fullmatch(part) for part in text.split("/")):
        raise ConfigError(f"not a topic prefix: {text!r}", where=where, allowed=PREFIX_RULE)
    return text


class Encoding(StrEnum):
    """How a payload is written."""

    JSON = "json"
    MSGPACK = "msgpack"


CONTENT_TYPES = {"application/json": Encoding.JSON, "application/msgpack": Encoding.MSGPACK}


class SampleTopic(NamedTuple):
    """Whose samples, from which device, of which signal, and how written if the topic says so."""

    wearer: str
    device: str
    signal: str
    encoding: Encoding | None = None


class CommandTopic(NamedTuple):
    """Who commands, and about which wearer in which mode."""

    who: str
    mode: Mode
    wearer: str


class QuestionTopic(NamedTuple):
    """Of whom and from which device the inputs are, and the task of the model that is asked."""

    wearer: str
    device: str
    task: str


class Topics(NamedTuple):
    """All topics below one prefix."""

    prefix: str = "vitalward"

    @property
    def root(self) -> str:
        """The part common to all."""
        return f"{self.prefix}/{VERSION}"

    def samples(self, topic: SampleTopic) -> str:
        """Where a device publishes its samples."""
        base = f"{self.root}/samples/{topic.wearer}/{topic.device}/{topic.signal}"
        return base if topic.encoding is None else f"{base}/{topic.encoding}"

    @property
    def all_samples(self) -> str:
        """The filter the edge subscribes to."""
        return f"{self.root}/samples/#"

    @property
    def clock(self) -> str:
        """Where a simulation says what time it is."""
        return f"{self.root}/clock"

    def alerts(self, wearer: str, condition: str, mode: str = "+") -> str:
        """Where alerts of a condition appear; '+' stands for any. Only mode `real` is of a living wearer."""
        return f"{self.root}/alerts/{mode}/{wearer}/{condition}"

    def alarms(self, wearer: str, condition: str, subject: str, mode: str = "+") -> str:
        """Where an alarm is retained as it stands; '+' stands for any."""
        return f"{self.root}/alarms/{mode}/{wearer}/{condition}/{subject}"

    def commands(self, topic: CommandTopic) -> str:
        """Where somebody commands; a broker can bind the first name to its user."""
        return f"{self.root}/commands/{topic.who}/{topic.mode}/{topic.wearer}"

    @property
    def all_commands(self) -> str:
        """The filter the edge subscribes to."""
        return f"{self.root}/commands/#"

    def replies(self, who: str) -> str:
        """Where replies to somebody's commands appear, unless they ask for a place below it."""
        return f"{self.root}/replies/{who}"

    def advice(self, wearer: str, rule: str, mode: str = "+") -> str:
        """Where advice appears; '+' stands for any."""
        return f"{self.root}/advice/{mode}/{wearer}/{rule}"

    def reports(self, wearer: str, span: str = "+", mode: str = "+") -> str:
        """Where the report of a night or a week appears; '+' stands for any."""
        return f"{self.root}/reports/{mode}/{wearer}/{span}"

    @property
    def quarantine(self) -> str:
        """Where notices of messages set aside appear."""
        return f"{self.root}/quarantine"

    def wearer_status(self, wearer: str, mode: str = "+") -> str:
        """Where the edge says what it knows and does not know of a wearer; '+' stands for any."""
        return f"{self.root}/wearers/{mode}/{wearer}/status"

    def sleep(self, wearer: str, mode: str = "+") -> str:
        """Where the edge says whether a wearer sleeps; '+' stands for any."""
        return f"{self.root}/wearers/{mode}/{wearer}/sleep"

    def status(self, edge: str) -> str:
        """Where an edge keeps its retained status and leaves its last will."""
        return f"{self.root}/edge/{edge}/status"

    def heartbeat(self, edge: str) -> str:
        """Where an edge shows that it is alive."""
        return f"{self.root}/edge/{edge}/heartbeat"

    def is_command(self, topic: str) -> bool:
        """Whether a topic is one of commands, well formed or not."""
        # The filter that ends in '#' brings the level above it as well.
        return f"{topic}/".startswith(f"{self.root}/commands/")

    def parse_command(self, topic: str) -> CommandTopic:
        """Read a command topic; MessageError when it is not one."""
        head = f"{self.root}/commands/"
        parts = topic.removeprefix(head).split("/")
        if not topic.startswith(head) or len(parts) != 3:
            raise MessageError("not a command topic", where="topic", allowed=f"{head}WHO/MODE/WEARER")
        who, mode, wearer = parts
        for part, name in (("who", who), ("wearer", wearer)):
            if not NAME.fullmatch(name):
                raise MessageError(f"{part} is not a name", where="topic", allowed=NAME_RULE)
        if mode not in set(Mode):
            raise MessageError("unknown mode", where="topic", allowed=", ".join(Mode))
        return CommandTopic(who, Mode(mode), wearer)

    def questions(self, topic: QuestionTopic) -> str:
        """Where a device asks a model."""
        return f"{self.root}/questions/{topic.wearer}/{topic.device}/{topic.task}"

    @property
    def all_questions(self) -> str:
        """The filter that models are asked under."""
        return f"{self.root}/questions/#"

    def answers(self, wearer: str, task: str, mode: str = "+") -> str:
        """Where answers of a model appear; '+' stands for any."""
        return f"{self.root}/answers/{mode}/{wearer}/{task}"

    def parse_question(self, topic: str) -> QuestionTopic:
        """Read a question's topic; MessageError when it is not one."""
        head = f"{self.root}/questions/"
        parts = topic.removeprefix(head).split("/")
        if not topic.startswith(head) or len(parts) != 3:
            raise MessageError("not a question", where="topic", allowed=f"{head}WEARER/DEVICE/TASK")
        for part, name in zip(("wearer", "device", "task"), parts, strict=True):
            if not NAME.fullmatch(name):
                raise MessageError(f"{part} is not a name", where="topic", allowed=NAME_RULE)
        return QuestionTopic(*parts)

    def parse_samples(self, topic: str) -> SampleTopic:
        """Read a sample topic; MessageError when it is not one."""
        head = f"{self.root}/samples/"
        shape = f"{head}WEARER/DEVICE/SIGNAL or {head}WEARER/DEVICE/SIGNAL/msgpack"
        parts = topic.removeprefix(head).split("/")
        if not topic.startswith(head) or len(parts) not in {3, 4}:
            raise MessageError("not a sample topic", where="topic", allowed=shape)
        for part, name in zip(("wearer", "device"), parts[:2], strict=True):
            if not NAME.fullmatch(name):
                raise MessageError(f"{part} is not a name", where="topic", allowed=NAME_RULE)
        if parts[2] not in SIGNALS:
            raise MessageError("unknown signal", where="topic", allowed=", ".join(SIGNALS))
        if len(parts) == 4 and parts[3] not in set(Encoding):
            raise MessageError("unknown encoding", where="topic", allowed=", ".join(Encoding))
        return SampleTopic(parts[0], parts[1], parts[2], Encoding(parts[3]) if parts[3:] else None)
