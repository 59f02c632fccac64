"""What a fix is: a predicate with a proof.

A fix names the defects it serves, says what may happen when nobody is asked and why, and gives either steps (path 2:
each selects exactly the bad rows through a predicate over the data, never through row numbers or a report's samples) or
a patch of the schema (path 1: RFC 6902 operations, each with its reason). The check that made the finding runs again.

One fix is one module that defines ``SPEC``; third parties add theirs through the entry-point group
``datapolisher.fixes``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from datapolisher.documents import Finding, ForeignKey, TableFacts

if TYPE_CHECKING:
    from datetime import datetime

    from datapolisher.schema_document import SchemaDocument
    from datapolisher.source import Dataset
    from datapolisher.steps import Step

Path_ = Literal["schema", "postprocess"]
T = TypeVar("T")
Action = Literal["fix", "quarantine", "flag", "regenerate", "ask"]


class Order(IntEnum):
    """The order of the steps; each sees the result of the one before."""

    FILES = 0
    TYPES = 1
    ENCODING = 2
    WHITESPACE = 3
    FORMATS = 4
    CODES = 5
    CATEGORIES = 6
    SENTINELS = 7
    DUPLICATE_ROWS = 8
    PRIMARY_KEYS = 9
    FOREIGN_KEYS = 10
    DERIVED = 11
    TIMES = 12
    AGGREGATES = 13
    QUARANTINE = 14
    ROWS_AND_COLUMNS = 15
    WISHES = 16


@dataclass(frozen=True, slots=True)
class Decision:
    """What may happen when nobody is asked, and why. ``ask`` is a flag under ``--auto``.

    `budgeted` is False only where touching every row is the point and values are known (rounding generated amounts).
    `rows` are those that the fix reaches, where it is known and not all that the finding speaks of.
    """

    action: Action
    why: str
    budgeted: bool = True
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Budgets:
    """Shares of a table's rows (0 to 1) beyond which a step stops and asks.

    A share of very few rows says little, so that a table counts for at least `least` rows: in a table of 20 rows, ten
    may be changed and two quarantined.
    """

    changed: float = 0.05
    quarantined: float = 0.01
    least: int = 200

    def exceeded(self, action: Action, rows: int, total: int) -> str:
        """Why `rows` of `total` are too many to change (``fix``) or take out (``quarantine``); empty if they aren't."""
        budget = {"fix": self.changed, "quarantine": self.quarantined}.get(action)
        if budget is None or rows <= budget * max(total, self.least):
            return ""
        verb = "change" if action == "fix" else "quarantine"
        share = rows / total if total else 1.0
        return (
            f"would {verb} {rows:,} of {total:,} rows ({share:.1%}), more than the {budget:.0%} that may go without "
            "asking: so many wrong rows mean a wrong rule or a broken load"
        )


@dataclass(frozen=True)
class Context:
    """What a fix may know about the dataset besides the finding.

    Parameters
    ----------
    dataset
        The files: tables, columns and their types, as they are on disk.
    tables
        Facts of the report about tables that exist on disk: keys, foreign keys, roles.
    schema
        The DSL document, given by ``--schema`` or named by the metadata; None without one.
    generated
        True when ``.metadata.json`` names schema and seed, or a schema is given.
    analysis_date
        "Now" for every fix; never the clock.
    budgets
        How much a step may change or quarantine without asking.
    argument
        What a person said with their choice; see `Argument`.
    flagged
        (table, column) that some finding calls wrong, those aside that only say that columns do not agree.
    looked_at
        What was found already; see `once`.
    """

    dataset: Dataset
    tables: Mapping[str, TableFacts]
    analysis_date: datetime
    schema: SchemaDocument | None = None
    generated: bool = False
    budgets: Budgets = field(default_factory=Budgets)
    argument: str = ""
    flagged: frozenset[tuple[str, str]] = frozenset()
    looked_at: dict[Any, tuple[Dataset, Any]] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Any, look: Callable[[], T]) -> T:
        """What `look` finds in the dataset; looked for once, however many of a fix's parts ask.

        Parameters
        ----------
        key
            What is looked for, and for which finding.
        """
        known = self.looked_at.get(key)
        if known is None or known[0] is not self.dataset:
            known = (self.dataset, look())
            self.looked_at[key] = known
        found: T = known[1]
        return found

    def type_of(self, table: str, column: str) -> str | None:
        """DuckDB's name of the column's type on disk (``DOUBLE``, ``TIMESTAMP``); None if there is no such column."""
        source = self.dataset.tables.get(table)
        return source.columns.get(column) if source is not None else None

    def role_of(self, table: str, column: str) -> str | None:
        """The role that the report gives the column (``amount``, ``event_time``), if any."""
        facts = self.tables.get(table)
        return next((c.role for c in facts.columns if c.name == column), None) if facts else None

    def primary_key(self, table: str) -> tuple[str, ...]:
        """The key columns, declared or inferred; empty when none is known."""
        facts = self.tables.get(table)
        return facts.primary_key.columns if facts and facts.primary_key else ()

    def foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        """References out of the table."""
        facts = self.tables.get(table)
        return facts.foreign_keys if facts else ()

    def references_to(self, table: str) -> list[tuple[str, ForeignKey]]:
        """References into the table: (child table, its foreign key)."""
        return [
            (name, key)
            for name, facts in self.tables.items()
            for key in facts.foreign_keys
            if key.references.table == table
        ]

    def declared_column(self, table: str, column: str) -> Mapping[str, Any] | None:
        """The column's definition in the DSL document, or None."""
        return self.schema.column(table, column) if self.schema else None

    def nullable(self, table: str, column: str) -> bool | None:
        """What the DSL document says about nulls; None when nothing is declared."""
        definition = self.declared_column(table, column)
        return bool(definition.get("nullable", False)) if definition is not None else None

    def declared(self, finding: Finding) -> bool:
        """True when somebody wrote the rule that the finding breaks; False when it was inferred from the data."""
        if finding.category == "schema_expectation" or finding.defect == "constraint_violated":
            return True
        said = finding.details.get("rule")
        if said in {"declared", "inferred"}:
            return bool(said == "declared")
        if finding.details.get("declared") is True:
            return True
        facts = self.tables.get(finding.table or "")
        if facts and facts.primary_key and finding.defect.startswith("primary_key"):
            return facts.primary_key.source == "declared"
        keys = [key for key in self.foreign_keys(finding.table or "") if set(key.columns) == set(finding.columns)]
        return finding.defect == "foreign_key_orphan" and any(key.source == "declared" for key in keys)


@dataclass(frozen=True, slots=True)
class Change:
    """One RFC 6902 operation on the DSL document, with its reason."""

    op: Literal["add", "remove", "replace"]
    path: str
    reason: str
    value: Any = None

    def operation(self) -> dict[str, Any]:
        """The operation as RFC 6902 writes it."""
        head = {"op": self.op, "path": self.path}
        return head if self.op == "remove" else {**head, "value": self.value}


@dataclass(frozen=True, slots=True)
class Argument:
    """What a person has to say with their choice of a fix: ``FIX:ARGUMENT``.

    Parameters
    ----------
    syntax
        How it is written, with what changes in capitals (``+CODE``).
    meaning
        What it says.
    suggest
        Arguments that the data itself suggests, the likeliest first; None where the fix does not apply.
    wrong
        What is wrong with an argument, as the end of a sentence that begins with it; empty where nothing is.
    """

    syntax: str
    meaning: str
    suggest: Callable[[Finding, Context], Sequence[str] | None]
    wrong: Callable[[str, Finding, Context], str]

    def problem(self, said: str, finding: Finding, context: Context) -> str:
        """What is wrong with an argument, the syntax itself left as it stands included."""
        if said == self.syntax:
            return f"say {self.meaning} in place of what stands in capitals"
        return self.wrong(said, finding, context)


def nothing(_: Finding, __: Context) -> Sequence[str]:
    """No lines to show."""
    return ()


def never(_: Finding, __: SchemaDocument) -> bool:
    """No data that is made again from the same document is any better."""
    return False


@dataclass(frozen=True, slots=True)
class FixSpec:
    """A registered fix.

    Parameters
    ----------
    id
        A verb phrase (``quarantine_orphans``); the module's name.
    title
        What it does, one sentence for a person.
    path
        ``schema`` (path 1) or ``postprocess`` (path 2).
    defects
        Words of the vocabulary that it serves.
    order
        Its place among the steps.
    safe
        Why it is safe, or when it must ask.
    policy
        What ``--auto`` may do with this finding, and why.
    plan
        What it would do with this finding, in words.
    steps
        Path 2: the steps, or an empty list when it does not apply. Findings whose table or columns are not in the
        dataset never get here: the resolver has refused them.
    patch
        Path 1: the changes, or an empty list when the document already says so or cannot say it.
    again
        Path 1: whether making the data again from the document as it is mends the finding, as nothing is wrong with it.
    by_choice
        True for an alternative that only a person may choose: ``--auto`` never takes it.
    argument
        What a person has to say with the choice; the steps find it in the context. Only for path 2, by choice.
    shows
        Lines that a person sees before they choose, besides samples of rows.
    """

    id: str
    title: str
    path: Path_
    defects: tuple[str, ...]
    order: Order
    safe: str
    policy: Callable[[Finding, Context], Decision]
    plan: Callable[[Finding, Context], str]
    steps: Callable[[Finding, Context], Sequence[Step]] | None = None
    patch: Callable[[Finding, SchemaDocument], Sequence[Change]] | None = None
    again: Callable[[Finding, SchemaDocument], bool] = never
    by_choice: bool = False
    argument: Argument | None = None
    shows: Callable[[Finding, Context], Sequence[str]] = nothing


@dataclass(frozen=True, slots=True)
class WishSpec:
    """A change that mends no defect and that a person asks for by name: ``--fill``, ``--round``, ``--enrich``.

    Parameters
    ----------
    id
        The option's name without dashes (``fill``).
    title, syntax
        What it does, and how its argument is written (``table.column=median``).
    steps
        The argument as typed → steps. Raises ``InputError`` with one sentence when the argument is wrong: a missing
        table or column names the nearest one.
    """

    id: str
    title: str
    syntax: str
    steps: Callable[[str, Context], Sequence[Step]]


@dataclass(frozen=True, slots=True)
class Planned:
    """What path 2 is asked to do: the steps of one fix for one finding, or of one wish.

    Parameters
    ----------
    id
        The finding's id, or ``--round table.column=2`` for a wish: it stands above the step in the script.
    fix
        The fix's or the wish's id.
    why
        One line for the script and the change log.
    steps
        In the order in which they run; plans themselves come sorted by `Order`.
    """

    id: str
    fix: str
    why: str
    steps: tuple[Step, ...]
