"""Installing step by step, without a broker: what is refused and reverted, and what a start makes of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edge.bundles import SHIPPED
from edge.config import Config, parse_config
from edge.contract.bundle import read_bundle
from edge.contract.codec import encode
from edge.contract.errors import VitalwardError
from edge.contract.manifest import Abstention
from edge.contract.messages import InstallStatus, InstallStep
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
from edge.ends import Entry
from edge.pipeline.bundle_change import REFUSED_TOPIC, Switched, decode_refused
from edge.pipeline.ward import Ward
from edge.slots.equipment import Equipment
from edge.slots.folder import BundleFolder, Request
from edge.slots.guarded import MODEL_FAILED
from edge.slots.history import History, in_force_at
from edge.slots.installer import Installer
from edge.slots.startup import Startup
from edge.storage.store import Store
from edge.wearer.state import WearerState, Window
from tests.support.bundles import RHYTHM, signed, trusted_keys
from tests.support.corridor import NOON_S, beats

SHIPPED_NAME = f"rhythm-{RHYTHM.manifest.version}"
SHIPPED_PRESSURE = read_bundle(SHIPPED["pressure"])
PROBATION_S = 60.0


class Clock:
    """Stands still but for what it is told."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def now_s(self) -> float:
        return NOON_S + self.passed_s

    def monotonic_s(self) -> float:
        return self.passed_s


@dataclass
class Run:
    """One run of an edge, as far as bundles are concerned: from its start until it is dropped."""

    config: Config
    clock: Clock

    def __post_init__(self) -> None:
        state_dir = Path(self.config.edge.state_dir)
        self.equipment = Equipment(self.config)
        self.store = Store(state_dir, lambda: False)
        self.folder, history = BundleFolder(state_dir), History(self.store)
        now_s = self.clock.now_s()
        Startup(self.equipment, self.folder, history, now_s, now_s - 86_400.0).settle()
        self.cursor = 0
        in_force = in_force_at(history.read(), self.cursor)
        self.ward = Ward(
            self.equipment.rules_with(in_force),
            Topics(),
            {},
            on_stream_time=False,
            fits=self.equipment.fits,
            in_force=in_force,
        )
        self.installer = Installer(
            config=self.config,
            clock=self.clock,
            equipment=self.equipment,
            folder=self.folder,
            history=history,
            ward=self.ward,
            decide=self.decide,
        )
        self.decide()

    def decide(self) -> None:
        for journal_id, entry in self.store.journal.after(self.cursor, 10_000):
            self.ward.take(entry)
            self.cursor = journal_id

    def hand_over(self, data: bytes) -> None:
        self.folder.hand_over(Request(id="r1", file="new.vwb", allow_downgrade=False, data=data))

    def go_on_until(self, step: InstallStep) -> InstallStatus:
        """Turn by turn, until an installation has come that far; the child processes take real time."""
        for _ in range(10_000):
            self.installer.proceed(self.installer.due_s)
            # As the loop of the edge waits for what comes from the broker.
            time.sleep(0.005)
            status = self.installer.status
            if status is not None and status.step is step:
                return status
            assert status is None or status.step is not InstallStep.REFUSED, status
        raise AssertionError(f"never {step}: {self.installer.status}")

    @property
    def in_use(self) -> str:
        return self.equipment.statuses(self.ward.in_force)[0].name

    @property
    def reasons(self) -> list[str]:
        """Why bundles were refused or reverted, as the journal has it."""
        entries = [entry for _, entry in self.store.journal.after(0, 10_000)]
        return [decode_refused(entry.payload).reason for entry in entries if entry.topic == REFUSED_TOPIC]

    def slot(self) -> Path:
        (path,) = (Path(self.config.edge.state_dir) / "bundles" / "slots").iterdir()
        return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    keys = trusted_keys(tmp_path / "keys.pem")
    text = f'[edge]\nstate_dir = "{tmp_path / "state"}"\n[bundles]\nkeys_file = "{keys}"\nprobation_s = 60\n'
    return parse_config(text, where="test")


@pytest.fixture
def run(config: Config, clock: Clock) -> Iterator[Run]:
    made = Run(config, clock)
    yield made
    made.store.close()


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def beats_with_gaps(run: Run) -> None:
    """Half an hour of beats before now, one in twenty unusable."""
    send_beats(run, 2000, set(range(0, 2000, 20)))


def send_beats(run: Run, count: int, unusable: set[int]) -> None:
    """So many beats in the half hour before now."""
    times_s, values = beats(NOON_S - 1800.0, [800.0 + beat % 7 for beat in range(count)], unusable)
    for seq, first in enumerate(range(0, count, 50)):
        batch = SampleBatch(
            seq=seq, times_s=times_s[first : first + 50], values={"rr": values[first : first + 50]}
        )
        topic = Topics().samples(SampleTopic("w1", "strap", "rr"))
        run.store.keep_messages([Entry(batch.times_s[-1], topic, Encoding.JSON, encode(batch))])
    run.decide()


def test_after_its_probation_a_bundle_is_kept(run: Run, clock: Clock) -> None:
    """It is in use from the switch on, and on probation as long as the configuration says."""
    run.hand_over(signed("1.0.1"))

    run.go_on_until(InstallStep.SWITCHED)
    assert run.in_use == "rhythm-1.0.1"
    run.installer.proceed(run.installer.due_s)
    clock.passed_s += PROBATION_S - 1.0
    run.installer.proceed(run.installer.due_s)
    assert run.folder.probation() is not None
    clock.passed_s += 2.0

    assert run.go_on_until(InstallStep.KEPT).bundle == "rhythm-1.0.1"
    assert run.folder.probation() is None
    assert run.reasons == []


def test_a_model_that_fails_on_probation_is_reverted(run: Run) -> None:
    """One window that it could not be run on is enough; the one before judges again."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    run.ward.wearers["w1", Mode.REAL] = WearerState("w1", Mode.REAL)
    run.ward.wearers["w1", Mode.REAL].windows["rhythm"] = Window(reason=MODEL_FAILED)

    status = run.go_on_until(InstallStep.REVERTED)

    assert (status.reason, status.instead_of) == ("it fails to run", SHIPPED_NAME)
    assert run.in_use == SHIPPED_NAME
    assert run.reasons == ["it fails to run"]


def test_a_model_that_answers_nothing_that_the_one_before_answers_is_refused(run: Run) -> None:
    """It asks for windows without a gap, of which the last hour of this wearer has none."""
    beats_with_gaps(run)
    run.hand_over(signed("1.0.1", abstention=Abstention("rr_quality", 1.0)))

    with pytest.raises(AssertionError, match="it answers none of 122 windows"):
        run.go_on_until(InstallStep.SWITCHED)

    assert run.in_use == SHIPPED_NAME


def test_the_bundle_in_use_is_not_installed_again(run: Run, clock: Clock) -> None:
    """Asked for twice it stays, without another probation."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    clock.passed_s += PROBATION_S
    run.go_on_until(InstallStep.KEPT)
    run.installer.proceed(run.installer.due_s)

    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.RECEIVED)

    assert run.go_on_until(InstallStep.KEPT).reason == "it is in use already"
    assert run.folder.probation() is None


def test_a_start_with_a_damaged_bundle_puts_the_one_before_in_force(run: Run) -> None:
    """Long after its probation its file is no longer whole: the edge starts nevertheless, and says so."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    run.clock.passed_s += PROBATION_S
    run.go_on_until(InstallStep.KEPT)
    damage(run.slot())

    again = Run(run.config, run.clock)

    assert again.in_use == SHIPPED_NAME
    assert len(again.reasons) == 1
    assert again.reasons[0].startswith("not a whole zip")
    again.store.close()


def test_what_others_put_into_the_folder_does_not_keep_the_edge_from_starting(run: Run) -> None:
    """Folders where files of the edge's own are looked for, as `lost+found` on a disk of its own."""
    bundles = Path(run.config.edge.state_dir) / "bundles"
    for name in ("inbox/x.taken", "inbox/x.request", "inbox/x.told", "slots/lost+found", "slots/x.vwb"):
        (bundles / name).mkdir()

    again = Run(run.config, run.clock)
    again.hand_over(signed("1.0.1"))

    assert again.go_on_until(InstallStep.SWITCHED).bundle == "rhythm-1.0.1"
    again.store.close()


@pytest.mark.parametrize(
    ("step", "name", "in_use"),
    [
        (InstallStep.SWITCHED, ".probation.json", "rhythm-1.0.1"),
        (InstallStep.CHECKED, "inbox/.r1.told", SHIPPED_NAME),
    ],
    ids=["the count of starts", "the answer to a request that was cut off"],
)
def test_what_cannot_be_written_does_not_keep_the_edge_from_starting(
    run: Run, step: InstallStep, name: str, in_use: str
) -> None:
    """As on a full disk: the place of the file that is written first is taken."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(step)
    (Path(run.config.edge.state_dir) / "bundles" / f"{name}.part").mkdir()

    again = Run(run.config, run.clock)

    assert again.in_use == in_use
    assert len(again.folder.unfinished()) == (1 if step is InstallStep.SWITCHED else 0)
    again.store.close()


def test_a_folder_that_cannot_be_looked_into_is_told_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The edge looks each second: a warning first, then nothing until it is over."""

    def fails() -> None:
        raise OSError("made up")

    with caplog.at_level(logging.DEBUG):
        with monkeypatch.context() as broken:
            broken.setattr(run.folder, "take", fails)
            for _ in range(3):
                run.installer.proceed(run.installer.due_s)
        run.installer.proceed(run.installer.due_s)

    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "DEBUG", "INFO"]


@pytest.mark.parametrize(("version", "in_use"), [("1.0.2", "rhythm-1.0.2"), ("1.0.0", "rhythm-1.0.1")])
def test_a_newer_bundle_in_the_configuration_takes_the_place_of_the_installed(
    run: Run, tmp_path: Path, version: str, in_use: str
) -> None:
    """As after an update of the edge; an older one does not, since versions never go back by themselves."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    run.clock.passed_s += PROBATION_S
    run.go_on_until(InstallStep.KEPT)
    own = tmp_path / "own.vwb"
    own.write_bytes(signed(version))
    bundles = f'[bundles]\nkeys_file = "{tmp_path / "keys.pem"}"\nrhythm = "{own}"\n'
    changed = parse_config(f'[edge]\nstate_dir = "{run.config.edge.state_dir}"\n{bundles}', where="test")

    again = Run(changed, run.clock)

    assert again.in_use == in_use
    again.store.close()


def test_a_replay_from_the_beginning_ends_with_what_is_in_force(run: Run) -> None:
    """The journal alone brings a ward from the bundle of the configuration to the installed one."""
    beats_with_gaps(run)
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    replayed = Ward(run.equipment.rules_with({}), Topics(), {}, on_stream_time=False, fits=run.equipment.fits)

    for _, entry in run.store.journal.after(0, 10_000):
        replayed.take(entry)

    assert replayed.in_force == run.ward.in_force
    assert replayed.wearers == run.ward.wearers


def installed(run: Run, version: str) -> None:
    """Installed and kept."""
    run.hand_over(signed(version))
    run.go_on_until(InstallStep.SWITCHED)
    run.clock.passed_s += PROBATION_S
    run.go_on_until(InstallStep.KEPT)
    # The last step finishes the request.
    run.installer.proceed(run.installer.due_s)


def fail(run: Run) -> None:
    """The model in use could not be run on a window."""
    state = run.ward.wearers.setdefault(("w1", Mode.REAL), WearerState("w1", Mode.REAL))
    state.windows["rhythm"] = Window(reason=MODEL_FAILED)


def test_what_is_reverted_gives_way_to_the_one_installed_before_it(run: Run) -> None:
    """Back to 1.0.1, which was installed and kept, not to that of the configuration; also after a restart."""
    installed(run, "1.0.1")
    run.hand_over(signed("1.0.2"))
    run.go_on_until(InstallStep.SWITCHED)
    assert run.in_use == "rhythm-1.0.2"
    fail(run)

    assert run.go_on_until(InstallStep.REVERTED).instead_of == "rhythm-1.0.1"
    assert run.in_use == "rhythm-1.0.1"
    again = Run(run.config, run.clock)
    again.decide()
    assert again.in_use == "rhythm-1.0.1"
    again.store.close()


def test_a_failure_in_the_last_moment_of_the_probation_is_not_overlooked(run: Run) -> None:
    """The probation is over at the next look, and since the last one the model could not be run: reverted."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    run.installer.proceed(run.installer.due_s)
    fail(run)
    run.clock.passed_s += PROBATION_S

    assert run.go_on_until(InstallStep.REVERTED).reason == "it fails to run"
    assert run.in_use == SHIPPED_NAME


def test_a_failure_that_other_windows_followed_is_not_overlooked(run: Run) -> None:
    """A batch brings several windows: the model could not be run on the first, and answered the next."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    guarded = run.equipment.loaded["rhythm", run.ward.in_force["rhythm"]].guarded
    assert guarded is not None
    for window in (np.full(63, 800.0), np.full(64, 800.0)):
        judgement = guarded.score(window)
    assert judgement.reason is None

    assert run.go_on_until(InstallStep.REVERTED).reason == "it fails to run"
    assert run.in_use == SHIPPED_NAME


def test_a_key_file_that_cannot_be_read_is_named_in_the_refusal(run: Run, tmp_path: Path) -> None:
    """It was there when the edge started; the bundle is as good as before."""
    keys = tmp_path / "keys.pem"
    keys.unlink()
    run.hand_over(signed("1.0.1"))

    with pytest.raises(AssertionError):
        run.go_on_until(InstallStep.SWITCHED)

    (reason,) = run.reasons
    assert reason.startswith(
        f"bundles.keys_file: {keys}: No such file or directory; allowed: PEM with Ed25519 keys"
    )


@pytest.mark.parametrize("key", ["keys_file", "rhythm"])
def test_a_file_that_is_missing_at_the_start_is_told_with_its_key(tmp_path: Path, key: str) -> None:
    """The line names the file as it stands in the configuration, and where it stands there."""
    text = f'[edge]\nstate_dir = "{tmp_path / "state"}"\n[bundles]\n{key} = "missing"\n'

    with pytest.raises(VitalwardError) as caught:
        Equipment(parse_config(text, where="test"))

    assert str(caught.value).startswith(f"bundles.{key}: missing: No such file or directory; allowed: ")


def test_stopping_in_good_order_is_not_held_against_a_bundle_on_probation(run: Run) -> None:
    """Five starts after five proper stops: it stays in force. Only an edge that just ends is counted."""
    run.hand_over(signed("1.0.1"))
    run.go_on_until(InstallStep.SWITCHED)
    run.installer.close(in_good_order=True)
    for _ in range(5):
        again = Run(run.config, run.clock)
        assert (again.in_use, again.reasons) == ("rhythm-1.0.1", [])
        again.installer.close(in_good_order=True)
        again.store.close()


def test_a_model_that_answers_none_of_a_few_windows_may_have_been_unlucky(run: Run) -> None:
    """Of 14 windows, fewer than 20, none is answered: it is put in force, and probation goes on watching."""
    send_beats(run, 272, set(range(0, 272, 20)))
    run.hand_over(signed("1.0.1", abstention=Abstention("rr_quality", 1.0)))

    status = run.go_on_until(InstallStep.SHADOWED)

    assert status.agreement is not None
    assert (status.agreement.windows, status.agreement.only_in_use) == (14, 14)
    assert run.go_on_until(InstallStep.SWITCHED).bundle == "rhythm-1.0.1"


def test_taking_back_one_tasks_bundle_leaves_those_of_others(run: Run) -> None:
    """The rhythm bundle cannot be loaded, the last switch was of another task: rhythm alone goes back."""
    history = History(run.store)
    shas = {"rhythm": "ab" * 32, "pressure": SHIPPED_PRESSURE.sha256}
    for task, sha256 in shas.items():
        name = "rhythm-1.0.1" if task == "rhythm" else SHIPPED_PRESSURE.name
        configured = SHIPPED_NAME if task == "rhythm" else SHIPPED_PRESSURE.name
        history.add([Switched(task=task, name=name, configured=configured, sha256=sha256)], NOON_S)
    run.folder.keep("rhythm-1.0.1", shas["rhythm"], b"no bundle")
    run.folder.keep(SHIPPED_PRESSURE.name, SHIPPED_PRESSURE.sha256, SHIPPED["pressure"].read_bytes())

    again = Run(run.config, run.clock)
    again.decide()

    assert again.ward.in_force == {"rhythm": None, "pressure": SHIPPED_PRESSURE.sha256}
    assert [reason.partition(" (")[0] for reason in again.reasons] == ["not a whole zip"]
    again.store.close()
