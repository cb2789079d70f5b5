"""The pages against the code: what they name exists, what exists they name, and their blocks are right."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from edge.alarms.timers import KEPT_S
from edge.baselines.learn import FREEZING, FREEZING_THE_KNOWN
from edge.baselines.limits import (
    ABOVE_BPM,
    ABOVE_SDS,
    BELOW_BPM,
    BELOW_SDS,
    CALM_BPM,
    FAST_BPM,
    SLOW_ASLEEP_BPM,
    SLOW_BPM,
    SLOWEST_BPM,
)
from edge.baselines.population import BANDS
from edge.cli import COMMANDS
from edge.commands.bundle.table import BUNDLE_COMMANDS
from edge.conditions.blood_pressure import Severe, load_schemes
from edge.conditions.condition import Condition
from edge.conditions.table import CONDITIONS, VOTES
from edge.config import Config, config_keys, parse_config
from edge.contract.catalogue import SIGNALS
from edge.contract.commands import LONGEST_PAUSE_S, LONGEST_SHELF_S, Command
from edge.contract.messages import AlarmState, Priority
from edge.contract.profile import UNKNOWN_WEARER
from edge.contract.topics import Encoding, QuestionTopic, SampleTopic, Topics
from edge.watches.alarm_flood import BEGINS_WITH
from edge.wearer.usual import KEPT_DAYS, LEAST_MINUTES, PART_H, POPULATION_DAYS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Recordings stand there on development machines; nothing else outside the checkout may be named.
BESIDE = ROOT.parent / "shared"


def files() -> list[Path]:
    """Everything that is or will be committed: what .gitignore leaves."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not _is_ignored(name))
        # In a linked worktree `.git` is a file.
        found += [Path(folder) / name for name in sorted(names) if name != ".git"]
    return found


def _is_ignored(folder: str) -> bool:
    made = {"__pycache__", "build", "dist", "runs", "var"}
    return folder in made or folder.endswith(".egg-info") or (folder.startswith(".") and folder != ".ci")


PAGES = sorted(path for path in files() if path.suffix == ".md")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> list[str]:
    """The fenced blocks in any of these languages."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [block for language, block in found if language in languages]


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of the same or a higher level."""
    level = heading.partition(" ")[0]
    start = text.index(f"\n{heading}\n") + len(heading) + 2
    end = re.compile(rf"^#{{1,{len(level)}}} ", re.MULTILINE).search(text, start)
    return text[start : end.start() if end else len(text)]


def tables(text: str) -> list[list[dict[str, str]]]:
    """Every table as rows by column, back-quotes taken off."""
    found: list[list[dict[str, str]]] = []
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()
        ]
        head = [cell.strip("| ") for cell in head]
        found.append(
            [
                dict(
                    zip(
                        head,
                        (cell.strip("| ").removeprefix("`").removesuffix("`") for cell in row),
                        strict=True,
                    )
                )
                for row in rows
            ]
        )
    return found


def test_the_readme_shows_one_command_to_try_and_one_to_test() -> None:
    """Under "Try it" and "Test it" stands one script each, and both scripts can be run."""
    text = read("README.md")
    shown = [blocks(section(text, heading), "sh") for heading in ("## Try it", "## Test it")]

    assert shown == [["scripts/demo\n"], ["scripts/test\n"]]
    assert all((ROOT / f"scripts/{name}").stat().st_mode & 0o111 for name in ("demo", "test"))


def test_the_readme_promises_and_refuses_first() -> None:
    """Within the first lines a reader is told what it is for and that it is not a medical device."""
    lines = read("README.md").splitlines()

    assert 60 <= len(lines) <= 140
    assert "not a medical device" in " ".join(lines[:8])


def test_every_subcommand_is_in_the_readme() -> None:
    """The README's table lists the commands there are, and no others."""
    listed = [row["command"] for table in tables(read("README.md")) for row in table if "does" in row]

    assert listed == [f"vitalward {name}" for name in COMMANDS]


CALLS = [*(name for name in COMMANDS if name != "bundle"), *(f"bundle {name}" for name in BUNDLE_COMMANDS)]


def test_every_command_of_bundles_is_on_their_page() -> None:
    """docs/bundle.md lists the subcommands of `vitalward bundle`."""
    listed = [
        row["command"].split()[2] for row in tables(section(read("docs/bundle.md"), "## The commands"))[0]
    ]

    assert listed == list(BUNDLE_COMMANDS)


@pytest.mark.parametrize("command", CALLS)
def test_the_options_that_pages_name_are_those_of_the_command(command: str) -> None:
    """Wherever a page shows a subcommand with options, its help knows them."""
    shown = [
        option
        for page in PAGES
        for call in re.findall(rf"vitalward {command}\b([^`\n|]*)", page.read_text(encoding="utf-8"))
        for option in re.findall(r"--[a-z-]+", call)
    ]
    known = subprocess.run(
        [sys.executable, "-m", "edge", *command.split(), "--help"], capture_output=True, text=True, check=True
    )

    assert [option for option in shown if option not in re.findall(r"--[a-z-]+", known.stdout)] == []


def test_every_topic_is_in_the_table_of_topics() -> None:
    """docs/topics.md lists the topics of the code with their retain flag."""
    topics = Topics("vitalward")
    sample = SampleTopic("WEARER", "DEVICE", "SIGNAL")
    expected = {
        topics.samples(sample): "no",
        topics.samples(sample._replace(encoding=Encoding.JSON)).replace("/json", "/ENCODING"): "no",
        topics.clock: "no",
        topics.questions(QuestionTopic("WEARER", "DEVICE", "TASK")): "no",
        topics.answers("WEARER", "TASK", "MODE"): "no",
        topics.alerts("WEARER", "CONDITION", "MODE"): "no",
        topics.alarms("WEARER", "CONDITION", "SUBJECT", "MODE"): "yes",
        f"{topics.root}/commands/WHO/MODE/WEARER": "no",
        topics.replies("WHO"): "no",
        topics.heartbeat("EDGE"): "no",
        topics.advice("WEARER", "RULE", "MODE"): "no",
        topics.reports("WEARER", "SPAN", "MODE"): "no",
        topics.quarantine: "no",
        topics.wearer_status("WEARER", "MODE"): "no",
        topics.sleep("WEARER", "MODE"): "no",
        topics.status("EDGE"): "yes",
    }
    table = tables(read("docs/topics.md"))[0]

    assert {row["topic"]: row["retained"] for row in table} == expected
    assert {row["QoS"] for row in table} == {"1"}


def test_every_signal_is_named_with_the_topics() -> None:
    """A reader of the topics learns which signals there are."""
    assert [code for code in SIGNALS if f"`{code}`" not in read("docs/topics.md")] == []


@pytest.mark.parametrize("name", list(config_keys()))
def test_a_section_of_the_configuration_is_described_key_by_key(name: str) -> None:
    """The page has each key with its default, and none that does not exist."""
    (table,) = tables(section(read("docs/configuration.md"), f"## `[{name}]`"))
    defaults = UNKNOWN_WEARER if name == "wearers" else getattr(Config(), name)
    described = {row["key"]: row["default"] for row in table}
    expected = {key: json.loads(json.dumps(getattr(defaults, key))) for key in config_keys()[name]}

    assert {key: None if text == "none" else json.loads(text) for key, text in described.items()} == expected
    assert all(row["meaning"].endswith(".") for row in table)


def test_the_page_of_the_configuration_has_the_sections_there_are() -> None:
    """No section is left out or made up."""
    headings = re.findall(r"^## `\[(\w+)\]`$", read("docs/configuration.md"), re.MULTILINE)

    assert headings == list(config_keys())


def test_the_examples_of_configurations_are_accepted() -> None:
    """Every TOML block about the edge is one the edge takes."""
    examples = [
        block
        for page in ("docs/configuration.md", "docs/add-a-model.md", "docs/bundle.md")
        for block in blocks(read(page), "toml")
    ]

    assert [parse_config(example, where="page") for example in examples]


def test_the_table_of_conditions_is_that_of_the_code() -> None:
    """Kind, priority, limit, dead-band, delays, lapse and updates of every condition."""
    page, sources, settings = tables(section(read("docs/alerts.md"), "## Conditions"))

    assert page == [_row(condition) for condition in CONDITIONS.values()]
    assert settings == [
        {
            "condition": row.code,
            "limit from": _number(row.limit_range[0] if row.limit_range else None),
            "to": _number(row.limit_range[1] if row.limit_range else None),
            "not announced during": "`, `".join(row.inhibited_by) or "-",
        }
        for row in CONDITIONS.values()
        if row.limit_range or row.inhibited_by
    ]
    assert {row["condition"]: row["source of the limit"] for row in sources} == {
        code: condition.guideline or ("the scheme" if "pressure" in code else "-")
        for code, condition in CONDITIONS.items()
    }


def test_the_commands_and_times_of_alarms_are_those_of_the_code() -> None:
    """Every command with its keys, the longest pause and shelf, and how long a returned alarm is kept."""
    text = section(read("docs/alerts.md"), "## Alarms")
    states, commands = tables(text)
    kinds = {kind.__struct_config__.tag: kind for kind in get_args(Command)}
    fields = {tag: set(kind.__struct_fields__) - {"request", "sent_s"} for tag, kind in kinds.items()}
    every: set[str] = set().union(*fields.values())
    named = {row["command"]: set(re.findall(r"\w+", row["keys besides `request`"])) for row in commands}

    assert {command: words & every for command, words in named.items()} == fields
    keys = {row["command"]: row["keys besides `request`"] for row in commands}
    assert f"up to {LONGEST_PAUSE_S:.0f}" in keys["pause_audio"]
    assert f"up to {LONGEST_SHELF_S:.0f}" in keys["shelve"]
    assert [row["state"] for row in states] == ["normal", *AlarmState]
    assert KEPT_S[Priority.LOW] == 3600.0
    assert KEPT_S[Priority.MEDIUM] == 24 * 3600.0
    assert f"more than {BEGINS_WITH - 1} alarms" in text


def test_the_limits_of_the_baseline_are_those_of_the_code() -> None:
    """Floor, ceiling, distance, days and the centiles of the young on the page about what is usual."""
    text = section(read("docs/alerts.md"), "## What is usual for a wearer")
    fast, slow, unexplained = tables(text)[0]
    text = " ".join(text.split())

    assert (fast["never below"], fast["never above"]) == (f"{FAST_BPM:g}", f"{FAST_BPM:g}")
    assert (slow["never below"], slow["never above"]) == (f"{SLOWEST_BPM:g}", f"{SLOW_BPM:g}")
    assert slow["limit before"] == f"{SLOW_BPM:g}, and {SLOW_ASLEEP_BPM:g} from 20:00 to 08:00"
    assert f"less {BELOW_BPM:g}, or less {BELOW_SDS:g} standard" in slow["limit once something is usual"]
    assert (unexplained["never below"], unexplained["never above"]) == (f"{CALM_BPM:g}", f"{FAST_BPM:g}")
    assert f"and {ABOVE_BPM:g}, or and {ABOVE_SDS:g} standard" in unexplained["limit once something is usual"]
    assert f"at least {LEAST_MINUTES} such minutes" in text
    assert f"for the last {KEPT_DAYS} days" in text
    assert f"stands in for {POPULATION_DAYS} days" in text
    assert f"parts of the day of {PART_H} hours" in text
    for band in BANDS[:3]:
        assert f"{band.high_bpm:g} and {band.low_bpm:g} from {band.from_years}" in text
    for key in (*FREEZING, FREEZING_THE_KNOWN):
        assert f"`{key.partition('/')[0]}`" in text


def test_the_votes_and_staleness_the_page_tells_are_those_of_the_code() -> None:
    """Numbers in the sentences about the model and about lost and frozen sensors."""
    _, sources, *_ = tables(section(read("docs/alerts.md"), "## Conditions"))
    said = {row["condition"]: row["present when"] for row in sources}
    votes = VOTES["irregular_rhythm"]
    lost, frozen = (
        {
            (code, f"{seconds:.0f}")
            for code, signal in SIGNALS.items()
            if (seconds := getattr(signal, key)) is not None
        }
        for key in ("stale_after_s", "frozen_after_s")
    )

    assert f"at least {votes.present} of the last {votes.of} windows" in said["irregular_rhythm"]
    assert f"at most {votes.absent} do" in said["irregular_rhythm"]
    assert _seconds(said["sensor_lost"]) == lost
    assert _seconds(said["sensor_frozen"]) == frozen


def test_the_tables_of_schemes_are_those_of_the_code() -> None:
    """Categories with their bounds, severe limits and sources of every blood pressure scheme."""
    categories, severe = tables(section(read("docs/alerts.md"), "## Blood pressure schemes"))
    schemes = load_schemes().values()
    expected = []
    for scheme in schemes:
        high_from = [category.code for category in scheme.category].index(scheme.high_from)
        for place, category in enumerate(scheme.category):
            expected.append(
                {
                    "scheme": scheme.id,
                    "category": category.code,
                    "systolic from, mmHg": _number(category.systolic_from),
                    "diastolic from, mmHg": _number(category.diastolic_from),
                    "high": "yes" if place >= high_from else "no",
                }
            )

    assert categories == expected
    assert severe == [
        {"scheme": scheme.id, "a reading is severe": _severe(scheme.severe), "source": scheme.guideline}
        for scheme in schemes
    ]


def test_the_glossary_explains_each_word_once_and_in_order() -> None:
    """A word has one meaning and can be found."""
    words = re.findall(r"^- \*\*(.+?)\*\*: ", read("docs/glossary.md"), re.MULTILINE)

    assert words == sorted(set(words), key=str.casefold)
    assert len(words) == sum(line.startswith("- ") for line in read("docs/glossary.md").splitlines())


def test_every_decision_has_a_number_of_its_own_and_the_three_parts() -> None:
    """Records are numbered without gaps and say context, decision and consequences."""
    records = sorted((DOCS / "decisions").glob("*.md"))

    assert [record.name[:4] for record in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    assert all(record.read_text().startswith(f"# {record.name[:4]}: ") for record in records)
    for record in records:
        headings = re.findall(
            r"^(?:## |\*\*)(Context|Decision|Consequences)\b", record.read_text(), re.MULTILINE
        )
        assert headings[:3] == ["Context", "Decision", "Consequences"], record.name


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    """Every relative link of a page points at a file or folder that is part of the project."""
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    targets = [link.partition("#")[0] for link in links if not re.match(r"https?:|#", link)]

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_blocks_of_a_page_can_be_read_by_what_they_are_for(page: Path) -> None:
    """TOML, JSON and YAML parse; shell blocks are valid shell."""
    text = page.read_text(encoding="utf-8")
    parsers: dict[str, Any] = {"toml": tomllib.loads, "json": json.loads, "yaml": yaml.safe_load}
    for language, parse in parsers.items():
        for block in blocks(text, language):
            assert parse(block) is not None
    for block in blocks(text, "sh"):
        subprocess.run(["sh", "-n"], input=block, text=True, check=True)


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p.read_text(), "python")], ids=name_of)
def test_the_python_of_a_page_runs(page: Path) -> None:
    """The blocks run in order, in one namespace, and their asserts hold."""
    namespace: dict[str, Any] = {"__name__": "page"}
    for number, block in enumerate(blocks(page.read_text(encoding="utf-8"), "python"), 1):
        exec(compile(block, f"{name_of(page)}, block {number}", "exec"), namespace)


def test_no_file_names_a_registry_or_a_private_place() -> None:
    """No package registry's host, no home or working folder of anybody's machine."""
    # In parts, so that this file does not name them.
    hosts = [
        "pypi" + ".org",
        "python" + "hosted",
        "pi" + "wheels",
        "npm" + "js",
        "proxy." + "golang",
        "cona" + "nda",
        "debian" + ".org",
        "archive." + "ubuntu",
    ]
    places = [f"/{folder}/" for folder in ("work", "home", "root", "Users")]
    named = [
        f"{name_of(path)}: {word}"
        for path in files()
        if (text := _text(path)) is not None
        for word in hosts + places
        if re.search(rf"(?<![\w.-]){re.escape(word)}" if word.startswith("/") else re.escape(word), text)
    ]

    assert named == []


def test_no_file_names_a_path_outside_the_project() -> None:
    """Relative paths stay within the checkout, ../shared aside."""
    strays = []
    for path in files():
        for found in re.finditer(r"(?:\.\./)+[\w-][\w./-]*", _text(path) or ""):
            target = (path.parent / found[0]).resolve()
            is_beside = found[0].startswith("../shared") or target.is_relative_to(BESIDE)
            if not (target.is_relative_to(ROOT.resolve()) or is_beside):
                strays.append(f"{name_of(path)}: {found[0]}")

    assert strays == []


def _text(path: Path) -> str | None:
    """The text of a file, None where it is none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _row(condition: Condition) -> dict[str, str]:
    """A row of the table of conditions as the page has it."""
    return {
        "condition": condition.code,
        "kind": condition.kind,
        "harm": condition.harm,
        "onset": condition.onset,
        "priority": condition.priority,
        "limit": _number(condition.limit),
        "dead-band": _number(condition.dead_band),
        "on-delay": f"{condition.on_delay_s:g} s",
        "off-delay": f"{condition.off_delay_s:g} s",
        "lapse": "-" if condition.lapse_s is None else f"{condition.lapse_s:g} s",
        "update every": "-" if condition.update_every_s is None else f"{condition.update_every_s:g} s",
        "rises after": "-" if condition.escalate_after_s is None else f"{condition.escalate_after_s:g} s",
    }


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _severe(severe: Severe) -> str:
    word = "from" if severe.inclusive else "above"
    return f"{word} {severe.systolic:g} or {word} {severe.diastolic:g} mmHg"


def _seconds(sentence: str) -> set[tuple[str, str]]:
    """Each signal named in a sentence with the seconds that follow it."""
    pairs: set[tuple[str, str]] = set()
    for names, seconds in re.findall(r"((?:`\w+`(?: and )?)+) (\d+) s", sentence):
        pairs |= {(name, seconds) for name in re.findall(r"`(\w+)`", names)}
    return pairs
