"""What the tests of the pages share."""

from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture
def mosquitto_clients(request: pytest.FixtureRequest) -> None:
    """The broker and the clients the tutorial uses; missing ones fail in CI and skip on a laptop."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    missing = [
        name
        for name in ("mosquitto", "mosquitto_pub", "mosquitto_sub")
        if shutil.which(name, path=path) is None
    ]
    if missing:
        reason = f"{', '.join(missing)} missing: apt install mosquitto mosquitto-clients"
        if os.environ.get("CI", "").lower() == "true" or request.config.getoption("--require-broker"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
