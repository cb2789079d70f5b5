"""Installs bundles on a running edge: one at a time, a step a turn of the loop, fit to be killed at each.

Until the switch stands in the journal the bundle before it is in force, from then on the new one. What fails
before is refused, what fails after is reverted, and either raises a condition with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from edge.adapters.child import Child, Ended
from edge.adapters.clock import Clock
from edge.config import Clock as ClockChoice
from edge.config import Config
from edge.contract.durations import HOUR_S
from edge.contract.errors import BundleError, ConfigError, VitalwardError
from edge.contract.messages import Agreement, InstallStatus, InstallStep
from edge.pipeline.bundle_change import Refused, Switched
from edge.pipeline.ward import Ward
from edge.slots.admission import admit
from edge.slots.equipment import Equipment
from edge.slots.folder import BundleFolder, Probation, Request
from edge.slots.guarded import MODEL_FAILED
from edge.slots.history import History, needed
from edge.slots.shadow_run import Job, read_agreement, shadow_command

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
WHILE_BUSY_S: Final = 0.05
SHADOW_OF_S: Final = HOUR_S
SHADOW_LIMIT_S: Final = 120.0
# With fewer windows, a model that answers none of them has only been unlucky.
ENOUGH_WINDOWS: Final = 20
OVER: Final = object()


class Installer:
    """Takes requests from the folder and carries them out; `status` is of the last one."""

    def __init__(
        self,
        *,
        config: Config,
        clock: Clock,
        equipment: Equipment,
        folder: BundleFolder,
        history: History,
        ward: Ward,
        decide: Callable[[], None],
    ) -> None:
        self.status: InstallStatus | None = None
        self.due_s = clock.monotonic_s()
        self._config = config
        self._clock = clock
        self._equipment = equipment
        self._folder = folder
        self._history = history
        self._ward = ward
        self._decide = decide
        self._child: Child | None = None
        self._failed_looks = 0
        self._request_id = ""
        self._told: list[InstallStatus] = []
        probation = folder.probation()
        self._steps: Iterator[None] | None = None if probation is None else self._resume(probation)

    def proceed(self, monotonic_s: float) -> bool:
        """Do the next step if it is time; whether the status has changed by it."""
        if monotonic_s < self.due_s:
            return False
        before = self.status
        if self._steps is None:
            request = self._take()
            self._steps = None if request is None else self._install(request)
        elif self._is_over(self._steps):
            self._steps = None
        self.due_s = monotonic_s + (LOOK_EVERY_S if self._steps is None else WHILE_BUSY_S)
        return self.status is not before

    def close(self, *, in_good_order: bool) -> None:
        """The edge ends; in good order that is not held against a bundle on probation."""
        if self._child is not None:
            self._child.kill()
        if not in_good_order:
            return
        probation = self._folder.probation()
        if probation is not None and probation.starts:
            try:
                self._folder.put_on_probation(replace(probation, starts=0))
            except OSError as error:
                log.warning("what is on probation cannot be written: %s", error)

    def _is_over(self, steps: Iterator[None]) -> bool:
        """Do the next step. A disk that fails leaves the rest to the next start."""
        try:
            if next(steps, OVER) is not OVER:
                return False
            self._tidy()
        except OSError as error:
            log.warning("the folder of bundles cannot be written: %s", error)
        return True

    def _take(self) -> Request | None:
        try:
            request = self._folder.take()
        except OSError as error:
            level = logging.DEBUG if self._failed_looks else logging.WARNING
            log.log(level, "no request can be taken: %s", error)
            self._failed_looks += 1
            return None
        if self._failed_looks:
            log.info("requests can be taken again after %d failures", self._failed_looks)
            self._failed_looks = 0
        return request

    def _install(self, request: Request) -> Iterator[None]:
        """One installation, a step at a time."""
        self._request_id, self._told = request.id, []
        self._tell(InstallStatus(bundle=request.file, step=InstallStep.RECEIVED, at_s=self._clock.now_s()))
        yield
        try:
            probation = yield from self._until_switched(request)
        except ConfigError as error:
            # It is not the bundle that is at fault, but what stands there.
            self._refuse(InstallStep.REFUSED, str(error))
        except VitalwardError as error:
            self._refuse(InstallStep.REFUSED, f"{error.what}; allowed: {error.allowed}")
        except OSError as error:
            self._refuse(InstallStep.REFUSED, f"it cannot be stored ({error.strerror})")
        else:
            if probation is not None:
                yield from self._watch(probation)
        self._finish()

    def _resume(self, probation: Probation) -> Iterator[None]:
        """Go on watching a bundle that an earlier run has put in force."""
        self._request_id = probation.request
        self.status = InstallStatus(
            bundle=probation.name,
            step=InstallStep.SWITCHED,
            at_s=self._clock.now_s(),
            instead_of=probation.instead_of,
        )
        yield from self._watch(probation)
        self._finish()

    def _until_switched(self, request: Request) -> Generator[None, None, Probation | None]:
        """All that is done while the bundle before is in force; None if it is this very one."""
        admitted = admit(request, self._equipment, self._ward.in_force)
        bundle, trust, in_use = admitted
        task, sha256 = bundle.manifest.task, bundle.sha256
        self._say(InstallStep.CHECKED, bundle=bundle.name, instead_of=in_use.name)
        if admitted.is_in_use:
            self._say(InstallStep.KEPT, reason="it is in use already")
            return None
        yield
        path = self._folder.keep(bundle.name, sha256, request.data)
        new = self._equipment.proofs.unproven([(sha256, path)])
        if new:
            ended = yield from self._wait_for(self._equipment.proofs.try_out(new))
            self._equipment.proofs.accept(new, ended)
        self._say(InstallStep.TRIED)
        yield
        agreement = None
        if bundle.manifest.stream is not None:
            agreement = yield from self._shadow(in_use.path, path)
        self._say(InstallStep.SHADOWED, agreement=agreement)
        yield
        self._equipment.load((task, sha256), path, bundle, trust)
        probation = Probation(
            task=task,
            sha256=sha256,
            name=bundle.name,
            instead_of=in_use.name,
            instead_of_sha256=self._ward.in_force.get(task),
            request=request.id,
        )
        self._folder.put_on_probation(probation)
        self._change(self._to(task, bundle.name, sha256))
        log.info("%s is in use instead of %s", bundle.name, in_use.name)
        self._say(InstallStep.SWITCHED)
        return probation

    def _shadow(self, in_use: Path, new: Path) -> Generator[None, None, Agreement]:
        """Have both models judge the last hour, in a process of its own."""
        config = self._config
        job = Job(
            state_dir=config.edge.state_dir,
            prefix=config.mqtt.prefix,
            from_s=self._clock.now_s() - SHADOW_OF_S,
            on_stream_time=config.edge.clock is ClockChoice.STREAM,
            in_use=str(in_use),
            new=str(new),
        )
        ended = yield from self._wait_for(Child(shadow_command(job), SHADOW_LIMIT_S))
        if ended.failure is not None:
            raise BundleError(
                f"the shadow run failed: {ended.failure}", where=str(new), allowed="a model that runs here"
            )
        agreement = read_agreement(ended.output)
        if agreement.windows >= ENOUGH_WINDOWS and agreement.only_in_use == agreement.windows:
            raise BundleError(
                f"it answers none of {agreement.windows} windows that the model in use answers",
                where=str(new),
                allowed="a model that answers",
            )
        return agreement

    def _wait_for(self, child: Child) -> Generator[None, None, Ended]:
        self._child = child
        while (ended := child.poll()) is None:
            yield
        self._child = None
        return ended

    def _watch(self, probation: Probation) -> Iterator[None]:
        """Watch a bundle that was put in force; one that turns out bad is taken out of it again."""
        place = (probation.task, probation.sha256)
        until_s = self._clock.monotonic_s() + self._config.bundles.probation_s
        try:
            self._equipment.check_again(place)
            while self._clock.monotonic_s() < until_s:
                self._require_answers(probation)
                yield
            self._require_answers(probation)
            self._equipment.check_again(place)
        except VitalwardError as error:
            back = self._to(probation.task, probation.instead_of, probation.instead_of_sha256)
            self._refuse(InstallStep.REVERTED, error.what, back)
        else:
            log.info("%s stays in use", probation.name)
            self._folder.end_probation()
            self._say(InstallStep.KEPT)

    def _require_answers(self, probation: Probation) -> None:
        """BundleError if it has failed on any window, also one that others followed before this look."""
        windows = [state.windows.get(probation.task) for state in self._ward.wearers.values()]
        # The states know of a failure of a run that has ended since.
        had_failed = any(window is not None and window.reason == MODEL_FAILED for window in windows)
        guarded = self._equipment.loaded[probation.task, probation.sha256].guarded
        if had_failed or (guarded is not None and guarded.has_failed):
            raise BundleError("it fails to run", where=probation.name, allowed="a model that answers")

    def _refuse(self, step: InstallStep, reason: str, back: Switched | None = None) -> None:
        """Keep, or put in force again, what was in use before, and raise the condition with the reason."""
        assert self.status is not None, "something is being installed"
        name = self.status.bundle
        log.warning("%s: %s %s", step, name, reason)
        refused = Refused(name=name, reason=reason)
        self._change(*([] if back is None else [back]), refused)
        if back is not None:
            self._folder.end_probation()
        self._say(step, reason=reason)

    def _change(self, *changes: Switched | Refused) -> None:
        self._history.add(changes, self._clock.now_s())
        self._decide()

    def _to(self, task: str, name: str, sha256: str | None) -> Switched:
        configured = self._equipment.loaded[task, None].name
        return Switched(task=task, name=name, configured=configured, sha256=sha256)

    def _finish(self) -> None:
        self._folder.finish(self._request_id)

    def _tidy(self) -> None:
        """Let go of bundles that are neither in force nor wanted by a replay."""
        oldest_s = self._clock.now_s() - self._config.journal.keep_hours * HOUR_S
        wanted = needed(self._history.read(), oldest_s)
        for place in [place for place in self._equipment.loaded if place[1] and place not in wanted]:
            self._equipment.unload(place)
        self._folder.tidy(wanted, self._clock.now_s())

    def _say(self, step: InstallStep, **details: object) -> None:
        """Tell the next step of what is being installed."""
        assert self.status is not None, "something is being installed"
        self._tell(replace(self.status, step=step, at_s=self._clock.now_s(), **details))

    def _tell(self, status: InstallStatus) -> None:
        self.status = status
        self._told.append(status)
        log.info("installing %s: %s", status.bundle, status.step)
        try:
            self._folder.tell(self._request_id, self._told)
        except OSError as error:
            log.warning("how far that is cannot be written: %s", error)
