"""Six weeks of advice through a real broker: courses of readings, two languages, a kill, an opt-out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from device_sim import brokers
from edge.contract.errors import RuntimeMissingError
from tests.conftest import absent
from tests.support.peers import Client, EdgeProcess

ROOT = "vitalward/v1"
DAY_S = 86_400.0
NOON_S = 1_780_315_200.0
CONFIG = """
[advice]
language = "en"

[blood_pressure]
scheme = "esc-2024"

[wearers.mei]
language = "zh"
birth_year = 1968
sex = "female"
height_cm = 160
weight_kg = 72
smoking_0_to_2 = 2

[wearers.tom]
advice_off = ["alcohol"]
sex = "male"
drinks_per_day = 6
alcohol_days_per_year = 200
"""


class Home:
    """A broker, an edge on stream time, and a subscriber to all that is said of two wearers."""

    def __init__(self, folder: Path, address: brokers.Address) -> None:
        self.edge = EdgeProcess(folder, address, clock="stream")
        self.edge.config.write_text(self.edge.config.read_text() + CONFIG)
        self.client = Client(address, f"{ROOT}/edge/#", f"{ROOT}/advice/#", f"{ROOT}/replies/#", name="home")
        self.edge.start()
        self.client.wait_online()
        self._number = 0

    def course(self, first_day: int, systolic: float, diastolic: float) -> None:
        """Seven days of two readings each morning and evening, of both wearers; on the first 20 mmHg more."""
        for day in range(first_day, first_day + 7):
            for hour in (-4.0, 8.0):
                for minute in (0.0, 1.0):
                    at_s = NOON_S + day * DAY_S + hour * 3600.0 + 60.0 * minute
                    more = 20.0 if day == first_day else 0.0
                    for wearer in ("mei", "tom"):
                        self._number += 1
                        values = {"systolic": [systolic + more], "diastolic": [diastolic], "pulse": [66.0]}
                        batch = {"seq": self._number, "times_s": [at_s], "values": values}
                        self.client.send(f"{ROOT}/samples/{wearer}/cuff/bp", batch)

    def command(self, wearer: str, **keys: Any) -> dict[str, Any]:
        """Give a command; its reply, after all that was decided before."""
        self._number += 1
        request = f"r{self._number}"
        self.client.send(f"{ROOT}/commands/{wearer}/real/{wearer}", {"request": request, **keys})
        return self.client.wait_for(lambda m: m.tree.get("request") == request, "reply").tree

    def until(self, day: int) -> None:
        """Let time go on to noon of a day."""
        self.client.send(f"{ROOT}/clock", {"now_s": NOON_S + day * DAY_S})
        self.command("mei", command="resume_audio")

    def last(self, wearer: str, rule: str) -> None:
        """Wait for what is told last."""
        topic = f"{ROOT}/advice/real/{wearer}/{rule}"
        self.client.wait_for(lambda m: m.topic == topic, rule)

    def advice(self, wearer: str) -> list[dict[str, Any]]:
        """All advice to a wearer, once each."""
        found = [m.tree for m in self.client.messages if f"/advice/real/{wearer}/" in m.topic]
        return list({item["id"]: item for item in found}.values())


@pytest.fixture(scope="module")
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    try:
        with brokers.mosquitto(persistence=True) as broker:
            home = Home(tmp_path_factory.mktemp("edge"), broker.address)
            home.course(0, 152.0, 94.0)
            home.until(7)
            reply = home.command(
                "tom", command="set_advice", topic="salt", is_wanted=False, reason="I cook without"
            )
            assert (reply["is_accepted"], reply["what"]) == (True, "no advice on salt")
            # Nothing of what was told may be told again, nothing of what waits be lost.
            home.edge.kill()
            home.edge.start()
            home.until(20)
            home.course(31, 126.0, 78.0)
            home.until(42)
            # Advice goes out after the replies.
            for wearer in ("mei", "tom"):
                home.last(wearer, "average_in_range")
            yield home
            home.client.close()
            home.edge.kill()
    except RuntimeMissingError as error:
        absent(request, "--require-broker", str(error))


def test_a_course_of_readings_is_told_in_each_wearers_language(home: Home) -> None:
    """The average without the first day, in Chinese to one and in English to the other."""
    averages = {
        wearer: next(item for item in home.advice(wearer) if item["rule"] == "average_high")
        for wearer in ("mei", "tom")
    }

    assert (averages["mei"]["language"], averages["tom"]["language"]) == ("zh", "en")
    assert "平均值为 152/94 mmHg" in averages["mei"]["text"]
    assert "152/94 mmHg on average" in averages["tom"]["text"]
    assert averages["tom"]["values"]["bp_above_limit_mmhg"] == 17.0
    assert averages["tom"]["guideline"].startswith("ESH 2023")


def test_a_new_course_says_that_the_number_moved(home: Home) -> None:
    """152 before, 126 after the second course: improved, with the id of the advice it is about."""
    for wearer in ("mei", "tom"):
        items = home.advice(wearer)
        first = next(item for item in items if item["rule"] == "average_high")
        (told,) = [item for item in items if "follow_up" in item]
        assert told["follow_up"] == {
            "of": first["id"],
            "fact": "bp_systolic_mmhg",
            "before": 152.0,
            "now": 126.0,
            "after_days": round((told["at_s"] - first["at_s"]) / DAY_S),
            "change": "improved",
        }
        assert ("有改善" if wearer == "mei" else "That is better") in told["text"]


def test_what_is_not_wanted_is_not_told(home: Home) -> None:
    """One has turned off alcohol in the configuration and salt by command, the other neither."""
    assert {item["topic"] for item in home.advice("tom")} == {"blood_pressure"}
    assert {"salt", "smoking", "weight"} <= {item["topic"] for item in home.advice("mei")}


def test_the_risk_model_of_the_edge_puts_a_wearers_topics_in_order(home: Home) -> None:
    """It is loaded from its bundle, and what it says goes before the advice on its topic."""
    items = home.advice("mei")
    rules = [item["rule"] for item in items]
    first = items[rules.index("what_counts_most")]

    assert first["values"]["risk_model"].startswith("risk-")
    assert first["values"]["compared_topics"] >= 2
    of_topic = next(p for p, item in enumerate(items) if item["topic"] == first["values"]["counts_most"])
    assert rules.index("what_counts_most") < of_topic


def test_a_kill_repeats_nothing(home: Home) -> None:
    """Every rule has spoken once, but for the follow-up and an average that has moved."""
    for wearer in ("mei", "tom"):
        rules = [item["rule"] for item in home.advice(wearer) if "follow_up" not in item]
        assert len(rules) == len(set(rules))
