"""Loading the published nights, with what goes wrong first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.contract.errors import DataError
from training.datasets.sleep_accel import FOLDER, read_nights


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Two nights: one of five epochs with a hole and one epoch not scored, one without heart rate."""
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    columns: dict[str, list[float]] = {
        "time_feature": [0.0, 0.00833, 0.01667, 0.03333, 0.04167],
        "count_feature": [12.3, 0.4, 0.0, 0.0, 2.1],
        "hr_feature": [1.31, 0.62, 0.47, 0.29, 0.33],
        "psg_labels": [0, 1, 4, -1, 5],
    }
    for kind, values in columns.items():
        (folder / f"781_{kind}.out").write_text("".join(f"{value}\n" for value in values))
        if kind != "hr_feature":
            (folder / f"902_{kind}.out").write_text("".join(f"{value}\n" for value in values))
    return tmp_path


def test_a_missing_folder_says_where_to_get_the_data(tmp_path: Path) -> None:
    """The error names the folder, the database's address and who computes the features."""
    with pytest.raises(DataError, match=r"features: no records.*10\.13026/hmhs-py35.*sleep_classifiers"):
        read_nights(tmp_path)


def test_a_named_night_that_is_not_there_is_an_error(database: Path) -> None:
    """Asking for a person whom the folder lacks is not passed over."""
    with pytest.raises(DataError, match=r"no record 555.*781, 902"):
        read_nights(database, ["781", "555"])


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("hr_feature", "0.3\nfast\n0.4\n0.5\n0.5\n", "one number a line"),
        ("count_feature", "0.3\ninf\n0.4\n0.5\n0.5\n", "finite"),
        ("hr_feature", "0.3\n0.4\n", "as many rows"),
        ("time_feature", "0.0\n0.03\n0.02\n0.04\n0.05\n", "ascending"),
        ("time_feature", "0\n30\n60\n90\n120\n", "up to 24 hours"),
    ],
)
def test_a_night_of_which_a_file_is_broken_is_skipped_by_name(
    database: Path, kind: str, text: str, told: str
) -> None:
    """Words, infinity, missing rows, hours out of order, seconds for hours; with no other night, an error."""
    (database / FOLDER / f"781_{kind}.out").write_text(text)
    with pytest.raises(DataError, match=rf"no record can be used.*781_.*{told}"):
        read_nights(database)

    (database / FOLDER / "902_hr_feature.out").write_text("1\n" * 5)
    nights = read_nights(database)

    assert [night.name for night in nights.used] == ["902"]
    assert told in nights.skipped["781"]


def test_a_night_without_heart_rate_is_skipped_and_named(database: Path) -> None:
    """What cannot be used is left out with the reason."""
    nights = read_nights(database)

    assert [night.name for night in nights.used] == ["781"]
    assert nights.skipped == {"902": "without 902_hr_feature.out"}


def test_a_night_that_nobody_scored_is_skipped(database: Path) -> None:
    """Without any label there is nothing to learn from or to compare with."""
    (database / FOLDER / "781_psg_labels.out").write_text("-1\n" * 5)
    (database / FOLDER / "902_hr_feature.out").write_text("1\n" * 5)

    assert read_nights(database).skipped == {"781": "no epoch is scored"}


def test_holes_are_bridged_and_known_as_such(database: Path) -> None:
    """Hours become epochs from lights-out; the missing one lies on the line between its neighbours."""
    (night,) = read_nights(database, ["781"]).used

    assert night.epoch.tolist() == [0, 1, 2, 4, 5]
    assert night.stage.tolist() == [0, 1, 4, -1, 5]
    assert night.series.is_known.tolist() == [True, True, True, False, True, True]
    np.testing.assert_allclose(night.series.swing, [1.31, 0.62, 0.47, 0.38, 0.29, 0.33])
    np.testing.assert_allclose(night.series.since_lights_out_h * 120, range(6))


@pytest.mark.parametrize("kind", ["time_feature", "count_feature", "hr_feature"])
def test_an_epoch_without_a_number_is_a_hole_and_counted(database: Path, kind: str) -> None:
    """One NaN costs its epoch and not the night: it is bridged as one that the files do not have."""
    file = database / FOLDER / f"781_{kind}.out"
    lines = file.read_text().split()
    file.write_text("\n".join([*lines[:2], "NaN", *lines[3:]]))

    nights = read_nights(database, ["781"])

    (night,) = nights.used
    assert night.epoch.tolist() == [0, 1, 4, 5]
    assert night.stage.tolist() == [0, 1, -1, 5]
    assert night.series.is_known.tolist() == [True, True, False, False, True, True]
    assert nights.epochs_without_numbers == {"781": 1}


def test_an_epoch_without_a_label_is_not_scored(database: Path) -> None:
    """NaN for a stage is no stage; the epoch's numbers stay."""
    (database / FOLDER / "781_psg_labels.out").write_text("0\nnan\n4\n-1\n5\n")

    (night,) = read_nights(database, ["781"]).used

    assert night.stage.tolist() == [0, -1, 4, -1, 5]


def test_epochs_not_scored_are_counted(database: Path) -> None:
    """What takes no part is told, night by night."""
    assert read_nights(database).unscored_epochs == {"781": 1}


def test_the_real_nights_are_those_of_their_provenance(recordings: Path) -> None:
    """Every person in the folder is read, and all epochs have a label."""
    nights = read_nights(recordings)

    assert len(nights.used) >= 25
    assert nights.skipped == {}
    assert nights.unscored_epochs == {}
    assert sum(len(night.stage) for night in nights.used) > 20_000
