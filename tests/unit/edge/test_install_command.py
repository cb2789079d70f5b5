"""`vitalward bundle install` and an edge that has other things to do: how long it waits, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.commands.bundle import install
from edge.contract.errors import ConfigError
from edge.contract.messages import InstallStatus, InstallStep
from edge.slots.folder import BundleFolder, Request

PROBATION_S = 60.0


class Time:
    """Passes only while somebody sleeps; `meanwhile` is what the edge does then."""

    def __init__(self, meanwhile: Callable[[float], None]) -> None:
        self.passed_s = 0.0
        self._meanwhile = meanwhile

    def monotonic(self) -> float:
        return self.passed_s

    def sleep(self, seconds: float) -> None:
        self.passed_s += seconds
        self._meanwhile(self.passed_s)


@pytest.fixture
def folder(tmp_path: Path) -> BundleFolder:
    """Of an edge that is installing another bundle."""
    made = BundleFolder(tmp_path / "state")
    made.make()
    made.hand_over(Request(id="other", file="other.vwb", allow_downgrade=False, data=b"x"))
    made.take()
    return made


def run(tmp_path: Path) -> int:
    config, bundle = tmp_path / "edge.toml", tmp_path / "new.vwb"
    config.write_text(f'[edge]\nstate_dir = "{tmp_path / "state"}"\n[bundles]\nprobation_s = {PROBATION_S}\n')
    bundle.write_bytes(b"new")
    return install.main([str(bundle), "--config", str(config)])


def test_a_second_bundle_waits_for_the_first(
    folder: BundleFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The edge takes it after the probation of the other, which is longer than it has to take one at once."""

    def meanwhile(passed_s: float) -> None:
        if passed_s < PROBATION_S:
            return
        folder.finish("other")
        request = folder.take()
        if request is not None:
            kept = InstallStatus(bundle="new", step=InstallStep.KEPT, at_s=passed_s)
            folder.tell(request.id, [kept])

    monkeypatch.setattr(install, "time", Time(meanwhile))

    assert run(tmp_path) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["waiting", "kept"]


def test_a_bundle_that_is_never_done_with_does_not_make_the_next_wait_for_ever(
    folder: BundleFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the edge was killed while it installed the other: the request is taken back in the end."""
    clock = Time(lambda _: None)
    monkeypatch.setattr(install, "time", clock)

    with pytest.raises(ConfigError, match="no edge takes it"):
        run(tmp_path)

    longest_s = install.NEXT_WORD_WITHIN_S + PROBATION_S
    assert longest_s <= clock.passed_s < longest_s + 1.0
    assert folder.take() is None
