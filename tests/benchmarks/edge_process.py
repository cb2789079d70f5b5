"""How soon an edge judges, and what it holds: `python -m tests.benchmarks.edge_process`.

Prints the seconds from the start of the process to the first window judged, against the seconds a bare
Python needs to import numpy and LiteRT in the same run, and the memory with 100 wearers judged.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from device_sim import brokers
from tests.support.peers import Client, EdgeProcess

ROOT = "vitalward/v1"
MIB = 1024 * 1024


def send_beats(client: Client, wearer: str, start_s: float, seq: int, count: int = 64) -> None:
    """One batch of plausible intervals."""
    times_s = [start_s + 0.8 * beat for beat in range(count)]
    values = [800.0 + (37 * beat) % 50 for beat in range(count)]
    client.send(
        f"{ROOT}/samples/{wearer}/strap/rr", {"seq": seq, "times_s": times_s, "values": {"rr": values}}
    )


def main() -> None:
    """Measure once and print."""
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", "import numpy, ai_edge_litert.interpreter"], check=True)
    bare_s = time.monotonic() - began_s
    with brokers.mosquitto() as broker, tempfile.TemporaryDirectory() as folder:
        client = Client(broker.address, f"{ROOT}/edge/#", f"{ROOT}/wearers/#")
        edge = EdgeProcess(Path(folder), broker.address)
        began_s = time.monotonic()
        process = edge.start()
        client.wait_online()
        online_s = time.monotonic() - began_s
        send_beats(client, "w0", time.time() - 60.0, seq=0)
        client.wait_for(
            lambda m: "/wearers/" in m.topic and "rhythm" in m.tree.get("models", {}), "judgement"
        )
        judged_s = time.monotonic() - began_s
        for number in range(1, 100):
            send_beats(client, f"w{number}", time.time() - 60.0, seq=0)
        client.wait_counter("processed", 100)
        memory = psutil.Process(process.pid).memory_info()
        edge.terminate()
        client.close()
    sys.stdout.write(
        f"import numpy and LiteRT   {bare_s:.2f} s\n"
        f"edge online               {online_s:.2f} s\n"
        f"first window judged       {judged_s:.2f} s, {judged_s / bare_s:.1f} times the bare imports\n"
        f"memory, 100 wearers       {memory.rss / MIB:.1f} MiB, of it {memory.shared / MIB:.1f} shared\n"
    )


if __name__ == "__main__":
    main()
