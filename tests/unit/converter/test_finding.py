"""The finding of a spec against the outputs of its model, before anything is converted."""

from __future__ import annotations

from typing import Any

import pytest

from converter.finding import placed_finding
from edge.contract.errors import DataError
from edge.contract.manifest import Finding

SEVERAL = {"risk": 1, "My stage": 3}


def finding(**changed: Any) -> Finding:
    given: dict[str, Any] = {"condition": "drowsy", "text": "Drowsy.", "priority": "low", "form": "logit"}
    return Finding(**(given | {"threshold": 0.5} | changed))


@pytest.mark.parametrize(
    ("sizes", "changed", "told"),
    [
        (
            SEVERAL,
            {},
            "finding.output: none, and 2 outputs; allowed: risk with 1 value, my_stage with 3 values",
        ),
        (SEVERAL, {"output": "nowhere"}, "finding.output: an output 'nowhere'; allowed: risk with 1 value, "),
        (
            SEVERAL,
            {"output": "risk", "place": 1},
            "finding.place: place 1 of output 'risk'; allowed: risk with",
        ),
        (
            {"dense": 4},
            {"place": 4},
            "finding.place: place 4 of output 'dense'; allowed: dense with 4 values",
        ),
        ({"dense": 4}, {"output": "risk"}, "finding.output: an output 'risk'; allowed: dense with 4 values"),
    ],
)
def test_a_finding_that_is_nowhere_is_refused_by_its_key(
    sizes: dict[str, int], changed: dict[str, Any], told: str
) -> None:
    """The key of the spec, what stands there, and where findings can be."""
    with pytest.raises(DataError) as caught:
        placed_finding(finding(**changed), sizes, "spec of own")

    assert f"spec of own: {told}" in str(caught.value)


def test_a_finding_is_found_by_the_name_that_the_bundle_has() -> None:
    """One of several keeps its output; the only one may be named by its layer or as in the bundle."""
    of_stage = finding(output="my_stage", place=2)
    assert placed_finding(of_stage, SEVERAL, "own") == of_stage

    for output in (None, "dense", "output_0"):
        assert placed_finding(finding(output=output), {"dense": 1}, "own") == finding()
    assert placed_finding(None, SEVERAL, "own") is None
