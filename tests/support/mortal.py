"""An edge that is killed at a file operation: `python -m tests.support.mortal EVENT NAME NTH ...`.

EVENT is of Python's audit events, NAME a part of the file's name that it is about; the process ends, without
warning, just before it does so for the NTH time. What follows are the arguments of `vitalward`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from edge.cli import main


def die_at(event: str, name: str, nth: int) -> None:
    """Kill this process before the `nth` such operation."""
    left = nth

    def watch(happened: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        # Of a renaming, the new name.
        place = 1 if event == "os.rename" else 0
        if happened == event and name in os.fsdecode(arguments[place]):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


if __name__ == "__main__":
    die_at(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.exit(main(sys.argv[4:]))
