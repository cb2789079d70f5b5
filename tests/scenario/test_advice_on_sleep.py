"""A week of short nights, judged by the shipped sleep model: what is advised, when and with which numbers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from device_sim.scenario import packaged_scenario
from edge.config import Config, EdgeSection
from edge.contract.messages import Advice
from edge.contract.profile import Profile
from edge.slots.equipment import Equipment
from tests.support.home import Home


@pytest.fixture(scope="module")
def advice(tmp_path_factory: pytest.TempPathFactory) -> list[Advice]:
    """All advice of the story `short-sleep`, whose wearer reads Chinese and is 44."""
    folder: Path = tmp_path_factory.mktemp("edge")
    scenario = packaged_scenario("short-sleep")
    ruth = Profile(birth_year=1982, language="zh")
    equipment = Equipment(Config(edge=EdgeSection(state_dir=str(folder)), wearers={"ruth": ruth}))
    home = Home(folder, equipment)
    home.play(scenario)
    home.close()
    return [
        msgspec.json.decode(letter.payload, type=Advice)
        for letter in home.letters
        if "/advice/" in letter.topic
    ]


def test_short_nights_call_for_longer_ones_with_the_hours_slept(advice: list[Advice]) -> None:
    """Nights of four and a half hours in bed: told once, in Chinese, with what is advised at 44."""
    (item,) = [item for item in advice if item.rule == "sleep_longer"]
    hours = item.values["sleep_h_mean"]

    assert isinstance(hours, float)
    assert 3.5 < hours < 5.0
    assert f"平均每晚睡 {hours:.1f} 小时" in item.text
    assert "建议睡 7 到 9 小时" in item.text
    assert item.guideline.startswith("AASM/SRS 2015")


def test_regular_times_are_not_called_irregular(advice: list[Advice]) -> None:
    """In bed and up at the same times each day."""
    assert "sleep_regularly" not in {item.rule for item in advice}
