"""The one command, `vitalward`: a table of names, each loaded only when called."""

from __future__ import annotations

import importlib
import os
import select
import sys
from collections.abc import Mapping
from typing import NamedTuple

from edge.contract.errors import VitalwardError

# As a shell tells of a program that ended because nobody reads its output: 128 and SIGPIPE.
READER_GONE = 141


class Command(NamedTuple):
    """Where a subcommand lives, what it is for, and which extra brings what it needs."""

    target: str
    purpose: str
    extra: str | None = None


COMMANDS = {
    "run": Command("edge.commands.run:main", "run the edge against your broker until stopped"),
    "explain": Command(
        "edge.commands.explain:main", "say why an alert was raised, and decide it again from the journal"
    ),
    "answer": Command("edge.commands.answer:main", "answer questions to models of your own over MQTT"),
    "report": Command("edge.commands.report:main", "the last night or week of a wearer as a page of charts"),
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
    "conformance": Command(
        "device_sim.commands.conformance:main", "test any gateway against the stories, by requirement", "sim"
    ),
    "fleet": Command(
        "device_sim.commands.fleet:main", "thousands of wearers at once, to see what a broker bears", "sim"
    ),
    "replay": Command(
        "device_sim.commands.replay:main", "play recordings through a broker and score the alerts", "sim"
    ),
    "detectors": Command(
        "training.commands.detectors:main", "published AF detectors on a broker's samples, for comparison"
    ),
    "realism": Command(
        "device_sim.commands.realism:main", "compare simulated wearers with real recordings", "training"
    ),
    "train": Command(
        "training.commands.train:main", "train a model: recordings in, run folder out", "training"
    ),
    "convert": Command("converter.commands.convert:main", "turn a run folder into a bundle", "training"),
    "bundle": Command(
        "edge.commands.bundle.table:main",
        "keys, packing, signing and checking of bundles: commands of its own",
    ),
    "evaluate": Command(
        "training.commands.evaluate:main", "measure a bundle on recordings, as the device runs it"
    ),
}


def main(argv: list[str] | None = None) -> int:
    """Run the named subcommand; exit code 2 for anything the user can mend, 141 if nobody reads any more."""
    try:
        try:
            return dispatch("vitalward", COMMANDS, sys.argv[1:] if argv is None else argv)
        finally:
            # Otherwise the interpreter does it at its end, where nothing can be caught.
            sys.stdout.flush()
    except BrokenPipeError:
        if not _is_reader_gone():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE


def _is_reader_gone() -> bool:
    """Whether it is standard output that is broken, as by `| head`, and not a connection."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))


def dispatch(program: str, commands: Mapping[str, Command], arguments: list[str]) -> int:
    """Run the one of `commands` that the first argument names; `program` is what was typed before it."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write(usage(program, commands))
        return 0
    name, rest = arguments[0], arguments[1:]
    command = commands.get(name)
    if command is None:
        sys.stderr.write(f"{program}: no command {name!r}; allowed: {', '.join(commands)}\n")
        return 2
    module, _, function = command.target.partition(":")
    try:
        entry = getattr(importlib.import_module(module), function)
        return int(entry(rest))
    except VitalwardError as error:
        sys.stderr.write(f"{program} {name}: {error}\n")
        return 2
    except OSError as error:
        if error.filename is None:
            raise
        sys.stderr.write(
            f"{program} {name}: {os.fsdecode(error.filename)}: {error.strerror}; "
            "allowed: a file or folder that this command can use\n"
        )
        return 2
    except ModuleNotFoundError as error:
        if (
            command.extra is None
            or error.name is None
            or error.name.split(".")[0] in {"edge", "training", "converter", "device_sim"}
        ):
            raise
        sys.stderr.write(
            f"{program} {name}: needs the package {error.name!r}; "
            f"install it with: pip install 'vitalward[{command.extra}]', "
            f"from a checkout: pip install '.[{command.extra}]'\n"
        )
        return 2


def usage(program: str, commands: Mapping[str, Command]) -> str:
    """The list of subcommands with their purposes."""
    width = max(map(len, commands))
    rows = "\n".join(f"  {name:<{width}}  {command.purpose}" for name, command in commands.items())
    hint = f"{program} COMMAND --help shows the options of one."
    return f"usage: {program} COMMAND [options]\n\n{rows}\n\n{hint}\n"
