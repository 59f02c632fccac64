"""Small charts as SVG: panels beside each other, bars for data, lines and dots for what was declared. No library needed.

Colours follow the reader's light or dark scheme; nothing is drawn behind the panels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

STYLE = """
text { font: 11px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #24292f }
.axis { stroke: #8c959f; stroke-width: 1 }
.data { fill: #6e9bd1; stroke: none }
.path { fill: none; stroke: #3b78c3; stroke-width: 1.6 }
.law { fill: none; stroke: #d4682b; stroke-width: 1.6; stroke-dasharray: 5 3 }
.mark { stroke: #d4682b; stroke-linecap: round }
.point { stroke: #3b78c3; stroke-linecap: round }
.band { fill: #d4682b; fill-opacity: 0.18 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .title { fill: #e6edf3 } .axis { stroke: #656c76 }
  .data { fill: #4a78b0 } .path { stroke: #79aef0 } .point { stroke: #79aef0 }
  .law { stroke: #f0883e } .mark { stroke: #f0883e } .band { fill: #f0883e }
}
""".strip()
HEIGHT, TOP, BOTTOM, LEFT, GAP = 170, 24, 24, 40, 14


@dataclass
class Panel:
    """One pair of axes.

    Parameters
    ----------
    title
        Above it.
    x, y
        The ends of the axes.
    ticks
        Places on the x axis and their labels.
    width
        Of the drawing, in pixels.
    percent
        Whether the y axis counts in percent.
    """

    title: str
    x: tuple[float, float]
    y: tuple[float, float]
    ticks: Sequence[tuple[float, str]] = ()
    width: int = 200
    percent: bool = False
    marks: list[str] = field(default_factory=list)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        inner = HEIGHT - TOP - BOTTOM
        right = (x - self.x[0]) / (self.x[1] - self.x[0]) * self.width
        up = (min(max(y, self.y[0]), self.y[1]) - self.y[0]) / (self.y[1] - self.y[0]) * inner
        return round(right, 1), round(TOP + inner - up, 1)

    def bars(self, edges: Sequence[float], heights: Iterable[float], gap: float = 1.0) -> Panel:
        """Bars between neighbouring edges."""
        for left, right, height in zip(edges, edges[1:], heights, strict=False):
            (x0, y0), (x1, _) = self._at(left, height), self._at(right, 0)
            floor = self._at(left, self.y[0])[1]
            size = f'width="{max(x1 - x0 - gap, 0.6):.1f}" height="{max(floor - y0, 0):.1f}"'
            self.marks.append(f'<rect class="data" x="{x0 + gap / 2:.1f}" y="{y0}" {size}/>')
        return self

    def line(self, xs: Iterable[float], ys: Iterable[float], kind: str = "law") -> Panel:
        """A line: `law` for what was declared, `path` for data."""
        points = " ".join(f"{x},{y}" for x, y in (self._at(*pair) for pair in zip(xs, ys, strict=True)))
        self.marks.append(f'<polyline class="{kind}" points="{points}"/>')
        return self

    def dots(self, xs: Iterable[float], ys: Iterable[float], kind: str = "mark", size: float = 4.5) -> Panel:
        """Dots: `mark` for what was declared, `point` for data."""
        places = "".join(f"M{x} {y}h0" for x, y in (self._at(*pair) for pair in zip(xs, ys, strict=True)))
        self.marks.append(f'<path class="{kind}" stroke-width="{size}" d="{places}"/>')
        return self

    def band(self, start: float, end: float) -> Panel:
        """A strip of the x axis, such as a window of time."""
        x0, x1 = self._at(start, 0)[0], self._at(end, 0)[0]
        size = f'width="{x1 - x0:.1f}" height="{HEIGHT - TOP - BOTTOM}"'
        self.marks.insert(0, f'<rect class="band" x="{x0}" y="{TOP}" {size}/>')
        return self

    def drawn(self, left: int) -> str:
        """The panel as SVG, `left` pixels from the picture's edge."""
        floor = HEIGHT - BOTTOM
        parts = [
            f'<g transform="translate({left},0)">',
            f'<text class="title" x="0" y="14">{escape(self.title)}</text>',
            *self.marks,
            f'<path class="axis" d="M0 {floor}H{self.width}M0 {TOP}V{floor}"/>',
            *(self._tick(place, label) for place, label in self.ticks),
            *(f'<text text-anchor="end" x="-4" y="{self._at(0, y)[1] + 4}">{self._label(y)}</text>' for y in self.y),
            "</g>",
        ]
        return "\n".join(parts)

    def _tick(self, place: float, label: str) -> str:
        x = self._at(place, 0)[0]
        anchor = "start" if x < 8 else "end" if x > self.width - 8 else "middle"
        return f'<text text-anchor="{anchor}" x="{x}" y="{HEIGHT - BOTTOM + 14}">{escape(label)}</text>'

    def _label(self, value: float) -> str:
        return f"{value:.0%}" if self.percent else f"{value:.3g}"


def picture(*panels: Panel) -> str:
    """Panels beside each other, as a whole SVG."""
    lefts, left = [], LEFT
    for panel in panels:
        lefts.append(left)
        left += panel.width + GAP + LEFT
    width = left - LEFT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}">'
    drawn = "\n".join(panel.drawn(at) for panel, at in zip(panels, lefts, strict=True))
    return f"{head}\n<style>\n{STYLE}\n</style>\n{drawn}\n</svg>\n"
