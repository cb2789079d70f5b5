"""Child processes that end with the command that started them."""

from __future__ import annotations

import shutil


def bound_to_parent(command: list[str]) -> list[str]:
    """The command, made to receive SIGTERM when its parent is killed, where util-linux is there to do so.

    A parent that ends in order stops its children itself; this is for the one that cannot. To Linux the
    parent is the thread that starts the child: start it from one that stays.
    """
    setpriv = shutil.which("setpriv")
    return command if setpriv is None else [setpriv, "--pdeathsig", "TERM", *command]
