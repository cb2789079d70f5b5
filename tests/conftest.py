"""Fixtures for the real peers that tests talk to, and the rule that none of them is skipped in silence."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from device_sim import brokers
from edge.contract.errors import RuntimeMissingError

# The same examples every time, and no verdict on how busy the machine is.
settings.register_profile(
    "vitalward", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("vitalward")

# Where the longest files are: begun first, so that no core ends up alone with one of them.
LONG = (
    "scenario",
    "broker",
    "unit/converter",
    "unit/training",
    "parity",
    "docs",
    "unit/device_sim",
    "unit/edge",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-broker",
        action="store_true",
        help="fail, not skip, where a broker is missing (CI=true too)",
    )
    parser.addoption(
        "--require-training",
        action="store_true",
        help="fail, not skip, where TensorFlow is missing (CI=true too)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "training: needs TensorFlow, which only training machines have")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = item.path.parent.relative_to(Path(__file__).parent).as_posix()
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=place)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def absent(request: pytest.FixtureRequest | pytest.Item, option: str | None, reason: str) -> None:
    """Skip with the reason on a laptop; fail in CI, or where the option asks for it."""
    if in_ci() or (option is not None and request.config.getoption(option)):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # Ahead of all fixtures: one made once for a file would be the first to miss it.
    if item.get_closest_marker("training") and importlib.util.find_spec("tensorflow") is None:
        absent(item, "--require-training", "TensorFlow is missing: pip install 'vitalward[training]'")


@pytest.fixture
def mosquitto(request: pytest.FixtureRequest) -> Iterator[brokers.LocalBroker]:
    """A private mosquitto on a free port that keeps its queues over stop and start."""
    try:
        with brokers.mosquitto(persistence=True) as broker:
            yield broker
    except RuntimeMissingError as error:
        absent(request, "--require-broker", str(error))


@pytest.fixture
def embedded_broker(request: pytest.FixtureRequest) -> Iterator[brokers.LocalBroker]:
    """The embedded broker on a free port."""
    try:
        with brokers.embedded() as broker:
            yield broker
    except RuntimeMissingError as error:
        absent(request, "--require-broker", str(error))


@pytest.fixture(scope="session")
def recordings(request: pytest.FixtureRequest) -> Path:
    """The folder of recordings: VITALWARD_DATA, else ../shared/data beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("VITALWARD_DATA", beside))
    if not (folder / "afdb").is_dir():
        absent(request, None, f"no recordings in {folder}: set VITALWARD_DATA")
    return folder


@pytest.fixture
def closed_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[brokers.Address]:
    """A mosquitto that lets nobody in."""
    program = brokers.find_mosquitto()
    if program is None:
        absent(request, "--require-broker", "mosquitto is missing")
    with socket.socket() as probe:
        probe.bind((brokers.HOST, 0))
        address = brokers.Address(brokers.HOST, probe.getsockname()[1])
    configuration = tmp_path / "closed.conf"
    configuration.write_text(f"listener {address.port} {address.host}\nallow_anonymous false\n")
    with (tmp_path / "closed.log").open("wb") as log:
        broker = brokers.LocalBroker([str(program), "-c", str(configuration)], address, log)
        broker.start()
        try:
            yield address
        finally:
            broker.stop()
