"""Regular expressions that DuckDB (RE2) and Polars (Rust's regex) read alike."""

from __future__ import annotations

import re

_ASCII = {"d": "0-9", "w": "0-9A-Za-z_", "s": r" \t\n\f\r\v"}


def portable(pattern: str) -> str | None:
    r"""The pattern with ``\d``, ``\w``, ``\s`` spelled out, which one engine reads as Unicode and the other as ASCII.

    Anchors at its two ends are dropped, as whole values are matched. None for a pattern that no engine without
    backtracking reads (look-around, back references), or that is none.
    """
    try:
        re.compile(pattern)
    except re.error:
        return None
    if re.search(r"\(\?(?:[=!<]|P[=>])|\\[1-9bBAZzGDWSpP]", pattern):
        return None
    return _spelled_out(_without_anchors(pattern))


def _without_anchors(pattern: str) -> str:
    body = pattern.removeprefix("^")
    return body[:-1] if body.endswith("$") and not body.endswith("\\$") else body


def _spelled_out(pattern: str) -> str:
    written, in_class, position = [], False, 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and position + 1 < len(pattern):
            letter = pattern[position + 1]
            spelled = _ASCII.get(letter)
            written.append((spelled if in_class else f"[{spelled}]") if spelled else char + letter)
            position += 2
            continue
        in_class = (in_class or char == "[") and char != "]"
        written.append(char)
        position += 1
    return "".join(written)
