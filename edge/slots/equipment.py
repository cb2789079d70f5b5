"""What an edge decides with: the models, limits, texts and nights that a configuration names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.adapters.litert import Kernels, Model, load_model, load_network
from edge.adapters.litert.golden import hold_to_golden
from edge.adapters.zone import night_in
from edge.advice.book import load_book
from edge.advice.priorities import RiskModel
from edge.bundles import PROJECT_KEYS, SHIPPED
from edge.conditions.blood_pressure import find_scheme
from edge.conditions.table import CONDITIONS, VOTES
from edge.conditions.usual_pressure import UsualPressure
from edge.config import Config
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.errors import BundleError, ConfigError
from edge.contract.keys import PublicKey, read_public_keys
from edge.contract.messages import BundleStatus
from edge.contract.signature import WHY_NOT, Trust, require_trust
from edge.contract.topics import Topics
from edge.days.apnea import ApneaJudge
from edge.days.judge import DayJudge, Source
from edge.days.sleep import SleepJudge
from edge.pipeline.bundle_change import Fit, Place
from edge.rulebook import Rulebook, check_model
from edge.signals.nights import utc_night_at
from edge.slots.guarded import Guarded
from edge.slots.proof import Proofs

log = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """How a bundle is put in force, and its model where that judges windows: as it is, and guarded."""

    fit: Fit
    model: Model | None = None
    guarded: Guarded | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A bundle that is ready to decide; `model` and `guarded` are there where windows are judged."""

    name: str
    version: str
    path: Path
    status: BundleStatus
    fit: Fit
    model: Model | None = None
    guarded: Guarded | None = None


class Equipment:
    """The rulebook a configuration names, and the bundles that can be put in force instead of its own."""

    def __init__(self, config: Config) -> None:
        self._chosen = config.bundles
        self.proofs = Proofs(Path(config.edge.state_dir) / "bundles" / "proven.json")
        self.loaded: dict[Place, Loaded] = {}
        self.fits: dict[Place, Fit] = {}
        paths = _paths(config)
        self.tasks = tuple(paths)
        try:
            opened = {task: self.open(task, path) for task, path in paths.items()}
            self.proofs.require([(opened[task][0].sha256, path) for task, path in paths.items()])
        except BundleError as error:
            if self._chosen.rhythm is None or not error.where.startswith(str(paths["rhythm"])):
                raise
            where = f"bundles.rhythm: {error.where}"
            raise BundleError(error.what, where=where, allowed=error.allowed) from error
        for task, path in paths.items():
            self.load((task, None), path, *opened[task])
        place = config.edge.timezone
        self._zone = ZoneInfo(place)
        self._topics = Topics(config.mqtt.prefix)
        self.rules = Rulebook(
            (),
            CONDITIONS,
            VOTES,
            find_scheme(config.blood_pressure.scheme),
            UsualPressure.of_bundle(opened["pressure"][0]),
            load_book(language=config.advice.language),
            utc_night_at if place == "UTC" else night_in(self._zone),
            config.wearers,
        )
        self.rules = self.rules_with({})

    def open(self, task: str, path: Path) -> tuple[Bundle, Trust]:
        """The bundle in `path` and what its signature is worth; BundleError if it may not be used."""
        bundle = read_bundle(path)
        trust = self.trust_in(bundle, where=str(path))
        if bundle.manifest.task != task:
            raise BundleError(f"a bundle for {bundle.manifest.task}", where=f"bundles.{task}", allowed=task)
        if trust is not Trust.TRUSTED:
            log.warning("%s is in use although it is %s", bundle.name, WHY_NOT[trust])
        return bundle, trust

    def _keys(self) -> tuple[PublicKey, ...]:
        """Whose signatures count, read anew each time."""
        path = self._chosen.keys_file
        if path is None:
            return read_public_keys(PROJECT_KEYS)
        try:
            return read_public_keys(Path(path))
        except ConfigError as error:
            where = f"bundles.keys_file: {error.where}"
            raise ConfigError(error.what, where=where, allowed=error.allowed) from error

    def trust_in(self, bundle: Bundle, *, where: str) -> Trust:
        """What a bundle's signature is worth; BundleError if that is not enough here."""
        return require_trust(bundle, self._keys(), allow_unsigned=self._chosen.allow_unsigned, where=where)

    def load(self, place: Place, path: Path, bundle: Bundle, trust: Trust) -> None:
        """Make a bundle that has passed its trial ready to be put in force; BundleError if that fails."""
        fitted = FITTERS[bundle.manifest.task](bundle)
        status = BundleStatus(name=bundle.name, sha256=bundle.sha256, signature=trust)
        self.loaded[place] = Loaded(bundle.name, bundle.manifest.version, path, status, *fitted)
        self.fits[place] = fitted.fit

    def unload(self, place: Place) -> None:
        """Forget a bundle that nothing needs any more."""
        self.loaded.pop(place, None)
        self.fits.pop(place, None)

    def check_again(self, place: Place) -> None:
        """Hold a loaded bundle to its file and its golden vectors once more; BundleError if it strays."""
        loaded = self.loaded[place]
        try:
            bundle = read_bundle(loaded.path)
        except BundleError as error:
            what = f"its file is no longer whole ({error.what})"
            raise BundleError(what, where=loaded.name, allowed="the same bytes") from error
        if bundle.sha256 != loaded.status.sha256:
            raise BundleError("its file is another", where=loaded.name, allowed="the same bytes")
        if loaded.model is not None:
            hold_to_golden(loaded.model.answer, bundle, Kernels.REFERENCE)

    def rules_with(self, in_force: Mapping[str, str | None]) -> Rulebook:
        """The rulebook with these bundles, by task; for the others with those of the configuration."""
        rules = self.rules
        for task in self.tasks:
            rules = self.in_use(task, in_force).fit(rules)
        return rules

    def day_judge(self, in_force: Mapping[str, str | None]) -> DayJudge:
        """What days are judged by, with these bundles."""
        return DayJudge(
            self._topics,
            self.source("sleep", in_force),
            self.source("apnea", in_force),
            self.rules.scheme,
            self.rules.night_at,
            self._zone,
        )

    def source(self, task: str, in_force: Mapping[str, str | None]) -> Source:
        """Where the bundle of a task can be opened again."""
        loaded = self.in_use(task, in_force)
        return Source(loaded.path, loaded.status.sha256)

    def in_use(self, task: str, in_force: Mapping[str, str | None]) -> Loaded:
        """The bundle of a task: that in force, where it is loaded, else that of the configuration."""
        return self.loaded.get((task, in_force.get(task))) or self.loaded[task, None]

    def statuses(self, in_force: Mapping[str, str | None]) -> tuple[BundleStatus, ...]:
        """What to report of the bundles in use."""
        return tuple(self.in_use(task, in_force).status for task in self.tasks)


def _paths(config: Config) -> dict[str, Path]:
    """The bundle file of each task; that for risk only if it can be asked about somebody."""
    chosen = config.bundles.rhythm
    rhythm = SHIPPED["rhythm"] if chosen is None else Path(chosen)
    paths = {"rhythm": rhythm, **{task: SHIPPED[task] for task in ("pressure", "apnea", "sleep")}}
    if any(profile.birth_year is not None for profile in config.wearers.values()):
        paths["risk"] = SHIPPED["risk"]
    return paths


def _fit_stream(bundle: Bundle) -> Fitted:
    """A model that judges windows takes the place of the one of its task."""
    model = load_model(bundle)
    guarded = Guarded(model)
    check_model(guarded, CONDITIONS, VOTES)

    def fit(rules: Rulebook) -> Rulebook:
        others = [one for one in rules.models if one.task != guarded.task]
        # In one order, whichever was put in force last.
        return replace(rules, models=tuple(sorted((*others, guarded), key=lambda one: one.task)))

    return Fitted(fit, model, guarded)


def _fit_pressure(bundle: Bundle) -> Fitted:
    """A pressure bundle says how sure a usual pressure is."""
    usual_pressure = UsualPressure.of_bundle(bundle)

    def fit(rules: Rulebook) -> Rulebook:
        return replace(rules, usual_pressure=usual_pressure)

    return Fitted(fit)


def _fit_risk(bundle: Bundle) -> Fitted:
    """A risk bundle says which advice comes first."""
    risk = RiskModel.of_bundle(bundle, load_network(bundle))

    def fit(rules: Rulebook) -> Rulebook:
        return replace(rules, advice=replace(rules.advice, risk=risk))

    return Fitted(fit)


def _fit_sleep(bundle: Bundle) -> Fitted:
    """Nights are judged beside the corridor: its rules stay as they are."""
    SleepJudge.of_bundle(bundle)
    return Fitted(_as_it_is)


def _fit_apnea(bundle: Bundle) -> Fitted:
    """As with sleep."""
    ApneaJudge.of_bundle(bundle)
    return Fitted(_as_it_is)


def _as_it_is(rules: Rulebook) -> Rulebook:
    return rules


FITTERS: dict[str, Callable[[Bundle], Fitted]] = {
    "rhythm": _fit_stream,
    "pressure": _fit_pressure,
    "risk": _fit_risk,
    "apnea": _fit_apnea,
    "sleep": _fit_sleep,
}
