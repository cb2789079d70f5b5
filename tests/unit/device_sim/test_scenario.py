"""Scenario files: read into typed data, or refused with the key and what is allowed there."""

from __future__ import annotations

import hashlib
import textwrap
from pathlib import Path

import msgspec
import pytest

from device_sim.events import Fibrillation, Sitting
from device_sim.faults.kinds import WrongIdentity
from device_sim.scenario import (
    Scenario,
    load_scenario,
    packaged_names,
    packaged_scenario,
    parse_scenario,
    truth_of,
    with_wearers,
)
from device_sim.scoring.matching import score
from device_sim.simulate import Story, simulate
from device_sim.truth import CONDITIONS, TruthEpisode
from edge.contract.errors import ConfigError
from edge.contract.messages import Kind, Priority
from edge.contract.samples import Mode
from edge.contract.topics import Topics

HEAD = """
name = "x"
text = "y"
start = 2026-01-01T00:00:00Z
length_s = 600
"""
ANNA = """
[wearers.anna]
age_years = 60
forbidden = ["sensor_lost"]

[[wearers.anna.events]]
kind = "af"
at_s = 100
for_s = 200

[[wearers.anna.expected]]
condition = "irregular_rhythm"
onset_s = 100
end_s = 300
within_s = 240
"""


CUFF = """
[wearers.anna]
devices = ["cuff"]
[[wearers.anna.events]]
kind = "cuff"
at_s = 100
"""
FORM = """
[formats.f.signals.hr]
topic = "f/{wearer}"
payload = { bpm = "$hr", kind = "$mode" }
"""
DISTURBED = """
[[disturbances]]
kind = "broker_restart"
at_s = 500
for_s = 200
"""


def fault(kind: str, *lines: str) -> str:
    """A fault of anna's, from 5 s on for 10 s unless a line says otherwise."""
    length = () if any(line.startswith("for_s") for line in lines) else ("for_s = 10",)
    return "\n".join(["", "[[wearers.anna.faults]]", f'kind = "{kind}"', "at_s = 5", *length, *lines, ""])


def devices(listed: str) -> str:
    """A wearer of whom only the devices are told."""
    return f"\n[wearers.anna]\ndevices = [{listed}]\n"


def parse(text: str) -> Scenario:
    return parse_scenario(textwrap.dedent(text), where="story.toml")


def stream_digest(name: str, seed: int) -> str:
    digest = hashlib.sha256()
    for step in simulate(Story(packaged_scenario(name), seed), Mode.TEST, Topics("t")):
        for packet in step.packets:
            digest.update(packet.topic.encode() + packet.payload)
    return digest.hexdigest()


def test_a_scenario_is_read_into_typed_data() -> None:
    """Wearers, events with their defaults, and expectations come out as frozen structures."""
    scenario = parse(HEAD + ANNA)
    anna = scenario.wearers["anna"]

    assert scenario.start_s == 1_767_225_600.0
    assert anna.age_years == 60
    assert anna.events == (Fibrillation(at_s=100.0, for_s=200.0, rate_bpm=95.0),)
    assert anna.expected[0].within_s == 240.0


def test_truth_holds_what_must_be_found_and_what_merely_is() -> None:
    """The expectation has a deadline; the event itself excuses an alert at any time within it."""
    start_s = 1_767_225_600.0
    present = TruthEpisode(
        wearer="anna",
        condition="irregular_rhythm",
        onset_s=start_s + 100,
        end_s=start_s + 300,
        must_be_found=False,
    )

    assert truth_of(parse(HEAD + ANNA.replace('"af"', '"af"\nrate_bpm = 72')), 0).episodes == [
        msgspec.structs.replace(present, must_be_found=True, latest_s=start_s + 340),
        present,
    ]


@pytest.mark.parametrize(
    ("text", "where", "what", "allowed"),
    [
        (HEAD + "speed = 2\n" + ANNA, "speed", "unknown key", "length_s, wearers, seed"),
        (HEAD + ANNA + "\n[wearers.anna.extra]\n", "wearers.anna.extra", "unknown key", "resting_bpm"),
        (HEAD + ANNA.replace("for_s", "fors"), "wearers.anna.events[0].fors", "unknown key", "at_s, for_s"),
        (HEAD + ANNA.replace('"af"', '"flu"'), "anna.events[0].kind", "unknown kind 'flu'", "af, exercise"),
        (HEAD + ANNA.replace('kind = "af"', ""), "events[0].kind", "missing", "af, exercise"),
        (HEAD + ANNA.replace("within_s", "soon"), "wearers.anna.expected[0].soon", "unknown key", "within_s"),
        (HEAD + ANNA.replace("age_years = 60", "age_years = 7"), "anna.age_years", ">= 18", "from 18 to"),
        (HEAD + ANNA.replace("for_s = 200", "for_s = 0"), "events[0].for_s", "> 0", "docs/"),
        (HEAD + ANNA.replace("for_s = 200", "for_s = 501"), "events[0]", "ends at 601 s", "600 s"),
        (HEAD + ANNA.replace("irregular_rhythm", "grief"), "wearers.anna", "'grief'", "irregular_rhythm"),
        (HEAD + ANNA.replace("sensor_lost", "irregular_rhythm"), "expected[0]", "also forbidden", "one of"),
        (HEAD + ANNA.replace("end_s = 300", "end_s = 50"), "expected[0]", "before onset_s", "100 s"),
        (HEAD + ANNA.replace("anna", '"an na"'), "wearers.an na", "not a name", "letters"),
        (HEAD.replace("Z", "") + ANNA, "start", "no time zone", "offset"),
        (HEAD + "wearers = {}\n", "wearers", "none", "at least one"),
        (HEAD, "the file", "wearers", "docs/"),
        (HEAD + ANNA.replace('"af"', '"cuff"').replace("for_s = 200", ""), "events[0]", "no cuff", "strap"),
        ("name = ", "story.toml", "Invalid value", "TOML"),
        (HEAD + ANNA + fault("gap", 'device = "watch"'), "faults[0]", "no watch", "strap, wristband"),
        (HEAD + ANNA + fault("gap", "for_s = 900"), "faults[0]", "ends at 905 s", "600 s"),
        (HEAD + ANNA + fault("gap", "long_s = 9"), "anna.faults[0].long_s", "unknown key", "at_s, for_s"),
        (HEAD + ANNA + fault("rain"), "anna.faults[0].kind", "unknown kind 'rain'", "off_body, gap"),
        (HEAD + ANNA + fault("cuff_fit", 'device = "strap"'), "faults[0]", "strap is no cuff", "a cuff"),
        (HEAD + ANNA + fault("wrong_identity", 'as_wearer = "bert"'), "as_wearer", "no wearer", "anna"),
        (HEAD + devices('"cuff"') + fault("off_body", 'device = "cuff"'), "faults[0]", "not tell", "gap"),
        (HEAD + devices('"strap", "strap"'), "anna.devices", "two devices of one name", "a name for each"),
        (HEAD + devices('{ kind = "strap", batch = 3 }'), "devices[0].batch", "unknown key", "batch_s"),
        (HEAD + devices('{ kind = "strap", format = "x" }'), "devices[0].format", "no format", "formats."),
        (HEAD + devices('"watch"'), "devices[0]", "watch", "docs/"),
        (HEAD + DISTURBED + ANNA, "disturbances[0]", "ends at 700 s", "600 s"),
    ],
)  # fmt: skip
def test_a_faulty_scenario_is_refused_with_the_place(text: str, where: str, what: str, allowed: str) -> None:
    """The error names the file, the key, what is wrong and what would be accepted."""
    with pytest.raises(ConfigError) as caught:
        parse(text)

    assert caught.value.where.startswith("story.toml")
    assert where in caught.value.where
    assert what in caught.value.what
    assert allowed in caught.value.allowed


@pytest.mark.parametrize(
    ("text", "where", "what", "allowed"),
    [
        (HEAD.replace('"x"', '"a b+#"') + ANNA, "name", "not a name", "letters"),
        (HEAD.replace('"x"', '"a/b"') + ANNA, "name", "not a name", "letters"),
        (HEAD + 'scheme = "esh-2023"\n' + ANNA, "scheme", "esh-2023", "acc-aha-2017"),
        (
            HEAD + ANNA.replace("onset_s = 100\nend_s = 300", "onset_s = 601\nend_s = 700"),
            "expected[0]",
            "begins at 601 s",
            "600 s",
        ),
        (HEAD + ANNA.replace('"af"', '"routine"\ncuff_h = [7]'), "events[0]", "no cuff", "strap"),
        (
            HEAD + ANNA.replace("age_years = 60", "systolic_mmhg = 80\ndiastolic_mmhg = 130"),
            "diastolic_mmhg",
            "130 with",
            "15 mmHg below",
        ),
        (
            HEAD + CUFF + "systolic_mmhg = 70\ndiastolic_mmhg = 150\n",
            "events[0].diastolic_mmhg",
            "150 with",
            "15 mmHg below",
        ),
        (
            HEAD + CUFF + "systolic_mmhg = 80\n",
            "events[0].diastolic_mmhg",
            "74 with a systolic pressure of 80",
            "below it",
        ),
        (
            HEAD + devices('{ kind = "strap", every_s = 5 }'),
            "devices[0].every_s",
            "no heart rate",
            "wristband, bed_sensor",
        ),
        (
            HEAD + devices('{ kind = "strap", rr_from_pulse = true }'),
            "rr_from_pulse",
            "no pulse wave",
            "wristband",
        ),
        (
            HEAD + devices('{ kind = "cuff", format = "f" }') + FORM,
            "devices[0].format",
            "none of its signals",
            "bp",
        ),
        (
            HEAD + ANNA.replace('"af"', '"tachycardia"\nrate_bpm = 60'),
            "events[0].rate_bpm",
            ">= 91",
            "docs/",
        ),
        (HEAD + ANNA.replace('"af"', '"bradycardia"\nrate_bpm = 90'), "events[0].rate_bpm", "< 60", "docs/"),
        (
            HEAD + ANNA + FORM.replace("signals.hr", "signals.foo"),
            "formats.f.signals.foo",
            "no device sends it",
            "skin_temperature",
        ),
        (
            HEAD + ANNA + FORM.replace("signals.hr", "signals.skin_temperature"),
            "signals.skin_temperature.payload",
            "unknown $hr",
            "$skin_temperature",
        ),
        (
            HEAD + devices('"wristband"') + fault("low_battery", 'device = "wristband"', "warns_s = 300"),
            "warns_s",
            ">= 600",
            "docs/",
        ),
    ],
)
def test_what_would_have_no_effect_or_another_is_refused(
    text: str, where: str, what: str, allowed: str
) -> None:
    """Parts that contradict each other, and settings that nothing would come of, are named as well."""
    with pytest.raises(ConfigError) as caught:
        parse(text)

    assert caught.value.where.startswith("story.toml")
    assert where in caught.value.where
    assert what in caught.value.what
    assert allowed in caught.value.allowed


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is an error of the user's, told as such."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file"):
        load_scenario(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("name", packaged_names())
def test_every_packaged_scenario_expects_or_forbids_something(name: str) -> None:
    """A story without expectation and prohibition could not fail."""
    scenario = packaged_scenario(name)

    assert scenario.name == name
    assert all(plan.expected or plan.forbidden for plan in scenario.wearers.values())
    assert {c for plan in scenario.wearers.values() for c in plan.forbidden} <= set(CONDITIONS)


@pytest.mark.parametrize("name", sorted(set(packaged_names()) - {"exercise"}))
def test_an_edge_that_keeps_silent_fails_every_story_with_an_expectation(name: str) -> None:
    """Without alerts, everything that had to be found is missed."""
    truth = truth_of(packaged_scenario(name), 1)

    result = score(truth, [])

    assert result.found == 0
    assert len(result.missed) == sum(episode.must_be_found for episode in truth.episodes) > 0


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Two plays of the demo are equal to the last byte, and another seed gives others."""
    assert stream_digest("demo", 1) == stream_digest("demo", 1)
    assert stream_digest("demo", 1) != stream_digest("demo", 2)


def test_a_wearer_does_not_depend_on_the_others() -> None:
    """Taking wearers out of a scenario leaves the samples of those that stay untouched."""
    whole = packaged_scenario("demo")
    text = (Path(__file__).parents[3] / "device_sim" / "scenarios" / "demo.toml").read_text()
    alone = parse(text[: text.index("[wearers.ben]")])

    def of_ada(scenario: Scenario) -> list[bytes]:
        steps = simulate(Story(scenario, 1), Mode.TEST, Topics("t"))
        return [packet.payload for step in steps for packet in step.packets if packet.wearer == "ada"]

    assert list(alone.wearers) == ["ada"]
    assert of_ada(alone) == of_ada(whole)


def test_the_demo_tells_the_story_it_promises() -> None:
    """A paroxysm of 15 minutes, a severe pressure that a repeat confirms, and a wearer whom nothing ails."""
    demo = packaged_scenario("demo")
    ada, ben, cleo = (demo.wearers[name] for name in ("ada", "ben", "cleo"))

    assert [event.for_s for event in ada.events if isinstance(event, Fibrillation)] == [900.0]
    assert [event.readings for event in ben.events if isinstance(event, Sitting)] == [3]
    assert Priority.HIGH in {expected.priority for expected in ben.expected}
    assert {CONDITIONS[expected.condition] for expected in cleo.expected} == {Kind.TECHNICAL}
    assert {"irregular_rhythm", "tachycardia_at_rest", "blood_pressure_severe"} <= set(cleo.forbidden)


def test_a_watch_that_sends_pulse_intervals_is_heard_with_them() -> None:
    """`rr_from_pulse` adds a signal that a gateway must hear, and that detectors are compared on."""
    watch = devices('{ kind = "wristband", rr_from_pulse = true }')

    (with_pulse,) = truth_of(parse(HEAD + watch), 0).wearers
    (without,) = truth_of(parse(HEAD + devices('"wristband"')), 0).wearers

    assert set(with_pulse.signals) - set(without.signals) == {"rr"}


@pytest.mark.parametrize(
    ("device", "excused", "may_be_lost"),
    [
        ('{ kind = "wristband" }', (), False),
        ('{ kind = "wristband", batch_s = 240 }', (), False),
        ('{ kind = "wristband", offset_s = -3600 }', ("late",), True),
        ('{ kind = "wristband", offset_s = 3600 }', ("late", "refused"), True),
        ('{ kind = "wristband", batch_s = 3600 }', ("late",), True),
        ('{ kind = "strap", batch_s = 600 }', ("late",), True),
        ('{ kind = "strap", batch_s = 120 }', (), True),
        ('{ kind = "cuff", batch_s = 600 }', (), False),
    ],
)
def test_a_device_that_keeps_other_time_is_excused(
    device: str, excused: tuple[str, ...], may_be_lost: bool
) -> None:
    """What comes later than the signal's staleness may be set aside as late, and the sensor told as lost."""
    truth = truth_of(parse(HEAD + devices(device)), 0)

    assert truth.wearers[0].excused == excused
    assert [episode.condition for episode in truth.episodes] == ["sensor_lost"] * may_be_lost
    for episode in truth.episodes:
        assert (episode.onset_s, episode.end_s) == (1_767_225_600.0, 1_767_226_200.0)


def test_more_wearers_are_as_many_as_are_asked_for() -> None:
    """A name that a wearer of the story has already is not given to another."""
    scenario = parse(HEAD + "[wearers.a]\n[wearers.a-2]\nage_years = 70\n")

    assert list(with_wearers(scenario, 5).wearers) == ["a", "a-2", "a-3", "a-2-2", "a-4"]
    assert list(with_wearers(scenario, 1).wearers) == ["a"]


def test_who_sends_as_another_sends_as_the_other_of_the_round() -> None:
    """Of four wearers the third sends as the fourth; alone the first has nobody to be taken for."""
    story = packaged_scenario("wrong-name")

    four = with_wearers(story, 4).wearers

    assert {
        name: [fault.as_wearer for fault in plan.faults if isinstance(fault, WrongIdentity)]
        for name, plan in four.items()
    } == {"lotte": ["moritz"], "moritz": [], "lotte-2": ["moritz-2"], "moritz-2": []}
    with pytest.raises(ConfigError, match="lotte sends as moritz, who is left out; allowed: 2 or more"):
        with_wearers(story, 1)


@pytest.mark.parametrize(("wearers", "prefix"), [(2, ""), (1, "story--")])
def test_a_name_too_long_for_a_topic_is_refused_before_anything_is_sent(wearers: int, prefix: str) -> None:
    """64 letters are a name; with a number or the name of the story they are none."""
    name = "a" * 64
    scenario = with_wearers(parse(HEAD + f"[wearers.{name}]\n"), wearers)

    with pytest.raises(ConfigError, match="cannot name a wearer") as refused:
        truth_of(scenario, 0, prefix)

    assert name in refused.value.what


def test_truth_tells_what_the_body_did_whether_or_not_a_condition_is_about_it() -> None:
    """Flutter, trigeminy, apnea: from, to and settings, in order, under the story's names; no routine."""
    wearer = """
    [wearers.anna]
    events = [
      { kind = "routine", at_s = 0, for_s = 600 },
      { kind = "apnea", at_s = 300, for_s = 200, per_hour = 30 },
      { kind = "flutter", at_s = 100, for_s = 60, conducted = [2] },
      { kind = "bigeminy", at_s = 200, for_s = 30, sinus_beats = 2 },
    ]
    """
    truth = truth_of(parse(HEAD + wearer), 0, "night--")

    start_s = 1_767_225_600.0
    assert not any(episode.must_be_found for episode in truth.episodes)
    assert [(it.wearer, it.event, it.onset_s - start_s, it.end_s - start_s) for it in truth.happenings] == [
        ("night--anna", "flutter", 100.0, 160.0),
        ("night--anna", "bigeminy", 200.0, 230.0),
        ("night--anna", "apnea", 300.0, 500.0),
    ]
    flutter, bigeminy, apnea = (item.details for item in truth.happenings)
    assert flutter["conducted"] == [2]
    assert bigeminy == {"sinus_beats": 2, "origin": "ventricular"}
    assert apnea["per_hour"] == 30.0
