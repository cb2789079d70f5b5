"""docs/scenario-format.md against the code: its example can be played, no word of the format is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from device_sim.events import Event
from device_sim.scenario import Scenario, WearerPlan, parse_scenario
from device_sim.truth import CONDITIONS, Expected

PAGE = (Path(__file__).parents[3] / "docs" / "scenario-format.md").read_text()

EXPLAINED = {word for span in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"[a-z_]+", span)}


def keys(struct: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(struct)]


def test_the_example_is_a_scenario() -> None:
    """What the page shows can be played."""
    example = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    assert list(parse_scenario(example[0], where="the page").wearers) == ["dora"]


@pytest.mark.parametrize(
    "word",
    sorted(
        {*keys(Scenario), *keys(WearerPlan), *keys(Expected), *CONDITIONS}
        | {key for event in get_args(Event) for key in keys(event)}
        | {str(event.__struct_config__.tag) for event in get_args(Event)}
    ),
)
def test_every_word_of_the_format_is_explained(word: str) -> None:
    """Each key, kind of event and condition stands on the page."""
    assert word in EXPLAINED
