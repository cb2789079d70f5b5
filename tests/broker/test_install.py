"""`vitalward bundle install` on a running edge: a real process, a real broker, and kills at every step."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from device_sim.brokers import LocalBroker
from edge.bundles import SHIPPED
from edge.slots.folder import BundleFolder, Request
from tests.support.bundles import RHYTHM, signed, trusted_keys
from tests.support.patience import PATIENCE_S, await_it
from tests.support.peers import Client, EdgeProcess, Message

ROOT = "vitalward/v1"
SHIPPED_NAME = f"rhythm-{RHYTHM.manifest.version}"
LONG_S = 600.0


@dataclass
class Home:
    """An edge that trusts the tests' key, and whoever looks at its topics."""

    edge: EdgeProcess
    client: Client
    started_s: float = 0.0

    def configure(self, probation_s: float) -> None:
        """Set how long a new bundle is watched."""
        text = self.edge.config.read_text().partition("\n[bundles]")[0]
        keys = trusted_keys(self.edge.folder / "keys.pem")
        bundles = f'[bundles]\nkeys_file = "{keys}"\nprobation_s = {probation_s}\n'
        self.edge.config.write_text(f"{text}\n{bundles}")

    def start(self, *program: str) -> subprocess.Popen[bytes]:
        """Start the edge, after a kill too, and wait until it is there."""
        self.started_s = time.time()
        process = self.edge.start(program or ("edge",))
        self.status()
        return process

    def status(self, step: str | None = None) -> dict[str, Any]:
        """What this run of the edge says of itself, once an installation has come to that step."""

        def is_it(message: Message) -> bool:
            if not message.topic.endswith("/t/status"):
                return False
            tree = message.tree
            is_of_this_run = tree["state"] == "online" and tree["started_s"] >= self.started_s
            return is_of_this_run and (step is None or tree.get("install", {}).get("step") == step)

        return self.client.wait_for(is_it, f"status {step}").tree

    def goodbye(self) -> str:
        """Why this run of the edge is offline."""

        def is_it(message: Message) -> bool:
            tree = message.tree
            return tree.get("state") == "offline" and tree["started_s"] >= self.started_s

        return str(self.client.wait_for(is_it, "goodbye").tree["reason"])

    def in_use(self, step: str | None = None) -> str:
        """The rhythm bundle of that status."""
        return str(rhythm_of(self.status(step))["name"])

    def install(self, path: Path, *options: str) -> subprocess.Popen[str]:
        """Start the command."""
        command = [sys.executable, "-m", "edge", "bundle", "install", str(path), *options]
        return subprocess.Popen(
            [*command, "--config", str(self.edge.config)], stdout=subprocess.PIPE, text=True
        )

    def installed(self, path: Path, *options: str) -> tuple[int, list[str]]:
        """Run the command to its end: its code, and the first words of its lines."""
        process = self.install(path, *options)
        output, _ = process.communicate(timeout=PATIENCE_S)
        return process.returncode, [line.split()[0] for line in output.splitlines()]

    def reason(self) -> str:
        """Why a bundle was refused, as the next alert tells."""
        alert = self.client.wait_for(
            lambda m: m.topic == f"{ROOT}/alerts/real/t/bundle_refused" and "evidence" in m.tree, "alert"
        )
        return str(alert.tree["evidence"]["values"]["reason"])


def rhythm_of(status: dict[str, Any]) -> dict[str, Any]:
    return next(bundle for bundle in status["bundles"] if bundle["name"].startswith("rhythm"))


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.fixture
def home(mosquitto: LocalBroker, tmp_path: Path) -> Iterator[Home]:
    client = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#")
    made = Home(EdgeProcess(tmp_path, mosquitto.address), client)
    made.configure(probation_s=0.3)
    yield made
    made.edge.kill()
    client.close()


def send_beats(home: Home, batches: int) -> None:
    """Heartbeats of one wearer, up to now."""
    start_s = time.time() - 12.8 * batches
    for seq in range(batches):
        times_s = [start_s + 12.8 * seq + 0.8 * (beat + 1) for beat in range(16)]
        beats_ms = [800.0 + (37 * beat + 11 * seq) % 60 for beat in range(16)]
        home.client.send(
            f"{ROOT}/samples/w1/strap/rr", {"seq": seq, "times_s": times_s, "values": {"rr": beats_ms}}
        )
    home.client.wait_counter("processed", batches)


def test_a_higher_version_is_tried_compared_and_used_from_then_on(home: Home, tmp_path: Path) -> None:
    """The command shows each step, the status the agreement; after a kill and a stop it is still in use."""
    new = put(tmp_path / "new.vwb", signed("1.0.1"))
    home.start()
    assert home.in_use() == SHIPPED_NAME
    send_beats(home, batches=8)

    code, steps = home.installed(new)

    assert (code, steps) == (0, ["received", "checked", "tried", "shadowed", "switched", "kept"])
    status = home.status("kept")
    assert rhythm_of(status) == {
        "name": "rhythm-1.0.1",
        "sha256": hashlib.sha256(new.read_bytes()).hexdigest(),
        "signature": "trusted",
    }
    # The 64th beat ends the first window, and with each batch of 16 comes another.
    assert status["install"]["agreement"] == {
        "wearers": 1,
        "windows": 5,
        "both": 5,
        "alike": 5,
        "only_in_use": 0,
        "only_new": 0,
        "mean_difference": 0.0,
        "largest_difference": 0.0,
    }
    home.edge.kill()
    home.start()
    assert home.in_use() == "rhythm-1.0.1"
    assert home.edge.terminate() == 0
    home.start()
    assert home.in_use() == "rhythm-1.0.1"
    assert not [message for message in home.client.messages if "bundle_refused" in message.topic]


def test_a_version_goes_back_only_where_that_is_allowed_and_then_stays(home: Home, tmp_path: Path) -> None:
    """Lower or equal is refused with an alert; with the switch it is installed, and a restart keeps it."""
    lower, same = put(tmp_path / "a.vwb", signed("0.9.0")), put(tmp_path / "b.vwb", signed("1.0.0"))
    home.start()

    for path in (lower, same):
        assert home.installed(path) == (1, ["received", "refused"])
    assert re.match(r"version 0\.9\.0 is not above 1\.0\.0", home.reason())
    assert home.in_use("refused") == SHIPPED_NAME

    code, steps = home.installed(lower, "--allow-downgrade")
    assert (code, steps[-1]) == (0, "kept")
    home.edge.kill()
    home.start()
    assert home.in_use() == "rhythm-0.9.0"


@pytest.mark.parametrize("kind", ["unsigned by us", "flipped", "no zip", "wrong answers", "of no use here"])
def test_what_is_not_right_is_refused_with_the_reason(home: Home, tmp_path: Path, kind: str) -> None:
    """A key that is not trusted, a flipped bit, another file, a bad model, a task the edge has no use for."""
    good = signed("1.0.1")
    flipped, model = bytearray(good), bytearray(RHYTHM.model)
    flipped[len(good) // 2] ^= 1
    model[len(model) // 2] ^= 0x40
    data, reason = {
        "unsigned by us": (signed("1.0.1", secret=bytes(32)), "signed with a key that is not trusted"),
        "flipped": (bytes(flipped), "not a whole zip"),
        "no zip": (b"not a bundle", "not a whole zip"),
        "wrong answers": (signed("1.0.1", model=bytes(model)), "the trial load failed"),
        "of no use here": (SHIPPED["risk"].read_bytes(), "a model for risk, which this edge does not use"),
    }[kind]
    home.start()

    code, steps = home.installed(put(tmp_path / "bad.vwb", data))

    assert (code, steps[-1]) == (1, "refused")
    assert home.reason().startswith(reason)
    assert home.in_use("refused") == SHIPPED_NAME
    assert list((tmp_path / "state" / "bundles" / "slots").iterdir()) == []


def test_a_bundle_whose_file_is_damaged_on_probation_is_reverted(home: Home, tmp_path: Path) -> None:
    """The health check after the switch fails, the one before is in force again, also after a restart."""
    home.configure(probation_s=3.0)
    home.start()
    process = home.install(put(tmp_path / "new.vwb", signed("1.0.1")))
    assert home.in_use("switched") == "rhythm-1.0.1"
    (slot,) = (tmp_path / "state" / "bundles" / "slots").iterdir()
    damaged = bytearray(slot.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    slot.write_bytes(damaged)

    output, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 1
    assert "reverted  its file is no longer whole" in output
    assert home.reason().startswith("its file is no longer whole")
    assert home.in_use("reverted") == SHIPPED_NAME
    home.edge.kill()
    home.start()
    assert home.in_use() == SHIPPED_NAME


def test_an_edge_that_ends_again_and_again_takes_the_new_bundle_out(home: Home, tmp_path: Path) -> None:
    """Three starts within the probation are borne; with the fourth the one before is in force again."""
    home.configure(probation_s=LONG_S)
    home.start()
    process = home.install(put(tmp_path / "new.vwb", signed("1.0.1")))
    assert home.in_use("switched") == "rhythm-1.0.1"

    names = []
    for _ in range(4):
        home.edge.kill()
        home.start()
        names.append(home.in_use())

    assert names == ["rhythm-1.0.1"] * 3 + [SHIPPED_NAME]
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert "reverted  the edge has ended 4 times since it was put in force" in output
    assert home.reason().startswith("the edge has ended 4 times")


def test_an_edge_that_errors_end_takes_the_new_bundle_out_too(home: Home, tmp_path: Path) -> None:
    """An end by an error of its own is none in good order, though it can say goodbye, and not `stopped`."""
    home.configure(probation_s=LONG_S)
    home.start()
    process = home.install(put(tmp_path / "new.vwb", signed("1.0.1")))
    assert home.in_use("switched") == "rhythm-1.0.1"
    home.edge.kill()
    home.configure(probation_s=1.5)

    for _ in range(3):
        # The slot is read at the start, at the begin of the probation and at its end.
        home.start("tests.support.mortal", "fail", "open", "slots/rhythm-1.0.1", "3")
        assert home.goodbye() == "connection lost"
        assert home.edge.process is not None
        assert home.edge.process.wait(PATIENCE_S) == 1
    home.start()

    assert home.in_use() == SHIPPED_NAME
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert "reverted  the edge has ended 4 times since it was put in force" in output


# Every change of the folder of bundles that an installation makes, in order; each word to whoever waits comes
# right after its step, `switched` right after the commit to the journal.
KILLS = {
    "taking the request": ("os.rename", ".taken", 1),
    "telling received": ("os.rename", ".told", 1),
    "telling checked": ("os.rename", ".told", 2),
    "writing the slot": ("os.rename", ".vwb", 1),
    "remembering the proof": ("os.rename", "proven.json", 2),
    "telling tried": ("os.rename", ".told", 3),
    "telling shadowed": ("os.rename", ".told", 4),
    "writing what is on probation": ("os.rename", "probation.json", 1),
    "telling switched": ("os.rename", ".told", 5),
    "ending the probation": ("os.remove", "probation.json", 2),
    "telling kept": ("os.rename", ".told", 6),
    "finishing the request": ("os.remove", ".taken", 1),
}
SWITCHED_FROM = list(KILLS).index("telling switched")


@pytest.mark.parametrize("step", KILLS)
def test_killed_at_any_step_it_starts_with_the_old_or_the_new_bundle_whole(
    home: Home, tmp_path: Path, step: str
) -> None:
    """Before the commit of the switch it is the old one, then the new one, and the request is answered."""
    data, folder = signed("1.0.1"), BundleFolder(tmp_path / "state")
    event, name, nth = KILLS[step]
    doomed = home.start("tests.support.mortal", "kill", event, name, str(nth))

    folder.hand_over(Request(id="r1", file="new.vwb", allow_downgrade=False, data=data))
    assert doomed.wait(PATIENCE_S) == -9
    home.start()

    is_new = list(KILLS).index(step) >= SWITCHED_FROM
    expected = hashlib.sha256(data).hexdigest() if is_new else RHYTHM.sha256
    assert rhythm_of(home.status())["sha256"] == expected
    # A request that was not taken yet is carried out now; one that was cut off is to be given again.
    last = "refused" if not is_new and step != "taking the request" else "kept"
    inbox = tmp_path / "state" / "bundles" / "inbox"

    def answered() -> bool | None:
        told = folder.told("r1")
        return (bool(told) and told[-1].step == last and not list(inbox.glob("*.taken"))) or None

    await_it(answered, f"answer {last}")
    if last == "kept":
        home.client.wait_for(lambda m: b"rhythm-1.0.1" in m.payload, "new bundle")
    else:
        assert home.reason().startswith("the edge ended while it was being installed")
    if step == "writing what is on probation":
        # Given again, it is installed.
        assert home.installed(put(tmp_path / "again.vwb", data))[0] == 0


def test_without_an_edge_nothing_is_handed_over(tmp_path: Path) -> None:
    """The command says where it looked and what it needs."""
    config = put(tmp_path / "edge.toml", f'[edge]\nstate_dir = "{tmp_path / "nowhere"}"\n'.encode())
    bundle = put(tmp_path / "new.vwb", signed("1.0.1"))

    done = subprocess.run(
        [sys.executable, "-m", "edge", "bundle", "install", str(bundle), "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "no edge has run there; allowed: the state_dir of a running edge" in done.stderr
    assert not (tmp_path / "nowhere").exists()
