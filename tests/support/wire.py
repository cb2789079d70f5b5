"""A wire between a client and its broker that can break in the ways that wires do."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from device_sim.brokers import HOST, Address


class Wire:
    """Listens at `address` and carries every connection to the broker, until it is told not to.

    While `is_mute` nothing that the client says arrives, and it cannot know: it is told so by nobody. While
    `is_away` connections are taken and closed at once; `refused` counts them.
    """

    def __init__(self, broker: Address) -> None:
        self.is_mute = False
        self.is_away = False
        self.refused = 0
        self._broker = broker
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server((HOST, 0))
        self.address = Address(HOST, self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection there is; what is on its way is lost."""
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_away:
                self.refused += 1
                client.close()
                continue
            broker = socket.create_connection(self._broker)
            self._pairs.append((client, broker))
            threading.Thread(target=self._carry, args=(client, broker, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(broker, client, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_client: bool) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if not (is_client and self.is_mute):
                    sink.sendall(said)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
