"""Elements of HTML and SVG. Whatever is no ``Markup`` is escaped on its way in, so that no value can become a tag."""

from __future__ import annotations

import html
import re
from typing import Any

# Controls that a browser would obey or hide: C0 and C1 but tab and line ends, and the marks that turn the direction of text.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_EMPTY = frozenset({"br", "hr", "input", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: Any) -> Markup:
    """`value` as it is read, not obeyed."""
    if isinstance(value, Markup):
        return value
    return Markup(html.escape(_UNSEEN.sub("\ufffd", str(value)), quote=True).replace("\r", "&#13;"))


def join(parts: Any, between: str = "") -> Markup:
    """Several pieces, each escaped if it needs to be."""
    return Markup(str(text(between)).join(text(part) for part in parts if part is not None))


def el(tag: str, /, *children: Any, **attributes: Any) -> Markup:
    """An element. A trailing underscore of an attribute is dropped (``class_``), others become dashes; None leaves it out."""
    named = "".join(_attribute(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    if tag in _EMPTY:
        return Markup(f"<{tag}{named}>")
    return Markup(f"<{tag}{named}>{join(children)}</{tag}>")


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
    return f' {name}="{text(shown)}"'


def cut(value: Any, length: int) -> str:
    """Text of at most `length` characters."""
    said = str(value)
    return said if len(said) <= length else said[: length - 1] + "…"
