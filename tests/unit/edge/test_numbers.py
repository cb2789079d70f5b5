"""Numbers on a command line."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError

import pytest

from edge.cli import main
from edge.contract.numbers import above_0, number, whole


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("65535", 65_535), (" 7 ", 7), ("1_000", 1000)])
def test_whole_numbers_within_bounds_are_read(text: str, value: int) -> None:
    """Both bounds are allowed."""
    assert whole(1, 65_535)(text) == value


@pytest.mark.parametrize("text", ["0", "65536", "-1", "1.5", "x", "", "nan"])
def test_other_whole_numbers_are_answered_with_the_bounds(text: str) -> None:
    """Words are told as numbers out of bounds are, in the user's terms."""
    with pytest.raises(ArgumentTypeError, match=f"^{text}: must be a whole number, 1 to 65535$"):
        whole(1, 65_535)(text)


def test_without_an_upper_bound_any_size_is_read() -> None:
    """A seed may be as large as one likes."""
    assert whole(0)("99999999999999999999") == 99_999_999_999_999_999_999
    with pytest.raises(ArgumentTypeError, match=r"^-1: must be a whole number, 0 or more$"):
        whole(0)("-1")


@pytest.mark.parametrize("text", ["0.99", "60.01", "nan", "inf", "ten"])
def test_numbers_out_of_bounds_are_refused(text: str) -> None:
    """Also those that compare with nothing."""
    assert [number(1, 60)(good) for good in ("1", "60", "2.5")] == [1.0, 60.0, 2.5]
    with pytest.raises(ArgumentTypeError, match=f"^{text}: must be a number, 1 to 60$"):
        number(1, 60)(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "fast", "-inf"])
def test_a_speed_is_any_number_above_zero(text: str) -> None:
    """Slower than life, faster, or as fast as it goes, where that is allowed."""
    speed = above_0(or_inf=True)
    assert [speed(good) for good in ("0.5", "40", "inf")] == [0.5, 40.0, math.inf]
    with pytest.raises(ArgumentTypeError, match=f"^{text}: must be a number, above 0, or inf$"):
        speed(text)
    with pytest.raises(ArgumentTypeError, match=r"^inf: must be a number, above 0$"):
        above_0()("inf")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["detectors", "--port=x"], "--port: x: must be a whole number, 1 to 65535"),
        (["simulate", "fever", "--wearers=0"], "--wearers: 0: must be a whole number, 1 or more"),
        (["train", "risk", "--seed=-1", "--out=run"], "--seed: -1: must be a whole number, 0 or more"),
        (["fleet", "--batch=0"], "--batch: 0: must be a number, 1 to 60"),
    ],
)
def test_commands_tell_them_before_they_begin(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, the option, what was given and what is allowed."""
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert told in capsys.readouterr().err
