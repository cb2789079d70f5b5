"""The benchmark's figures belong together; what they are depends on the machine and is not asserted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from converter.commands.bench import main
from edge.bundles import SHIPPED


@pytest.mark.parametrize("task", ["rhythm", "risk"])
def test_the_benchmark_reports_each_figure_as_json(task: str) -> None:
    """Latencies of whole call, bare call and invoke, memory, load time and CPU time, in one object."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "edge", "bundle", "bench", str(SHIPPED[task])),
            *("--calls", "50", "--json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(done.stdout)
    assert (found["bundle"], found["calls"], found["kernels"]) == (f"{task}-1.0.0", 50, "reference")
    for name in ("whole_call_us", "bare_call_us", "invoke_us"):
        assert 0 < found[name]["p50"] <= found[name]["p99"]
    assert found["whole_over_bare"] == pytest.approx(
        found["whole_call_us"]["p50"] / found["bare_call_us"]["p50"], rel=1e-3
    )
    assert found["load_s"] > 0
    # A model that is asked has no signal to have an hour of.
    assert (found["cpu_s_per_hour_of_signal"] is None) == (task == "risk")


@pytest.mark.parametrize("calls", ["0", "-3"])
def test_at_least_one_call_is_timed(calls: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No calls have no median; the option says what it takes."""
    with pytest.raises(SystemExit):
        main([str(SHIPPED["rhythm"]), "--calls", calls])

    assert "must be a whole number, 1 or more" in capsys.readouterr().err
