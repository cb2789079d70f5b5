"""What a fleet's play has shown, in JSON and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from device_sim.fleet.log import Matched
from device_sim.fleet.play import FleetPlan, Played

_PERCENTILES = (50, 95, 99, 100)


def fleet_report(plan: FleetPlan, played: Played, samples: Matched, wills: Matched) -> dict[str, Any]:
    """Rates, delays and the simulator's own CPU are those of the steady time; losses those of all."""
    begin, end = played.begin, played.end
    lasted_s, messages = end.at_s - begin.at_s, end.messages - begin.messages
    cpu_s = end.cpu_s - begin.cpu_s
    is_steady = (samples.sent_s >= begin.at_s) & (samples.sent_s < end.at_s)
    grown = (
        None
        if end.resident_bytes is None or played.before.resident_bytes is None
        else end.resident_bytes - played.before.resident_bytes
    )
    return {
        "wearers": plan.wearers,
        "connections": "shared" if plan.is_shared else "each",
        "ramp_s": plan.ramp_s,
        "steady_s": round(lasted_s, 2),
        "batch_s": plan.batch_s,
        "seed": plan.seed,
        "messages": samples.lost + len(samples.delay_s),
        "handed_over_per_s": round(messages / lasted_s, 1),
        "confirmed_per_s": round((end.confirmed - begin.confirmed) / lasted_s, 1),
        "payload_kib_per_s": round((end.sent_bytes - begin.sent_bytes) / lasted_s / 1024.0, 1),
        **_delays("delay_ms", samples.delay_s[is_steady]),
        "lost": samples.lost,
        "twice": samples.twice,
        "unconfirmed": played.unconfirmed,
        "departures": played.departures,
        "wills_owed": wills.lost + len(wills.delay_s),
        "wills_lost": wills.lost,
        **_delays("will_ms", wills.delay_s),
        "broken_connections": played.breaks,
        **_delays("connect_ms", np.array(played.connect_s)),
        "behind_ms_max": round(1000.0 * played.behind_s, 1),
        "cpu_cores": round(cpu_s / lasted_s, 4),
        "cpu_us_per_message": round(1e6 * cpu_s / messages, 1) if messages else None,
        "memory_kb_per_wearer": None if grown is None else round(grown / 1000.0 / plan.wearers, 2),
    }


def fleet_summary(report: dict[str, Any]) -> str:
    """The report in some lines for people."""
    connections = "one connection for all" if report["connections"] == "shared" else "a connection each"
    lines = [
        f"{report['wearers']} wearers, {connections}; {report['steady_s']:g} s after a ramp of "
        f"{report['ramp_s']:g} s, a message of each signal every {report['batch_s']:g} s",
        f"  published {report['handed_over_per_s']:g} messages/s, confirmed {report['confirmed_per_s']:g}/s, "
        f"{report['payload_kib_per_s']:g} KiB/s; at most {report['behind_ms_max']:g} ms behind time",
        f"  to a subscriber {_told(report, 'delay_ms')}; lost {report['lost']}, twice {report['twice']} "
        f"of {report['messages']}, unconfirmed {report['unconfirmed']}",
    ]
    if report["connections"] == "each":
        lines += [
            f"  connected {_told(report, 'connect_ms')}; broken connections {report['broken_connections']}",
            f"  gone without a word {report['departures']}, last wills {report['wills_owed']}, of which lost "
            f"{report['wills_lost']}, told {_told(report, 'will_ms')}",
        ]
    elif report["broken_connections"]:
        lines.append(f"  broken connections {report['broken_connections']}")
    lines.append(
        f"  the simulator itself: {report['cpu_cores']:g} of a core, "
        f"{_shown(report['cpu_us_per_message'])} us a message, "
        f"{_shown(report['memory_kb_per_wearer'])} kB a wearer"
    )
    return "\n".join(lines)


def _delays(name: str, delays_s: NDArray[np.float64]) -> dict[str, float | None]:
    words = ["max" if at == 100 else f"p{at}" for at in _PERCENTILES]
    if not len(delays_s):
        return dict.fromkeys(f"{name}_{word}" for word in words)
    values = np.percentile(1000.0 * delays_s, _PERCENTILES).tolist()
    return {f"{name}_{word}": round(value, 2) for word, value in zip(words, values, strict=True)}


def _told(report: dict[str, Any], name: str) -> str:
    p50, p95, p99, most = (_shown(report[f"{name}_{word}"]) for word in ("p50", "p95", "p99", "max"))
    return f"after {p50} ms (95 % {p95}, 99 % {p99}, at most {most})"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
