"""Simulated time against real time, and the wish to stop."""

from __future__ import annotations

import math
import os
import signal

import pytest

from device_sim.pace import Pace
from device_sim.stopping import Stop, Stopped, stop_on_signals


def nothing() -> None:
    """A check that finds nothing."""


class SlowSleeper:
    """A clock that sleeping alone moves, each sleep a millisecond too long."""

    def __init__(self) -> None:
        self.now_s = 50.0

    def clock(self) -> float:
        return self.now_s

    def sleep(self, wait_s: float) -> None:
        self.now_s += wait_s + 0.001


def test_a_pace_keeps_to_its_speed_without_adding_up_errors() -> None:
    """Forty thousand steps in 0.2 s: that is 5 us for each, less than any sleep overshoots."""
    real = SlowSleeper()
    pace = Pace(1000.0, 100.0, real.clock, real.sleep)

    for n in range(1, 40_001):
        pace.wait_until(1000.0 + 0.0005 * n, nothing)

    assert 50.2 <= real.now_s < 50.202


def test_an_infinite_pace_never_waits() -> None:
    """A year passes at once."""
    real = SlowSleeper()

    Pace(0.0, math.inf, real.clock, real.sleep).wait_until(31_557_600.0, nothing)

    assert real.now_s == 50.0


@pytest.mark.parametrize("speed", [1.0, math.inf])
def test_a_wait_ends_when_the_user_stops(speed: float) -> None:
    """Neither an hour's wait nor none at all goes on after that."""
    stop = Stop()
    stop.ask()

    with pytest.raises(Stopped):
        Pace(0.0, speed).wait_until(3600.0, stop.check)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_noted_and_the_old_handler_comes_back(number: signal.Signals) -> None:
    """Within the block a signal breaks nothing off; after it, things are as before."""
    before = signal.getsignal(number)

    with stop_on_signals() as stop:
        stop.check()
        os.kill(os.getpid(), number)
        with pytest.raises(Stopped):
            stop.check()

    assert signal.getsignal(number) is before


def test_under_nohup_a_run_outlives_its_terminal() -> None:
    """SIGHUP that is ignored outside the block stays ignored within it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            stop.check()
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
