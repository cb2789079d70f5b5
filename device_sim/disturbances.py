"""What befalls broker and gateway in the middle of a story, where the simulator itself has started them."""

from __future__ import annotations

from device_sim.events import Span


class BrokerRestart(Span, frozen=True, kw_only=True, tag="broker_restart"):
    """The broker is stopped for so long; what is published meanwhile waits at the devices."""


class EdgeKill(Span, frozen=True, kw_only=True, tag="edge_kill"):
    """The edge is killed without warning and started again after so long; the broker keeps its messages."""


Disturbance = BrokerRestart | EdgeKill
