"""What a method registers, and what it is called with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args
from zlib import crc32

import msgspec

from datagen_core.pools.strings import pick

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import pyarrow as pa

    from datagen_core.pools.draws import Draw
    from datagen_core.pools.locales import RowLocales

Group = Literal["person", "place", "company", "currency", "card"]
GROUPS: tuple[Group, ...] = get_args(Group)
Dtype = Literal["string", "int", "float", "bool", "date", "datetime"]


class NoArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A method without arguments."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows to fill.

    Parameters
    ----------
    own
        The column's own draws; made unique for a unique column.
    groups
        Draws that the row's columns share, by group: all that `MethodSpec.groups` names.
    locale
        One locale for all rows, or each row's.
    today
        The reference day for ages (datetime64[D]): the end of the document's timeframe, never the clock's.
    """

    own: Draw
    groups: Mapping[str, Draw]
    locale: str | RowLocales
    today: np.datetime64


@dataclass(frozen=True, slots=True)
class Call:
    """Rows of one locale."""

    own: Draw
    groups: Mapping[str, Draw]
    locale: str
    today: np.datetime64

    def __len__(self) -> int:
        return len(self.own)

    def shared(self, group: Group) -> Draw:
        """The row's draws for a group; a unique column draws its own."""
        return self.own if self.own.unique else self.groups[group]


def unlimited(_locale: str, _args: object) -> int | None:
    """Room of a method that never runs out of values."""
    return None


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """One method.

    Parameters
    ----------
    name, dtype
        Its name and the type of its values.
    make
        (call, arguments) -> a value per row.
    args
        Struct of its arguments; defaults are Faker's where Faker has the method.
    groups
        What of the row it shares with other columns.
    space
        (locale, arguments) -> how many distinct values a unique column can have, None without limit, 0 for none.
    local
        Whether values differ among locales.
    """

    name: str
    dtype: Dtype
    make: Callable[[Call, msgspec.Struct], pa.Array]
    args: type[msgspec.Struct] = NoArgs
    groups: tuple[Group, ...] = ()
    space: Callable[[str, msgspec.Struct], int | None] = unlimited
    local: bool = True


def salt_of(name: str) -> int:
    """A salt of one's own, so that what a row's columns share stays independent from name to name."""
    return crc32(name.encode())


def from_pool(
    name: str, values: Callable[[str], pa.StringArray], *groups: Group, local: bool = True, like: str = ""
) -> MethodSpec:
    """A method that takes a value from a pool of the locale, at the same position as the method `like` in its pool."""

    def make(call: Call, _args: msgspec.Struct) -> pa.Array:
        choice = values(call.locale)
        draw = call.shared(groups[0]) if groups else call.own
        return pick(choice, draw.code(len(choice), salt_of(like or name)))

    return MethodSpec(name, "string", make, groups=groups, space=lambda locale, _: len(values(locale)), local=local)
