"""The trial load: a bad model is refused by a process of its own, and a good one tried only once."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.adapters.litert.trial import trial_command
from edge.bundles import SHIPPED
from edge.contract.bundle import decode_bundle, encode_bundle, read_bundle
from edge.contract.errors import BundleError
from edge.slots.proof import Proofs

RHYTHM = read_bundle(SHIPPED["rhythm"])
CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
HANG = "import time; time.sleep(600)"


class Trials:
    """Counts the trials, and may run something else instead."""

    def __init__(self, program: str | None = None) -> None:
        self.tried: list[str] = []
        self._program = program

    def __call__(self, bundles: Sequence[tuple[str, Path]]) -> list[str]:
        self.tried += [sha256 for sha256, _ in bundles]
        return trial_command(bundles) if self._program is None else [sys.executable, "-c", self._program]


def made(model: bytes, card: str = RHYTHM.card) -> bytes:
    """The rhythm bundle with another model or card, whole by all its hashes, as its signer could make it."""
    return encode_bundle(
        RHYTHM.manifest,
        model=model,
        golden_input=RHYTHM.golden_input,
        golden_output=RHYTHM.golden_output,
        card=card,
        card_data=RHYTHM.card_data,
    )


def put(path: Path, data: bytes) -> tuple[str, Path]:
    path.write_bytes(data)
    return decode_bundle(data, where=str(path)).sha256, path


def test_every_shipped_bundle_is_proven_in_one_trial_and_then_remembered(tmp_path: Path) -> None:
    """The second start tries nothing, though it is another edge on the same folder."""
    bundles = [(read_bundle(path).sha256, path) for path in SHIPPED.values()]
    first, second = Trials(), Trials()

    Proofs(tmp_path / "bundles" / "proven.json", first).require(bundles)
    Proofs(tmp_path / "bundles" / "proven.json", second).require(bundles)

    assert first.tried == [sha256 for sha256, _ in bundles]
    assert second.tried == []


def test_a_model_whose_answers_changed_is_refused_each_time(tmp_path: Path) -> None:
    """One weight changed at the largest tensor's middle: the hashes fit, the golden vectors do not."""
    model = bytearray(RHYTHM.model)
    model[len(model) // 2] ^= 0x40
    trials = Trials()
    proofs = Proofs(tmp_path / "proven.json", trials)
    bad = put(tmp_path / "bad.vwb", made(bytes(model)))

    for _ in range(2):
        with pytest.raises(BundleError, match="the trial load failed: "):
            proofs.require([bad])

    assert len(trials.tried) == 2


def test_flipped_bits_in_a_model_that_is_vouched_for_never_reach_this_process(tmp_path: Path) -> None:
    """Whatever a flip does to the interpreter ends as a verdict in the user's terms; most do harm."""
    chance, told = random.Random(20261123), []
    for number in range(16):
        model = bytearray(RHYTHM.model)
        # Half of them in the tables that the interpreter follows, which stand at the front.
        place = chance.randrange(8, 600 if number % 2 else len(model))
        model[place] ^= 1 << chance.randrange(8)
        flipped = put(tmp_path / f"{number}.vwb", made(bytes(model)))
        try:
            Proofs(tmp_path / "proven.json", time_limit_s=10.0).require([flipped])
        except BundleError as error:
            told.append(error.what)

    assert all(what.startswith("the trial load failed: ") for what in told)
    assert len(told) > 8


def test_a_model_that_crashes_its_process_is_refused_with_the_signal(tmp_path: Path) -> None:
    """The verdict of a process that ended by a segmentation fault is no."""
    with pytest.raises(BundleError, match="ended by signal 11"):
        Proofs(tmp_path / "proven.json", Trials(CRASH)).require([(RHYTHM.sha256, SHIPPED["rhythm"])])

    assert not (tmp_path / "proven.json").exists()


def test_a_model_that_hangs_is_given_up(tmp_path: Path) -> None:
    """A trial of ten minutes ends when its time is up, and nothing is proven by it."""
    with pytest.raises(BundleError, match=r"no answer within 0\.2 s"):
        Proofs(tmp_path / "proven.json", Trials(HANG), 0.2).require([(RHYTHM.sha256, SHIPPED["rhythm"])])

    assert not (tmp_path / "proven.json").exists()


@pytest.mark.parametrize(
    ("program", "told"),
    [("", "gave no verdict"), ("print('yes')", "malformed"), ("raise SystemExit(3)", "failed with code 3")],
)
def test_a_trial_that_does_not_say_yes_is_no(tmp_path: Path, program: str, told: str) -> None:
    """Silence, babble and an error are not taken for a proof."""
    with pytest.raises(BundleError, match=told):
        Proofs(tmp_path / "proven.json", Trials(program)).require([(RHYTHM.sha256, SHIPPED["rhythm"])])


def test_a_file_that_was_changed_after_its_signature_was_checked_is_refused(tmp_path: Path) -> None:
    """The trial reads the file anew and wants the very bytes that were checked."""
    _, path = put(tmp_path / "other.vwb", made(RHYTHM.model, "# another card"))

    with pytest.raises(BundleError, match="has changed since it was checked"):
        Proofs(tmp_path / "proven.json").require([(RHYTHM.sha256, path)])


@pytest.mark.parametrize("kept", [b"", b"{", b'{"a": 1}', b"\xff"])
def test_a_memory_of_proofs_that_cannot_be_read_costs_only_a_trial(tmp_path: Path, kept: bytes) -> None:
    """The bundle is tried again and the file written anew."""
    (tmp_path / "proven.json").write_bytes(kept)
    trials = Trials()

    Proofs(tmp_path / "proven.json", trials).require([(RHYTHM.sha256, SHIPPED["rhythm"])])

    assert trials.tried == [RHYTHM.sha256]
    assert len(json.loads((tmp_path / "proven.json").read_bytes())) == 1
