"""The one command, `vitalward`: a table of names, each loaded only when called."""

from __future__ import annotations

import importlib
import sys
from typing import NamedTuple

from edge.contract.errors import VitalwardError


class Command(NamedTuple):
    """Where a subcommand lives, what it is for, and which extra brings what it needs."""

    target: str
    purpose: str
    extra: str | None = None


COMMANDS = {
    "run": Command("edge.commands.run:main", "run the edge against your broker until stopped"),
    "demo": Command(
        "device_sim.commands.demo:main", "three simulated wearers, live, scored against truth", "sim"
    ),
    "simulate": Command(
        "device_sim.commands.simulate:main",
        "play stories of simulated wearers, to you or to an edge it scores",
        "sim",
    ),
    "score": Command(
        "device_sim.commands.score:main", "hold the alerts of any system against simulated truth", "sim"
    ),
    "replay": Command(
        "device_sim.commands.replay:main", "play recordings through a broker and score the alerts", "sim"
    ),
    "realism": Command(
        "device_sim.commands.realism:main", "compare simulated wearers with real recordings", "training"
    ),
    "train": Command(
        "training.commands.train:main", "train a model: recordings in, run folder out", "training"
    ),
    "convert": Command("converter.commands.convert:main", "turn a run folder into a bundle", "training"),
    "evaluate": Command(
        "training.commands.evaluate:main", "measure a bundle on recordings, as the device runs it"
    ),
}


def usage() -> str:
    """The list of subcommands with their purposes."""
    width = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name:<{width}}  {command.purpose}" for name, command in COMMANDS.items())
    hint = "vitalward COMMAND --help shows the options of one."
    return f"usage: vitalward COMMAND [options]\n\n{rows}\n\n{hint}\n"


def main(argv: list[str] | None = None) -> int:
    """Run the named subcommand; exit code 2 for anything the user can mend."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write(usage())
        return 0
    name, rest = arguments[0], arguments[1:]
    command = COMMANDS.get(name)
    if command is None:
        sys.stderr.write(f"vitalward: no command {name!r}; allowed: {', '.join(COMMANDS)}\n")
        return 2
    module, _, function = command.target.partition(":")
    try:
        entry = getattr(importlib.import_module(module), function)
        return int(entry(rest))
    except VitalwardError as error:
        sys.stderr.write(f"vitalward {name}: {error}\n")
        return 2
    except ModuleNotFoundError as error:
        if (
            command.extra is None
            or error.name is None
            or error.name.split(".")[0] in {"edge", "training", "converter", "device_sim"}
        ):
            raise
        sys.stderr.write(
            f"vitalward {name}: needs the package {error.name!r}; "
            f"install it with: pip install 'vitalward[{command.extra}]', "
            f"from a checkout: pip install '.[{command.extra}]'\n"
        )
        return 2
