"""What the edge reports of a wearer's nights and weeks: never urgent, never retained."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.contract.messages import episode_id
from edge.contract.samples import Mode


class Span(StrEnum):
    """What a report is of."""

    NIGHT = "night"
    WEEK = "week"


class SleepNight(msgspec.Struct, frozen=True, kw_only=True):
    """The main sleep of a day as the sleep model judged it.

    `hypnogram` has a letter for each 30 s from `from_s` on: W awake, N non-REM, R REM, - not measured.
    `onset_s` is the first epoch of sleep and `wake_s` the end of the last; `efficiency_percent` is of the
    time between them, for when the wearer lay down is not known. `is_whole` says that the wearer was seen
    before and after, so that the sleep cannot have been longer.
    """

    bundle: str
    from_s: float
    onset_s: float
    wake_s: float
    total_sleep_min: float
    wake_after_onset_min: float
    efficiency_percent: float
    rem_min: float
    is_whole: bool
    hypnogram: str


class ApneaNight(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes in which the apnea model found likely pauses of breath, of the minutes it could judge.

    `per_hour` is such minutes in an hour, no index of events; in 80 of 100 nights that the model had never
    seen, a sleep laboratory found between `low_per_hour` and `high_per_hour`.
    """

    bundle: str
    minutes: int
    apnea_minutes: int
    per_hour: float
    low_per_hour: float
    high_per_hour: float


class LastNights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last seven days together: means over those nights that could be judged, and how many these are.

    `regularity_index` is the sleep regularity index of Phillips 2017, -100 to 100, over the pairs of
    following days that could be compared, of the last fourteen.
    """

    sleep_nights: int = 0
    mean_sleep_min: float | None = None
    apnea_nights: int = 0
    mean_apnea_per_hour: float | None = None
    apnea_low_per_hour: float | None = None
    apnea_high_per_hour: float | None = None
    regularity_index: float | None = None
    regularity_pairs: int = 0


class NightReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The morning's report of the night in the 24 hours from `from_s` to `until_s`.

    Where sleep or apnea could not be judged, `no_sleep` or `no_apnea` says why. `lowest_bpm` and `mean_bpm`
    are heart rates of the main sleep, else of the night by the clock.
    """

    id: str
    wearer: str
    mode: Mode
    from_s: float
    until_s: float
    text: str
    last_nights: LastNights
    sleep: SleepNight | None = None
    no_sleep: str | None = None
    apnea: ApneaNight | None = None
    no_apnea: str | None = None
    mean_bpm: float | None = None
    lowest_bpm: float | None = None


class WeekReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Seven days from `from_s` to `until_s` in sum; what was not measured is left out.

    `night_bpm` is the mean of the nights' heart rates, `steps_per_day` of days with at least 16 hours of
    data; `alarms` counts those that began, by condition. The category is under the named scheme.
    """

    id: str
    wearer: str
    mode: Mode
    from_s: float
    until_s: float
    text: str
    last_nights: LastNights
    night_bpm: float | None = None
    steps_per_day: float | None = None
    readings: int = 0
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    category: str | None = None
    scheme: str | None = None
    alarms: dict[str, int] = {}


def report_id(wearer: str, mode: Mode, span: Span, last_day_s: tuple[float, float]) -> str:
    """The stable id of a report, by when its last day began and ended.

    A clock that is set back has a day end a second time, which did not begin when the first one did.
    """
    from_s, until_s = last_day_s
    return episode_id(wearer, mode, span, f"report from {from_s:.3f}", until_s)
