"""Reads the published epochs of sleep-accel: nights of a wrist-worn watch, staged by polysomnography."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import DAY_S, HOUR_S
from edge.contract.errors import DataError
from edge.signals.sleep_channels import EpochSeries, without_holes
from edge.signals.sleep_epochs import EPOCH_S
from training.datasets.catalogue import ODC_BY, PHYSIONET
from training.datasets.reading import found_in, read_each

FEATURES_URL: Final = "https://github.com/ojwalch/sleep_classifiers"

FOLDER: Final = Path("sleep-accel_features") / "features"
LABELS: Final = "psg_labels"
NEEDED: Final = ("time_feature", "count_feature", "hr_feature", LABELS)
# Of a person with nothing else these tell that there is one.
BESIDE: Final = ("cosine_feature", "circadian_feature")
# Wake, N1, N2, N3, N4 and REM; anything else is not scored.
SCORED: Final = range(6)
LONGEST_NIGHT_S: Final = DAY_S


@dataclass(frozen=True)
class SleepDataset:
    """Nights of one publication, and on what terms they are given."""

    name: str
    title: str
    licence: str
    citation: str
    url: str


SLEEP_ACCEL: Final = SleepDataset(
    name="sleep-accel",
    title="Motion and heart rate from a wrist-worn wearable and labeled sleep from polysomnography",
    licence=ODC_BY,
    citation="Walch O, Huang Y, Forger D, Goldstein C. Sleep stage prediction with raw acceleration and "
    "photoplethysmography heart rate data derived from a consumer wearable device. "
    f"Sleep 42(12):zsz180 (2019). {PHYSIONET}",
    url="https://doi.org/10.13026/hmhs-py35",
)


@dataclass(frozen=True)
class Night:
    """One person's night, an entry for every 30-s epoch that has all numbers.

    `epoch` int64 counts from lights-out, with holes where the recording has any; `activity` and `swing`
    are those of `edge.signals.sleep_epochs`; `stage` int64 as published, -1 where nobody scored it;
    `without_numbers` are the epochs left out because a file says NaN of them.
    """

    name: str
    epoch: NDArray[np.int64]
    activity: NDArray[np.float64]
    swing: NDArray[np.float64]
    stage: NDArray[np.int64]
    without_numbers: int = 0

    @property
    def series(self) -> EpochSeries:
        """The night without holes, from its first epoch to its last."""
        return without_holes(self.epoch, self.activity, self.swing)

    @property
    def places(self) -> NDArray[np.int64]:
        """Where in `series` each epoch stands."""
        places: NDArray[np.int64] = self.epoch - self.epoch[0]
        return places


@dataclass(frozen=True)
class Nights:
    """The nights read, for each left out why, and how many epochs were not scored."""

    used: tuple[Night, ...]
    skipped: dict[str, str]

    @property
    def unscored_epochs(self) -> dict[str, int]:
        """How many epochs of each night have no label and take no part; nights without any are not named."""
        counts = {night.name: int(np.sum(night.stage < 0)) for night in self.used}
        return {name: count for name, count in counts.items() if count}

    @property
    def epochs_without_numbers(self) -> dict[str, int]:
        """How many epochs of each night a file says NaN of; nights without any are not named."""
        return {night.name: night.without_numbers for night in self.used if night.without_numbers}


def read_nights(data: Path, names: Iterable[str] | None = None) -> Nights:
    """Read every night in the database's folder under `data`, or those named.

    Raises DataError if the folder is missing or empty, a named night is not there, or none can be used.
    """
    folder = data / FOLDER
    own = f"the feature files of {SLEEP_ACCEL.title} ({SLEEP_ACCEL.url})"
    sources = f"{own} in {FOLDER}, computed by {FEATURES_URL}"
    used, skipped = read_each(
        found_in(folder, *(f"_{kind}.out" for kind in (*NEEDED, *BESIDE)), sources=sources),
        names,
        lambda name: _read(name, {kind: folder / f"{name}_{kind}.out" for kind in NEEDED}),
        folder=folder,
        title=SLEEP_ACCEL.name,
    )
    return Nights(used, skipped)


def _read(name: str, files: dict[str, Path]) -> Night | str:
    """One night, or the reason why it cannot be used."""
    if absent := [path.name for path in files.values() if not path.is_file()]:
        return f"without {', '.join(absent)}"
    time_h, activity, swing, label = (_column(files[kind]) for kind in NEEDED)
    lengths = {len(time_h), len(activity), len(swing), len(label)}
    if len(lengths) != 1:
        raise DataError(
            f"files of {', '.join(map(str, sorted(lengths)))} rows",
            where=str(files[LABELS]),
            allowed=f"as many rows in each file of {name}",
        )
    known = ~np.isnan([time_h, activity, swing]).any(axis=0)
    time_h, activity, swing, label = (column[known] for column in (time_h, activity, swing, label))
    epoch = np.round(time_h * (HOUR_S / EPOCH_S)).astype(np.int64)
    if len(epoch) and (epoch[0] < 0 or np.any(np.diff(epoch) <= 0)):
        raise DataError(
            "epochs out of order",
            where=str(files["time_feature"]),
            allowed="hours since lights-out, ascending",
        )
    if len(epoch) and epoch[-1] * EPOCH_S > LONGEST_NIGHT_S:
        raise DataError(
            f"a night of {time_h[-1]:.0f} h", where=str(files["time_feature"]), allowed="up to 24 hours"
        )
    stage = np.where(np.isin(label, SCORED), label, -1).astype(np.int64)
    if not np.any(stage >= 0):
        return "no epoch is scored"
    return Night(name, epoch, activity, swing, stage, int(np.sum(~known)))


def _column(path: Path) -> NDArray[np.float64]:
    """The numbers of a file with one a line, NaN included."""
    try:
        values = np.array(path.read_text("ascii").split(), dtype=np.float64)
    except ValueError as error:
        raise DataError(
            f"it cannot be read ({error})", where=str(path), allowed="one number a line"
        ) from error
    if np.isinf(values).any():
        raise DataError("a value without end", where=str(path), allowed="one finite number a line, or NaN")
    return values
