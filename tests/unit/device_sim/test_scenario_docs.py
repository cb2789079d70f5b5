"""Pages on scenarios, faults and stories against the code: examples can be played, no word is left out."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from device_sim.conformance.requirements import REQUIREMENTS
from device_sim.devices.formats import SignalFormat
from device_sim.devices.kinds import DeviceKind, DevicePlan
from device_sim.disturbances import Disturbance
from device_sim.events import Event
from device_sim.faults.file import load_faults
from device_sim.faults.kinds import WHOLE, AnyFault, Fault
from device_sim.faults.truth import CONDITIONS_OF, REASONS_OF
from device_sim.scenario import Scenario, WearerPlan, packaged_names, packaged_scenario, parse_scenario
from device_sim.scenario_schema import schema_text
from device_sim.scoring.mapping import FIELDS, Mapping, load_mapping
from device_sim.truth import CONDITIONS, Expected
from edge.contract.messages import Reason

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
SCENARIOS = ROOT / "device_sim" / "scenarios"


def read(page: str) -> str:
    return (DOCS / page).read_text()


def words(page: str) -> set[str]:
    """All that stands in back-quotes."""
    return {word for span in re.findall(r"`([^`\n]+)`", read(page)) for word in re.findall(r"[a-z_]+", span)}


def keys(struct: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(struct)]


def tag(struct: type[msgspec.Struct]) -> str:
    return str(struct.__struct_config__.tag)


FORMAT = (
    {*keys(Scenario), *keys(WearerPlan), *keys(Expected), *keys(DevicePlan), *keys(SignalFormat)}
    | {*CONDITIONS, *DeviceKind, *Reason}
    | {key for event in (*get_args(Event), *get_args(Disturbance)) for key in (tag(event), *keys(event))}
)
FAULTS = {word for fault in get_args(AnyFault) for word in (tag(fault), *keys(fault))}


def test_the_examples_are_scenarios() -> None:
    """What the page shows can be played."""
    examples = re.findall(r"```toml\n(.*?)```", read("scenario-format.md"), re.DOTALL)

    assert [list(parse_scenario(text, where="the page").wearers) for text in examples] == [
        ["dora"],
        ["wanda"],
    ]


@pytest.mark.parametrize("word", sorted(map(str, FORMAT)))
def test_every_word_of_the_format_is_explained(word: str) -> None:
    """Each key, kind of event, device and disturbance, condition and reason stands on the page."""
    assert word in words("scenario-format.md")


@pytest.mark.parametrize("word", sorted(FAULTS))
def test_every_word_about_faults_is_explained(word: str) -> None:
    """Each kind of fault and each of its keys stands on the page."""
    assert word in words("faults.md")


def test_the_truth_of_faults_on_the_page_is_that_of_the_code() -> None:
    """What each may be told as, why messages may be set aside, and whether it comes as a whole."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", read("faults.md"), re.MULTILINE))
    told = {kind: row.split(" | ")[-2:] for kind, row in rows.items()}
    expected = {
        tag(fault): [
            ", ".join(f"`{condition}`" for condition in CONDITIONS_OF[fault]) or "-",
            ", ".join(f"`{reason}`" for reason in REASONS_OF.get(fault, ())) or "-",
        ]
        for fault in get_args(AnyFault)
    }

    assert told == expected
    assert {kind for kind, row in rows.items() if "*whole*" in row} == {
        tag(fault) for fault in get_args(WHOLE)
    }
    assert all(issubclass(fault, Fault) for fault in get_args(AnyFault))


def test_the_example_of_faults_is_a_file_of_faults(tmp_path: Path) -> None:
    """What the page shows can be laid over a recording."""
    (example,) = re.findall(r"```toml\n(.*?)```", read("faults.md"), re.DOTALL)
    path = tmp_path / "faults.toml"
    path.write_text(example)

    assert len(load_faults(path)) == 2


def test_the_list_of_stories_is_that_of_the_library() -> None:
    """Each with its own words, and at least 25 of them."""
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", read("scenarios.md"), re.MULTILINE))

    assert rows == {name: packaged_scenario(name).text for name in packaged_names()}
    assert len(rows) >= 25
    assert "well-week" in rows


def test_the_published_schema_is_that_of_the_types() -> None:
    """docs/scenario.schema.json, as `python -m device_sim.scenario_schema` writes it."""
    assert read("scenario.schema.json") == schema_text()


@pytest.mark.parametrize("name", packaged_names())
def test_a_story_keeps_to_the_published_schema(name: str) -> None:
    """An independent validator accepts what the program accepts."""
    schema = json.loads(read("scenario.schema.json"))

    jsonschema.Draft202012Validator(schema).validate(_as_json(SCENARIOS / f"{name}.toml"))


def test_the_schema_refuses_what_the_program_refuses() -> None:
    """An unknown key, a kind that does not exist, an age out of range."""
    validator = jsonschema.Draft202012Validator(json.loads(read("scenario.schema.json")))
    story = _as_json(SCENARIOS / "flutter.toml")

    assert validator.is_valid(story)
    for change in ({"age": 3}, {"age_years": 7}, {"events": [{"kind": "flu", "at_s": 1}]}):
        broken = json.loads(json.dumps(story))
        broken["wearers"]["sven"].update(change)
        assert not validator.is_valid(broken)


def test_every_word_of_a_mapping_is_explained_and_the_example_is_one() -> None:
    """docs/score.md has each key and field; the thresholds' mapping is read."""
    assert {*keys(Mapping), *FIELDS} <= words("score.md")
    assert load_mapping(DOCS / "examples" / "threshold_alarm.toml").fields["at"] == "time"


def _as_json(path: Path) -> Any:
    """The file as an editor's validator sees it, dates as text."""
    return json.loads(json.dumps(tomllib.loads(path.read_text()), default=lambda date: date.isoformat()))


def test_the_page_of_the_test_kit_lists_every_requirement() -> None:
    """docs/conformance.md has each id with its words and stories, in the order of the code."""
    row = re.compile(r"^\| `([a-z]+\.[a-z._-]+)` \| (.*) \| (.*) \|$", re.MULTILINE)
    rows = row.findall(read("conformance.md"))

    assert rows == [
        (
            requirement.id,
            requirement.text + (" *" if requirement.contract else ""),
            ", ".join(f"`{story}`" for story in requirement.stories or ()) or "all that have it",
        )
        for requirement in REQUIREMENTS
    ]
