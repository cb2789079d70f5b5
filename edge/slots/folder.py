"""The folder of bundles beside the database: slots, the inbox of requests, and what is on probation.

    bundles/inbox/ID.request   a bundle that somebody wants installed
    bundles/inbox/ID.taken     the same while it is being installed
    bundles/inbox/ID.told      how far that has come, for whoever waits
    bundles/slots/NAME-SHA.vwb a bundle that was, is or is about to be in force
    bundles/probation.json     which of them has to prove itself, and how often the edge has started since

Every file is there whole or not at all. Which bundle is in force does not stand here, but in the journal.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from stat import S_ISREG
from typing import Final

import msgspec

from edge.contract.bundle import MAX_BUNDLE_BYTES
from edge.contract.durations import DAY_S
from edge.contract.messages import InstallStatus
from edge.contract.whole_file import remove_whole, rename_whole, write_whole
from edge.pipeline.bundle_change import Place

log = logging.getLogger(__name__)

# A request holds the bundle and a few words.
MOST_REQUEST_BYTES: Final = MAX_BUNDLE_BYTES + 10_000
# Whoever has not read a word by then does not wait for it.
UNREAD_S: Final = DAY_S


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants this bundle installed; `file` is what they call it."""

    id: str
    file: str
    allow_downgrade: bool
    data: bytes

    @property
    def sha256(self) -> str:
        """Of the bundle file."""
        return hashlib.sha256(self.data).hexdigest()


class Probation(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that was just put in force, by which request and instead of which one.

    `starts` is how often the edge has started since.
    """

    task: str
    sha256: str
    name: str
    instead_of: str
    instead_of_sha256: str | None
    request: str
    starts: int = 0


class BundleFolder:
    """All of it, for the edge and for whoever hands a bundle over. Raises OSError."""

    def __init__(self, state_dir: Path) -> None:
        self._root = state_dir / "bundles"
        self._inbox = self._root / "inbox"
        self._slots = self._root / "slots"
        self._probation = self._root / "probation.json"
        self._passed_over: set[Path] = set()

    def make(self) -> None:
        """Make the folders, before anybody looks for them."""
        for folder in (self._inbox, self._slots):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def is_there(self) -> bool:
        """Whether an edge has made it."""
        return self._inbox.is_dir()

    # The side of whoever wants a bundle installed.

    def hand_over(self, request: Request) -> None:
        """Put a request into the inbox."""
        write_whole(self._inbox / f"{request.id}.request", msgspec.msgpack.encode(request))

    def withdraw(self, request_id: str) -> bool:
        """Take a request back; False if the edge has taken it before."""
        try:
            (self._inbox / f"{request_id}.request").unlink()
        except FileNotFoundError:
            return False
        return True

    def told(self, request_id: str) -> list[InstallStatus]:
        """What the edge has said of it so far, step by step."""
        try:
            return msgspec.json.decode(
                (self._inbox / f"{request_id}.told").read_bytes(), type=list[InstallStatus]
            )
        except (FileNotFoundError, msgspec.DecodeError):
            return []

    def under_way(self) -> set[str]:
        """The requests that the edge has taken and not dealt with yet, by their ids."""
        return {path.stem for path in self._inbox.glob("*.taken")}

    def forget_told(self, request_id: str) -> None:
        """Whoever waited has read the last word."""
        (self._inbox / f"{request_id}.told").unlink(missing_ok=True)

    # The side of the edge.

    def take(self) -> Request | None:
        """Take the oldest request that waits, if there is one; what cannot be taken is in nobody's way."""
        waiting = list(self._inbox.glob("*.request"))
        for path in self._passed_over.difference(waiting):
            log.info("%s is gone", path)
        self._passed_over.intersection_update(waiting)
        for path in self._oldest_first(waiting):
            taken = path.with_suffix(".taken")
            try:
                rename_whole(path, taken)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._pass_over(path, str(error.strerror))
                continue
            return _read(taken)
        return None

    def unfinished(self) -> list[Request]:
        """Requests that an edge had taken when it ended."""
        found = [_read(path) for path in sorted(self._inbox.glob("*.taken"))]
        return [request for request in found if request is not None]

    def tell(self, request_id: str, steps: Sequence[InstallStatus]) -> None:
        """Say how far the installation has come."""
        write_whole(self._inbox / f"{request_id}.told", msgspec.json.encode(steps))

    def finish(self, request_id: str) -> None:
        """The request has been dealt with."""
        remove_whole(self._inbox / f"{request_id}.taken")

    def slot(self, name: str, sha256: str) -> Path:
        """Where a bundle is kept."""
        return self._slots / f"{name}-{sha256}.vwb"

    def keep(self, name: str, sha256: str, data: bytes) -> Path:
        """Put a bundle into a slot of its own."""
        path = self.slot(name, sha256)
        write_whole(path, data)
        return path

    def tidy(self, needed: set[Place], now_s: float) -> None:
        """Remove the bundles that nothing needs any more, and what was left half written or unread."""
        wanted = {sha256 for _, sha256 in needed}
        for path in self._slots.iterdir():
            if path.suffix != ".vwb" or path.stem.rpartition("-")[2] not in wanted:
                _remove(path)
        for path in self._inbox.iterdir():
            if path.suffix in {".told", ".part"}:
                _remove(path, before_s=now_s - UNREAD_S)

    def probation(self) -> Probation | None:
        """The bundle that has to prove itself, if there is one."""
        try:
            return msgspec.json.decode(self._probation.read_bytes(), type=Probation)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def put_on_probation(self, probation: Probation) -> None:
        """Remember it, before it is put in force."""
        write_whole(self._probation, msgspec.json.encode(probation))

    def end_probation(self) -> None:
        """It has proven itself, or is out of force again."""
        remove_whole(self._probation)

    def _oldest_first(self, paths: Sequence[Path]) -> list[Path]:
        """Those of them that are files; a folder or a link is no request."""
        found: list[tuple[float, Path]] = []
        for path in paths:
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            except OSError as error:
                self._pass_over(path, str(error.strerror))
                continue
            if S_ISREG(status.st_mode):
                found.append((status.st_mtime, path))
            else:
                self._pass_over(path, "it is no file")
        return [path for _, path in sorted(found)]

    def _pass_over(self, path: Path, why: str) -> None:
        level = logging.DEBUG if path in self._passed_over else logging.WARNING
        log.log(level, "%s cannot be taken: %s", path, why)
        self._passed_over.add(path)


def _read(path: Path) -> Request | None:
    """A request as it was taken; None for what is none, which is removed, and for what cannot be read."""
    try:
        status = path.lstat()
        if not S_ISREG(status.st_mode):
            log.warning("%s is no file: left alone", path)
            return None
        if status.st_size <= MOST_REQUEST_BYTES:
            with suppress(msgspec.DecodeError):
                request = msgspec.msgpack.decode(path.read_bytes(), type=Request)
                if request.id == path.stem:
                    return request
        log.warning("%s is no request to install a bundle: removed", path)
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be read or removed: %s", path, error.strerror)
    return None


def _remove(path: Path, before_s: float = inf) -> None:
    """Remove a file last written before that time. What others put there, as `lost+found`, stays."""
    try:
        status = path.lstat()
        if S_ISREG(status.st_mode) and status.st_mtime < before_s:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be removed: %s", path, error.strerror)
