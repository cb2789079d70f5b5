"""`vitalward bundle install`: hand a bundle to the edge that runs here, and say what becomes of it.

The edge checks and tries it, compares it with the one in use, switches, and watches it for a while; whatever
fails, the one before stays or comes back. It goes on with that if this command is stopped.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path
from typing import Final

from edge.config import Config, load_config
from edge.contract.bundle import read_bytes
from edge.contract.errors import ConfigError
from edge.contract.messages import InstallStatus, InstallStep
from edge.slots.folder import BundleFolder, Request

# A busy edge takes a request after a second or two; one that starts on a small board, after half a minute.
TAKEN_WITHIN_S: Final = 45.0
# Longer than any step may take; only an edge that was stopped says nothing for so long.
NEXT_WORD_WITHIN_S: Final = 180.0
LOOK_EVERY_S: Final = 0.1
ENDS: Final = {InstallStep.KEPT, InstallStep.REFUSED, InstallStep.REVERTED}


def main(argv: list[str]) -> int:
    """0 if the bundle is in use in the end, 1 if not, 130 if nobody waited for the end."""
    parser = argparse.ArgumentParser(
        prog="vitalward bundle install",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, help="the bundle to install")
    parser.add_argument("--config", type=Path, help="the configuration file that the edge runs with")
    parser.add_argument(
        "--allow-downgrade", action="store_true", help="also if its version is not above that in use"
    )
    options = parser.parse_args(argv)
    config = load_config(options.config) if options.config else Config()
    folder = BundleFolder(Path(config.edge.state_dir))
    request = Request(
        id=secrets.token_hex(8),
        file=options.bundle.name,
        allow_downgrade=options.allow_downgrade,
        data=read_bytes(options.bundle),
    )
    where = f"edge.state_dir {config.edge.state_dir}"
    if not folder.is_there:
        raise ConfigError("no edge has run there", where=where, allowed="the state_dir of a running edge")
    try:
        folder.hand_over(request)
        last = _follow(folder, request.id, config.bundles.probation_s, where)
        folder.forget_told(request.id)
    except KeyboardInterrupt:
        sys.stderr.write("the edge goes on with it: look at `install` in its status\n")
        return 130
    except OSError as error:
        raise ConfigError(error.strerror or "cannot be used", where=where, allowed="write access") from error
    return 0 if last.step is InstallStep.KEPT else 1


def _follow(folder: BundleFolder, request_id: str, probation_s: float, where: str) -> InstallStatus:
    """Print each step as the edge tells it; the last one."""
    seen: list[InstallStatus] = []
    others: set[str] = set()
    give_up_s = time.monotonic() + TAKEN_WITHIN_S
    while True:
        for status in folder.told(request_id):
            if status in seen:
                continue
            seen.append(status)
            give_up_s = time.monotonic() + NEXT_WORD_WITHIN_S + probation_s
            sys.stdout.write(f"{status.step:<9} {_words(status, probation_s)}\n")
            sys.stdout.flush()
            if status.step in ENDS:
                return status
        # The edge takes one at a time, and the next only when that has proven itself.
        if not seen and (under_way := folder.under_way() - {request_id}) != others:
            if not others:
                sys.stdout.write(f"{'waiting':<9} for another bundle that the edge is installing\n")
                sys.stdout.flush()
            others = under_way
            give_up_s = time.monotonic() + (NEXT_WORD_WITHIN_S + probation_s if others else TAKEN_WITHIN_S)
        if time.monotonic() > give_up_s:
            if not seen and folder.withdraw(request_id):
                raise ConfigError("no edge takes it", where=where, allowed="the state_dir of a running edge")
            raise ConfigError("the edge says nothing more", where=where, allowed="an edge that runs")
        time.sleep(LOOK_EVERY_S)


def _words(status: InstallStatus, probation_s: float) -> str:
    """What a step means, for people."""
    match status.step:
        case InstallStep.RECEIVED:
            return f"{status.bundle}, by the edge"
        case InstallStep.CHECKED:
            return f"{status.bundle}: whole, and its signature counts; in use is {status.instead_of}"
        case InstallStep.TRIED:
            return "in a process of its own it answers its golden vectors as it must"
        case InstallStep.SHADOWED:
            return _agreement(status)
        case InstallStep.SWITCHED:
            return f"{status.bundle} is in use, on probation for {probation_s:g} s"
        case InstallStep.KEPT:
            return f"{status.bundle} is in use" if status.reason is None else str(status.reason)
        case InstallStep.REFUSED:
            return f"{status.bundle}: {status.reason}"
        case InstallStep.REVERTED:
            return f"{status.reason}; {status.instead_of or 'the one before'} is in use again"


def _agreement(status: InstallStatus) -> str:
    agreement = status.agreement
    if agreement is None:
        return "it judges no windows of a stream"
    if not agreement.windows:
        return "the last hour holds no window to judge"
    told = (
        f"{agreement.windows} windows of {agreement.wearers} wearers in the last hour: "
        f"{agreement.alike} of {agreement.both} that both answer judged alike"
    )
    if agreement.mean_difference is not None:
        told += (
            f", probabilities {agreement.mean_difference:.3f} apart on average and "
            f"{agreement.largest_difference:.3f} at most"
        )
    one_sided = agreement.only_in_use, agreement.only_new
    return f"{told}; answered only by the one in use {one_sided[0]}, only by the new one {one_sided[1]}"
