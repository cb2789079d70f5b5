"""`vitalward report`: the last night or week of a wearer as one page of HTML, while the edge runs or not."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.conditions.blood_pressure import find_scheme
from edge.config import Config, load_config
from edge.contract.errors import DataError
from edge.contract.reports import Span
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.days.judge import open_to_read
from edge.days.kept import reached_s, read_kept, wearers_of
from edge.pages.reports import night_page, week_page
from edge.storage.database import FILE_NAME

WEEK_DAYS = 7


def main(argv: list[str]) -> int:
    """Write the page; 0 when it is written."""
    parser = argparse.ArgumentParser(prog="vitalward report", description=__doc__)
    parser.add_argument("wearer", metavar="WEARER", help="the wearer's name, as in the topics")
    span = parser.add_mutually_exclusive_group(required=True)
    span.add_argument("--night", dest="span", action="store_const", const=Span.NIGHT, help="the last night")
    span.add_argument(
        "--week",
        dest="span",
        action="store_const",
        const=Span.WEEK,
        help="the last seven days and the one under way",
    )
    parser.add_argument("--config", type=Path, help="the edge's TOML file (default: an edge without one)")
    parser.add_argument(
        "--mode",
        choices=[mode.value for mode in Mode],
        help="of which samples (default: real, if there are any)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the page (default: WEARER-night.html or WEARER-week.html)"
    )
    options = parser.parse_args(argv)
    config = load_config(options.config) if options.config else Config()
    text = _page(config, options.wearer, options.mode, options.span)
    out: Path = options.out or Path(f"{options.wearer}-{options.span}.html")
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(str(error.strerror), where=str(out), allowed="a file that can be written") from None
    sys.stdout.write(f"{out}\n")
    return 0


def _page(config: Config, wearer: str, mode: str | None, span: Span) -> str:
    state_dir = Path(config.edge.state_dir)
    try:
        with closing(open_to_read(state_dir)) as database:
            return _told(database, config, wearer, mode, span)
    except sqlite3.Error as error:
        raise DataError(
            str(error), where=str(state_dir / FILE_NAME), allowed="the store of an edge of this version"
        ) from None


def _told(database: sqlite3.Connection, config: Config, wearer: str, mode: str | None, span: Span) -> str:
    times_s = reached_s(database, wearer)
    if not times_s:
        known = ", ".join(wearers_of(database)) or "none yet"
        raise DataError("not known to the edge", where=f"wearer {wearer}", allowed=known)
    chosen = next(iter(times_s)) if mode is None else Mode(mode)
    if chosen not in times_s:
        raise DataError("no samples of that mode", where=f"--mode {mode}", allowed=", ".join(times_s))
    zone, topics = ZoneInfo(config.edge.timezone), Topics(config.mqtt.prefix)
    kept = read_kept(database, topics, (wearer, chosen), times_s[chosen], WEEK_DAYS)
    nights = [day.night for day in kept.days if day.night is not None]
    if span is Span.WEEK and kept.days:
        return week_page(kept, find_scheme(config.blood_pressure.scheme), zone)
    if span is Span.NIGHT and nights:
        return night_page(kept, nights[-1], zone)
    raise DataError(
        f"nothing is known of the last {span}",
        where=f"wearer {wearer}",
        allowed="nights from ten in the morning after the first, weeks from the first samples on",
    )
