"""A persona as it stands in its YAML file: contract ``persona/1.x``."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SeverityWord = Literal["critical", "high", "medium", "low"]
CategoryWord = Literal["data_quality", "business_logic", "schema_expectation", "realism", "drift"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that may carry a note for readers; unknown keys are refused."""

    comment: str | None = None
    schema_uri: str | None = msgspec.field(default=None, name="$schema")


class SeveritySteps(Part, frozen=True):
    """The gravest step that the share of rows (or the check's own size) exceeds."""

    critical: float | None = None
    high: float | None = None
    medium: float | None = None
    low: float | None = None


Severity = SeverityWord | SeveritySteps


class UsedCheck(Part, frozen=True):
    """A built-in check, its parameters and steps changed."""

    use: str
    with_: dict[str, Any] = msgspec.field(default_factory=dict, name="with")
    severity: Severity | None = None
    tables: list[str] | None = None
    recommendation: str | None = None


class ColumnBinding(Part, frozen=True):
    """A column by role, by name (wildcards), or both."""

    role: str | None = None
    name: str | None = None
    optional: bool = False


class TableBinding(Part, frozen=True):
    """Tables by name (wildcards), by kind, by the columns they must have, or by the table they refer to."""

    table: str | None = None
    kind: str | None = None
    columns: dict[str, ColumnBinding] = {}
    parent: str | None = None


class OwnCheck(Part, frozen=True):
    """A check of the author's own: the rows that offend."""

    id: str
    sql: str
    finding: str
    severity: Severity
    bind: dict[str, TableBinding] = {}
    title: str | None = None
    why: str | None = None
    of: str | None = None
    recommendation: str | None = None
    defect: str = "other"
    category: CategoryWord | None = None
    parameters: dict[str, str | int | float | bool] = {}
    unit: str | None = None


class UsedMetric(Part, frozen=True):
    """A built-in metric, or a built-in check that is run for its numbers only."""

    use: str
    with_: dict[str, Any] = msgspec.field(default_factory=dict, name="with")


class OwnMetric(Part, frozen=True):
    """A number of the author's own: one SELECT of one number."""

    id: str
    sql: str
    title: str | None = None
    unit: str | None = None
    bind: dict[str, TableBinding] = {}


class PersonaDocument(Part, frozen=True):
    """The whole file; its checks and metrics are read one by one (used or own)."""

    contract: str
    name: str
    aliases: list[str] = []
    about: str = ""
    checks: list[Any] = []
    metrics: list[Any] = []
    summary: list[str | list[str]] = []
