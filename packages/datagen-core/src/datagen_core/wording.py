"""Sizes and durations as people say them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def size(count: float) -> str:
    """Bytes, in powers of 1,000."""
    for unit in _UNITS[:-1]:
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} {_UNITS[-1]}"


def duration(seconds: float) -> str:
    """Seconds, in the unit that fits."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days"


def counted(number: float) -> str:
    """A count that is estimated: three digits, all of them below a thousand."""
    if number >= 1000:
        digits = len(str(round(number)))
        number = round(number, 3 - digits)
    return f"{round(number):,}"


def table(rows: list[list[str]], right: tuple[int, ...] = (), indent: int = 2) -> str:
    """Lines of cells in columns as wide as they need to be; those listed in `right` are set to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = (
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(" " * indent + line.rstrip() for line in lines)
