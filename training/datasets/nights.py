"""Reads nights with apnea labels: Apnea-ECG, the withheld half included, and the MIT-BIH Polysomnographic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import MINUTE_S
from edge.contract.errors import DataError
from edge.signals.wfdb_annotations import Annotations, beat_samples, decode_annotations, parse_header
from training.datasets.catalogue import ODC_BY, PHYSIONET
from training.datasets.reading import found_in, read_each

EPOCH_S: Final = 30.0
APNEA, NORMAL, UNSCORED = 1, 0, -1
_LABEL_OF: Final = {"A": APNEA, "N": NORMAL, " ": UNSCORED}
MINUTES_AN_HOUR: Final = 60
HOURS_A_DAY: Final = 24
# No night has so many hours: one of this number is that of a clock.
LONGEST_NIGHT_HOURS: Final = 12

# The withheld half of Apnea-ECG has its labels here, all records in one text.
ANSWERS: Final = ("event-2-answers", "event-2-answers.txt")
WITHHELD: Final = "x"
# Two names of one recording of Apnea-ECG (c05 begins 80 s into c06): never on both sides of a split.
SAME_NIGHT: Final = {"c06": "c05"}
# Of slpdb: slp01a and slp01b are two parts of a night.
PART_OF_A_NIGHT: Final = re.compile(r"(slp\d+)[ab]")
# README_st.txt of slpdb: hypopnea, obstructive and central apnea, each with and without arousal.
RESPIRATORY_EVENTS: Final = frozenset({"H", "HA", "OA", "X", "CA", "CAA"})


@dataclass(frozen=True)
class Night:
    """One recording from its first labelled minute on.

    `beat_s` float64 (beats,) are seconds since that minute began, as detected and not audited; `label` int8
    (minutes,) is APNEA, NORMAL or UNSCORED.
    """

    name: str
    beat_s: NDArray[np.float64]
    label: NDArray[np.int8]

    @property
    def is_scored(self) -> NDArray[np.bool_]:
        """Which minutes have a label."""
        return np.not_equal(self.label, UNSCORED)

    @property
    def is_apnea(self) -> NDArray[np.bool_]:
        """Which minutes are labelled apnea."""
        return np.equal(self.label, APNEA)


def night_of(name: str) -> str:
    """The night that a record is of, or is a part of; what shares a night stays on one side of a split."""
    part = PART_OF_A_NIGHT.fullmatch(name)
    return part[1] if part else SAME_NIGHT.get(name, name)


@dataclass(frozen=True)
class NightDataset:
    """A folder of nights in PhysioNet's layout; `beats` is the extension of the files with the beats."""

    name: str
    title: str
    beats: str
    licence: str
    citation: str
    doi: str

    @property
    def url(self) -> str:
        """Where to get it."""
        return f"https://doi.org/{self.doi}"


@dataclass(frozen=True)
class Nights:
    """The nights read, and for each left out, why."""

    dataset: NightDataset
    used: tuple[Night, ...]
    skipped: dict[str, str]


NIGHT_DATASETS: Final = {
    dataset.name: dataset
    for dataset in (
        NightDataset(
            name="apnea-ecg",
            title="Apnea-ECG Database",
            beats="qrs",
            licence=ODC_BY,
            citation="Penzel T, Moody GB, Mark RG, Goldberger AL, Peter JH. The Apnea-ECG Database. "
            f"Computers in Cardiology 27:255-258 (2000). {PHYSIONET}",
            doi="10.13026/C23W2R",
        ),
        NightDataset(
            name="slpdb",
            title="MIT-BIH Polysomnographic Database",
            beats="ecg",
            licence=ODC_BY,
            citation="Ichimaru Y, Moody GB. Development of the polysomnographic database on CD-ROM. "
            f"Psychiatry and Clinical Neurosciences 53:175-177 (1999). {PHYSIONET}",
            doi="10.13026/C23K5S",
        ),
    )
}


def read_nights(dataset: NightDataset, data: Path, names: Iterable[str] | None = None) -> Nights:
    """Read every night in the dataset's folder under `data`, or those named.

    Raises DataError if the folder is missing or empty, a named record is not there, or none can be used.
    """
    folder = data / dataset.name
    sources = f"the files of {dataset.title}, from {dataset.url}"
    used, skipped = read_each(
        found_in(folder, ".hea", f".{dataset.beats}", sources=sources),
        names,
        lambda name: _read(dataset, folder, name),
        folder=folder,
        title=dataset.name,
    )
    return Nights(dataset, used, skipped)


def parse_answers(text: str, record: str, *, where: str = ANSWERS[0]) -> NDArray[np.int8] | None:
    """The labels of a withheld record, UNSCORED where a minute has no letter; None if it has no block.

    A block is a name, then the number and the letters of each hour, line by line. Raises DataError for any
    other order of words, for an hour of the record that no day has, that comes twice or with more than 60
    letters, and where no hour is the first.
    """
    blocks = _hours(text, where)
    if record not in blocks:
        return None
    numbers = [hour for hours in blocks.values() for hour, _ in hours]
    # Some count the hours from 0 and some from 1; a record alone may have lost its first.
    first = min(numbers, default=0)
    if max(numbers, default=0) >= LONGEST_NIGHT_HOURS:
        # By a clock each night begins at an hour of its own.
        first = next((hour for hour, _ in blocks[record]), 0)
    elif first > 1:
        raise DataError("no record has an hour 0 or 1", where=where, allowed="nights from their beginning on")
    letters = "".join(_hour_by_hour(blocks[record], first, record, where)).rstrip()
    return np.array([_LABEL_OF[letter] for letter in letters], dtype=np.int8)


def _hour_by_hour(hours: list[tuple[int, str]], first: int, record: str, where: str) -> list[str]:
    """Sixty letters for each hour from the first to the record's last, a blank where there is none."""
    letters_of: dict[int, str] = {}
    for hour, letters in hours:
        what = f"hour {hour} of {record}"
        if len(letters) > MINUTES_AN_HOUR:
            raise DataError(f"{what} has {len(letters)} letters", where=where, allowed="60, one a minute")
        if hour >= HOURS_A_DAY:
            raise DataError(what, where=where, allowed=f"hours below {HOURS_A_DAY}")
        into = (hour - first) % HOURS_A_DAY
        if into in letters_of:
            raise DataError(f"{what} twice", where=where, allowed="each hour once")
        letters_of[into] = letters
    every = range(max(letters_of, default=-1) + 1)
    return [letters_of.get(hour, "").ljust(MINUTES_AN_HOUR) for hour in every]


def _hours(text: str, where: str) -> dict[str, list[tuple[int, str]]]:
    """Of each record the hours with their letters, as they stand there."""
    blocks: dict[str, list[tuple[int, str]]] = {}
    name, hour = None, None
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for word in " ".join(lines).split():
        if re.fullmatch(r"[A-Za-z]\d+", word):
            name, hour = word.lower(), None
            blocks.setdefault(name, [])
        elif name is not None and hour is None and re.fullmatch(r"[0-9]{1,2}", word):
            hour = int(word)
        elif name is not None and hour is not None and re.fullmatch(r"[AN]+", word):
            blocks[name].append((hour, word))
            hour = None
        else:
            raise DataError(
                f"cannot read {word[:20]!r}",
                where=where,
                allowed="blocks of a record's name and lines of an hour and its letters A and N",
            )
    return blocks


def _read(dataset: NightDataset, folder: Path, name: str) -> Night | str:
    """One night, or the reason why it cannot be used."""
    if dataset.name == "apnea-ecg" and name.endswith("r"):
        return f"{name.rstrip('er')} again, with respiration signals"
    beats_file = folder / f"{name}.{dataset.beats}"
    if not beats_file.is_file():
        return f"no beats: {beats_file.name} is missing"
    header_file = folder / f"{name}.hea"
    if not header_file.is_file():
        return f"no sampling frequency: {header_file.name} is missing"
    header = parse_header(header_file.read_text("latin-1"), where=str(header_file))
    beats = decode_annotations(beats_file.read_bytes(), where=str(beats_file))
    beat_s = beat_samples(beats) / (beats.fs_hz or header.fs_hz)
    labelled = _LABELS[dataset.name](folder, name, header.fs_hz)
    if isinstance(labelled, str):
        return labelled
    first_s, label = labelled
    night = Night(name, beat_s - first_s, label)
    return night if night.is_scored.any() else "no minute is scored"


def _minute_labels(folder: Path, name: str, fs_hz: float) -> tuple[float, NDArray[np.int8]] | str:
    """Apnea-ECG: the letter of each minute, from the record's own file or the withheld half's answers."""
    own = folder / f"{name}.apn"
    # Some copies of the database hold an empty file for each withheld record.
    if own.is_file() and own.stat().st_size:
        annotations = decode_annotations(own.read_bytes(), where=str(own))
        symbol = np.array(annotations.symbols())
        minute = _places(_label_times_s(annotations, fs_hz, own), MINUTE_S)
        label = np.full(minute.max(initial=-1) + 1, UNSCORED, np.int8)
        label[minute[symbol == "A"]] = APNEA
        label[minute[symbol == "N"]] = NORMAL
        if np.any(label != UNSCORED):
            return 0.0, label
    answers = next((folder / file for file in ANSWERS if (folder / file).is_file()), None)
    if answers is None:
        if own.is_file():
            return f"no labels: {own.name} has none and {ANSWERS[0]} is not there"
        return f"no labels: neither {own.name} nor {ANSWERS[0]} is there"
    found = parse_answers(answers.read_text("utf-8-sig", errors="replace"), name, where=str(answers))
    return f"no labels: {answers.name} has no block {name}" if found is None else (0.0, found)


def _epoch_labels(folder: Path, name: str, fs_hz: float) -> tuple[float, NDArray[np.int8]] | str:
    """slpdb: a minute is two epochs of 30 s and counts as apnea if either has an apnea or hypopnea.

    A minute of which an epoch was not scored is UNSCORED; minutes are counted from the first epoch.
    """
    file = folder / f"{name}.st"
    if not file.is_file():
        return f"no labels: {file.name} is missing"
    annotations = decode_annotations(file.read_bytes(), where=str(file))
    if not annotations.notes:
        return f"no labels: {file.name} scores no epoch"
    start_s = _label_times_s(annotations, fs_hz, file)[annotations.note_index]
    place = _places(start_s - start_s[0], EPOCH_S)
    epoch = np.full(2 * (int(place.max()) // 2 + 1), UNSCORED, dtype=np.int8)
    epoch[place] = [_has_event(note) for note in annotations.notes]
    pairs = epoch.reshape(-1, 2)
    return float(start_s[0]), np.where(pairs.min(axis=1) == UNSCORED, UNSCORED, pairs.max(axis=1)).astype(
        np.int8
    )


def _label_times_s(annotations: Annotations, fs_hz: float, file: Path) -> NDArray[np.float64]:
    """When each label stands, by the file's own clock if it tells one; DataError unless in order."""
    times_s: NDArray[np.float64] = annotations.sample / (annotations.fs_hz or fs_hz)
    if np.any(np.diff(times_s, prepend=0.0) < 0.0):
        raise DataError("labels out of order", where=str(file), allowed="ascending times from 0 on")
    return times_s


_Labelling = Callable[[Path, str, float], tuple[float, NDArray[np.int8]] | str]
_LABELS: Final[dict[str, _Labelling]] = {"apnea-ecg": _minute_labels, "slpdb": _epoch_labels}


def _has_event(note: str) -> bool:
    """Whether the events after an epoch's stage include an apnea or hypopnea."""
    return not RESPIRATORY_EVENTS.isdisjoint(note.replace("\0", " ").split()[1:])


def _places(start_s: NDArray[np.floating], length_s: float) -> NDArray[np.int64]:
    """Which stretch of `length_s` each start belongs to; a few samples early or late make no difference."""
    places: NDArray[np.int64] = np.round(start_s / length_s).astype(np.int64)
    return places
