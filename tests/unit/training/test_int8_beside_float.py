"""What int8 costs, in one number."""

from __future__ import annotations

from training.int8_beside_float import worst_difference


def test_areas_and_kappas_are_compared_in_hundredths() -> None:
    """0.004 of kappa weighs like 0.4 of a percentage point, 0.002 of an area like 0.2."""
    assert worst_difference({"acc": 80.0, "kappa": 0.5}, {"acc": 80.1, "kappa": 0.504}) == 0.4
    assert worst_difference({"acc": 80.0, "auc": 0.9}, {"acc": 80.0, "auc": 0.902}) == 0.2
    assert worst_difference({"acc": 80.0, "auc": 0.9}, {"acc": 81.5, "auc": 0.9}) == 1.5


def test_figures_are_compared_group_by_group_and_what_one_side_lacks_is_passed_over() -> None:
    """Four points of area in one protocol are the worst; a sensitivity that is not there is none."""
    figures = {"afl_non_af": {"se": 50.0, "auc": 0.75}, "afl_excluded": {"se": 50.0, "auc": 0.8}}
    others = {"afl_non_af": {"se": 51.0, "auc": 0.71}, "afl_excluded": {"se": None, "auc": 0.8}}

    assert worst_difference(figures, others) == 4.0


def test_counts_and_means_in_other_units_are_no_percentage_points() -> None:
    """Five records more in their class, or an index off by ten an hour, would drown what is asked."""
    figures = {"acc": 90.0, "records_right": 30, "index_mae": 12.0, "windows": 8000}
    others = {"acc": 90.5, "records_right": 25, "index_mae": 2.0, "windows": 7000}

    assert worst_difference(figures, others) == 0.5
