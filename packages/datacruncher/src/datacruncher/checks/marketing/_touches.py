"""Touchpoints: a table of touches, each with a channel and a time, that refers to a conversion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of

TOUCH_NAME = re.compile(r"touch|attribution|impression|interaction", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chain:
    """A table of touches and the conversion that they led to."""

    touches: Table
    conversions: Table
    key: ForeignKey
    weight: Column | None

    @property
    def confidence(self) -> float:
        """Of the key between them."""
        return confidence_of(self.key)


def chains(catalog: Catalog) -> Iterator[Chain]:
    """Tables named or shaped like touchpoints, with the event table they refer to."""
    for table in catalog:
        shaped = table.role("channel") is not None and table.role("position", "weight") is not None
        if not (shaped or TOUCH_NAME.search(table.name)):
            continue
        for key in table.foreign_keys:
            parent = catalog.tables[key.to_table]
            if parent.happened is not None and parent.kind in {"event", "unknown"} and not key.is_self:
                yield Chain(table, parent, key, table.role("weight"))
                break
