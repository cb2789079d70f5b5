"""A child process with limits, as a loop looks after it that has other things to do."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

from edge.adapters.child import Child, Ended
from tests.support.patience import await_it


def waits_for(path: Path) -> list[str]:
    """A program that ends once there is a file."""
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "while not Path(sys.argv[1]).exists(): time.sleep(0.01)\n"
        "print('done')"
    )
    return [sys.executable, "-c", program, str(path)]


def test_it_can_be_asked_without_waiting_for_it(tmp_path: Path) -> None:
    """None while it runs, then what it said."""
    child = Child(waits_for(tmp_path / "end"), 60.0)
    assert child.poll() is None

    (tmp_path / "end").touch()
    ended = await_it(child.poll, "end of the child")

    assert ended == Ended(b"done\n", None)


def test_one_whose_time_is_up_is_killed_when_it_is_asked(tmp_path: Path) -> None:
    """It has not ended by itself, and is gone afterwards."""
    before = set(psutil.Process().children())
    child = Child(waits_for(tmp_path / "never"), 0.0)

    assert child.poll() == Ended(b"", "no answer within 0 s")
    assert set(psutil.Process().children()) == before


def test_a_child_can_be_ended(tmp_path: Path) -> None:
    """Whoever stops does not leave it behind."""
    before = set(psutil.Process().children())
    child = Child(waits_for(tmp_path / "never"), 60.0)

    child.kill()

    assert set(psutil.Process().children()) == before


def test_a_process_that_limits_itself_writes_no_file_and_gets_no_more_memory(tmp_path: Path) -> None:
    """What a model makes a library do there stays there."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from edge.adapters.child import limit_this_process\n"
        "limit_this_process()\n"
        "try: bytearray(3_000_000_000)\n"
        "except MemoryError: print('no memory')\n"
        "try: Path(sys.argv[1]).write_bytes(b'x')\n"
        "except OSError: print('no file')\n"
    )

    ended = Child([sys.executable, "-c", program, str(tmp_path / "file")], 60.0).wait()

    # Writing beyond the limit is an error here, since Python ignores the signal for it.
    assert ended == Ended(b"no memory\nno file\n", None)
