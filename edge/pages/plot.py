"""Values over time as parts of an SVG picture; colours are classes of the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 760.0
LEFT: Final = 58.0
RIGHT: Final = 12.0
TOP: Final = 12.0
BOTTOM: Final = 26.0

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Plot:
    """Where times from `from_s` to `until_s` and values from `low` to `high` stand in a picture."""

    from_s: float
    until_s: float
    low: float
    high: float
    height: float

    def x(self, at_s: float) -> float:
        """Pixels from the left; what lies outside stands at the border."""
        share = (at_s - self.from_s) / (self.until_s - self.from_s)
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0)

    def y(self, value: float) -> float:
        """Pixels from the top; what lies outside stands at the border."""
        share = (value - self.low) / (self.high - self.low)
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * min(max(share, 0.0), 1.0)

    def line(self, points: Points, style: str) -> str:
        """A line through points."""
        path = " ".join(f"{self.x(at_s):.1f},{self.y(value):.1f}" for at_s, value in points)
        return f"<polyline class='{style}' points='{path}'/>"

    def band(self, low: Points, high: Points, style: str) -> str:
        """The area between two lines."""
        path = " ".join(
            f"{self.x(at_s):.1f},{self.y(value):.1f}" for at_s, value in [*high, *reversed(list(low))]
        )
        return f"<polygon class='{style}' points='{path}'/>"

    def box(self, span_s: tuple[float, float], low: float, high: float, style: str, title: str = "") -> str:
        """A rectangle; `title` is shown where a pointer rests on it."""
        left, right, top = self.x(span_s[0]), self.x(span_s[1]), self.y(high)
        told = f"<title>{escape(title)}</title>" if title else ""
        return (
            f"<rect class='{style}' x='{left:.1f}' y='{top:.1f}' width='{max(right - left, 2.0):.1f}' "
            f"height='{max(self.y(low) - top, 0.5):.1f}'>{told}</rect>"
        )

    def dot(self, at_s: float, value: float, style: str, title: str = "") -> str:
        """One value."""
        told = f"<title>{escape(title)}</title>" if title else ""
        place = f"cx='{self.x(at_s):.1f}' cy='{self.y(value):.1f}'"
        return f"<circle class='{style}' {place} r='3.2'>{told}</circle>"

    def ticks(self, named: Sequence[tuple[float, str]]) -> list[str]:
        """Times named below the picture, each with a line through it."""
        parts = []
        for at_s, name in named:
            x = self.x(at_s)
            parts.append(
                f"<line class='grid' x1='{x:.1f}' x2='{x:.1f}' y1='{TOP}' y2='{self.height - BOTTOM:.1f}'/>"
            )
            parts.append(_text(x, self.height - 8.0, name, "middle"))
        return parts

    def levels(self, named: Sequence[tuple[float, str]], *, with_lines: bool = True) -> list[str]:
        """Values named on the left, each with a line through it."""
        parts = []
        for value, name in named:
            y = self.y(value)
            if with_lines:
                parts.append(
                    f"<line class='grid' x1='{LEFT}' x2='{WIDTH - RIGHT:.1f}' y1='{y:.1f}' y2='{y:.1f}'/>"
                )
            parts.append(_text(LEFT - 6.0, y + 4.0, name, "end"))
        return parts

    def named(self, at_s: float, value: float, name: str, anchor: str = "start") -> str:
        """A word within the picture."""
        return _text(self.x(at_s), self.y(value), name, anchor)

    def picture(self, parts: Sequence[str], label: str, *, caption: str = "") -> str:
        """The whole picture; `label` is for those who cannot see it, `caption` the unit where it has one."""
        size = f"viewBox='0 0 {WIDTH:.0f} {self.height:.0f}'"
        drawn = f"<svg role='img' aria-label='{escape(label, quote=True)}' {size}>{''.join(parts)}</svg>"
        told = f"<p class='faint'>{escape(caption)}</p>" if caption else ""
        return f"{told}<div class='wide'>{drawn}</div>"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'>{escape(text)}</text>"
