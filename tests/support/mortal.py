"""An edge that ends at a file operation: `python -m tests.support.mortal HOW EVENT NAME NTH ...`.

EVENT is of Python's audit events, NAME a part of the file's name that it is about; just before it does so for
the NTH time the process is killed, or meets an error that nobody expects. What follows are the arguments of
`vitalward`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from edge.cli import main


def kill() -> None:
    """End this process without warning."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    """As a fault in the edge itself would."""
    raise IndexError("made up")


WAYS = {"kill": kill, "fail": fail}


def die_at(how: str, event: str, name: str, nth: int) -> None:
    """End this process before the `nth` such operation."""
    left = nth

    def watch(happened: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        # Of a renaming, the new name.
        place = 1 if event == "os.rename" else 0
        if happened == event and name in os.fsdecode(arguments[place]):
            left -= 1
            if left == 0:
                WAYS[how]()

    sys.addaudithook(watch)


if __name__ == "__main__":
    how, event, name, nth = sys.argv[1:5]
    die_at(how, event, name, int(nth))
    sys.exit(main(sys.argv[5:]))
