"""The live view: each wearer's vitals and conditions, alerts and advice, as a subscriber sees them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from device_sim.scenario import Scenario
from device_sim.subscriber import Inbox
from edge.contract.messages import Advice, Alert, Phase, Priority, WearerStatus

REFRESH_PER_S = 4
ALERTS_SHOWN = 9
ADVICE_SHOWN = 5
WHOLE_TEXTS_FROM_ROWS = 40
_STYLES = {Priority.LOW: "cyan", Priority.MEDIUM: "yellow", Priority.HIGH: "bold red"}

Show = Callable[[float], None]


@contextmanager
def shown(scenario: Scenario, inbox: Inbox, *, live: bool) -> Iterator[Show]:
    """Show what arrives while the block runs; call the result with the simulated time, in Unix seconds.

    A terminal gets a view that redraws itself, anything else a line for each message.
    """
    if live:
        with live_view(scenario, inbox) as show:
            yield show
    else:
        log = Log(inbox)
        yield log.catch_up
        log.catch_up(scenario.start_s + scenario.length_s)


@contextmanager
def live_view(scenario: Scenario, inbox: Inbox) -> Iterator[Show]:
    """A view that redraws itself."""
    now_s = scenario.start_s

    console = Console()

    def render() -> RenderableType:
        return screen(scenario, inbox, now_s, is_small=console.height < WHOLE_TEXTS_FROM_ROWS)

    def show(at_s: float) -> None:
        nonlocal now_s
        now_s = at_s

    with Live(console=console, get_renderable=render, refresh_per_second=REFRESH_PER_S):
        yield show


class Log:
    """A line for each alert and each piece of advice, in order of arrival."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._alerts = 0
        self._advice = 0

    def catch_up(self, _now_s: float) -> None:
        """Write what arrived since the last call."""
        alerts, advice = self._inbox.alerts()[self._alerts :], self._inbox.advice()[self._advice :]
        self._alerts += len(alerts)
        self._advice += len(advice)
        for line in [*map(alert_line, alerts), *map(advice_line, advice)]:
            sys.stdout.write(line + "\n")
        if alerts or advice:
            sys.stdout.flush()


def alert_line(alert: Alert) -> str:
    """An alert in one line; advice on what to do is given at its start only."""
    text = f": {alert.text}" if alert.phase is Phase.START else ""
    if alert.phase is Phase.END and alert.end_reason is not None:
        text = f": {alert.end_reason}"
    at_s = alert.end_s if alert.end_s is not None else alert.at_s
    return f"{clock(at_s)} {alert.wearer:<6} {alert.priority:<6} {alert.phase:<6} {alert.condition}{text}"


def advice_line(advice: Advice) -> str:
    """A piece of advice in one line."""
    return f"{clock(advice.at_s)} {advice.wearer:<6} advice        {advice.rule}: {advice.text}"


def clock(at_s: float) -> str:
    """The time of day, in UTC."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S")


def screen(scenario: Scenario, inbox: Inbox, now_s: float, *, is_small: bool) -> RenderableType:
    """What is known at a simulated time; a small screen gets one row for each message."""
    share = (now_s - scenario.start_s) / scenario.length_s
    alerts = _alert_lines(inbox.alerts()[-ALERTS_SHOWN:])
    advice = _advice_lines(inbox.advice()[-ADVICE_SHOWN:])
    if is_small:
        for text in (alerts, advice):
            text.no_wrap, text.overflow = True, "ellipsis"
    return Group(
        Text(f"{scenario.name}: {clock(now_s)} UTC of the wearers' day, {share:.0%}", style="bold"),
        _vitals(scenario, inbox),
        Panel(alerts, title="alerts", title_align="left"),
        Panel(advice, title="advice", title_align="left"),
    )


def _vitals(scenario: Scenario, inbox: Inbox) -> Table:
    table = Table(expand=True)
    for column in ("wearer", "HR /min", "RR ms", "BP mmHg", "steps", "strap", "conditions"):
        table.add_column(column)
    for wearer in scenario.wearers:
        columns = {
            name: values[-1]
            for topic, batch in inbox.last_samples().items()
            if topic.wearer == wearer
            for name, values in batch.values.items()
        }
        status = inbox.wearer_status(wearer)
        table.add_row(
            wearer,
            _number(columns.get("hr")),
            _number(columns.get("rr")),
            f"{_number(columns.get('systolic'))}/{_number(columns.get('diastolic'))}"
            if "systolic" in columns
            else "",
            _number(columns.get("cadence")),
            {None: "", 0.0: "off"}.get(columns.get("contact"), "on"),
            Text(_conditions(status), style="bold"),
        )
    return table


def _conditions(status: WearerStatus | None) -> str:
    """The active conditions; what follows the slash says on which signal each was seen."""
    return "" if status is None else ", ".join(active.split("/")[0] for active in status.active)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _alert_lines(alerts: list[Alert]) -> Text:
    lines = [
        Text(alert_line(alert), style="dim" if alert.phase is Phase.END else _STYLES[alert.priority])
        for alert in alerts
    ]
    return Text("\n").join(lines) if lines else Text("none so far", style="dim")


def _advice_lines(advice: list[Advice]) -> Text:
    return Text("\n".join(map(advice_line, advice))) if advice else Text("none so far", style="dim")
