"""One connection to a broker that costs a socket and little more; see decision 0015 for why it is our own."""

from __future__ import annotations

import asyncio
from typing import Self

from device_sim.brokers import Address
from device_sim.devices.formats import Packet
from device_sim.fleet.packets import CONNACK, DISCONNECT, HIGHEST_ID, PUBACK, Will, connect, publish, received
from edge.contract.errors import RuntimeMissingError

CONNECT_TIMEOUT_S = 30.0
KEEPALIVE_S = 120


class Connection(asyncio.Protocol):
    """Publishes at QoS 1; `unconfirmed` is what the broker has not taken yet, by packet id."""

    __slots__ = ("_accepted", "_last_id", "_rest", "_transport", "confirmed", "is_open", "unconfirmed")

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._accepted: asyncio.Future[int] | None = None
        self._rest = b""
        self._last_id = 0
        self.unconfirmed: dict[int, Packet] = {}
        self.confirmed = 0
        self.is_open = False

    @classmethod
    async def open(cls, address: Address, client_id: str, will: Will | None) -> Self:
        """A connection that the broker has accepted; RuntimeMissingError when it does not."""
        loop = asyncio.get_running_loop()
        try:
            transport, connection = await loop.create_connection(cls, *address)
        except OSError as error:
            raise RuntimeMissingError(
                str(error.strerror or error), where=address.url, allowed="a broker with room (ulimit -n)"
            ) from None
        connection._accepted = loop.create_future()
        transport.write(connect(client_id, keepalive_s=KEEPALIVE_S, will=will))
        try:
            code = await asyncio.wait_for(connection._accepted, CONNECT_TIMEOUT_S)
        except TimeoutError:
            code = -1
        connection._accepted = None
        if code != 0:
            transport.abort()
            said = "no answer" if code < 0 else f"it refuses the connection with code {code}"
            raise RuntimeMissingError(said, where=address.url, allowed="a broker that lets anybody in")
        connection.is_open = True
        return connection

    def send(self, packets: list[Packet]) -> None:
        """Publish; RuntimeMissingError when the broker has stopped taking anything."""
        assert self._transport is not None
        if len(self.unconfirmed) + len(packets) > HIGHEST_ID // 2:
            raise RuntimeMissingError(
                f"{len(self.unconfirmed)} messages unconfirmed",
                where="the broker",
                allowed="one that keeps up",
            )
        written = []
        for packet in packets:
            packet_id = self._last_id % HIGHEST_ID + 1
            while packet_id in self.unconfirmed:
                packet_id = packet_id % HIGHEST_ID + 1
            self._last_id = packet_id
            self.unconfirmed[packet_id] = packet
            written.append(publish(packet.topic, packet.payload, packet_id))
        self._transport.write(b"".join(written))

    def leave(self) -> None:
        """Say goodbye: the broker forgets the last will."""
        if self._transport is not None:
            self._transport.write(DISCONNECT)
            self._transport.close()
        self.is_open = False

    def drop(self) -> None:
        """Go without a word, as a device that is carried away."""
        if self._transport is not None:
            self._transport.abort()
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the loop with what the broker sends."""
        packets, self._rest = received(self._rest + data)
        for packet in packets:
            if packet.kind == PUBACK:
                packet_id = int.from_bytes(packet.body[:2], "big")
                self.confirmed += self.unconfirmed.pop(packet_id, None) is not None
            elif packet.kind == CONNACK and self._accepted is not None and not self._accepted.done():
                self._accepted.set_result(packet.body[1])

    def connection_lost(self, _error: Exception | None) -> None:
        """Called by the loop when the connection is gone, whoever ended it."""
        self.is_open, self._transport = False, None
        if self._accepted is not None and not self._accepted.done():
            self._accepted.set_result(-1)
