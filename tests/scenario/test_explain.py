"""`vitalward explain`: alerts of stories and of a real recording are decided again from the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from device_sim.recordings.wfdb import read_record
from device_sim.replay import BEGINS_S, play
from device_sim.scenario import packaged_scenario
from device_sim.simulate import Story, simulate
from edge.commands.explain import main
from edge.config import load_config
from edge.contract.codec import encode
from edge.contract.errors import ConfigError, MessageError
from edge.contract.messages import Alert, Phase
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic
from edge.ends import SWITCHED_TOPIC, Entry
from edge.pipeline.bundle_change import Switched
from edge.pipeline.ward import Ward
from edge.slots.equipment import Equipment
from edge.slots.folder import BundleFolder
from edge.storage.database import FILE_NAME
from edge.storage.store import Store
from tests.support.bundles import signed, trusted_keys
from tests.support.corridor import NOON_S, beats
from tests.support.decided import TOPICS, DecidedStory


def told(name: str, folder: Path) -> DecidedStory:
    scenario = packaged_scenario(name)
    steps = simulate(Story(scenario, scenario.seed), Mode.TEST, TOPICS)
    return DecidedStory(folder, steps, scenario.scheme)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DecidedStory:
    """The story of the demo, decided."""
    return told("demo", tmp_path_factory.mktemp("demo"))


def explain(story: DecidedStory, alert: Alert | dict[str, Any], *options: str) -> int:
    """The exit code of the command for one alert."""
    path = story.state_dir.parent / "alert.json"
    path.write_bytes(msgspec.json.encode(alert))
    return main([str(path), "--journal", str(story.state_dir), "--config", str(story.config), *options])


def first(story: DecidedStory, condition: str) -> dict[str, Any]:
    """The first alert of a condition as it travels."""
    alert = next(alert for alert in story.alerts if alert.condition == condition)
    return dict(msgspec.json.decode(msgspec.json.encode(alert)))


def test_every_alert_of_the_demo_is_the_same_again(
    demo: DecidedStory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Starts, updates and ends of each condition: exit code 0, and words for each."""
    alerts = one_of_each(demo.alerts)
    assert {alert.condition for alert in alerts} >= {"irregular_rhythm", "blood_pressure_severe"}

    assert [alert.condition for alert in alerts if explain(demo, alert) != 0] == []
    said = capsys.readouterr().out
    assert said.count("SAME") == len(alerts)
    assert "Would not have been raised now if one window had been judged otherwise." in said
    assert "irregularity from beat to beat +" in said


@pytest.mark.parametrize("name", ["pressure", "sensors"])
def test_alerts_of_other_stories_are_the_same_again(name: str, tmp_path: Path) -> None:
    """Cuffs under a scheme, and sensors lost, frozen and taken off, whose alerts come of silence."""
    story = told(name, tmp_path)

    alerts = one_of_each(story.alerts)
    assert len(alerts) > 3
    assert [(alert.condition, alert.phase) for alert in alerts if explain(story, alert) != 0] == []


def test_a_low_usual_pressure_is_the_same_again_and_a_surer_one_is_different(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model's probability of the story `low-pressure` comes again to the last digit; another is seen."""
    story = told("low-pressure", tmp_path)
    alert = first(story, "blood_pressure_low")
    probability = alert["why"]["probability"]
    surer = alert | {"why": alert["why"] | {"probability": probability | {"value": 0.999}}}

    assert explain(story, alert) == 0
    assert f"{alert['why']['model']['bundle']}" in capsys.readouterr().out
    assert explain(story, surer) == 1
    assert "why.probability.value" in capsys.readouterr().out


def test_alerts_of_a_real_fibrillation_are_the_same_again(recordings: Path, tmp_path: Path) -> None:
    """The first 75 minutes of AFDB 04043, with its first fibrillations."""
    record = replace(read_record(recordings / "afdb" / "04043"), length_s=4500.0)
    steps = takewhile(lambda step: step.now_s <= BEGINS_S + 4500.0, play([record], TOPICS))
    story = DecidedStory(tmp_path, steps)

    assert {alert.condition for alert in story.alerts} == {"irregular_rhythm"}
    assert [alert.n for alert in story.alerts if explain(story, alert) != 0] == []


def one_of_each(alerts: list[Alert]) -> list[Alert]:
    """The first alert of each condition and phase."""
    return list({(alert.condition, alert.phase): alert for alert in reversed(alerts)}.values())


def tampered(alert: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same alert with one thing changed by hand, and what the answer has to name."""
    why = alert["why"]
    for where, value in (("n", 7), ("id", "0" * 20)):
        yield alert["id"] if where == "n" else "0" * 20, alert | {where: value}
    for where, value in (("at_s", alert["at_s"] - 1.0), ("priority", "low"), ("text", "All is well.")):
        yield where, alert | {where: value}
    yield "why.probability.value", alert | {"why": why | {"probability": why["probability"] | {"value": 0.5}}}
    beats = why["inputs"][0]
    values = [beats["values"][0] + 1, *beats["values"][1:]]
    yield "why.inputs[0].values[0]", alert | {"why": why | {"inputs": [beats | {"values": values}]}}
    yield "why", {key: value for key, value in alert.items() if key != "why"}


def test_a_tampered_alert_is_different_and_what_differs_is_named(
    demo: DecidedStory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 whatever was changed: a time, the priority, the text, one of 64 intervals."""
    for named, alert in tampered(first(demo, "irregular_rhythm")):
        assert explain(demo, alert) == 1, named
        last = capsys.readouterr().out.partition("Decided again")[2]
        assert "DIFFERENT" in last
        assert named in last


def test_another_bundle_cannot_tell(demo: DecidedStory, capsys: pytest.CaptureFixture[str]) -> None:
    """An alert of a bundle that is not here: exit code 2, with both hashes."""
    alert = first(demo, "irregular_rhythm")
    alert["why"]["model"]["sha256"] = "ab" * 32

    assert explain(demo, alert) == 2
    said = capsys.readouterr().out
    assert "CANNOT TELL" in said
    assert "ab" * 32 in said


def test_an_alert_of_an_installed_bundle_is_the_same_while_that_is_there(tmp_path: Path) -> None:
    """The switch in the journal puts it in force again, from the slots of the edge; once gone, no answer."""
    data = signed("9.0.0")
    sha256, folder = hashlib.sha256(data).hexdigest(), BundleFolder(tmp_path / "state")
    folder.make()
    slot = folder.keep("rhythm-9.0.0", sha256, data)
    config, path = tmp_path / "edge.toml", tmp_path / "alert.json"
    keys = trusted_keys(tmp_path / "keys.pem")
    config.write_text(f'[edge]\nstate_dir = "{tmp_path}/state"\n[bundles]\nkeys_file = "{keys}"\n')
    equipment = Equipment(load_config(config))
    equipment.load(("rhythm", sha256), slot, *equipment.open("rhythm", slot))
    switch = Switched(task="rhythm", name="rhythm-9.0.0", configured="rhythm-1.0.0", sha256=sha256)
    rng, at_s, entries = np.random.default_rng(7), NOON_S, []
    for seq in range(11):
        times_s, values = beats(at_s, rng.uniform(450.0, 1150.0, 16).tolist())
        at_s = times_s[-1]
        topic = TOPICS.samples(SampleTopic("w1", "strap", "rr"))
        batch = SampleBatch(seq=seq, times_s=times_s, values={"rr": values})
        entries.append(Entry(at_s, topic, Encoding.JSON, encode(batch)))
    entries.insert(0, Entry(NOON_S, SWITCHED_TOPIC, Encoding.JSON, encode(switch)))
    store = Store(tmp_path / "state", lambda: False)
    store.keep_messages(entries)
    store.close()
    ward = Ward(equipment.rules_with({}), TOPICS, {}, on_stream_time=False, fits=equipment.fits)
    place = TOPICS.alerts("w1", "irregular_rhythm", "real")
    (payload,) = (found.payload for entry in entries for found in ward.take(entry) if found.topic == place)
    path.write_bytes(payload)
    call = [str(path), "--journal", str(tmp_path / "state"), "--config", str(config)]

    assert b"rhythm-9.0.0" in payload
    assert main(call) == 0
    slot.unlink()
    assert main(call) == 2


def test_without_the_configuration_it_is_different_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under another scheme than the edge's the same readings say otherwise: the answer hints at it."""
    story = told("esc-scheme", tmp_path)
    path = tmp_path / "alert.json"
    path.write_bytes(msgspec.json.encode(first(story, "blood_pressure_high")))

    assert explain(story, story.alerts[0]) == 0
    assert main([str(path), "--journal", str(story.state_dir)]) == 1
    said = capsys.readouterr().out
    assert 'evidence.scheme: the alert says "esc-2024", the journal says "acc-aha-2017"' in said
    assert "no --config was given" in said


def two_fibrillations(folder: Path) -> tuple[DecidedStory, Alert, Alert]:
    """A story with a checkpoint between its two fibrillations, and the alerts at their starts."""
    scenario = packaged_scenario("af-twice")
    steps = simulate(Story(scenario, scenario.seed), Mode.TEST, TOPICS)
    story = DecidedStory(folder, steps, scenario.scheme, checkpoint_s=scenario.start_s + 4500.0)
    before, after = (
        alert
        for alert in story.alerts
        if alert.condition == "irregular_rhythm" and alert.phase is Phase.START
    )
    assert before.at_s < scenario.start_s + 4500.0 < after.onset_s
    return story, before, after


def test_what_is_forgotten_cannot_be_told_and_what_follows_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the first fibrillation forgotten the second is still the same; changed, it is different."""
    story, before, after = two_fibrillations(tmp_path)
    changed = msgspec.structs.replace(after, text="All is well.")
    path, folder = tmp_path / "alert.json", story.forgotten(tmp_path / "later")
    codes = {}
    for name, alert in (("before", before), ("after", after), ("changed", changed)):
        path.write_bytes(msgspec.json.encode(alert))
        codes[name] = main([str(path), "--journal", str(folder), "--config", str(story.config)])

    assert codes == {"before": 2, "after": 0, "changed": 1}
    assert "CANNOT TELL\n  the journal begins at 2026-03-02T11:15:" in capsys.readouterr().out


def test_an_empty_journal_cannot_tell(demo: DecidedStory, tmp_path: Path) -> None:
    """The state folder of an edge that has heard nothing: exit code 2."""
    Store(tmp_path, lambda: False).close()
    path = tmp_path / "alert.json"
    path.write_bytes(msgspec.json.encode(demo.alerts[0]))

    assert main([str(path), "--journal", str(tmp_path), "--config", str(demo.config)]) == 2


def test_what_the_edge_keeps_is_as_it_was(demo: DecidedStory) -> None:
    """All files have the same bytes; only an empty log and SQLite's index of it may be new."""

    def kept() -> dict[str, bytes]:
        files = [path for path in demo.state_dir.rglob("*") if path.is_file()]
        contents = {path.name: path.read_bytes() for path in files if not path.name.endswith("-shm")}
        return {name: content for name, content in contents.items() if content}

    before = kept()
    explain(demo, demo.alerts[0])

    assert kept() == before


def test_what_is_no_alert_or_no_journal_is_told_in_one_line(demo: DecidedStory, tmp_path: Path) -> None:
    """Wrong files are the user's to mend, and are named."""
    path = tmp_path / "alert.json"
    path.write_text('{"id": 5}')
    with pytest.raises(MessageError, match="no alert"):
        main([str(path), "--journal", str(demo.state_dir)])
    with pytest.raises(MessageError, match="allowed: one alert in JSON"):
        main([str(tmp_path / "missing.json"), "--journal", str(demo.state_dir)])
    path.write_bytes(msgspec.json.encode(demo.alerts[0]))
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(demo.alerts[0], at_s=1_772_442_511_936.0)))
    with pytest.raises(MessageError, match="at_s is 1772442511936; allowed: Unix seconds before 2100"):
        main([str(path), "--journal", str(demo.state_dir)])
    path.write_bytes(msgspec.json.encode(demo.alerts[0]))
    with pytest.raises(ConfigError, match=f"a file; allowed: the state folder it lies in: {demo.state_dir}"):
        main([str(path), "--journal", str(demo.state_dir / FILE_NAME)])
    with pytest.raises(ConfigError, match=FILE_NAME):
        main([str(path), "--journal", str(tmp_path)])
