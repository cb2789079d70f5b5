"""`vitalward fleet`: thousands of wearers in real time, and how a broker and a subscriber bear them."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
from pathlib import Path

import paho.mqtt.client as paho

from device_sim.brokers import BROKERS, default_broker, open_broker
from device_sim.clients import connected
from device_sim.fleet.listener import listening
from device_sim.fleet.log import Log, match, read_log
from device_sim.fleet.play import Fleet, FleetPlan, Logs
from device_sim.fleet.report import fleet_report, fleet_summary
from device_sim.options import output, write_json
from device_sim.stopping import INTERRUPTED, Stop, Stopped, stop_on_signals
from edge.contract.errors import ConfigError
from edge.contract.numbers import number, whole
from edge.contract.topics import Topics, checked_prefix


def main(argv: list[str]) -> int:
    """Play; 0 when nothing was lost, 1 otherwise."""
    options = _parser().parse_args(argv)
    plan = FleetPlan(
        wearers=options.wearers,
        ramp_s=options.ramp,
        steady_s=options.steady,
        churn_per_min=options.churn,
        batch_s=options.batch,
        is_shared=options.connections == "shared",
        seed=options.seed,
    )
    _allow_files(plan)
    try:
        with stop_on_signals() as stop:
            return _run(plan, Topics(options.prefix), options, stop)
    except Stopped:
        sys.stderr.write("stopped\n")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vitalward fleet", description=__doc__)
    parser.add_argument(
        "--wearers", type=whole(1, 99_999), default=1000, metavar="N", help="default: %(default)s"
    )
    parser.add_argument(
        "--connections",
        choices=["each", "shared"],
        default="each",
        help="one for each wearer or one for all (default: %(default)s)",
    )
    parser.add_argument(
        "--ramp",
        type=number(0, 999_999),
        default=30.0,
        metavar="S",
        help="seconds to come together (default: 30)",
    )
    parser.add_argument(
        "--steady",
        type=number(0, 999_999),
        default=60.0,
        metavar="S",
        help="seconds to stay, measured (default: 60)",
    )
    parser.add_argument(
        "--churn",
        type=number(0, 999_999),
        default=0.0,
        metavar="N",
        help="so many a minute are gone without a word and back after 10 s (default: 0)",
    )
    parser.add_argument(
        "--batch", type=number(1, 60), default=5.0, metavar="S", help="seconds between messages (default: 5)"
    )
    parser.add_argument("--seed", type=whole(0), default=1, help="seed of all lives (default: %(default)s)")
    parser.add_argument("--broker", default=default_broker(), help=f"{BROKERS} (default: %(default)s)")
    parser.add_argument(
        "--prefix",
        type=checked_prefix,
        default="vitalward",
        help="first part of all topics (default: %(default)s)",
    )
    parser.add_argument("--json", type=output, metavar="F", help="write the figures here")
    return parser


def _allow_files(plan: FleetPlan) -> None:
    """Each connection is a file, here and in a broker of our own; ConfigError where these are too many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 200 + (1 if plan.is_shared else plan.wearers)
    if hard == resource.RLIM_INFINITY:
        raised = max(soft, needed)
    elif needed > hard:
        allowed = f"up to {hard - 200}, --connections shared, or a higher ulimit -Hn"
        raise ConfigError(f"{plan.wearers} connections", where="--wearers", allowed=allowed)
    else:
        raised = hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))


def _run(plan: FleetPlan, topics: Topics, options: argparse.Namespace, stop: Stop) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="vitalward-fleet-") as name,
        open_broker(options.broker) as broker,
    ):
        sent, wills, heard = (Path(name) / part for part in ("sent", "wills", "heard"))
        end = f"{topics.root}/simulator/end/{os.getpid()}"
        # The listener and the members cannot say why they are not let in.
        with connected(broker.address):
            pass
        with listening(broker.address, topics, end, heard, stop.check) as listener:
            with sent.open("wb") as sent_file, wills.open("wb") as wills_file:
                fleet = Fleet(plan, broker.address, topics, Logs(Log(sent_file), Log(wills_file)))
                played = asyncio.run(fleet.play(stop.check))
            with connected(broker.address) as client:
                listener.await_end(lambda: _tell_end(client, end), stop.check)
        report = fleet_report(
            plan,
            played,
            match(read_log(sent), read_log(heard)),
            match(read_log(wills), read_log(heard)),
        )
    sys.stdout.write(fleet_summary(report) + "\n")
    if options.json:
        write_json(options.json, report)
    return 0 if not report["lost"] and not report["wills_lost"] else 1


def _tell_end(client: paho.Client, end: str) -> None:
    """The message that tells the listener that it is over."""
    client.publish(end, b"{}", qos=1)
