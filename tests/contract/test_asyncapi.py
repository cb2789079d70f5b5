"""docs/asyncapi.yaml held against the code, and a client that knows nothing but that page."""

from __future__ import annotations

import gc
import queue
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import msgspec
import paho.mqtt.client as paho
import psutil
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device_sim.brokers import Address, LocalBroker
from edge.advice.rules import load_rules
from edge.conditions.table import CONDITIONS
from edge.contract.alarms import AlarmStatus, Heartbeat
from edge.contract.catalogue import SIGNALS
from edge.contract.codec import MAX_PAYLOAD_BYTES, decode_batch
from edge.contract.commands import (
    COMMAND_LATE_AFTER_S,
    LONGEST_PAUSE_S,
    LONGEST_SHELF_S,
    Acknowledge,
    ExportBaseline,
    PauseAudio,
    Reply,
    ResetBaseline,
    ResumeAudio,
    SetAdvice,
    SetLimit,
    Shelve,
    Unshelve,
)
from edge.contract.messages import Advice, Alert, Quarantine, SleepStatus, Status, WearerStatus
from edge.contract.questions import Answer, Question
from edge.contract.reports import NightReport, Span, WeekReport
from edge.contract.samples import ClockTick, Mode, SampleBatch
from edge.contract.topics import (
    CONTENT_TYPES,
    NAME_RULE,
    CommandTopic,
    Encoding,
    QuestionTopic,
    SampleTopic,
    Topics,
)
from edge.pipeline.intake import FUTURE_TOLERANCE_S
from edge.wearer.freshness import REMEMBERED_BATCHES

PAGE = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PAGE.read_text(encoding="utf-8"))
CHANNELS: dict[str, Any] = DOCUMENT["channels"]
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
PARAMETERS: dict[str, Any] = DOCUMENT["components"]["parameters"]

STRUCTS: dict[str, type[msgspec.Struct]] = {
    "acknowledge": Acknowledge,
    "pauseAudio": PauseAudio,
    "resumeAudio": ResumeAudio,
    "shelve": Shelve,
    "unshelve": Unshelve,
    "setLimit": SetLimit,
    "setAdvice": SetAdvice,
    "exportBaseline": ExportBaseline,
    "resetBaseline": ResetBaseline,
    "reply": Reply,
    "alarm": AlarmStatus,
    "heartbeat": Heartbeat,
    "samples": SampleBatch,
    "samplesMsgpack": SampleBatch,
    "clock": ClockTick,
    "question": Question,
    "answer": Answer,
    "alert": Alert,
    "advice": Advice,
    "nightReport": NightReport,
    "weekReport": WeekReport,
    "quarantine": Quarantine,
    "wearerStatus": WearerStatus,
    "sleepStatus": SleepStatus,
    "status": Status,
}
EXAMPLES = [
    pytest.param(message, example, id=f"{message}-{example['name']}")
    for message, described in MESSAGES.items()
    for example in described["examples"]
]
# Only these say what is allowed; the rest of a schema is for people.
CONSTRAINTS = {
    "$ref",
    "type",
    "properties",
    "required",
    "enum",
    "items",
    "anyOf",
    "additionalProperties",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "exclusiveMinimum",
    "minLength",
    "maxLength",
    "default",
}
# Stricter on the page than in the code, for what the edge sends.
ONLY_ON_THE_PAGE = {("Alert", "n", "minimum")}
WAIT_S = 30.0


def resolve(reference: str) -> Any:
    """What a reference within the page points at."""
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def references(node: Any) -> Iterator[str]:
    """Every reference below a node."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for item in node.values():
            yield from references(item)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def placeholders(address: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", address))


def normal(schema: Any) -> Any:
    """A schema without what is for people, its lists of choices and of required keys in order."""
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key not in CONSTRAINTS or (key, value) == ("default", None):
            continue
        if key == "properties":
            kept[key] = {name: normal(inner) for name, inner in value.items()}
        elif key in {"required", "enum"}:
            kept[key] = sorted(value)
        elif key == "anyOf":
            kept[key] = sorted(map(normal, value), key=str)
        else:
            kept[key] = normal(value)
    return kept


def schema_of(message: str) -> dict[str, Any]:
    """The schema of a message with all it refers to, as jsonschema wants it."""
    return {"$ref": MESSAGES[message]["payload"]["$ref"], "components": DOCUMENT["components"]}


def test_the_page_is_of_the_version_that_is_installed() -> None:
    """Whoever reads the page knows which edge it is about."""
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["info"]["version"] == version("vitalward")


def test_every_topic_of_the_code_is_a_channel_with_the_same_address() -> None:
    """The page has the channels of the code, no more and no fewer, at the same addresses."""
    topics = Topics("{prefix}")
    sample = SampleTopic("{wearer}", "{device}", "{signal}")
    expected = {
        "samples": topics.samples(sample),
        "samplesEncoded": topics.samples(sample._replace(encoding=Encoding.MSGPACK)).replace(
            Encoding.MSGPACK, "{encoding}"
        ),
        "clock": topics.clock,
        "commands": f"{topics.root}/commands/{{who}}/{{mode}}/{{wearer}}",
        "replies": topics.replies("{who}"),
        "alarms": topics.alarms("{wearer}", "{condition}", "{subject}", "{mode}"),
        "heartbeat": topics.heartbeat("{edge}"),
        "questions": topics.questions(QuestionTopic("{wearer}", "{device}", "{task}")),
        "answers": topics.answers("{wearer}", "{task}", "{mode}"),
        "alerts": topics.alerts("{wearer}", "{condition}", "{mode}"),
        "advice": topics.advice("{wearer}", "{rule}", "{mode}"),
        "reports": topics.reports("{wearer}", "{span}", "{mode}"),
        "quarantine": topics.quarantine,
        "wearerStatus": topics.wearer_status("{wearer}", "{mode}"),
        "sleep": topics.sleep("{wearer}", "{mode}"),
        "status": topics.status("{edge}"),
    }
    own = {name for name in vars(Topics) if not name.startswith(("_", "parse_"))} - {
        "prefix",
        "root",
        "is_command",
    }
    command = CommandTopic("anna", Mode.REAL, "maria")

    assert {name: channel["address"] for name, channel in CHANNELS.items()} == expected
    assert topics.commands(command) == expected["commands"].format(
        prefix="{prefix}", who="anna", mode="real", wearer="maria"
    )
    assert own == {
        "commands",
        "all_commands",
        "replies",
        "alarms",
        "heartbeat",
        "samples",
        "all_samples",
        "clock",
        "questions",
        "all_questions",
        "answers",
        "alerts",
        "advice",
        "reports",
        "quarantine",
        "wearer_status",
        "sleep",
        "status",
    }


def test_every_channel_describes_exactly_the_parameters_of_its_address() -> None:
    """No part of an address is left unexplained and nothing else is explained."""
    described = {name: set(channel["parameters"]) for name, channel in CHANNELS.items()}

    assert described == {name: placeholders(channel["address"]) for name, channel in CHANNELS.items()}


def test_every_reference_of_the_page_leads_somewhere() -> None:
    """All references are within the page and resolve."""
    assert all(resolve(reference) for reference in references(DOCUMENT))


def test_every_channel_has_one_operation_that_carries_its_messages() -> None:
    """The edge either sends or receives on a channel, and the operation lists all messages of it."""
    operations = {
        operation["channel"]["$ref"].removeprefix("#/channels/"): operation
        for operation in DOCUMENT["operations"].values()
    }
    listed = {
        name: {reference["$ref"].rpartition("/")[2] for reference in operation["messages"]}
        for name, operation in operations.items()
    }

    assert len(DOCUMENT["operations"]) == len(operations)
    assert listed == {name: set(channel["messages"]) for name, channel in CHANNELS.items()}
    assert {name for name, operation in operations.items() if operation["action"] == "receive"} == {
        "samples",
        "samplesEncoded",
        "clock",
        "commands",
        "questions",
    }


def test_only_status_and_alarms_are_retained_and_everything_is_of_qos_1() -> None:
    """QoS and retain flag of every operation."""
    bindings = {name: item["bindings"]["mqtt"] for name, item in DOCUMENT["operations"].items()}

    assert {binding["qos"] for binding in bindings.values()} == {1}
    assert [name for name, binding in bindings.items() if binding["retain"]] == [
        "sendAlarms",
        "sendStatus",
    ]


@pytest.mark.parametrize(
    ("parameter", "choices"),
    [
        ("signal", list(SIGNALS)),
        ("condition", list(CONDITIONS)),
        ("rule", [rule.code for rule in load_rules()]),
        ("mode", list(Mode)),
        ("span", list(Span)),
        ("encoding", list(Encoding)),
    ],
)
def test_the_choices_of_a_topic_parameter_are_those_of_the_code(parameter: str, choices: list[str]) -> None:
    """Signals, conditions, rules, modes and encodings are listed in full."""
    assert PARAMETERS[parameter]["enum"] == choices


def test_the_limits_of_commands_the_page_tells_are_those_of_the_code() -> None:
    """How old a command may be, and for how long sound and announcements may be put off."""
    text = " ".join(DOCUMENT["operations"]["receiveCommands"]["description"].split())

    assert f"more than {COMMAND_LATE_AFTER_S:.0f} s old" in text
    assert SCHEMAS["PauseAudio"]["properties"]["for_s"]["maximum"] == LONGEST_PAUSE_S
    assert SCHEMAS["Shelve"]["properties"]["for_s"]["maximum"] == LONGEST_SHELF_S


def test_every_schema_is_that_of_the_code() -> None:
    """Properties, required keys, choices, types, bounds and whether further keys are allowed."""
    _, components = msgspec.json.schema_components(
        list(dict.fromkeys(STRUCTS.values())), ref_template="#/components/schemas/{name}"
    )
    # Through JSON, since defaults come as the code's own types.
    components = msgspec.json.decode(msgspec.json.encode(components))
    page = {name: normal(schema) for name, schema in SCHEMAS.items()}
    for schema, key, constraint in ONLY_ON_THE_PAGE:
        del page[schema]["properties"][key][constraint]

    assert page == {name: normal(schema) for name, schema in components.items()}


def test_every_key_of_every_schema_is_described() -> None:
    """A client's author is told what each key means, there or at the type it refers to."""
    silent = [
        f"{name}.{key}"
        for name, schema in SCHEMAS.items()
        for key, inner in schema.get("properties", {}).items()
        if not ("description" in inner or ("$ref" in inner and "description" in resolve(inner["$ref"])))
    ]

    assert silent == []


def test_every_message_has_the_schema_of_its_type_and_an_example() -> None:
    """Payload references name the type that the code reads or writes."""
    referred = {name: message["payload"]["$ref"].rpartition("/")[2] for name, message in MESSAGES.items()}

    assert referred == {name: struct.__name__ for name, struct in STRUCTS.items()}
    assert all(message["examples"] for message in MESSAGES.values())
    # AsyncAPI allows no other keys in an example.
    assert all(
        set(example) <= {"name", "summary", "headers", "payload"}
        for message in MESSAGES.values()
        for example in message["examples"]
    )
    assert {message["contentType"] for message in MESSAGES.values()} == set(CONTENT_TYPES)


@pytest.mark.parametrize(("message", "example"), EXAMPLES)
def test_an_example_is_valid_by_the_page_and_by_the_code(message: str, example: dict[str, Any]) -> None:
    """jsonschema accepts it, and the code decodes it to the same content."""
    payload = example["payload"]
    jsonschema.validate(payload, schema_of(message), cls=jsonschema.Draft202012Validator)
    decoded = msgspec.json.decode(msgspec.json.encode(payload), type=STRUCTS[message])
    known = msgspec.json.decode(msgspec.json.encode(decoded))

    assert {key: known.get(key) for key in payload} == payload


def test_every_signal_has_an_example() -> None:
    """A client's author sees a payload for each signal."""
    columns = [set(example["payload"]["values"]) for example in MESSAGES["samples"]["examples"]]

    assert all({part.code for part in signal.components} in columns for signal in SIGNALS.values())


def test_the_bytes_of_the_msgpack_example_are_its_payload() -> None:
    """The hexadecimal bytes decode to the payload beside them."""
    message = MESSAGES["samplesMsgpack"]
    batch = decode_batch(bytes.fromhex(message["x-payload-hex"]), Encoding.MSGPACK)

    assert batch == msgspec.convert(message["examples"][0]["payload"], SampleBatch)


def test_the_signal_table_is_the_catalogue() -> None:
    """Codes, texts, units, ranges, LOINC codes, periods and staleness."""
    page = [_with_defaults(signal) for signal in DOCUMENT["x-signals"]]

    assert page == msgspec.json.decode(msgspec.json.encode(list(SIGNALS.values())))


def test_the_limits_the_page_tells_are_those_of_the_code() -> None:
    """Sizes, counts and tolerances in the text."""
    text = " ".join(DOCUMENT["operations"]["receiveSamples"]["description"].split())

    assert f"more than {MAX_PAYLOAD_BYTES} bytes" in text
    assert f"the last {REMEMBERED_BATCHES} batches" in text
    assert f"more than {FUTURE_TOLERANCE_S:.0f} s in the future" in text
    assert NAME_RULE in PARAMETERS["wearer"]["description"]


def _with_defaults(signal: dict[str, Any]) -> dict[str, Any]:
    """A row of the table with what may be left out."""
    optional = {"period_s": None, "stale_after_s": None, "frozen_after_s": None, "loinc": None}
    components = [{"loinc": None} | component for component in signal["components"]]
    return optional | {"descending": False} | signal | {"components": components}


class Arrived(NamedTuple):
    """A message as a subscriber gets it."""

    topic: str
    payload: Any
    qos: int
    retain: bool


class PageClient:
    """A client made from the page alone: addresses, parameters, examples, QoS and retain flags."""

    def __init__(self, address: Address) -> None:
        self._arrived: queue.Queue[Arrived] = queue.Queue()
        self._subscribed: queue.Queue[None] = queue.Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._subscribed.put(None)
        self._client.connect(*address)
        self._client.loop_start()

    def subscribe(self, *channels: str) -> None:
        """Subscribe to channels, any value of each parameter but the prefix."""
        for channel in channels:
            address: str = CHANNELS[channel]["address"].replace("{prefix}", PARAMETERS["prefix"]["default"])
            self._client.subscribe(re.sub(r"{\w+}", "+", address), qos=1)
            self._subscribed.get(timeout=WAIT_S)

    def publish(self, channel: str, payload: bytes, *, content_type: str | None = None, **names: str) -> str:
        """Publish on a channel's address; returns the topic."""
        operation = DOCUMENT["operations"]["receive" + channel[0].upper() + channel[1:]]
        binding = operation["bindings"]["mqtt"]
        topic: str = CHANNELS[channel]["address"].format(prefix=PARAMETERS["prefix"]["default"], **names)
        properties = None
        if content_type is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.ContentType = content_type
        sent = self._client.publish(topic, payload, binding["qos"], binding["retain"], properties)
        sent.wait_for_publish(WAIT_S)
        return topic

    def await_message(self, channel: str, fits: Callable[[Any], bool] = lambda _: True) -> Arrived:
        """The next message of a channel that fits; others are passed over."""
        pattern = re.sub(r"{\w+}", "[^/]+", CHANNELS[channel]["address"])
        give_up_s = time.monotonic() + WAIT_S
        # Statuses come without end.
        while (left_s := give_up_s - time.monotonic()) > 0:
            try:
                arrived = self._arrived.get(timeout=left_s)
            except queue.Empty:
                break
            if re.fullmatch(pattern, arrived.topic) and fits(arrived.payload):
                return arrived
        raise AssertionError(f"no message of {channel!r} that fits came within {WAIT_S:.0f} s")

    def close(self) -> None:
        """Disconnect, and leave no socket open."""
        self._client.disconnect()
        self._client.loop_stop()
        # It closes two of its own only when it is freed, which a ring of callbacks would put off.
        self._client.on_message = self._client.on_subscribe = None

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        payload = msgspec.json.decode(message.payload or b"null")
        self._arrived.put(Arrived(message.topic, payload, message.qos, message.retain))


class Scene(NamedTuple):
    """A client of the page and an edge of its own, which is online."""

    client: PageClient
    edge: subprocess.Popen[bytes]
    address: Address


@pytest.fixture
def scene(mosquitto: LocalBroker, tmp_path: Path) -> Iterator[Scene]:
    """An edge on stream time, since the page's examples have times of their own."""
    config = tmp_path / "edge.toml"
    config.write_text(
        f'[edge]\nstate_dir = "{tmp_path / "state"}"\nclock = "stream"\nstatus_period_s = 0.1\n'
        f"[mqtt]\nport = {mosquitto.address.port}\n"
    )
    client = PageClient(mosquitto.address)
    client.subscribe("alerts", "alarms", "replies", "advice", "quarantine", "wearerStatus", "status")
    edge = subprocess.Popen([sys.executable, "-m", "edge", "run", "--config", str(config)])
    try:
        client.await_message("status", lambda status: status["state"] == "online")
        yield Scene(client, edge, mosquitto.address)
    finally:
        client.close()
        edge.kill()
        edge.wait()


def example(message: str, name: str) -> Any:
    """The payload of a named example."""
    return next(item for item in MESSAGES[message]["examples"] if item["name"] == name)["payload"]


def send_reading(client: PageClient, name: str) -> str:
    return client.publish(
        "samples",
        msgspec.json.encode(example("samples", name)),
        wearer=PARAMETERS["wearer"]["examples"][0],
        device=PARAMETERS["device"]["examples"][0],
        signal="bp",
    )


def test_a_client_made_from_the_page_gets_the_alerts_and_advice_it_describes(scene: Scene) -> None:
    """The two cuff readings of the page lead to exactly the alert messages and advice of the page."""
    send_reading(scene.client, "bp")
    start = scene.client.await_message("alerts")
    send_reading(scene.client, "bp_without_pulse")
    end = scene.client.await_message("alerts")
    advice = scene.client.await_message("advice")

    assert start == (
        "vitalward/v1/alerts/real/maria/blood_pressure_severe",
        example("alert", "start"),
        1,
        False,
    )
    assert end.payload == example("alert", "end")
    assert advice == (
        "vitalward/v1/advice/real/maria/measure_for_a_week",
        example("advice", "measure_for_a_week"),
        1,
        False,
    )


@pytest.mark.parametrize(
    ("channel", "content_type", "names"),
    [("samplesEncoded", None, {"encoding": "msgpack"}), ("samples", "application/msgpack", {})],
)
def test_messagepack_is_understood_by_topic_and_by_content_type(
    scene: Scene, channel: str, content_type: str | None, names: dict[str, str]
) -> None:
    """The bytes of the page arrive as a live sample either way."""
    message = MESSAGES["samplesMsgpack"]
    scene.client.publish(
        channel,
        bytes.fromhex(message["x-payload-hex"]),
        content_type=content_type,
        wearer="maria",
        device="cuff",
        signal="bp",
        **names,
    )
    status = scene.client.await_message("wearerStatus", lambda status: "bp" in status["signals"])

    assert status.topic == "vitalward/v1/wearers/real/maria/status"
    assert status.payload["signals"] == {
        "bp": {"device": "cuff", "last_s": message["examples"][0]["payload"]["times_s"][0]}
    }
    jsonschema.validate(status.payload, schema_of("wearerStatus"))


def test_a_bad_message_is_answered_with_the_notice_of_the_page(scene: Scene) -> None:
    """A misspelt key gives the notice of the example but for its time and size."""
    batch = example("samples", "bp_without_pulse")
    batch = {"times" if key == "times_s" else key: value for key, value in batch.items()}
    payload = msgspec.json.encode(batch)
    scene.client.publish("samples", payload, wearer="maria", device="cuff", signal="bp")
    notice = scene.client.await_message("quarantine")

    own = {"received_s": notice.payload["received_s"], "size_bytes": len(payload)}
    assert notice == ("vitalward/v1/quarantine", example("quarantine", "refused") | own, 1, False)


def test_time_that_the_clock_topic_tells_makes_silence_speak(scene: Scene) -> None:
    """An hour after the last heart rate, told by the clock topic, the sensor counts as lost."""
    batch = example("samples", "hr")
    scene.client.publish("samples", msgspec.json.encode(batch), wearer="maria", device="watch", signal="hr")
    tick = {"now_s": batch["times_s"][-1] + 3600}
    scene.client.publish("clock", msgspec.json.encode(tick))
    alert = scene.client.await_message("alerts")

    assert alert.topic == "vitalward/v1/alerts/test/maria/sensor_lost"
    jsonschema.validate(alert.payload, schema_of("alert"))
    assert alert.payload["evidence"]["values"] == {"last_sample_s": batch["times_s"][-1]}


def test_a_new_subscriber_gets_what_is_retained_and_no_alert(scene: Scene) -> None:
    """After an alert was sent, a late subscriber is handed the alarm as it stands, and the status."""
    send_reading(scene.client, "bp")
    scene.client.await_message("alarms")
    late = PageClient(scene.address)
    late.subscribe("alerts", "advice", "alarms", "quarantine", "wearerStatus", "status")
    first, second = late.await_message("alarms"), late.await_message("status")
    late.close()

    topic = "vitalward/v1/alarms/real/maria/blood_pressure_severe/bp"
    assert first == (topic, example("alarm", "unacknowledged"), 1, True)
    assert (second.topic, second.qos, second.retain) == ("vitalward/v1/edge/edge/status", 1, True)
    jsonschema.validate(second.payload, schema_of("status"))


def test_a_command_of_the_page_is_answered_with_the_reply_of_the_page(scene: Scene) -> None:
    """The alert of the page is acknowledged by the command of the page; a limit out of range is refused."""
    send_reading(scene.client, "bp")
    scene.client.await_message("alerts")
    acknowledge = msgspec.json.encode(example("acknowledge", "acknowledge"))
    scene.client.publish("commands", acknowledge, who="anna", mode="real", wearer="maria")
    reply = scene.client.await_message("replies")
    limit = example("setLimit", "setLimit") | {"limit": 20, "request": "7"}
    scene.client.publish("commands", msgspec.json.encode(limit), who="anna", mode="real", wearer="maria")
    refused = scene.client.await_message("replies")

    assert reply == ("vitalward/v1/replies/anna", example("reply", "acknowledged"), 1, False)
    own = {"at_s": refused.payload["at_s"]}
    assert refused.payload == example("reply", "refused") | own


def test_what_is_usual_is_handed_out_and_deleted_as_the_page_says(scene: Scene) -> None:
    """Both commands of the page are answered; the reply holds every part of the day, in the page's shape."""
    send_reading(scene.client, "bp")
    scene.client.await_message("alerts")
    replies = []
    for command in ("exportBaseline", "resetBaseline"):
        payload = msgspec.json.encode(example(command, command))
        scene.client.publish("commands", payload, who="anna", mode="real", wearer="maria")
        replies.append(scene.client.await_message("replies").payload)
    given_out, deleted = replies

    jsonschema.validate(given_out, schema_of("reply"))
    assert given_out["what"] == example("reply", "baseline")["what"]
    assert [part["from_h"] for part in given_out["baseline"]["heart_rate"]] == [0, 4, 8, 12, 16, 20]
    assert {part["is_own"] for part in given_out["baseline"]["heart_rate"]} == {False}
    assert deleted["is_accepted"]
    assert "baseline" not in deleted


def test_the_last_will_of_the_page_is_published_when_the_edge_is_killed(scene: Scene) -> None:
    """The broker says in the edge's name what the page says it will."""
    scene.edge.kill()
    status = scene.client.await_message("status", lambda status: status["state"] == "offline")
    will = DOCUMENT["servers"]["broker"]["bindings"]["mqtt"]["lastWill"]
    own = {key: status.payload[key] for key in ("version", "started_s")}

    assert example("status", "will") == msgspec.json.decode(will["message"])
    assert status.payload == example("status", "will") | own
    assert status.topic == will["topic"]


def test_a_client_of_the_page_leaves_no_socket_open(mosquitto: LocalBroker) -> None:
    """Once it is closed and out of sight its sockets are too, without waiting for rings to be collected."""
    process = psutil.Process()
    gc.collect()
    gc.disable()
    try:
        before = process.num_fds()
        client = PageClient(mosquitto.address)
        client.subscribe("status")
        client.close()
        del client
        assert process.num_fds() == before
    finally:
        gc.enable()


def test_an_edge_that_stops_in_order_says_so(scene: Scene) -> None:
    """SIGTERM leaves `offline` with the reason `stopped`, and exit code 0."""
    scene.edge.send_signal(signal.SIGTERM)
    status = scene.client.await_message("status", lambda status: status["state"] == "offline")

    assert status.payload["reason"] == "stopped"
    assert scene.edge.wait(WAIT_S) == 0
