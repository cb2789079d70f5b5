"""One edge to a state folder: two of them would tell every alert twice and overwrite each other's state."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import BinaryIO, Final

from edge.contract.errors import ConfigError
from edge.storage.database import unusable

LOCK_NAME: Final = "lock"


def lock_folder(directory: Path) -> BinaryIO:
    """Take the folder, made when missing, until the file that is returned is closed.

    ConfigError if another has taken it, or if it cannot be used. Whoever only reads needs no lock.
    """
    file = None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        # The file stays; the lock on it ends with the process, however that ends, and no child inherits it.
        file = (directory / LOCK_NAME).open("ab")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if file is not None:
            file.close()
        if isinstance(error, BlockingIOError):
            raise ConfigError(
                "is in use by another edge",
                where=f"edge.state_dir {directory}",
                allowed="a folder of its own for each edge",
            ) from None
        raise unusable(directory, str(error.strerror)) from None
    return file
