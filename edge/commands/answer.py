"""`vitalward answer`: models that are asked over MQTT, until stopped."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from random import SystemRandom

from edge.adapters.clock import SystemClock
from edge.adapters.litert import Network, load_network
from edge.adapters.stop_signals import stop_on_signals
from edge.asked.desk import Desk, check_finding
from edge.asked.loop import AskedLoop
from edge.bundles import PROJECT_KEYS
from edge.config import Config, load_config
from edge.contract.bundle import read_bundle
from edge.contract.keys import read_public_keys
from edge.contract.messages import BundleStatus
from edge.contract.signature import require_trust
from edge.contract.topics import Topics


def main(argv: list[str]) -> int:
    """Load every bundle, each checked as `vitalward run` checks its own, and answer."""
    parser = argparse.ArgumentParser(prog="vitalward answer", description=__doc__)
    parser.add_argument("bundle", type=Path, nargs="+", help="bundles of models that are asked")
    parser.add_argument("--config", type=Path, help="TOML file; without it a broker on this machine")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    config = load_config(options.config) if options.config else Config()
    models, statuses = load_asked(options.bundle, config)
    desk = Desk(models, Topics(config.mqtt.prefix))
    loop = AskedLoop(config, desk, statuses, SystemClock(), SystemRandom())
    stop_on_signals(loop.stop)
    loop.run()
    return 0


def load_asked(paths: list[Path], config: Config) -> tuple[dict[str, Network], tuple[BundleStatus, ...]]:
    """The networks by task, and what to report of them. Raises BundleError for one that is not trusted."""
    chosen = config.bundles
    keys = read_public_keys(PROJECT_KEYS if chosen.keys_file is None else Path(chosen.keys_file))
    models, statuses = {}, []
    for path in paths:
        bundle = read_bundle(path)
        trust = require_trust(bundle, keys, allow_unsigned=chosen.allow_unsigned, where=str(path))
        check_finding(bundle.manifest, where=str(path))
        models[bundle.manifest.task] = load_network(bundle)
        statuses.append(BundleStatus(name=bundle.name, sha256=bundle.sha256, signature=trust))
    return models, tuple(statuses)
