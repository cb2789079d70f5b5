"""How long a simulated day takes: `python -m tests.benchmarks.simulated_day`.

One wearer with strap, wristband (pulse intervals too), cuff and bed sensor lives an ordinary day; everything
is encoded as it would be sent. Prints the CPU seconds of this process for a day, best of three, with what was
sent.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from device_sim.devices.kinds import DeviceKind, DevicePlan
from device_sim.events import Routine
from device_sim.scenario import Scenario, WearerPlan
from device_sim.simulate import Story, simulate
from edge.contract.samples import Mode
from edge.contract.topics import Topics

DAY_S = 86_400.0


def main() -> None:
    """Measure and print."""
    plan = WearerPlan(
        devices=(
            DevicePlan(kind=DeviceKind.STRAP),
            DevicePlan(kind=DeviceKind.WRISTBAND, rr_from_pulse=True),
            DevicePlan(kind=DeviceKind.CUFF),
            DevicePlan(kind=DeviceKind.BED_SENSOR),
        ),
        events=(Routine(at_s=0.0, for_s=DAY_S, cuff_h=(7.5, 20.0)),),
    )
    start = datetime(2026, 3, 2, tzinfo=UTC)
    scenario = Scenario(name="day", text="a day", start=start, length_s=DAY_S, wearers={"ada": plan})
    took_s = []
    for seed in range(3):
        began_s = time.process_time()
        packets = [
            packet for step in simulate(Story(scenario, seed), Mode.TEST, Topics()) for packet in step.packets
        ]
        took_s.append(time.process_time() - began_s)
    sizes = sum(len(packet.payload) for packet in packets)
    print(f"{min(took_s):.2f} s for a day of {len(packets)} messages, {sizes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
