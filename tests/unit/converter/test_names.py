"""Names of inputs and outputs: whatever Keras takes, a bundle has a name of its own for each."""

from __future__ import annotations

import msgspec
import pytest

from converter.names import bundle_names, plain_names, scope_name
from edge.contract.manifest import Name

ODD = ("my in", "a-b", "1x", "größe", "Risk", "risk", "class", "_x", "a" * 90, "a" * 91)


def test_names_that_a_bundle_takes_are_kept() -> None:
    """A model whose names fit is asked by them."""
    assert bundle_names(("vitals", "a-b", "x.1"), "input") == ("vitals", "a-b", "x.1")


def test_odd_names_become_such_as_a_manifest_takes() -> None:
    """Each is valid and unlike all others, and can be told from the one given."""
    called = bundle_names(ODD, "input")

    assert called[:8] == ("my_in", "a-b", "input_1x", "gr__e", "risk_2", "risk", "class", "input__x")
    assert len(set(called)) == len(ODD)
    msgspec.convert(called, tuple[Name, ...])


@pytest.mark.parametrize("names", [("Risk", "risk", "RISK"), ("a b", "a_b", "a/b")])
def test_the_name_of_an_output_does_not_hang_on_the_order_of_all(names: tuple[str, ...]) -> None:
    """Spec, float answers and the converted file have the outputs in orders of their own."""
    there, back = bundle_names(names, "output"), bundle_names(names[::-1], "output")

    assert there == back[::-1]


def test_what_tensorflow_sees_keeps_the_order_and_nothing_odd() -> None:
    """Rows have inputs in the order of their names, so the plain ones must sort alike."""
    plain = plain_names(ODD)

    assert sorted(ODD, key=plain.__getitem__) == sorted(ODD)
    assert all(name.isidentifier() for name in plain.values())
    assert (scope_name("my größe-1"), scope_name("_x")) == ("my_gr__e-1", "x_x")
