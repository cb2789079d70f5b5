"""Which models the corridor takes."""

from __future__ import annotations

import msgspec
import pytest

from edge.conditions.condition import Harm, Onset
from edge.conditions.table import CONDITIONS, VOTES
from edge.contract.catalogue import SIGNALS
from edge.contract.errors import BundleError
from edge.rulebook import check_model
from edge.watches.table import FED, NIGHTLY, WATCHES
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


def test_every_condition_is_looked_at_by_something() -> None:
    """What is in the table is watched on a signal, fed by a model, or raised by time or whole batches."""
    watched = {watch.code for watches in WATCHES.values() for watch in watches}
    watched |= {watch.code for watch in NIGHTLY}
    otherwise = {
        "sensor_lost",
        "values_out_of_range",
        "model_abstaining",
        "clock_jump",
        "queue_growing",
        "bundle_refused",
        "alarm_flood",
    }

    assert watched | set(FED) | otherwise == set(CONDITIONS)
    assert set(FED) == set(VOTES)
    assert set(WATCHES) <= set(SIGNALS)
    for row in CONDITIONS.values():
        assert set(row.inhibited_by) < set(CONDITIONS)
        if row.limit_range is not None:
            assert row.limit is not None
            assert row.limit_range[0] <= row.limit <= row.limit_range[1]


@pytest.mark.parametrize(
    ("harm", "onset", "priority"),
    [
        # IEC 60601-1-8, table 1, row by row.
        ("irreversible", "immediate", "high"),
        ("irreversible", "prompt", "high"),
        ("irreversible", "delayed", "medium"),
        ("reversible", "immediate", "high"),
        ("reversible", "prompt", "medium"),
        ("reversible", "delayed", "low"),
        ("minor", "immediate", "medium"),
        ("minor", "prompt", "low"),
        ("minor", "delayed", "low"),
    ],
)
def test_a_priority_follows_from_harm_and_onset(harm: str, onset: str, priority: str) -> None:
    """The table of the standard; where it leaves low or none, low."""
    row = msgspec.structs.replace(CONDITIONS["off_body"], harm=Harm(harm), onset=Onset(onset))

    assert row.priority == priority


def test_every_vote_rule_leaves_a_dead_band() -> None:
    """Between present and absent there is room, and each rule belongs to a condition."""
    for code, rule in VOTES.items():
        assert code in CONDITIONS
        assert 0 <= rule.absent < rule.present - 1 < rule.of
