"""The process of the embedded broker: `python -m device_sim.embedded_broker PORT`.

It serves 127.0.0.1 only, and stops when its standard input ends, which a killed parent brings about too.
So it never outlives the command that started it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig

SHUTDOWN_S = 2.0


def configuration(port: int) -> BrokerConfig:
    """One listener on loopback, anyone may connect, nothing logged by packet."""
    return BrokerConfig(
        listeners={"default": ListenerConfig(bind=f"127.0.0.1:{port}")},
        plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    )


async def serve(port: int) -> None:
    """Run the broker until standard input ends or SIGTERM arrives."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def note_input() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin)
            stop.set()

    loop.add_reader(sys.stdin, note_input)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # A terminal sends Ctrl-C to the whole group; the parent says when the broker should go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    broker = Broker(configuration(port))
    await broker.start()
    try:
        await stop.wait()
    finally:
        # From Python 3.12 on the library waits for clients that do not think of leaving.
        with suppress(TimeoutError):
            await asyncio.wait_for(broker.shutdown(), SHUTDOWN_S)


def main() -> int:
    """Serve on the port given; exit code 1 when it cannot be bound."""
    # Dropped connections are ordinary here; what is serious comes as an exception.
    logging.disable(logging.ERROR)
    try:
        asyncio.run(serve(int(sys.argv[1])))
    except Exception as error:  # noqa: BLE001 - the library wraps a taken port in errors of its own
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
