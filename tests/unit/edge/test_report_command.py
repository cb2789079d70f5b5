"""`vitalward report`: pages from the store of an edge that runs, of one wearer alone, that load nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from edge.cli import main
from edge.contract.codec import encode
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic
from edge.ends import Entry
from edge.pages.charts import usual_rates
from edge.pages.clock import hour_ticks, midnight_ticks
from edge.wearer.summary import Hour
from tests.support.home import (
    HOUR_S,
    MIDNIGHT_S,
    TOPICS,
    Home,
    in_order,
    shipped_equipment,
    strap_night,
    tick,
    wristband_day,
)

DAY_S = 86_400.0


def cuff(at_s: float, systolic: float, diastolic: float) -> Entry:
    batch = SampleBatch(
        seq=int(at_s),
        times_s=[at_s],
        values={"systolic": [systolic], "diastolic": [diastolic]},
        mode=Mode.TEST,
    )
    return Entry(at_s, TOPICS.samples(SampleTopic("w1", "cuff", "bp")), Encoding.JSON, encode(batch))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Four days of one wearer, apnea in one night, and one day of another; the edge has it open."""
    folder = tmp_path_factory.mktemp("reported")
    edge = Home(folder / "state", shipped_equipment(folder))
    days = [wristband_day(number, (-1.0 + 0.2 * number, 6.0)) for number in range(4)]
    readings = [cuff(MIDNIGHT_S + 8 * HOUR_S + n * DAY_S, 124.0 + n, 79.0 + n) for n in range(3)]
    later = [tick(MIDNIGHT_S + 3 * DAY_S + 12 * HOUR_S)]
    night = strap_night(3, 5.5, 0.1)
    edge.take(in_order(*days, readings, night, wristband_day(3, (0.0, 7.0), wearer="other-person"), later))
    (folder / "edge.toml").write_text(
        f'[edge]\nstate_dir = "{folder / "state"}"\ntimezone = "Europe/Berlin"\n'
    )
    return edge


def report(home: Home, *options: str) -> str:
    out = home.state_dir.parent / "page.html"
    config = home.state_dir.parent / "edge.toml"
    assert main(["report", "w1", *options, f"--config={config}", f"--out={out}"]) == 0
    return out.read_text(encoding="utf-8")


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("span", ["--night", "--week"])
def test_a_page_is_whole_in_itself_and_of_one_wearer(span: str, home: Home) -> None:
    """No script, no address, no reference to anything outside, and nobody else's name; SVG is well-formed."""
    page = report(home, span)
    reader = Reader()
    reader.feed(page)

    assert not {tag for tag, _ in reader.tags} & {"script", "link", "img", "iframe", "object"}
    assert not [name for _, names in reader.tags for name in names if name in {"src", "href", "srcset"}]
    assert "http" not in page
    assert "url(" not in page
    assert "other-person" not in page
    pictures = re.findall(r"<svg .*?</svg>", page, re.DOTALL)
    assert len(pictures) >= 3
    assert all(ElementTree.fromstring(picture).get("aria-label") for picture in pictures)


@pytest.mark.parametrize("span", ["--night", "--week"])
def test_a_page_of_test_samples_says_so(span: str, home: Home) -> None:
    """It looks like one of a person otherwise."""
    assert "Samples of mode test, not of a person." in report(home, span)


def test_charts_tell_their_units_and_all_of_their_scale(home: Home) -> None:
    """Readings below the lowest bound of the scheme stand on a scale too."""
    text = report(home, "--week")
    (systolic,) = re.findall(r"Systolic pressure, mmHg</p>.*?</svg>", text, re.S)
    values = [float(value) for value in re.findall(r"text-anchor='end'>([0-9.]+)<", systolic)]

    assert "Beats a minute</p>" in text
    assert min(values) < 120.0


def test_a_page_follows_the_readers_colours_and_prints(home: Home) -> None:
    """Dark where that is preferred, by day on paper, and no chart is cut in two."""
    page = report(home, "--night")

    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page
    assert "break-inside: avoid" in page


def test_the_hypnogram_draws_every_stretch_of_the_night(home: Home) -> None:
    """As many bars as there are stretches of a known stage in the report that went over MQTT."""
    (last,) = [each for each in home.nights() if each.wearer == "w1"][-1:]
    assert last.sleep is not None
    stretches = [letter for letter, _ in groupby(last.sleep.hypnogram) if letter != "-"]
    page = report(home, "--night")

    drawn = re.findall(r"<rect class='(nrem|rem|wake)'", page)
    assert [{"N": "nrem", "R": "rem", "W": "wake"}[letter] for letter in stretches] == drawn
    assert last.text in page


def test_times_are_those_of_the_wearers_clock(home: Home) -> None:
    """In Berlin it is two hours later than in UTC: the night by the clock of the page ends at eight."""
    page = report(home, "--night")
    (last,) = [each for each in home.nights() if each.wearer == "w1"][-1:]
    assert last.sleep is not None
    woke = (last.sleep.wake_s - MIDNIGHT_S) % DAY_S / HOUR_S + 2.0

    assert f"to {int(woke):02d}:{round(woke % 1 * 60):02d}" in page


def test_a_week_shows_nights_pressure_in_bands_and_alarms(home: Home) -> None:
    """Three readings as dots on the bands of the scheme, their mean by hand, and the last alarm."""
    page = report(home, "--week")

    assert page.count("<circle class='reading'") == 6
    assert "125/80 mmHg" in page
    assert "stage 1 hypertension range" in page
    assert "Pauses of breath in sleep" in page
    assert page.count("<tr><th>night to ") == 4


def test_the_usual_band_is_of_three_days_or_more() -> None:
    """By hand: of 60, 62 and 70 the median is 62, their deviations 2, 0 and 8 have the median 2."""
    hours = [Hour(MIDNIGHT_S + n * DAY_S, bpm) for n, bpm in enumerate((60.0, 62.0, 70.0))]

    assert usual_rates(hours[:2], ZoneInfo("UTC")) == {}
    (usual,) = usual_rates(hours, ZoneInfo("UTC")).values()
    assert usual == pytest.approx((62.0, 2.0 * 1.4826))


def test_ticks_follow_the_clock_through_its_change() -> None:
    """In the night of the 29th of March 2026 Berlin has no two o'clock."""
    zone = ZoneInfo("Europe/Berlin")
    midnight_s = 1_774_738_800.0  # 2026-03-29T00:00+01:00

    named = [name for _, name in hour_ticks(midnight_s, midnight_s + 4 * HOUR_S, zone, 1)]
    days = midnight_ticks(midnight_s - 1.0, midnight_s + 2 * DAY_S, zone)
    assert named == ["00:00", "01:00", "03:00", "04:00", "05:00"]
    assert [at_s - midnight_s for at_s, _ in days] == [0.0, 23 * HOUR_S, 47 * HOUR_S]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody", "--week"], "allowed: other-person, w1"),
        (["w1", "--week", "--mode=real"], "allowed: test"),
    ],
)
def test_what_cannot_be_reported_is_said_with_what_can(
    arguments: list[str], told: str, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wearer or mode that the edge does not know is answered with those it does."""
    assert main(["report", *arguments, f"--config={home.state_dir.parent / 'edge.toml'}"]) == 2
    assert told in capsys.readouterr().err


def test_without_a_store_there_is_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder in which no edge has run is named, and nothing is made there."""
    config = tmp_path / "edge.toml"
    config.write_text(f'[edge]\nstate_dir = "{tmp_path / "none"}"\n')

    assert main(["report", "w1", "--night", f"--config={config}"]) == 2
    assert "vitalward.db" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
