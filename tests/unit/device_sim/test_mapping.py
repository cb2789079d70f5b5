"""Alerts of other systems, read by a mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_sim.scoring.collect import Collector
from device_sim.scoring.episodes import AlertEpisode, Told, alert_episodes
from device_sim.scoring.mapping import Mapping, Reader, TimeUnit, filters, load_mapping
from device_sim.scoring.recorded import collect_file
from edge.contract.errors import ConfigError, DataError
from edge.contract.messages import Phase, Priority
from edge.contract.topics import Topics

FLOW = Mapping(
    topics=("flow/{wearer}/alarm",),
    fields={"condition": "what.name", "phase": "state", "at": "t"},
    conditions={"too fast": "tachycardia_at_rest"},
    phases={"on": Phase.START, "off": Phase.END},
)


def read(mapping: Mapping, *messages: tuple[str, str, float]) -> list[AlertEpisode]:
    """Episodes of messages: topic, payload, when received."""
    reader = Reader(mapping)
    told: list[Told] = []
    for topic, payload, received_s in messages:
        told += reader.read(topic, payload.encode(), received_s)
    return alert_episodes([*told, *reader.close()])


def spans(episodes: list[AlertEpisode]) -> list[tuple[str, str, float, float | None]]:
    return [(item.wearer, item.condition, item.at_s, item.end_s) for item in episodes]


def test_topics_fields_and_words_are_translated() -> None:
    """On at 100, on again at 200 (the same episode), off at 300, on at 400 and never off."""
    topic = "flow/anna/alarm"

    episodes = read(
        FLOW,
        (topic, '{"what": {"name": "too fast"}, "state": "on", "t": 100}', 0.0),
        (topic, '{"what": {"name": "too fast"}, "state": "on", "t": 200}', 0.0),
        (topic, '{"what": {"name": "too fast"}, "state": "off", "t": 300}', 0.0),
        (topic, '{"what": {"name": "too fast"}, "state": "on", "t": 400}', 0.0),
    )

    assert spans(episodes) == [
        ("anna", "tachycardia_at_rest", 100.0, 300.0),
        ("anna", "tachycardia_at_rest", 400.0, None),
    ]
    assert filters(FLOW) == ["flow/+/alarm"]


def test_words_and_topics_nobody_knows_are_left_out_and_counted() -> None:
    """An alarm without a translation is no alert of ours, and the report can say so."""
    reader = Reader(FLOW)

    assert reader.read("flow/anna/alarm", b'{"what": {"name": "door open"}, "state": "on"}', 1.0) == []
    assert reader.read("flow/anna/weather", b"{}", 1.0) == []
    assert reader.unknown == {"door open": 1}


def test_a_system_without_phases_goes_on_while_messages_follow_each_other() -> None:
    """At 0, 10 and 40 min one episode; more than half an hour later another. It ends with its last."""
    mapping = Mapping(topics=("alerts/{condition}/{wearer}",))
    topic = "alerts/irregular_rhythm/bert"

    episodes = read(mapping, *((topic, "AF?", 60.0 * minute) for minute in (0, 10, 40, 70.1)))

    assert spans(episodes) == [
        ("bert", "irregular_rhythm", 0.0, 2400.0),
        ("bert", "irregular_rhythm", 4206.0, 4206.0),
    ]


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        (TimeUnit.SECONDS, "1772442000"),
        (TimeUnit.MILLISECONDS, "1772442000000"),
        (TimeUnit.ISO, '"2026-03-02T09:00:00Z"'),
        (TimeUnit.ISO, '"2026-03-02T10:00:00+01:00"'),
    ],
)
def test_times_are_read_in_the_unit_stated(unit: TimeUnit, written: str) -> None:
    """Nine in the morning of 2 March 2026, in UTC."""
    mapping = Mapping(topics=("a/{wearer}/{condition}",), fields={"at": "t"}, time_unit=unit)

    (episode,) = read(mapping, ("a/anna/off_body", f'{{"t": {written}}}', 5.0))

    assert episode.at_s == 1_772_442_000.0


def test_a_time_that_cannot_be_read_is_that_of_arrival_and_whole_payloads_are_words() -> None:
    """A switch that says ON and OFF, without a time."""
    mapping = Mapping(
        topics=("switch/{wearer}/{condition}",),
        fields={"phase": "."},
        phases={"ON": Phase.START, "OFF": Phase.END},
        priorities={"1": Priority.HIGH},
    )

    (episode,) = read(
        mapping, ("switch/anna/sensor_lost", "ON", 7.0), ("switch/anna/sensor_lost", "OFF", 9.0)
    )

    assert (episode.at_s, episode.end_s, episode.priority) == (7.0, 9.0, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('topic = ["a/{wearer}"]', "unknown key"),
        ('topics = ["a/{wearer}"]', "nothing tells the condition"),
        ('topics = ["a/{condition}"]', "nothing tells the wearer"),
        ("topics = []", "topics: none; allowed: one topic or more"),
        ('topics = [""]', "topics: '': it is empty"),
        (
            'topics = ["a/x{wearer}/{condition}"]',
            "'x{wearer}' is no level; allowed: levels that are {wearer}, ",
        ),
        ('topics = ["a/{foo}/{wearer}/{condition}"]', "'{foo}' is no level"),
        ('topics = ["{wearer}/{condition}/#"]', "'#' is no level"),
        ('topics = ["{wearer}/{condition}/a+"]', "'a+' is no level"),
        ('topics = ["{wearer}/{wearer}/{condition}"]', "{wearer} stands there twice"),
        ('topics = ["a/{wearer}/{condition}"]\nfields = { mood = "m" }', "unknown field 'mood'"),
        ('topics = ["a/{wearer}/{condition}"]\nconditions = { x = "grief" }', "unknown condition 'grief'"),
        (
            'topics = ["a/{wearer}/{condition}"]\nphases = { off = "end", on = "begin" }',
            'mapping.toml: phases.on: Invalid enum value \'begin\'; allowed: "start" or "update" or "end"',
        ),
        (
            'topics = ["a/{wearer}/{condition}"]\ntime_unit = "us"',
            'time_unit: Invalid enum value \'us\'; allowed: "s" or "ms" or "iso"',
        ),
    ],
)
def test_a_faulty_mapping_is_refused_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    """The file, the key, what is wrong."""
    path = tmp_path / "mapping.toml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=r"mapping\.toml") as caught:
        load_mapping(path)

    assert message in str(caught.value)


def test_a_file_as_mosquitto_writes_it_is_taken_in(tmp_path: Path) -> None:
    """Objects with topic and payload; the payload is JSON or text."""
    path = tmp_path / "alerts.jsonl"
    path.write_text(
        '{"topic": "flow/anna/alarm", "payload": {"what": {"name": "too fast"}, "state": "on", "t": 3}}\n'
        '{"topic": "flow/anna/alarm", "payload": "garbage"}\n\n'
    )
    collector = Collector(Topics(), FLOW)

    collect_file(path, collector)

    assert [(told.at_s, told.phase) for told in collector.told()] == [(3.0, Phase.START)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"note": 1}', "missing required field"),
        ("5", "Expected `object`, got `int`"),
        ('{"topic": 5, "payload": {}}', "Expected `str`, got `int` - at `$.topic`"),
        ('{"topic": "a", ', "line 2"),
    ],
)
def test_a_line_that_is_no_message_is_named(tmp_path: Path, line: str, told: str) -> None:
    """File and line, what is wrong with it, and what may stand there."""
    path = tmp_path / "alerts.jsonl"
    path.write_text(f"\n{line}\n")

    with pytest.raises(
        DataError, match=r"alerts\.jsonl, line 2: .*an alert of the edge, or an object"
    ) as caught:
        collect_file(path, Collector(Topics(), FLOW))

    assert told in str(caught.value)


SWITCH = Mapping(
    topics=("switch/{wearer}/{condition}",),
    fields={"phase": "."},
    phases={"ON": Phase.START, "OFF": Phase.END},
)


def recorded(tmp_path: Path, *lines: str) -> list[AlertEpisode]:
    """The alerts of a file, by a mapping without times."""
    path = tmp_path / "alerts.jsonl"
    path.write_text("\n".join(lines))
    collector = Collector(Topics(), SWITCH)
    collect_file(path, collector)
    return alert_episodes(collector.told())


def test_recorded_alerts_without_times_are_of_when_they_were_received(tmp_path: Path) -> None:
    """A recording says when: ten in the morning an hour east of Greenwich is nine."""
    episodes = recorded(
        tmp_path,
        '{"tst": "2026-03-02T10:00:00.000000Z+0100", "topic": "switch/anna/sensor_lost", "payload": "ON"}',
        '{"tst": "2026-03-02T09:00:01.500000Z+0000", "topic": "switch/anna/sensor_lost", "payload": "OFF"}',
    )

    assert [(item.at_s, item.end_s) for item in episodes] == [(1_772_442_000.0, 1_772_442_001.5)]


def test_recorded_alerts_without_times_are_of_the_simulated_time_where_that_was_recorded(
    tmp_path: Path,
) -> None:
    """The simulated clock goes before that of the recording; what comes before it speaks is left out."""
    tst = "2026-03-02T10:00:00.000000Z+0100"
    on, off = (
        f'{{"tst": "{tst}", "topic": "switch/anna/sensor_lost", "payload": "{word}"}}'
        for word in ("ON", "OFF")
    )
    first, later = (
        f'{{"topic": "vitalward/v1/clock", "payload": {{"now_s": {now_s}}}}}' for now_s in (500, 530)
    )

    episodes = recorded(tmp_path, on, first, on, later, off)

    assert [(item.at_s, item.end_s) for item in episodes] == [(500.0, 530.0)]


@pytest.mark.parametrize("tst", ["", '"tst": "yesterday", '])
def test_recorded_alerts_that_nothing_dates_are_refused(tmp_path: Path, tst: str) -> None:
    """Nobody knows when it was: the line is named, and what would tell its time."""
    with pytest.raises(DataError, match=r"line 1: switch/anna/sensor_lost: it tells no time; .*clock"):
        recorded(tmp_path, f'{{{tst}"topic": "switch/anna/sensor_lost", "payload": "ON"}}')
