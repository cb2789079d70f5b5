"""Published stages in the words of the network and of the report."""

from __future__ import annotations

from edge.signals.sleep_report import STAGES
from edge.signals.sleep_stages import FINE_STAGES
from training.stages import COARSE_OF_FINE, COARSE_OF_PUBLISHED, FINE_OF_PUBLISHED


def test_a_published_stage_has_the_places_its_name_says() -> None:
    """Wake, N1 to N4 and REM by name; N4 is N3 since 2007, and N1 to N4 are NREM in the report."""
    fine = [FINE_STAGES[place] for place in FINE_OF_PUBLISHED]
    coarse = [STAGES[place] for place in COARSE_OF_PUBLISHED]

    assert fine == ["wake", "n1", "n2", "n3", "n3", "rem"]
    assert coarse == ["wake", "nrem", "nrem", "nrem", "nrem", "rem"]
    assert [STAGES[place] for place in COARSE_OF_FINE] == ["wake", "nrem", "nrem", "nrem", "rem"]
