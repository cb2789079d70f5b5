"""`vitalward run`: the edge against a broker, until stopped."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path
from random import SystemRandom

from edge.adapters.clock import SystemClock
from edge.adapters.memory import give_back_startup_pages
from edge.adapters.stop_signals import stop_on_signals
from edge.app import Edge
from edge.config import Config, load_config

# What is kept is health data: nobody but the edge's own user has to read it.
OWNER_ONLY = 0o077


def main(argv: list[str]) -> int:
    """Run until SIGTERM, SIGINT or SIGHUP; 0 after an orderly stop, 1 if the database failed before."""
    parser = argparse.ArgumentParser(prog="vitalward run", description=__doc__)
    parser.add_argument("--config", type=Path, help="TOML file; without it a broker on this machine")
    parser.add_argument("--verbose", action="store_true", help="log repeated failures too")
    options = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    os.umask(OWNER_ONLY)
    edge = Edge(load_config(options.config) if options.config else Config(), SystemClock(), SystemRandom())
    stop_on_signals(edge.stop)
    give_back_startup_pages()
    return 0 if edge.run() else 1
