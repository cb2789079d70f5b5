"""spec.toml of a model of one's own: each mistake is named with what that key admits."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.commands.convert import main as convert
from converter.spec import read_spec
from edge.contract.errors import ConfigError

SPEC = """
task = "drowsy"
version = "1.0.0"
labels = ["drowsy"]
samples = "samples.npz"
[finding]
condition = "drowsy"
text = "The driver looks drowsy."
priority = "medium"
form = "probability"
threshold = 0.5
[gate]
decides = "half"
[[trained_on]]
dataset = "drivers"
title = "Made-up drivers"
records = 1
licence = "CC0"
citation = "Made up"
url = "https://example.org/drivers"
"""


@pytest.mark.parametrize(
    ("right", "wrong", "key", "allowed"),
    [
        ('priority = "medium"', 'priority = "urgent"', "finding.priority", '"low" or "medium" or "high"'),
        ("threshold = 0.5", "threshold = 1.5", "finding.threshold", "a number from 0 to 1"),
        ('version = "1.0.0"', 'version = "1"', "version", "text that matches "),
        ("threshold = 0.5", "treshold = 0.5", "finding", "a table with the keys condition, text, priority, "),
        ('decides = "half"', 'decides = "most"', "gate.decides", "sign, half, argmax, none"),
        ("records = 1", 'records = "1"', "trained_on[0].records", "a whole number from 1 to "),
        ('labels = ["drowsy"]', "labels = [1]", "labels[0]", "text that matches "),
        ('samples = "samples.npz"', "samples = 3", "samples", "text in quotes"),
        ('task = "drowsy"', 'tusk = "drowsy"', "", "a table with the keys task, version, "),
    ],
)
def test_a_mistake_is_told_with_its_key_and_what_that_admits(
    right: str, wrong: str, key: str, allowed: str, tmp_path: Path
) -> None:
    """Not the keys of the whole file, but the values of the key at fault."""
    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    assert read_spec(path).task == "drowsy"
    path.write_text(SPEC.replace(right, wrong))

    with pytest.raises(ConfigError) as caught:
        read_spec(path)

    assert caught.value.where == (f"{path}: {key}" if key else str(path))
    assert allowed in caught.value.allowed


def test_a_spec_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    """Its name once, and no number of the system's error."""
    with pytest.raises(ConfigError) as caught:
        read_spec(tmp_path / "gone.toml")

    assert (
        str(caught.value)
        == f"{tmp_path / 'gone.toml'}: No such file or directory; allowed: a TOML file that is there"
    )


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["m.keras"], "a model without its spec, or a spec alone"),
        (["--spec", "s.toml"], "a model without its spec, or a spec alone"),
        (["m.keras", "--spec", "s.toml", "--run", "r"], "both a run and a model"),
        ([], "no run and no model"),
    ],
)
def test_what_is_to_be_converted_is_named_in_one_of_two_ways(arguments: list[str], what: str) -> None:
    """A run folder, or a model with its spec: told is which of them was given."""
    with pytest.raises(ConfigError, match=what):
        convert([*arguments, "--out", "own-1.0.0.vwb"])
