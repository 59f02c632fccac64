"""Text that was read in the wrong encoding: undo it where a strict round trip proves it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Matches
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import in_key, text_spot, words
from datapolisher.steps import MapValues, Step
from datapolisher.workbench import Workbench

_LIMIT = 5_000
# What the first byte of a letter beyond ASCII turns into when UTF-8 is read as CP1252 or Latin-1.
_SUSPECT = "(?s).*[ÂÃÄÅÆÇÈÉÊËÎÏÐÑØÙãäåâæçèéðï][\\x{80}-\\x{bf}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ].*"
# CP1252 leaves these bytes out, and readers then keep them as they are.
_HOLES = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
_TWICE = 3


def mended(value: str) -> str | None:
    """What was meant, if reading its UTF-8 bytes as CP1252 gives `value` exactly; None if nothing proves it."""
    text, proved = value, False
    for _ in range(_TWICE):
        once = _undone(text)
        if once is None:
            break
        text, proved = once, True
    return text if proved else None


def _undone(value: str) -> str | None:
    """One wrong reading undone; None where a letter is lost, or nothing was damaged."""
    try:
        meant = b"".join(map(_byte, value)).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None
    if meant == value or any(unicodedata.category(char) in {"Cc", "Co", "Cn"} for char in meant):
        return None
    return meant if "".join(map(_misread, meant.encode("utf-8"))) == value else None


def _byte(char: str) -> bytes:
    return bytes([ord(char)]) if ord(char) in _HOLES or ord(char) < 0x80 else char.encode("cp1252")


def _misread(byte: int) -> str:
    return chr(byte) if byte in _HOLES else bytes([byte]).decode("cp1252")


def _mapping(finding: Finding, context: Context) -> dict[str, str]:
    return context.once(("encoding", finding.id), lambda: _mended_values(finding, context))


def _mended_values(finding: Finding, context: Context) -> dict[str, str]:
    place = text_spot(finding, context)
    if place is None or in_key(context, place):
        return {}
    with Workbench(context.dataset) as bench:
        damaged = bench.distinct(place.table, place.column, _LIMIT, Matches(place.here, _SUSPECT))
    pairs = {value: mended(value) for value in damaged or ()}
    return {old: new for old, new in pairs.items() if new is not None and new not in pairs}


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    pairs = _mapping(finding, context)
    return [MapValues(finding.table or "", finding.columns[0], tuple(sorted(pairs.items())))] if pairs else []


SPEC = FixSpec(
    id="mend_encoding",
    title="Undo a wrong decoding of text",
    path="postprocess",
    defects=("encoding_damage",),
    order=Order.ENCODING,
    safe="Reading the mended text wrongly again gives the damaged one, byte for byte; lost letters stay lost.",
    policy=lambda _finding, _context: Decision("fix", "a strict round trip proves what was meant"),
    plan=lambda finding, context: (
        f"undo the wrong decoding of {len(_mapping(finding, context))} values of {words(finding)}"
    ),
    steps=_steps,
)
