"""docs/convert-your-own.md, done as it is written: from model.fit to the alert on a subscriber."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from converter.limits import Limits
from device_sim.brokers import LocalBroker
from edge.contract.manifest import Finding
from tests.docs.test_pages import blocks, read, section, tables
from tests.support.patience import PATIENCE_S
from tests.support.peers import Client

PAGE = read("docs/convert-your-own.md")


def commands(heading: str) -> list[list[str]]:
    """The `vitalward` commands under a heading, with this checkout's Python."""
    lines = [line for block in blocks(section(PAGE, heading), "sh") for line in block.splitlines()]
    return [
        [sys.executable, "-m", "edge", *shlex.split(line)[1:]]
        for line in lines
        if line.startswith("vitalward ")
    ]


@pytest.mark.training
def test_the_page_leads_from_fit_to_an_alert(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Each block is run in order in an empty folder; the page's question brings the alert it promises."""
    (script,) = blocks(PAGE, "py")
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    spec, config = blocks(PAGE, "toml")
    (tmp_path / "spec.toml").write_text(spec)
    (tmp_path / "edge.toml").write_text(config.replace("1883", str(mosquitto.address.port)))
    root = str(Path(__file__).parents[2])
    for command in (
        *commands("## 3. Convert"),
        *commands("## 4. Sign"),
        *commands("## On a microcontroller"),
    ):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env={"PYTHONPATH": root})
    ((_, topic, payload),) = re.findall(r"mosquitto_pub (-t) (\S+) -q 1 -m '(.*?)'", PAGE, re.DOTALL)

    (command,) = commands("## 5. Ask")
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, env={"PYTHONPATH": root})
    client = Client(mosquitto.address, "vitalward/v1/#")
    try:
        client.wait_for(lambda message: "/edge/" in message.topic and message.tree["state"] == "online")
        client.send(topic, payload.encode())

        answer = client.wait_for(lambda message: message.topic == "vitalward/v1/answers/real/ada/drowsy")
        alert = client.wait_for(lambda message: message.topic == "vitalward/v1/alerts/real/ada/drowsy")
    finally:
        client.close()
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert answer.tree["present"] is True
    assert alert.tree["text"] == "The driver looks drowsy: take a break."
    assert (tmp_path / "c" / "drowsy_golden.c").exists()
    assert (tmp_path / "drowsy-1.0.0.report.html").exists()


def test_the_page_has_the_keys_of_the_code() -> None:
    """Finding and gate are described key by key, limits with what they are unless set."""
    finding, gate = tables(PAGE)

    listed = [key.strip("` ") for row in finding for key in row["key of `[finding]`"].split(",")]
    assert sorted(listed) == sorted(field.name for field in msgspec.structs.fields(Finding))
    defaults = {row["key of `[gate]`"]: row["unless set"] for row in gate}
    assert {name: str(value) for name, value in msgspec.structs.asdict(Limits()).items()} == defaults
