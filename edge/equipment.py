"""What an edge decides with: the models, limits, texts and nights that a configuration names."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from edge.adapters.litert import load_model, load_network
from edge.adapters.zone import night_in
from edge.advice.book import load_book
from edge.advice.priorities import RiskModel
from edge.bundles import PROJECT_KEYS, SHIPPED
from edge.conditions.blood_pressure import find_scheme
from edge.conditions.table import CONDITIONS, VOTES
from edge.conditions.usual_pressure import UsualPressure
from edge.config import BundlesSection, Config
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.errors import BundleError
from edge.contract.keys import read_public_keys
from edge.contract.messages import BundleStatus
from edge.contract.signature import WHY_NOT, Trust, require_trust
from edge.contract.topics import Topics
from edge.days.apnea import ApneaJudge
from edge.days.judge import DayJudge
from edge.days.sleep import SleepJudge
from edge.pipeline.rulebook import Rulebook, check_model
from edge.signals.nights import utc_night_at
from edge.slots.proof import Proofs

log = logging.getLogger(__name__)


class Equipment(NamedTuple):
    """What the corridor decides by, what days are judged by, and what to report of the bundles."""

    rules: Rulebook
    days: DayJudge
    bundles: tuple[BundleStatus, ...]


def load_equipment(config: Config) -> Equipment:
    """What a configuration names; ContractError if not."""
    paths = _paths(config)
    found = [_open(task, path, config.bundles) for task, path in paths.items()]
    proofs = Proofs(Path(config.edge.state_dir) / "bundles" / "proven.json")
    proofs.require([(bundle.sha256, path) for (bundle, _), path in zip(found, paths.values(), strict=True)])
    of = dict(zip(paths, (bundle for bundle, _ in found), strict=True))
    rhythm, pressure, apnea, sleep = (of[task] for task in ("rhythm", "pressure", "apnea", "sleep"))
    risk = of.get("risk")
    model = load_model(rhythm)
    check_model(model, CONDITIONS, VOTES)
    place = config.edge.timezone
    zone = ZoneInfo(place)
    scheme = find_scheme(config.blood_pressure.scheme)
    rules = Rulebook(
        (model,),
        CONDITIONS,
        VOTES,
        scheme,
        UsualPressure.of_bundle(pressure),
        load_book(
            language=config.advice.language,
            risk=None if risk is None else RiskModel.of_bundle(risk, load_network(risk)),
        ),
        utc_night_at if place == "UTC" else night_in(zone),
        config.wearers,
    )
    days = DayJudge(
        Topics(config.mqtt.prefix),
        SleepJudge.of_bundle(sleep, load_network(sleep)),
        ApneaJudge.of_bundle(apnea, load_network(apnea)),
        scheme,
        rules.night_at,
        zone,
    )
    return Equipment(
        rules,
        days,
        tuple(
            BundleStatus(name=bundle.name, sha256=bundle.sha256, signature=trust) for bundle, trust in found
        ),
    )


def _paths(config: Config) -> dict[str, Path]:
    """The bundle file of each task; that for risk only if it can be asked about somebody."""
    chosen = config.bundles.rhythm
    rhythm = SHIPPED["rhythm"] if chosen is None else Path(chosen)
    paths = {"rhythm": rhythm, **{task: SHIPPED[task] for task in ("pressure", "apnea", "sleep")}}
    if any(profile.birth_year is not None for profile in config.wearers.values()):
        paths["risk"] = SHIPPED["risk"]
    return paths


def _open(task: str, path: Path, chosen: BundlesSection) -> tuple[Bundle, Trust]:
    """The bundle in `path` and what its signature is worth; BundleError if it may not be used."""
    bundle = read_bundle(path)
    keys = read_public_keys(PROJECT_KEYS if chosen.keys_file is None else Path(chosen.keys_file))
    trust = require_trust(bundle, keys, allow_unsigned=chosen.allow_unsigned, where=str(path))
    if bundle.manifest.task != task:
        raise BundleError(f"a bundle for {bundle.manifest.task}", where=f"bundles.{task}", allowed=task)
    if trust is not Trust.TRUSTED:
        log.warning("%s is in use although it is %s", bundle.name, WHY_NOT[trust])
    return bundle, trust
