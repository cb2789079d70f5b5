"""What a start makes of the bundles that were put in force before: the last that works, or the one before."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from edge.contract.errors import ConfigError, VitalwardError
from edge.contract.messages import InstallStatus, InstallStep
from edge.pipeline.bundle_change import Refused, Switched
from edge.slots.equipment import Equipment
from edge.slots.folder import BundleFolder, Probation, Request
from edge.slots.history import History, last_of, needed
from edge.slots.versions import is_newer

log = logging.getLogger(__name__)

# On probation a bundle may see so many starts; with one more it is taken for what ends the edge.
MOST_STARTS: Final = 3
CUT_OFF: Final = "the edge ended while it was being installed: install it again"


@dataclass(slots=True)
class Startup:
    """Puts in order what an edge finds when it starts, at `now_s`.

    `oldest_s` is from when on the journal may have to be played again; `taken_back` are the bundles that were
    taken out of force, by their SHA-256, and why.
    """

    equipment: Equipment
    folder: BundleFolder
    history: History
    now_s: float
    oldest_s: float
    taken_back: dict[str, str] = field(default_factory=dict)

    def settle(self) -> None:
        """Load what is needed, take back what does not work, and answer requests that were cut off.

        ConfigError if the folder of bundles cannot be used.
        """
        try:
            self._settle()
        except OSError as error:
            # A disk that is full names no file.
            place = "" if error.filename is None else f": {error.filename}"
            raise ConfigError(
                error.strerror or "cannot be used",
                where=f"edge.state_dir{place}",
                allowed="a directory the edge may write to",
            ) from error

    def _settle(self) -> None:
        self.folder.make()
        self._count_start()
        for task in self.equipment.tasks:
            self._settle_task(task)
        self._load_for_replays()
        probation = self._probation()
        if probation is None:
            self.folder.end_probation()
        for request in self.folder.unfinished():
            if probation is None or probation.request != request.id:
                self._answer(request)
        self.folder.tidy(needed(self.history.read(), self.oldest_s), self.now_s)

    def _count_start(self) -> None:
        """A bundle on probation with which the edge ends again and again is taken back unseen."""
        probation = self._probation()
        if probation is None:
            return
        starts = probation.starts + 1
        if starts > MOST_STARTS:
            self._take_back(probation.task, f"the edge has ended {starts} times since it was put in force")
            return
        try:
            self.folder.put_on_probation(replace(probation, starts=starts))
        except OSError as error:
            # On a full disk it is better to watch over people uncounted than not at all.
            log.warning("this start on probation cannot be counted: %s", error.strerror)

    def _settle_task(self, task: str) -> None:
        """Have the last bundle loaded that was put in force; one that cannot be is taken back."""
        while (last := last_of(self.history.read(), task)) is not None and last.sha256 is not None:
            try:
                self._load(last)
            except VitalwardError as error:
                self._take_back(task, error.what)
                continue
            own, installed = self.equipment.loaded[task, None], self.equipment.loaded[last.place]
            # One that was the configuration's then has given way to the installed one, newer or not.
            if own.name != last.configured and is_newer(own.version, installed.version):
                log.info("%s is newer than the installed %s and takes its place", own.name, last.name)
                back = Switched(task=task, name=own.name, configured=own.name)
                self.history.add([back], self.now_s)
            else:
                log.info("%s is in use, as it was installed", last.name)
            return

    def _load(self, switched: Switched) -> None:
        """Try it if that was not done here before, and load it."""
        if switched.sha256 is None or switched.place in self.equipment.loaded:
            return
        path = self.folder.slot(switched.name, switched.sha256)
        bundle, trust = self.equipment.open(switched.task, path)
        self.equipment.proofs.require([(switched.sha256, path)])
        self.equipment.load(switched.place, path, bundle, trust)

    def _take_back(self, task: str, reason: str) -> None:
        """Put the bundle before the last in force again; no replay loads the last one any more."""
        history = self.history.read()
        last = last_of(history, task)
        assert last is not None, "only what was put in force is taken back"
        assert last.sha256 is not None, "that of the configuration cannot be taken back"
        self.taken_back[last.sha256] = reason
        others = [one for one in history if one.switched.place != last.place]
        own = self.equipment.loaded[task, None].name
        before = last_of(others, task) or Switched(task=task, name=own, configured=own)
        log.warning("%s is taken out (%s); %s is in use", last.name, reason, before.name)
        back = replace(before, takes_back=last.sha256)
        self.history.add([back, Refused(name=last.name, reason=reason)], self.now_s)

    def _load_for_replays(self) -> None:
        """Bundles that decided within the journal's reach: a replay of it wants them again."""
        history = self.history.read()
        wanted = needed(history, self.oldest_s)
        for one in history:
            if one.switched.place in wanted:
                try:
                    self._load(one.switched)
                except VitalwardError as error:
                    log.warning("%s cannot be loaded for replays: %s", one.switched.name, error)

    def _probation(self) -> Probation | None:
        """What is on probation, if that is in force."""
        probation = self.folder.probation()
        if probation is None:
            return None
        last = last_of(self.history.read(), probation.task)
        return probation if last is not None and last.sha256 == probation.sha256 else None

    def _answer(self, request: Request) -> None:
        """A request that an earlier run has taken: its bundle is in force, or it was cut off."""
        history = self.history.read()
        lasts = [last_of(history, task) for task in self.equipment.tasks]
        in_force = {last.sha256: last.name for last in lasts if last is not None}
        name, reason = in_force.get(request.sha256, request.file), None
        if request.sha256 in in_force:
            step = InstallStep.KEPT
        elif request.sha256 in self.taken_back:
            step, reason = InstallStep.REVERTED, self.taken_back[request.sha256]
        else:
            step, reason = InstallStep.REFUSED, CUT_OFF
            log.warning("%s is not installed: %s", name, reason)
            self.history.add([Refused(name=name, reason=reason)], self.now_s)
        status = InstallStatus(bundle=name, step=step, at_s=self.now_s, reason=reason)
        try:
            self.folder.tell(request.id, [status])
        except OSError as error:
            log.warning("what became of %s cannot be written: %s", name, error.strerror)
        self.folder.finish(request.id)
