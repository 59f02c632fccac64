"""What another tool said, in words of ours: a claim is one check with its outcome, a rule is what the check wants to hold.

An importer turns a tool's document into claims and knows nothing of the data; `measure` turns claims into findings and
knows nothing of the tool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from datapolisher.importing.sqltext import Node

Outcome = Literal["passed", "failed", "error", "skipped"]
Level = Literal["critical", "warning", "info"]
Rename = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold in every row; `columns` as the tool names them, the one that is at fault first."""

    columns: tuple[str, ...] = ()

    def renamed(self, rename: Rename) -> Self:
        """The same rule with the columns' names in the data."""
        return replace(self, columns=tuple(map(rename, self.columns)))


@dataclass(frozen=True, slots=True)
class NotNull(Rule):
    """The column has a value; `stand_ins` stand for none, and so does what the regular expression `form` finds."""

    stand_ins: tuple[Any, ...] = ()
    form: str = ""


@dataclass(frozen=True, slots=True)
class Unique(Rule):
    """The columns together do not repeat; without columns, whole rows do not. `key` says that it is the primary key.

    A tool that does not name the key may tell the columns that it is `among`, in their order, and how many rows are `surplus`.
    """

    key: bool = False
    among: tuple[str, ...] = ()
    surplus: int = 0

    def renamed(self, rename: Rename) -> Self:
        """The same rule with the columns' names in the data."""
        return replace(self, columns=tuple(map(rename, self.columns)), among=tuple(map(rename, self.among)))


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of the check, as a bound; of it only the day where `day`."""

    day: bool = False


@dataclass(frozen=True, slots=True)
class Member(Rule):
    """The value is one of a list."""

    values: tuple[Any, ...] = ()
    nulls: bool = True


@dataclass(frozen=True, slots=True)
class Banned(Rule):
    """The value is none of a list."""

    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Between(Rule):
    """The value lies between two bounds, None for none, a `Moment` for the time of the check.

    `nulls` is False when a missing value fails too.
    """

    low: Any = None
    high: Any = None
    above: bool = False
    below: bool = False
    nulls: bool = True


@dataclass(frozen=True, slots=True)
class Pattern(Rule):
    """The text matches (or must not match) a regular expression: `whole`, or somewhere in it."""

    regex: str = ""
    whole: bool = False
    forbidden: bool = False
    kind: str = ""
    nulls: bool = True


@dataclass(frozen=True, slots=True)
class Length(Rule):
    """The text has so many characters."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Readable(Rule):
    """The text can be read as a type: `number`, `date`, …; `kind` is the tool's word, `form` a date's form for strftime."""

    kind: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Cased(Rule):
    """A word is always written with the same capitals."""


@dataclass(frozen=True, slots=True)
class Refers(Rule):
    """The key stands in a parent table; `parents` are the names that the tool gives it.

    A tool that gives none may tell the parent's `size`: its rows and columns.
    """

    parents: tuple[str, ...] = ()
    parent_columns: tuple[str, ...] = ()
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Order(Rule):
    """First column, operator, second column, row by row."""

    op: str = ">="


@dataclass(frozen=True, slots=True)
class Versus(Rule):
    """A column, an operator, and a text that is another column's name, or a value: the data tells."""

    op: str = "="
    other: str = ""


@dataclass(frozen=True, slots=True)
class After(Rule):
    """The child's time (`columns`) is not before its parent's."""

    link: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    parent_key: tuple[str, ...] = ()
    parent_column: str = ""
    strict: bool = False

    def renamed(self, rename: Rename) -> Self:
        """The child's side with the names in the data."""
        return replace(self, columns=tuple(map(rename, self.columns)), link=tuple(map(rename, self.link)))


@dataclass(frozen=True, slots=True)
class Determined(Rule):
    """The first column has one value for each of the others."""


@dataclass(frozen=True, slots=True)
class Equation(Rule):
    """The first column equals a formula over the others, up to a tolerance."""

    formula: Node = field(default_factory=Node)
    tolerance: float = 0.005

    def renamed(self, rename: Rename) -> Self:
        """The formula and its columns with the names in the data."""
        return replace(self, columns=tuple(map(rename, self.columns)), formula=self.formula.renamed(rename))


@dataclass(frozen=True, slots=True)
class Holds(Rule):
    """A condition over one row that none of the other rules says."""

    good: Node = field(default_factory=Node)

    def renamed(self, rename: Rename) -> Self:
        """The condition and its columns with the names in the data."""
        return replace(self, columns=tuple(map(rename, self.columns)), good=self.good.renamed(rename))


@dataclass(frozen=True, slots=True)
class Offenders(Rule):
    """A query of the tool's user, whose rows offend; run as it stands, read-only, where no other rule says it.

    `tables` are the names in it, each with the schema that it stands in.
    """

    sql: str = ""
    defect: str = ""
    tables: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Exists(Rule):
    """The table has the columns."""


@dataclass(frozen=True, slots=True)
class NoOthers(Rule):
    """The table has no other columns than these."""


@dataclass(frozen=True, slots=True)
class Absent(Rule):
    """The table has none of these columns; ``%`` and ``*`` in a name stand for anything."""


@dataclass(frozen=True, slots=True)
class Typed(Rule):
    """The column's type, as the tool or its engine names it."""

    type: str = ""


@dataclass(frozen=True, slots=True)
class Fresh(Rule):
    """The column's latest time is near enough to the day of the check."""


@dataclass(frozen=True, slots=True)
class Varies(Rule):
    """The column has more than one value."""


@dataclass(frozen=True, slots=True)
class Broken(Rule):
    """A fault that the tool names and nobody can measure here: a file that cannot be read, a value it calls far out."""

    defect: str = "other"


@dataclass(frozen=True, slots=True)
class Whole(Rule):
    """A number of the whole table or column (rows, mean, share) that no word of the vocabulary speaks of."""

    text: str = ""


@dataclass(frozen=True)
class Claim:
    """One check of a tool with its outcome.

    Parameters
    ----------
    check
        ``<tool>.<what the tool calls it>``.
    outcome
        ``error`` where it could not run, ``skipped`` where it was not asked or not understood.
    tables
        The names that the tool gives the table, the likeliest first; empty where it names none.
    rules
        What must hold; empty where the check was not understood.
    words
        The check in one line, for people.
    reason
        Why it was skipped, or the error.
    reported
        The tool's numbers, under the tool's names.
    rows, total
        Rows that offend and rows that were looked at, where the tool counts rows.
    level
        How much it matters to the tool, where it says so.
    tolerated
        The tool lets the check pass although rows offend.
    tolerant
        The check would let some offending rows pass, though not so many as there are.
    only
        A condition in SQL: the rule holds for these rows only.
    values
        Offending values that the tool shows → how often, where it says.
    samples
        Offending rows, as the tool shows them.
    """

    check: str
    outcome: Outcome
    tables: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    words: str = ""
    reason: str = ""
    reported: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None
    total: int | None = None
    level: Level | None = None
    tolerated: bool = False
    tolerant: bool = False
    only: str | None = None
    values: Mapping[Any, int | None] = field(default_factory=dict)
    samples: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Testimony:
    """What one document says.

    Parameters
    ----------
    tool, version
        Who wrote it.
    at
        When the checks ran, ISO 8601; None where it does not say.
    claims
        Every check, also those that passed.
    notes
        What a reader has to know about the document as a whole.
    unnamed
        The document does not name its table; what stands in `tables` is read off the file's name.
    """

    tool: str
    version: str
    claims: tuple[Claim, ...]
    at: str | None = None
    notes: tuple[str, ...] = ()
    unnamed: bool = False
