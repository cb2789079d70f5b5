"""Which models the corridor takes."""

from __future__ import annotations

import msgspec
import pytest

from edge.conditions.table import CONDITIONS, VOTES
from edge.contract.errors import BundleError
from edge.pipeline.rulebook import check_model
from tests.support.corridor import FakeModel


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"signals": ("glucose",)}, "reads glucose"),
        ({"signals": ("rr", "hr")}, "reads rr, hr"),
        ({"conditions": ("headache",)}, "feeds the unknown condition 'headache'"),
        ({"conditions": ("off_body",)}, "feeds the unknown condition 'off_body'"),
    ],
)
def test_a_model_the_corridor_cannot_run_is_refused_by_name(change: dict[str, object], what: str) -> None:
    """Unknown signals and conditions and several signals are told at start, not at the first beat."""
    model = FakeModel()
    model.stream = msgspec.structs.replace(model.stream, **change)

    with pytest.raises(BundleError) as caught:
        check_model(model, CONDITIONS, VOTES)

    assert caught.value.what == what


def test_every_vote_rule_leaves_a_dead_band() -> None:
    """Between present and absent there is room, and each rule belongs to a condition."""
    for code, rule in VOTES.items():
        assert code in CONDITIONS
        assert 0 <= rule.absent < rule.present - 1 < rule.of
