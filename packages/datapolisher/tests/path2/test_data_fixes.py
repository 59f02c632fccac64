"""Every fix of path 2 on a small table: what it decides, what becomes of the rows, the same from both engines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest
from datapolisher import fixes, source
from datapolisher.documents import ColumnFacts, Finding, ForeignKey, Key, TableFacts, Target
from datapolisher.fixes.base import Planned
from datapolisher.schema_document import SchemaDocument
from datapolisher.steps import DropColumn, Retype

DECLARED = {"rule": "declared"}


@dataclass(frozen=True)
class Case:
    """A finding of `defect` in ``<id>`` (and its parent ``<id>_p``), the fix, its decision, and the rows afterwards."""

    id: str
    fix: str
    defect: str
    columns: tuple[str, ...]
    rows: Sequence[str]
    after: Sequence[tuple[Any, ...]]
    names: str = "id, v"
    action: str = "fix"
    details: Mapping[str, Any] = field(default_factory=dict)
    key: tuple[str, ...] = ("id",)
    key_source: str = "declared"
    parent: tuple[str, Sequence[str]] | None = None
    parent_after: Sequence[tuple[Any, ...]] | None = None
    link: tuple[str, str] | None = None
    role: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    schema: Mapping[str, Any] | None = None
    schemas: Mapping[str, Mapping[str, Any]] | None = None
    generated: bool = False
    taken: int = 0
    collapsed: int = 0
    added: int = 0
    argument: str = ""
    flagged: tuple[str, ...] = ()
    at: tuple[str, str] | None = None
    parent_roles: Mapping[str, str] = field(default_factory=dict)

    def tables(self) -> dict[str, str]:
        """The tables as SQL."""
        made = {self.id: _values(self.names, self.rows)}
        return made | ({f"{self.id}_p": _values(*self.parent)} if self.parent else {})

    def facts(self) -> list[TableFacts]:
        """What the report says about them."""
        roles = tuple(ColumnFacts(name=name, role=self.role) for name in self.columns if name not in self.roles)
        roles += tuple(ColumnFacts(name=name, role=role) for name, role in self.roles.items())
        roles += (ColumnFacts(name="currency", role="currency"),) if "currency" in self.names else ()
        keys: tuple[ForeignKey, ...] = ()
        if self.link:
            target = Target(table=f"{self.id}_p", columns=(self.link[1],))
            keys = (ForeignKey(columns=(self.link[0],), references=target, source=self.key_source),)  # type: ignore[arg-type]
        key = Key(columns=self.key, source=self.key_source) if self.key else None  # type: ignore[arg-type]
        named = tuple(ColumnFacts(name=name, role=role) for name, role in self.parent_roles.items())
        parent = TableFacts(name=f"{self.id}_p", primary_key=Key(columns=("id",)), columns=named)
        own = TableFacts(name=self.id, primary_key=key, foreign_keys=keys, columns=roles)
        return [own, parent] if self.parent else [own]

    def finding(self) -> Finding:
        """The finding."""
        location: dict[str, Any] = {"table": self.id, "columns": list(self.columns)}
        if self.at:
            location = {"table": self.at[0].replace("{id}", self.id), "columns": [self.at[1]]}
        if self.link and self.defect in {"foreign_key_orphan", "temporal_violation"}:
            location["related"] = {"table": f"{self.id}_p", "columns": [self.link[1]]}
        said = {"id": self.id, "severity": "medium", "finding": "made", "defect": self.defect, "location": location}
        details = json.loads(json.dumps(self.details).replace("{id}", self.id))
        return msgspec.convert(said | {"evidence": {"details": details}}, Finding)

    def document(self) -> SchemaDocument | None:
        """The schema's definition of the one column that the finding is about."""
        if self.schema is None and self.schemas is None:
            return None
        said = self.schemas or {self.columns[-1]: self.schema}
        return _document({self.id: json.loads(json.dumps(said).replace("{id}", self.id))})


def _document(nodes: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> SchemaDocument:
    tree = {
        "nodes": [
            {"id": table, "columns": [{"name": name, **said} for name, said in columns.items()]}
            for table, columns in nodes.items()
        ]
    }
    return SchemaDocument(None, "", tree)


def _values(names: str, rows: Sequence[str]) -> str:
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS v({names})"


CASES = [
    Case(
        "trim",
        "trim_whitespace",
        "whitespace",
        ("v",),
        ["(1, ' a ')", "(2, '\u00a0b')", "(3, 'c  d')"],
        [(1, "a"), (2, "b"), (3, "c  d")],
    ),
    Case("trim_names", "trim_whitespace", "whitespace", ("v",), ["(1, ' a  b')"], [(1, "a b")], role="person_name"),
    Case(
        "trim_keys", "trim_whitespace", "whitespace", ("id",), ["('a ', 'x')", "('b', 'y ')"], [("a", "x"), ("b", "y ")]
    ),
    Case(
        "trim_keys_that_collide",
        "trim_whitespace",
        "whitespace",
        ("id",),
        ["('a ', 'x')", "('a', 'y')"],
        [("a", "x"), ("a", "y")],
        action="ask",
    ),
    Case(
        "trim_references",
        "trim_whitespace",
        "whitespace",
        ("v",),
        ["(1, 'a ')", "(2, 'a')"],
        [(1, "a"), (2, "a")],
        parent=("id, w", ["('a', 1)"]),
        link=("v", "id"),
    ),
    Case(
        "trim_child_keys",
        "trim_whitespace",
        "whitespace",
        ("v",),
        ["(1, 'a ')"],
        [(1, "a")],
        parent=("id, w", ["('a ', 1)"]),
        link=("v", "id"),
    ),
    Case(
        "round_generated",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(1, 2.675::DOUBLE)", "(2, 1.0)"],
        [(1, 2.68), (2, 1.0)],
        role="amount",
        generated=True,
    ),
    Case(
        "round_noise",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(1, (0.1 + 1e-12)::DOUBLE)", "(2, 0.2)"],
        [(1, 0.1), (2, 0.2)],
        role="weight",
    ),
    Case(
        "round_few",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(0, 1.234::DOUBLE)", *(f"({i}, {i}.25)" for i in range(1, 40))],
        [(0, 1.23), *((i, float(f"{i}.25")) for i in range(1, 40))],
        role="amount",
    ),
    Case(
        "round_asks",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(1, 1.2345::DOUBLE)", "(2, 9.8765)"],
        [(1, 1.23), (2, 9.88)],
        role="rate",
        action="ask",
    ),
    Case(
        "round_yen",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(1, 2.5::DOUBLE, 'JPY')", "(2, 1.0, 'JPY')"],
        [(1, 2.0, "JPY"), (2, 1.0, "JPY")],
        names="id, v, currency",
        generated=True,
        role="amount",
    ),
    Case(
        "prices_of_less_than_a_cent",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(0, 0.0425::DOUBLE)", *(f"({i}, {i}.25)" for i in range(1, 40))],
        [(0, 0.04), *((i, float(f"{i}.25")) for i in range(1, 40))],
        role="price",
        action="ask",
    ),
    Case(
        "prices_with_digits_of_no_coin",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(0, 1.042517::DOUBLE)", *(f"({i}, {i}.25)" for i in range(1, 40))],
        [(0, 1.04), *((i, float(f"{i}.25")) for i in range(1, 40))],
        role="price",
    ),
    Case(
        "discounts_as_shares",
        "round_amounts",
        "excess_precision",
        ("v",),
        ["(0, 0.125::DOUBLE)", *(f"({i}, 0.25)" for i in range(1, 40))],
        [(0, 0.12), *((i, 0.25) for i in range(1, 40))],
        role="discount",
        generated=True,
        action="ask",
    ),
    Case(
        "variants",
        "map_category_variants",
        "category_variant",
        ("v",),
        ["(1, 'Paid')", "(2, 'Paid')", "(3, 'paid')", "(4, ' PAID ')", "(5, 'open')", "(6, 'Pald')", "(7, NULL)"],
        [(1, "Paid"), (2, "Paid"), (3, "Paid"), (4, "Paid"), (5, "open"), (6, "Pald"), (7, None)],
    ),
    Case(
        "variants_of_codes",
        "map_category_variants",
        "category_variant",
        ("v",),
        [
            *(f"({i}, 'a1')" for i in range(30)),
            *(f"({i}, 'A1')" for i in range(30, 60)),
            "(60, ' A1')",
            "(61, 'B')",
            "(62, 'b')",
        ],
        [*((i, "a1") for i in range(30)), *((i, "A1") for i in range(30, 61)), (61, "B"), (62, "b")],
    ),
    Case(
        "variants_of_names",
        "map_category_variants",
        "category_variant",
        ("v",),
        ["(1, 'MacKenzie')", "(2, 'MacKenzie')", "(3, 'Mackenzie')", "(4, 'MacKenzie ')"],
        [(1, "MacKenzie"), (2, "MacKenzie"), (3, "Mackenzie"), (4, "MacKenzie")],
        role="last_name",
    ),
    Case(
        "variants_of_units",
        "map_category_variants",
        "category_variant",
        ("unit",),
        ["(1, 'mg')", "(2, 'mg')", "(3, 'Mg')", "(4, 'mg ')"],
        [(1, "mg"), (2, "mg"), (3, "Mg"), (4, "mg")],
        names="id, unit",
    ),
    Case(
        "variants_declared",
        "map_category_variants",
        "category_variant",
        ("v",),
        ["(1, 'PAID')", "(2, 'PAID')", "(3, 'Open')"],
        [(1, "paid"), (2, "paid"), (3, "Open")],
        schema={"constraints": {"enum": ["paid", "closed"]}},
    ),
    Case(
        "variants_composed",
        "map_category_variants",
        "category_variant",
        ("v",),
        ["(1, 'caf\u00e9')", "(2, 'caf\u00e9')", "(3, 'cafe\u0301')"],
        [(1, "caf\u00e9"), (2, "caf\u00e9"), (3, "caf\u00e9")],
    ),
    Case(
        "codes_majority",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        [*(f"({i}, 'USA')" for i in range(8)), "(8, 'US')", "(9, 'de')"],
        [*((i, "USA") for i in range(8)), (8, "USA"), (9, "DEU")],
    ),
    Case(
        "codes_declared",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        ["(1, 'US')", "(2, 'USA')", "(3, 'Germany')", "(4, 'UK')", "(5, NULL)"],
        [(1, "US"), (2, "US"), (3, "DE"), (4, "GB"), (5, None)],
        schema={"constraints": {"enum": ["US", "DE", "GB"]}},
    ),
    Case(
        "codes_by_custom",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        ["(1, 'UK')", "(2, 'UK')", *(f"({i}, 'DE')" for i in range(3, 20))],
        [(1, "GB"), (2, "GB"), *((i, "DE") for i in range(3, 20))],
        action="ask",
    ),
    Case(
        "codes_around_a_custom",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        [*(f"({i}, 'UK')" for i in range(1, 7)), *(f"({i}, 'DE')" for i in range(7, 20)), "(20, 'DEU')", "(21, 'GBR')"],
        [*((i, "UK") for i in range(1, 7)), *((i, "DE") for i in range(7, 21)), (21, "UK")],
    ),
    Case(
        "codes_beside_custom",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        ["(1, 'UK')", "(2, 'GB')", *(f"({i}, 'DE')" for i in range(3, 20))],
        [(1, "GB"), (2, "GB"), *((i, "DE") for i in range(3, 20))],
    ),
    Case(
        "codes_names",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        [*(f"({i}, 'Germany')" for i in range(9)), "(9, 'DEU')"],
        [*((i, "Germany") for i in range(9)), (9, "Germany")],
    ),
    Case(
        "codes_currencies",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        [*(f"({i}, 'EUR')" for i in range(9)), "(9, '€')"],
        [*((i, "EUR") for i in range(9)), (9, "EUR")],
    ),
    Case(
        "codes_olympic",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        [*(f"({i}, 'DEU')" for i in range(9)), "(9, 'GER')", "(10, 'US')"],
        [*((i, "DEU") for i in range(9)), (9, "GER"), (10, "USA")],
        action="ask",
    ),
    Case(
        "codes_undecided",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        ["(1, 'US')", "(2, 'US')", "(3, 'DEU')"],
        [(1, "US"), (2, "US"), (3, "DE")],
        action="ask",
    ),
    Case(
        "copies",
        "collapse_duplicate_rows",
        "duplicate_row",
        (),
        ["(1, 'x')", "(1, 'x')", "(2, 'y')"],
        [(1, "x"), (2, "y")],
        collapsed=1,
    ),
    Case(
        "copies_keyless",
        "collapse_duplicate_rows",
        "duplicate_row",
        (),
        ["(1, 'x')", "(1, 'x')"],
        [(1, "x")],
        key=(),
        action="ask",
        collapsed=1,
    ),
    Case(
        "keys_identical",
        "quarantine_duplicate_keys",
        "primary_key_duplicate",
        ("id",),
        ["(1, 'x')", "(1, 'x')", "(2, 'y')"],
        [(1, "x"), (2, "y")],
        collapsed=1,
    ),
    Case(
        "keys_differing",
        "quarantine_duplicate_keys",
        "primary_key_duplicate",
        ("id",),
        ["(1, 'x')", "(1, 'z')", "(2, 'y')", "(2, 'y')"],
        [(2, "y")],
        action="quarantine",
        taken=2,
        collapsed=1,
    ),
    Case(
        "keys_inferred",
        "quarantine_duplicate_keys",
        "primary_key_duplicate",
        ("id",),
        ["(1, 'x')", "(1, 'z')", "(2, 'y')"],
        [(2, "y")],
        key_source="inferred",
        action="ask",
        taken=2,
    ),
    Case(
        "keys_unique_constraint",
        "quarantine_duplicate_keys",
        "constraint_violated",
        ("v",),
        ["(1, 'x')", "(2, 'x')", "(3, 'y')"],
        [(3, "y")],
        details={"kind": "unique"},
        action="quarantine",
        taken=2,
    ),
    Case(
        "keys_latest",
        "keep_latest_row",
        "primary_key_duplicate",
        ("id",),
        ["(1, DATE '2024-01-01')", "(1, DATE '2024-01-02')", "(2, NULL)"],
        [(1, "2024-01-02"), (2, None)],
        details={"order_column": "v"},
        action="ask",
        taken=1,
    ),
    Case(
        "keys_null",
        "quarantine_null_keys",
        "primary_key_null",
        ("id",),
        ["(1, 'x')", "(NULL, 'y')"],
        [(1, "x")],
        action="quarantine",
        taken=1,
    ),
    Case(
        "orphans",
        "quarantine_orphans",
        "foreign_key_orphan",
        ("v",),
        ["(1, 10)", "(2, 77)", "(3, NULL)"],
        [(1, 10), (3, None)],
        parent=("id, w", ["(10, 1)"]),
        link=("v", "id"),
        action="quarantine",
        taken=1,
    ),
    Case(
        "orphans_inferred",
        "quarantine_orphans",
        "foreign_key_orphan",
        ("v",),
        ["(1, 10)", "(2, 77)"],
        [(1, 10)],
        parent=("id, w", ["(10, 1)"]),
        link=("v", "id"),
        key_source="inferred",
        action="ask",
        taken=1,
    ),
    Case(
        "orphans_repaired",
        "repair_orphan_keys",
        "foreign_key_orphan",
        ("v",),
        ["(1, 'A1')", "(2, ' a1')", "(3, '0A1')"],
        [(1, "A1"), (2, "A1"), (3, "A1")],
        parent=("id, w", ["('A1', 1)", "('B1', 1)"]),
        link=("v", "id"),
    ),
    Case(
        "orphans_repaired_beside_others",
        "repair_orphan_keys",
        "foreign_key_orphan",
        ("v",),
        ["(1, 'A1')", "(2, 'a1')", "(3, 'zz')"],
        [(1, "A1"), (2, "A1"), (3, "zz")],
        parent=("id, w", ["('A1', 1)", "('B1', 1)"]),
        link=("v", "id"),
        key_source="inferred",
    ),
    Case(
        "orphans_of_a_parent_spelled_otherwise",
        "quarantine_orphans",
        "foreign_key_orphan",
        ("v",),
        ["(1, 'P01')", "(2, 'P03')", "(3, 'P04')", "(4, 'p02')"],
        [(1, "P01"), (4, "P02")],
        parent=("id, w", ["('P01', 1)", "('P02', 1)", "('p03', 1)", "('P04 ', 1)"]),
        link=("v", "id"),
        action="quarantine",
        taken=2,
    ),
    Case(
        "orphans_of_cased_parents",
        "quarantine_orphans",
        "foreign_key_orphan",
        ("v",),
        ["(1, ' aB')", "(2, 'ab ')", "(3, '0AB')", "(4, 'bc')", "(5, 'B1')"],
        [(1, "aB"), (2, "ab"), (5, "B1")],
        parent=("id, w", ["('aB', 1)", "('ab', 1)", "('BC', 1)", "('B1', 1)", "('0B1', 1)"]),
        link=("v", "id"),
        action="quarantine",
        taken=2,
    ),
    Case(
        "orphans_mixed",
        "quarantine_orphans",
        "foreign_key_orphan",
        ("v",),
        ["(1, 'A1')", "(2, 'a1')", "(3, 'zz')"],
        [(1, "A1"), (2, "A1")],
        parent=("id, w", ["('A1', 1)"]),
        link=("v", "id"),
        action="quarantine",
        taken=1,
    ),
    Case(
        "orphans_of_few_parents",
        "quarantine_orphans",
        "foreign_key_orphan",
        ("v",),
        ["(0, 10)", *(f"({i}, 77)" for i in range(1, 40))],
        [(0, 10)],
        parent=("id, w", ["(10, 1)"]),
        link=("v", "id"),
        action="ask",
        taken=39,
    ),
    Case(
        "orphans_cleared",
        "clear_orphan_keys",
        "foreign_key_orphan",
        ("v",),
        ["(1, 10)", "(2, 77)"],
        [(1, 10, "false"), (2, None, "true")],
        parent=("id, w", ["(10, 1)"]),
        link=("v", "id"),
        action="ask",
    ),
    Case(
        "early",
        "quarantine_early_children",
        "temporal_violation",
        ("day",),
        ["(1, 10, DATE '2024-01-01')", "(2, 10, DATE '2023-12-31')", "(3, 11, DATE '2023-12-31')"],
        [(1, 10, "2024-01-01"), (3, 11, "2023-12-31")],
        names="id, v, day",
        parent=("id, born", ["(10, DATE '2024-01-01')", "(11, NULL)"]),
        link=("v", "id"),
        action="quarantine",
        taken=1,
        details={
            **DECLARED,
            "child_column": "day",
            "parent_table": "{id}_p",
            "parent_column": "born",
            "foreign_key": ["v"],
            "parent_key": ["id"],
        },
    ),
    Case(
        "early_offset",
        "quarantine_early_children",
        "temporal_violation",
        ("day",),
        ["(1, 10, DATE '2024-01-01')"],
        [(1, 10, "2024-01-01")],
        names="id, v, day",
        parent=("id, born", ["(10, DATE '2024-01-01')"]),
        link=("v", "id"),
        action="ask",
        details={
            **DECLARED,
            "child_column": "day",
            "parent_table": "{id}_p",
            "parent_column": "born",
            "common_offset_seconds": 3600,
        },
    ),
    Case(
        "interval",
        "quarantine_inverted_intervals",
        "interval_inverted",
        ("a", "b"),
        [
            "(1, DATE '2024-01-01', DATE '2024-01-02')",
            "(2, DATE '2024-01-02', DATE '2024-01-01')",
            "(3, DATE '2024-01-02', NULL)",
        ],
        [(1, "2024-01-01", "2024-01-02"), (3, "2024-01-02", None)],
        names="id, a, b",
        action="quarantine",
        taken=1,
        details={**DECLARED, "start_column": "a", "end_column": "b"},
    ),
    Case(
        "inequality",
        "quarantine_inverted_intervals",
        "constraint_violated",
        ("a", "b"),
        ["(1, 1, 2)", "(2, 2, 2)", "(3, 3, 2)"],
        [(1, 1, 2)],
        names="id, a, b",
        action="quarantine",
        taken=2,
        details={"kind": "inequality", "constraint": {"left": "{id}.b", "op": ">", "right": "a"}},
    ),
    Case(
        "future",
        "quarantine_future_times",
        "future_timestamp",
        ("v",),
        ["(1, TIMESTAMP '2024-05-01')", "(2, TIMESTAMP '2087-01-01')"],
        [(1, "2024-05-01 00:00:00")],
        role="event_time",
        action="quarantine",
        taken=1,
    ),
    Case(
        "future_without_end",
        "quarantine_future_times",
        "future_timestamp",
        ("v",),
        ["(1, TIMESTAMP '2024-05-01')", "(2, TIMESTAMP '2087-01-01')", "(3, TIMESTAMP '9999-12-31 23:59:59')"],
        [(1, "2024-05-01 00:00:00"), (3, "9999-12-31 23:59:59")],
        role="event_time",
        action="quarantine",
        taken=1,
    ),
    Case(
        "future_never",
        "quarantine_future_times",
        "future_timestamp",
        ("v",),
        ["(1, DATE '2024-05-01')", "(2, DATE '9999-12-31')", "(3, DATE '2099-12-31')"],
        [(1, "2024-05-01")],
        role="event_time",
        action="ask",
        taken=2,
    ),
    Case(
        "future_planned",
        "quarantine_future_times",
        "future_timestamp",
        ("v",),
        ["(1, DATE '2024-05-01')", "(2, DATE '2025-01-01')"],
        [(1, "2024-05-01")],
        role="planned_time",
        action="flag",
        taken=1,
    ),
    Case(
        "range",
        "quarantine_out_of_range",
        "out_of_range",
        ("v",),
        ["(1, 5)", "(2, -1)", "(3, 101)", "(4, NULL)"],
        [(1, 5), (4, None)],
        details={**DECLARED, "min": 0, "max": 100.5},
        action="quarantine",
        taken=2,
    ),
    Case(
        "range_of_schema",
        "quarantine_out_of_range",
        "out_of_range",
        ("v",),
        ["(1, 5.0::DOUBLE)", "(2, -1.5)"],
        [(1, 5.0)],
        schema={"constraints": {"min": 0}},
        action="ask",
        taken=1,
    ),
    Case(
        "range_cleared",
        "clear_out_of_range",
        "out_of_range",
        ("v",),
        ["(1, 5)", "(2, -1)"],
        [(1, 5), (2, None)],
        details={"min": 0},
        action="ask",
    ),
    Case(
        "unknown",
        "quarantine_unknown_categories",
        "unknown_category",
        ("v",),
        ["(1, 'a')", "(2, 'A')", "(3, 'zz')", "(4, NULL)"],
        [(1, "a"), (2, "a"), (4, None)],
        schema={"constraints": {"enum": ["a", "b"]}},
        details=DECLARED,
        action="quarantine",
        taken=1,
    ),
    Case(
        "sentinel_declared",
        "clear_sentinels",
        "sentinel_value",
        ("v",),
        ["(1, 5)", "(2, -999)"],
        [(1, 5), (2, None)],
        details={"declared": True, "values": [{"value": "-999", "rows": 1}]},
    ),
    Case(
        "sentinel_outside",
        "clear_sentinels",
        "sentinel_value",
        ("v",),
        ["(1, 5)", "(2, -999)"],
        [(1, 5), (2, None)],
        details={"values": [{"value": -999}]},
        schema={"nullable": True, "constraints": {"min": 0}},
    ),
    Case(
        "sentinel_asks",
        "clear_sentinels",
        "sentinel_value",
        ("v",),
        ["(1, 'x')", "(2, 'n/a')"],
        [(1, "x"), (2, None)],
        details={"values": [{"value": "n/a"}]},
        action="ask",
    ),
    Case(
        "sentinel_date",
        "clear_sentinels",
        "sentinel_value",
        ("v",),
        ["(1, DATE '1900-01-01')", "(2, DATE '2024-01-01')"],
        [(1, None), (2, "2024-01-01")],
        details={"values": [{"value": "1900-01-01"}]},
        action="ask",
    ),
    Case(
        "encoding",
        "mend_encoding",
        "encoding_damage",
        ("v",),
        ["(1, 'CafÃ©')", "(2, 'Café')", "(3, 'MÃ¼ller â€“ SÃ¶hne')", "(4, 'Ã')", "(5, 'caf\ufffd')", "(6, 'plain')"],
        [(1, "Café"), (2, "Café"), (3, "Müller – Söhne"), (4, "Ã"), (5, "caf\ufffd"), (6, "plain")],
    ),
    Case(
        "format",
        "normalise_formats",
        "invalid_format",
        ("v",),
        ["(1, 'AB-12')", "(2, 'ab-12')", "(3, ' AB-12 ')", "(4, 'nope')"],
        [(1, "AB-12"), (2, "AB-12"), (3, "AB-12"), (4, "nope")],
        details={"pattern": r"^[A-Z]{2}-\d{2}$"},
    ),
    Case(
        "format_declared",
        "normalise_formats",
        "invalid_format",
        ("v",),
        ["(1, 'AB')", "(2, 'ab')", "(3, '4')"],
        [(1, "AB"), (2, "AB")],
        schema={"constraints": {"pattern": "[A-Z]+"}},
        details=DECLARED,
        action="quarantine",
        taken=1,
    ),
    Case(
        "cast",
        "cast_text",
        "mixed_type",
        ("v",),
        ["(1, '12')", "(2, ' -7')", "(3, NULL)"],
        [(1, 12), (2, -7), (3, None)],
        details={"target_type": "BIGINT"},
    ),
    Case(
        "cast_rest",
        "cast_text",
        "type_mismatch",
        ("v",),
        [*(f"({i}, '{i}')" for i in range(40)), "(40, 'x')"],
        [(i, i) for i in range(40)],
        details={**DECLARED, "declared_type": "int"},
        action="quarantine",
        taken=1,
    ),
    Case(
        "nulls_declared",
        "quarantine_nulls",
        "unexpected_null",
        ("v",),
        ["(1, 'x')", "(2, NULL)"],
        [(1, "x")],
        schema={"nullable": False},
        action="quarantine",
        taken=1,
    ),
    Case(
        "nulls_of_a_jittered_column",
        "quarantine_nulls",
        "unexpected_null",
        ("w",),
        ["(1, 3, 6)", "(2, 4, NULL)"],
        [(1, 3, 6)],
        names="id, v, w",
        schema={
            "generator": {"expression": {"code": "v * 2"}},
            "modifiers": [{"transform": "jitter", "args": {"std": 0.1, "mode": "mul"}}],
        },
        action="quarantine",
        taken=1,
    ),
    Case(
        "nulls_of_a_column_that_is_not_as_declared",
        "quarantine_nulls",
        "unexpected_null",
        ("w",),
        [*(f"({i}, {i}, {i * 2 + i % 3})" for i in range(1, 31)), "(31, 31, NULL)"],
        [(i, i, i * 2 + i % 3) for i in range(1, 31)],
        names="id, v, w",
        schema={"generator": {"expression": {"code": "v * 2"}}},
        action="quarantine",
        taken=1,
    ),
    Case(
        "formula_of_rounded_inputs",
        "recompute_columns",
        "arithmetic_mismatch",
        ("w",),
        [*(f"({i}, {i}.25::DOUBLE, {i * 4 + 1}.02::DOUBLE)" for i in range(10, 40)), "(40, 40.25, 170.0)"],
        [*((i, float(f"{i}.25"), float(i * 4 + 1)) for i in range(10, 40)), (40, 40.25, 161.0)],
        names="id, v, w",
        schema={"generator": {"expression": {"code": "v * 4"}}},
        action="ask",
    ),
    Case(
        "nulls_of_a_rounded_column",
        "quarantine_nulls",
        "unexpected_null",
        ("w",),
        ["(1, 1.234::DOUBLE, 2.47::DOUBLE)", "(2, 1.111, NULL)"],
        [(1, 1.234, 2.47), (2, 1.111, 2.22)],
        names="id, v, w",
        schema={
            "generator": {"expression": {"code": "v * 2"}},
            "modifiers": [{"transform": "round", "args": {"digits": 2}}],
        },
    ),
    Case(
        "nulls_by_formula",
        "quarantine_nulls",
        "unexpected_null",
        ("w",),
        ["(1, 3, 6)", "(2, 4, NULL)"],
        [(1, 3, 6), (2, 4, 8)],
        names="id, v, w",
        schema={"generator": {"expression": {"code": "v * 2"}}},
    ),
    Case(
        "formula",
        "recompute_columns",
        "arithmetic_mismatch",
        ("v", "w"),
        ["(1, 3.0::DOUBLE, 4.5::DOUBLE)", "(2, 5.0, 1.0)", "(3, 1.0, 1.501)"],
        [(1, 3.0, 4.5), (2, 5.0, 7.5), (3, 1.0, 1.501)],
        names="id, v, w",
        details={"result_column": "w"},
        schema={"generator": {"expression": {"code": "round(v * 1.5, 2)"}}},
    ),
    Case(
        "sentinel_out_of_range",
        "clear_sentinels",
        "out_of_range",
        ("v",),
        ["(1, -999.0::DOUBLE)", "(2, 4.9)", "(3, NULL)"],
        [(1, None), (2, 4.9), (3, None)],
        details=DECLARED,
        schema={"nullable": True, "constraints": {"min": 0, "max": 50}},
    ),
    Case(
        "minutes",
        "divide_units",
        "unit_scale",
        ("v",),
        ["(1, 5, 'a')", "(2, 120, 'b')", "(3, 60, 'b')", "(4, 1, 'a')"],
        [(1, 5, "a", "false"), (2, 2, "b", "true"), (3, 1, "b", "true"), (4, 1, "a", "false")],
        names="id, v, source",
        action="ask",
        details={"segment_column": "source", "segment": "b", "factor": 60},
    ),
    Case(
        "inputs_looked_up",
        "recompute_columns",
        "arithmetic_mismatch",
        ("total",),
        ["(1, 1, 2, 9.0::DOUBLE, 7.0::DOUBLE)", "(2, 1, 2, 3.5, 1.0)", "(3, 1, 1, 3.5, 3.5)"],
        [(1, 1, 2, 3.5, 7.0), (2, 1, 2, 3.5, 7.0), (3, 1, 1, 3.5, 3.5)],
        names="id, p, n, price, total",
        parent=("id, list", ["(1, 3.5::DOUBLE)"]),
        link=("p", "id"),
        details={"result_column": "total"},
        schemas={
            "total": {"generator": {"expression": {"code": "round(n * price, 2)"}}},
            "price": {"generator": {"lookup": {"from": "{id}_p.list"}}},
        },
    ),
    Case(
        "ties_as_merchants_round",
        "recompute_columns",
        "arithmetic_mismatch",
        ("total",),
        ["(1, 2.125::DOUBLE, 2.13::DOUBLE)", "(2, 4.125, 4.13)", "(3, 6.125, 99.0)", "(4, 1.0, 1.0)"],
        [(1, 2.125, 2.13), (2, 4.125, 4.13), (3, 6.125, 6.13), (4, 1.0, 1.0)],
        names="id, price, total",
        details={"result_column": "total", "tolerance": 0.005},
        schemas={"total": {"generator": {"expression": {"code": "round(price, 2)"}}}},
    ),
    Case(
        "unknown_parent",
        "point_to_unknown_parent",
        "foreign_key_orphan",
        ("p",),
        ["(1, 5)", "(2, 99)", "(3, NULL)"],
        [(1, 5, "false"), (2, -1, "true"), (3, None, "false")],
        names="id, p",
        parent=("id, name", ["(5, 'Ann')", "(-1, 'unknown')"]),
        link=("p", "id"),
        action="ask",
    ),
    Case(
        "inferred_parents",
        "insert_inferred_parents",
        "foreign_key_orphan",
        ("p",),
        ["(1, 5)", "(2, 99)", "(3, NULL)", "(4, 7)", "(5, 99)"],
        [(1, 5), (2, 99), (3, None), (4, 7), (5, 99)],
        names="id, p",
        parent=("id, name", ["(9, 'Bob')", "(5, 'Ann')"]),
        parent_after=[(9, "Bob", "false"), (5, "Ann", "false"), (7, None, "true"), (99, None, "true")],
        link=("p", "id"),
        action="ask",
        added=2,
    ),
    Case(
        "inferred_parents_but_misspelled",
        "insert_inferred_parents",
        "foreign_key_orphan",
        ("p",),
        ["(1, 'A1')", "(2, ' a1')", "(3, 'B1')"],
        [(1, "A1"), (2, "A1"), (3, "B1")],
        names="id, p",
        parent=("id, n", ["('A1', 4)"]),
        parent_after=[("A1", 4, "false"), ("B1", None, "true")],
        link=("p", "id"),
        action="ask",
        added=1,
    ),
    Case(
        "inserted_unknown",
        "insert_unknown_parent",
        "foreign_key_orphan",
        ("p",),
        ["(1, 5)", "(2, 99)", "(3, NULL)", "(4, 98)"],
        [(1, 5, "false"), (2, -1, "true"), (3, None, "false"), (4, -1, "true")],
        names="id, p",
        parent=("id, name", ["(5, 'Ann')"]),
        parent_after=[(5, "Ann", "false"), (-1, None, "true")],
        link=("p", "id"),
        action="ask",
        added=1,
    ),
    Case(
        "inserted_unknown_word",
        "insert_unknown_parent",
        "foreign_key_orphan",
        ("p",),
        ["(1, 'a')", "(2, 'zz')"],
        [(1, "a", "false"), (2, "unknown", "true")],
        names="id, p",
        parent=("id, n", ["('a', 1)"]),
        parent_after=[("a", 1, "false"), ("unknown", None, "true")],
        link=("p", "id"),
        action="ask",
        added=1,
    ),
    Case(
        "constant",
        "drop_constant_column",
        "constant_column",
        ("v",),
        ["(1, 'x', 2)", "(2, 'x', 3)"],
        [(1, 2), (2, 3)],
        names="id, v, w",
        action="ask",
    ),
    Case(
        "cast_instants",
        "cast_text",
        "mixed_type",
        ("v",),
        [
            "(1, '2024-02-29 10:00:00')",
            "(2, ' 2024-01-02T03:04:05.250')",
            "(3, NULL)",
            "(4, '1999-12-31 23:59:59.000001 ')",
        ],
        [(1, "2024-02-29 10:00:00"), (2, "2024-01-02 03:04:05.25"), (3, None), (4, "1999-12-31 23:59:59.000001")],
        details={"target_type": "TIMESTAMP"},
    ),
    Case(
        "cast_instants_with_rest",
        "cast_text",
        "type_mismatch",
        ("v",),
        [
            "(1, '2023-02-29 10:00:00')",
            "(2, '2024-01-02 25:00:00')",
            *(f"({i}, '2024-01-01 00:00:{i}')" for i in range(10, 59)),
        ],
        [(i, f"2024-01-01 00:00:{i}") for i in range(10, 59)],
        action="quarantine",
        details={"declared_type": "datetime", "rule": "declared"},
        taken=2,
    ),
    Case(
        "days_first",
        "read_days_first",
        "mixed_type",
        ("v",),
        [
            "(1, '2024-02-03')",
            "(2, '3/4/24')",
            "(3, ' 03.04.2025 ')",
            "(4, NULL)",
            "(5, '31-12-99')",
            *(f"({i}, '29/02/2024')" for i in range(6, 30)),
            "(30, '13/13/24')",
        ],
        [
            (1, "2024-02-03"),
            (2, "2024-04-03"),
            (3, "2025-04-03"),
            (4, None),
            (5, "1999-12-31"),
            *((i, "2024-02-29") for i in range(6, 30)),
        ],
        action="ask",
        details={"target_type": "DATE"},
        taken=1,
    ),
    Case(
        "months_first",
        "read_months_first",
        "mixed_type",
        ("v",),
        ["(1, '2024-02-03')", "(2, '3/4/24')", "(3, '12.31.2025')"],
        [(1, "2024-02-03"), (2, "2024-03-04"), (3, "2025-12-31")],
        action="ask",
        details={"target_type": "DATE"},
    ),
    Case(
        "instants_days_first",
        "read_days_first",
        "mixed_type",
        ("v",),
        [
            "(1, '2024-02-03 10:00:00')",
            "(2, '3.4.24 9:05')",
            "(3, '31.12.2025T23:59:58')",
            "(4, '01/02/99')",
            "(5, '2024-02-03T10:00:00.5')",
            "(6, NULL)",
        ],
        [
            (1, "2024-02-03 10:00:00"),
            (2, "2024-04-03 09:05:00"),
            (3, "2025-12-31 23:59:58"),
            (4, "1999-02-01 00:00:00"),
            (5, "2024-02-03 10:00:00.5"),
            (6, None),
        ],
        action="ask",
        details={"target_type": "TIMESTAMP"},
    ),
    Case(
        "months_first_in_text",
        "read_months_first",
        "invalid_format",
        ("v",),
        ["(1, '2024-02-03')", "(2, '3/4/24')", "(3, '31.12.2025')", "(4, 'soon')"],
        [(1, "2024-02-03"), (2, "2024-03-04"), (3, "31.12.2025"), (4, "soon")],
        action="ask",
        details={"pattern": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "kind": "date"},
    ),
    Case(
        "days_first_in_text",
        "read_days_first",
        "invalid_format",
        ("v",),
        ["(1, '2024-02-03')", "(2, '03/04/25')"],
        [(1, "2024-02-03"), (2, "2025-04-03")],
        action="ask",
        details={"pattern": "[0-9]{4}-[0-9]{2}-[0-9]{2}"},
    ),
    Case(
        "decimal_commas",
        "read_decimal_commas",
        "mixed_type",
        ("v",),
        ["(1, '12.5')", "(2, '1.234,56')", "(3, '-0,25 ')", "(4, '1.234')", "(5, '1.234.567')", "(6, '7,')", "(7, '3')"]
        + [f"({i}, '{i},5')" for i in range(8, 30)],
        [
            (1, 12.5),
            (2, 1234.56),
            (3, -0.25),
            (4, 1.234),
            (5, 1234567.0),
            (7, 3.0),
            *((i, i + 0.5) for i in range(8, 30)),
        ],
        action="ask",
        details={"target_type": "DOUBLE"},
        taken=1,
    ),
    Case(
        "decimal_commas_among_whole_numbers",
        "read_decimal_commas",
        "mixed_type",
        ("v",),
        ["(1, '12')", "(2, '3,5')"],
        [(1, 12.0), (2, 3.5)],
        action="ask",
        details={"target_type": "BIGINT"},
    ),
    Case(
        "grouping_commas",
        "read_grouping_commas",
        "type_mismatch",
        ("v",),
        ["(1, '12')", "(2, '1,234')", "(3, '-1,234,567')", "(4, NULL)"],
        [(1, 12), (2, 1234), (3, -1234567), (4, None)],
        action="ask",
        details={"declared_type": "int"},
    ),
    Case(
        "at_signs",
        "write_at_signs",
        "invalid_format",
        ("v",),
        ["(1, 'a@b.cd')", "(2, 'ann at ex dot org ')", "(3, 'bob[AT]ex.org')", "(4, 'meet at noon')", "(5, NULL)"],
        [(1, "a@b.cd"), (2, "ann@ex.org"), (3, "bob@ex.org"), (4, "meet at noon"), (5, None)],
        action="ask",
        details={"pattern": r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}", "kind": "email"},
    ),
    Case(
        "calling_code",
        "prefix_country_code",
        "invalid_format",
        ("v",),
        ["(1, '+4930123456')", "(2, '0171 123-4567')", "(3, '0049171234567')", "(4, 'none')", "(5, '(30) 123456')"],
        [(1, "+4930123456"), (2, "+491711234567"), (3, "0049171234567"), (4, "none"), (5, "+4930123456")],
        action="ask",
        details={"pattern": r"\+[0-9]{8,15}", "kind": "phone"},
        argument="+49",
    ),
    Case(
        "filled_median",
        "fill_with_median",
        "unexpected_null",
        ("v",),
        ["(1, 3)", "(2, NULL)", "(3, 9)", "(4, 4)"],
        [(1, 3, "false"), (2, 4, "true"), (3, 9, "false"), (4, 4, "false")],
        action="ask",
    ),
    Case(
        "filled_mean",
        "fill_with_mean",
        "unexpected_null",
        ("v",),
        ["(1, 1.0::DOUBLE)", "(2, NULL)", "(3, 2.5)"],
        [(1, 1.0, "false"), (2, 1.75, "true"), (3, 2.5, "false")],
        action="ask",
    ),
    Case(
        "filled_mode",
        "fill_with_mode",
        "unexpected_null",
        ("v",),
        ["(1, 'b')", "(2, NULL)", "(3, 'a')", "(4, 'b')"],
        [(1, "b", "false"), (2, "b", "true"), (3, "a", "false"), (4, "b", "false")],
        action="ask",
    ),
    Case(
        "filled_last",
        "fill_with_last_value",
        "unexpected_null",
        ("v",),
        ["(1, NULL)", "(2, 'x')", "(3, NULL)", "(4, 'y')"],
        [(1, None, "true"), (2, "x", "false"), (3, "x", "true"), (4, "y", "false")],
        action="ask",
    ),
    Case(
        "filled_value",
        "fill_with_value",
        "unexpected_null",
        ("v",),
        ["(1, TRUE)", "(2, NULL)"],
        [(1, "true", "false"), (2, "false", "true")],
        action="ask",
        argument="false",
    ),
    Case(
        "mapped",
        "map_values",
        "unknown_category",
        ("v",),
        ["(1, 'zorbing')", "(2, 'NL')", "(3, NULL)", "(4, 'a;b')", "(5, 'sport')"],
        [(1, "sport"), (2, "sport"), (3, None), (4, "a;b"), (5, "sport")],
        action="ask",
        schema={"constraints": {"enum": ["sport", "news"]}},
        argument="zorbing=sport;NL=sport",
    ),
    Case(
        "mapped_as_json",
        "map_values",
        "category_variant",
        ("v",),
        ["(1, 'a;b')", "(2, 'c')"],
        [(1, "c=d"), (2, "c")],
        action="ask",
        argument='{"a;b": "c=d"}',
    ),
    Case(
        "refunds",
        "move_to_refunds",
        "negative_amount",
        ("v",),
        ["(1, -5, 'paid')", "(2, 5, 'paid')", "(3, -1, NULL)", "(4, -2, 'Cancelled')", "(5, NULL, 'paid')"],
        [(1, -5, "refund"), (2, 5, "paid"), (3, -1, "refund"), (4, -2, "Cancelled"), (5, None, "paid")],
        names="id, v, kind",
        action="ask",
        details={"refund_column": "kind"},
        argument="refund",
    ),
    Case(
        "refunds_in_their_own_word",
        "move_to_refunds",
        "negative_amount",
        ("v",),
        ["(1, -5, 'S')", "(2, 5, 'S')"],
        [(1, -5, "R"), (2, 5, "S")],
        names="id, v, kind",
        action="ask",
        details={"refund_column": "kind"},
        argument="R",
    ),
    Case(
        "century",
        "take_back_century",
        "future_timestamp",
        ("v",),
        ["(1, DATE '1985-05-01')", "(2, DATE '2087-02-03')", "(3, DATE '2001-01-01')", "(4, DATE '2024-07-01')"],
        [(1, "1985-05-01"), (2, "1987-02-03"), (3, "2001-01-01"), (4, "2024-07-01")],
        action="ask",
    ),
    Case(
        "times_of_children",
        "take_times_of_children",
        "stale_derived_column",
        ("born",),
        ["(1, 10, TIMESTAMP '2024-01-05 10:00')", "(2, 10, TIMESTAMP '2024-01-07 09:00')", "(3, 11, NULL)"],
        [(1, 10, "2024-01-05 10:00:00"), (2, 10, "2024-01-07 09:00:00"), (3, 11, None)],
        names="id, p, at_",
        parent=("id, last_seen", ["(10, DATE '2024-01-05')", "(11, DATE '2024-01-01')"]),
        parent_after=[(10, "2024-01-07"), (11, "2024-01-01")],
        link=("p", "id"),
        action="ask",
        details={"formula": "MAX of {id}.at_"},
        at=("{id}_p", "last_seen"),
    ),
    Case(
        "fahrenheit",
        "convert_fahrenheit",
        "unit_scale",
        ("v",),
        ["(1, 20.5::DOUBLE, 'a')", "(2, 77.0, 'b')", "(3, 25.0, 'a')", "(4, 70.0, 'b')"],
        [(1, 20.5, "a", "false"), (2, 25.0, "b", "true"), (3, 25.0, "a", "false"), (4, 21.1111111111, "b", "true")],
        names="id, v, source",
        action="ask",
        details={"segment_column": "source", "segment": "b", "factor": 3.1},
    ),
    Case(
        "usual_price",
        "take_usual_price",
        "price_inconsistent",
        ("v",),
        [
            "(1, 7, 5.0::DOUBLE, TIMESTAMP '2024-01-01 10:00')",
            "(2, 7, 5.0, TIMESTAMP '2024-01-01 11:00')",
            "(3, 7, 9.0, TIMESTAMP '2024-01-01 12:00')",
            "(4, 7, 9.0, TIMESTAMP '2024-01-02 12:00')",
            "(5, 8, 1.0, TIMESTAMP '2024-01-01 12:00')",
            "(6, 8, 2.0, TIMESTAMP '2024-01-01 12:00')",
            "(7, 7, NULL, TIMESTAMP '2024-01-01 12:00')",
        ],
        [
            (1, 7, 5.0, "2024-01-01 10:00:00"),
            (2, 7, 5.0, "2024-01-01 11:00:00"),
            (3, 7, 5.0, "2024-01-01 12:00:00"),
            (4, 7, 9.0, "2024-01-02 12:00:00"),
            (5, 8, 1.0, "2024-01-01 12:00:00"),
            (6, 8, 2.0, "2024-01-01 12:00:00"),
            (7, 7, None, "2024-01-01 12:00:00"),
        ],
        names="id, product, v, sold_at",
        action="ask",
        details={"product_column": "product", "price_column": "v"},
        roles={"sold_at": "event_time"},
    ),
    Case(
        "usual_price_by_the_parents_day",
        "take_usual_price",
        "price_inconsistent",
        ("v",),
        ["(1, 70, 1, 5.0::DOUBLE)", "(2, 70, 1, 5.0)", "(3, 71, 1, 6.0)", "(4, 72, 1, 6.0)"],
        [(1, 70, 1, 5.0), (2, 70, 1, 5.0), (3, 71, 1, 5.0), (4, 72, 1, 6.0)],
        names="id, sale, product, v",
        parent=("id, sold_on", ["(70, DATE '2024-01-01')", "(71, DATE '2024-01-01')", "(72, DATE '2024-01-02')"]),
        parent_roles={"sold_on": "event_time"},
        link=("sale", "id"),
        action="ask",
        details={"product_column": "product", "price_column": "v"},
    ),
    Case(
        "whole_numbers",
        "cast_values",
        "type_mismatch",
        ("v",),
        ["(1, 12.0::DOUBLE)", "(2, -7.0)", "(3, NULL)", "(4, 0.0)"],
        [(1, 12), (2, -7), (3, None), (4, 0)],
        details={**DECLARED, "declared_type": "int"},
    ),
    Case(
        "whole_numbers_and_a_fraction",
        "cast_values",
        "type_mismatch",
        ("v",),
        [*(f"({i}, {i}.0::DOUBLE)" for i in range(40)), "(40, 1.5)"],
        [(i, i) for i in range(40)],
        details={**DECLARED, "declared_type": "int"},
        action="ask",
        taken=1,
    ),
    Case(
        "decimals_as_real_numbers",
        "cast_values",
        "type_mismatch",
        ("v",),
        ["(1, 12.50::DECIMAL(9,2))", "(2, 0.07)"],
        [(1, 12.5), (2, 0.07)],
        details={"declared_type": "float"},
    ),
    Case(
        "numbers_as_text",
        "cast_values",
        "type_mismatch",
        ("v",),
        ["(1, 12)", "(2, NULL)"],
        [(1, "12"), (2, None)],
        details={"declared_type": "string"},
    ),
    Case(
        "flags",
        "cast_values",
        "type_mismatch",
        ("v",),
        ["(1, 1)", "(2, 0)", "(3, NULL)"],
        [(1, "true"), (2, "false"), (3, None)],
        details={"declared_type": "bool"},
    ),
    Case(
        "days_as_instants",
        "cast_values",
        "type_mismatch",
        ("v",),
        ["(1, DATE '2024-01-02')"],
        [(1, "2024-01-02 00:00:00")],
        details={"declared_type": "datetime"},
    ),
    Case(
        "instants_as_days",
        "cast_values",
        "type_mismatch",
        ("v",),
        ["(1, TIMESTAMP '2024-01-02')", "(2, NULL)"],
        [(1, "2024-01-02"), (2, None)],
        details={"declared_type": "date"},
    ),
    Case(
        "solved",
        "solve_for_input",
        "arithmetic_mismatch",
        ("price", "total"),
        [
            "(1, 2, 3.5::DOUBLE, 7.0::DOUBLE)",
            "(2, 4, 99.0, 5.0)",
            "(3, 3, NULL, 1.0)",
            "(4, 0, 9.0, 5.0)",
            "(5, 3, 2.0, NULL)",
            "(6, 3, 1.11, 3.33)",
        ],
        [
            (1, 2, 3.5, 7.0),
            (2, 4, 1.25, 5.0),
            (3, 3, None, 1.0),
            (4, 0, 9.0, 5.0),
            (5, 3, 2.0, None),
            (6, 3, 1.11, 3.33),
        ],
        names="id, n, price, total",
        action="ask",
        details={"formula": "n * price", "result_column": "total", "tolerance": 0.005},
        flagged=("price",),
    ),
    Case(
        "solved_whole",
        "solve_for_input",
        "arithmetic_mismatch",
        ("n", "total"),
        ["(1, 2, 10, 1, 19)", "(2, NULL, 10, 5, 25)", "(3, 9, 10, 5, 25)", "(4, 9, 10, 5, 26)"],
        [(1, 2, 10, 1, 19), (2, 3, 10, 5, 25), (3, 3, 10, 5, 25), (4, 9, 10, 5, 26)],
        names="id, n, price, off, total",
        action="ask",
        details={"formula": "total = n * price - off", "result_column": "total", "tolerance": 0.005},
        flagged=("n",),
    ),
    Case(
        "keys_latest_of_their_own",
        "keep_latest_row",
        "primary_key_duplicate",
        ("id",),
        [
            "(1, DATE '2024-01-01', DATE '2024-01-01')",
            "(1, DATE '2024-01-02', DATE '2024-01-01')",
            "(2, NULL, NULL)",
            "(2, NULL, NULL)",
        ],
        [(1, "2024-01-02", "2024-01-01"), (2, None, None)],
        names="id, v, w",
        action="ask",
        taken=1,
        collapsed=1,
    ),
    Case(
        "one_style_of_separators",
        "normalise_formats",
        "invalid_format",
        ("v",),
        ["(1, 'AB-12')", "(2, 'AB 12')", "(3, 'AB_12')", "(4, 'AB12')", "(5, 'A-12')", "(6, 'AB/12 ')"],
        [(1, "AB-12"), (2, "AB-12"), (3, "AB-12"), (4, "AB12"), (5, "A-12"), (6, "AB-12")],
        details={"pattern": r"[A-Z]{2}-\d{2}"},
    ),
    Case(
        "padded_codes",
        "normalise_formats",
        "invalid_format",
        ("v",),
        [
            "(1, '01234')",
            "(2, '501')",
            "(3, ' 1234')",
            "(4, '12')",
            "(5, '123456')",
            "(6, 'x123')",
            "(7, NULL)",
            "(8, '4567')",
        ],
        [(1, "01234"), (2, "00501"), (3, "01234"), (4, "12"), (5, "123456"), (6, "x123"), (7, None), (8, "04567")],
        details={"pattern": r"^\d{5}$"},
    ),
    Case(
        "codes_that_lost_a_digit",
        "normalise_formats",
        "invalid_format",
        ("v",),
        [*(f"({i}, '{'0' if i < 2 else '1'}{i:04}')" for i in range(20)), "(20, '1234')", "(21, '0000')", "(22, '1 ')"],
        [*((i, f"{'0' if i < 2 else '1'}{i:04}") for i in range(20)), (20, "1234"), (21, "00000"), (22, "1 ")],
        details={"pattern": r"^\d{5}$"},
    ),
    Case(
        "forms_of_several_kinds",
        "normalise_formats",
        "invalid_format",
        ("v",),
        ["(1, 'ab-12')", "(2, 'AB 12')", "(3, ' AB-12')", "(4, 'ab.12 ')", "(5, 'Ab')"],
        [(1, "AB-12"), (2, "AB-12"), (3, "AB-12"), (4, "AB-12"), (5, "Ab")],
        details={"pattern": "[A-Z]{2}-[0-9]{2}|[a-z]{2}|[A-Z]{2}"},
    ),
    Case(
        "no_zeros_before_telephone_numbers",
        "normalise_formats",
        "invalid_format",
        ("v",),
        ["(1, '0123456789')", "(2, '123456')", "(3, '012 345 6789')"],
        [(1, "0123456789"), (2, "123456"), (3, "0123456789")],
        details={"pattern": "[0-9]{10}", "kind": "phone"},
    ),
    Case(
        "swapped_names",
        "swap_words",
        "swapped_columns",
        ("v",),
        [
            *(f"({i}, 'Ann', 'Miller')" for i in range(6)),
            *(f"({i}, 'Bob', 'Ann')" for i in range(6, 8)),
            "(8, 'Miller', 'Ann')",
        ]
        + [f"({i}, 'Ann', 'Miller')" for i in range(9, 20)],
        [*((i, "Ann", "Miller") for i in range(6)), (6, "Bob", "Ann"), (7, "Bob", "Ann"), (8, "Ann", "Miller")]
        + [(i, "Ann", "Miller") for i in range(9, 20)],
        names="id, v, w",
        action="ask",
        details={"first": "v", "second": "w"},
    ),
    Case(
        "zoned",
        "give_time_zone",
        "type_mismatch",
        ("v",),
        ["(1, TIMESTAMP '2024-01-01 10:00')", "(2, NULL)"],
        [(1, "2024-01-01 08:00:00+00", "true"), (2, None, "false")],
        details={"declared_type": "timestamptz"},
        action="ask",
        argument="+02:00",
    ),
    Case(
        "zoned_in_utc",
        "give_time_zone",
        "type_mismatch",
        ("v",),
        ["(1, TIMESTAMP '2024-01-01 10:00')"],
        [(1, "2024-01-01 10:00:00+00", "true")],
        details={"declared_type": "TIMESTAMP WITH TIME ZONE"},
        action="ask",
        argument="UTC",
    ),
    Case(
        "reference_table",
        "quarantine_nulls",
        "unexpected_null",
        ("v",),
        ["(1, 'DE', NULL)", "(2, 'FR', 'Franc')", "(3, 'XX', NULL)", "(4, NULL, NULL)"],
        [(1, "DE", "Euro"), (2, "FR", "Franc"), (3, "XX", None), (4, None, None)],
        names="id, country, v",
        parent=("code, currency", ["('DE', 'Euro')", "('FR', 'Euro')"]),
        schema={"nullable": True, "generator": {"lookup": {"from": "{id}_p.currency", "on": {"country": "code"}}}},
    ),
    Case(
        "nulls_that_are_meant",
        "quarantine_nulls",
        "unexpected_null",
        ("w",),
        ["(1, 3, 6)", "(2, 4, NULL)"],
        [(1, 3, 6), (2, 4, None)],
        names="id, v, w",
        schema={"nullable": True, "null_rate": 0.2, "generator": {"expression": {"code": "v * 2"}}},
        action="flag",
    ),
    Case(
        "reference_table_decides",
        "look_up_values",
        "dependency_violation",
        ("v",),
        ["(1, 'DE', 'Mark')", "(2, 'FR', 'Euro')"],
        [(1, "DE", "Euro"), (2, "FR", "Euro")],
        names="id, code, v",
        parent=("code, currency", ["('DE', 'Euro')", "('FR', 'Euro')"]),
        schema={"generator": {"lookup": {"from": "{id}_p.currency", "on": {"this_key": "code"}}}},
    ),
    Case(
        "days_before_instants",
        "quarantine_early_children",
        "temporal_violation",
        ("day",),
        ["(1, 1, DATE '2024-01-04')", "(2, 1, DATE '2024-01-05')", "(3, 1, NULL)", "(4, 9, DATE '2024-01-01')"],
        [(2, 1, "2024-01-05"), (3, 1, None), (4, 9, "2024-01-01")],
        names="id, p, day",
        parent=("id, born", ["(1, TIMESTAMP '2024-01-05 12:00')"]),
        link=("p", "id"),
        action="quarantine",
        details={"parent_table": "{id}_p", "parent_column": "born", "child_column": "day", "rule": "declared"},
        taken=1,
    ),
    Case(
        "instants_before_days",
        "quarantine_early_children",
        "temporal_violation",
        ("at_",),
        ["(1, 1, TIMESTAMP '2024-01-04 23:00')", "(2, 1, TIMESTAMP '2024-01-05 01:00')"],
        [(2, 1, "2024-01-05 01:00:00")],
        names="id, p, at_",
        parent=("id, born", ["(1, DATE '2024-01-05')"]),
        link=("p", "id"),
        action="quarantine",
        details={"parent_table": "{id}_p", "parent_column": "born", "child_column": "at_", "rule": "declared"},
        taken=1,
    ),
    Case(
        "codes_listed",
        "unify_codes",
        "mixed_code_system",
        ("v",),
        ["(1, 'UK')", "(2, 'GBR')", *(f"({i}, 'DE')" for i in range(3, 11)), "(11, 'Germany')", "(12, 'USA')"],
        [(1, "UK"), (2, "UK"), *((i, "DE") for i in range(3, 12)), (12, "USA")],
        schema={"generator": {"choice": {"choices": ["DE", "UK"]}}},
    ),
    Case(
        "swap_declared",
        "swap_columns",
        "swapped_columns",
        ("v",),
        ["(1, 'a@b.cd', '12-34')", "(2, '56-78', 'c@d.ef')", "(3, 'neither', 'nor')", "(4, NULL, 'x@y.zz')"],
        [(1, "a@b.cd", "12-34"), (2, "c@d.ef", "56-78"), (3, "neither", "nor"), (4, None, "x@y.zz")],
        names="id, v, w",
        details={"first": "v", "second": "w"},
        schemas={
            "v": {"constraints": {"pattern": "[a-z]+@[a-z.]+"}},
            "w": {"constraints": {"pattern": "[0-9]{2}-[0-9]{2}"}},
        },
    ),
    Case(
        "swap_coordinates",
        "swap_columns",
        "swapped_columns",
        ("v",),
        ["(1, 50.0::DOUBLE, 10.0::DOUBLE)", "(2, 120.0, 30.0)", "(3, 30.0, 120.0)"],
        [(1, 50.0, 10.0), (2, 30.0, 120.0), (3, 30.0, 120.0)],
        names="id, v, w",
        action="ask",
        details={"first": "v", "second": "w"},
        roles={"v": "latitude", "w": "longitude"},
    ),
    Case(
        "swap_ends",
        "swap_intervals",
        "interval_inverted",
        ("b",),
        [
            "(1, DATE '2024-01-02', DATE '2024-01-01')",
            "(2, DATE '2024-01-01', DATE '2024-01-01')",
            "(3, DATE '2024-01-05', NULL)",
            "(4, DATE '2024-02-01', DATE '2024-02-09')",
            "(5, DATE '2024-06-01', DATE '2024-01-01')",
        ],
        [
            (1, "2024-01-01", "2024-01-02"),
            (2, "2024-01-01", "2024-01-01"),
            (3, "2024-01-05", None),
            (4, "2024-02-01", "2024-02-09"),
            (5, "2024-06-01", "2024-01-01"),
        ],
        names="id, a, b",
        action="ask",
        details={"start_column": "a", "end_column": "b"},
    ),
    Case(
        "number_keys",
        "number_missing_keys",
        "primary_key_null",
        ("id",),
        ["(NULL, 'a')", "(7, 'b')", "(NULL, 'c')", "(3, 'd')"],
        [(8, "a"), (7, "b"), (9, "c"), (3, "d")],
        action="ask",
    ),
    Case(
        "early_to_null",
        "clear_early_times",
        "temporal_violation",
        ("day",),
        ["(1, 1, DATE '2024-01-01')", "(2, 1, DATE '2024-01-09')"],
        [(1, 1, None), (2, 1, "2024-01-09")],
        names="id, p, day",
        parent=("id, born", ["(1, DATE '2024-01-05')"]),
        link=("p", "id"),
        action="ask",
        details={"parent_table": "{id}_p", "parent_column": "born", "child_column": "day"},
    ),
    Case(
        "parent_moves",
        "move_parent_times",
        "temporal_violation",
        ("day",),
        ["(1, 1, DATE '2024-01-01')", "(2, 1, DATE '2024-01-09')"],
        [(1, 1, "2024-01-01"), (2, 1, "2024-01-09")],
        names="id, p, day",
        parent=("id, born", ["(1, DATE '2024-01-05')", "(2, DATE '2024-01-05')"]),
        parent_after=[(1, "2024-01-01"), (2, "2024-01-05")],
        link=("p", "id"),
        action="ask",
        details={"parent_table": "{id}_p", "parent_column": "born", "child_column": "day"},
    ),
    Case(
        "future_to_null",
        "clear_future_times",
        "future_timestamp",
        ("v",),
        ["(1, TIMESTAMP '2087-01-01')", "(2, TIMESTAMP '2024-01-01')"],
        [(1, None), (2, "2024-01-01 00:00:00")],
        action="ask",
    ),
    Case(
        "unlisted_to_null",
        "clear_unknown_categories",
        "unknown_category",
        ("v",),
        ["(1, 'a')", "(2, 'zorbing')"],
        [(1, "a"), (2, None)],
        action="ask",
        schema={"nullable": True, "constraints": {"enum": ["a", "b"]}},
    ),
    Case(
        "unlisted_to_other",
        "pool_unknown_categories",
        "unknown_category",
        ("v",),
        ["(1, 'a')", "(2, 'zorbing')", "(3, NULL)"],
        [(1, "a"), (2, "Other"), (3, None)],
        action="ask",
        schema={"constraints": {"enum": ["a", "Other"]}},
    ),
    Case(
        "malformed_to_null",
        "clear_invalid_formats",
        "invalid_format",
        ("v",),
        ["(1, 'ab12')", "(2, 'x')"],
        [(1, "ab12"), (2, None)],
        action="ask",
        details={"pattern": "[a-z]{2}[0-9]{2}"},
    ),
    Case(
        "shift_segment",
        "shift_times",
        "timezone_shift",
        ("t",),
        ["(1, TIMESTAMP '2024-01-01 03:00', 'web')", "(2, TIMESTAMP '2024-01-01 12:30', 'app')", "(3, NULL, 'app')"],
        [
            (1, "2024-01-01 03:00:00", "web", "false"),
            (2, "2024-01-01 05:30:00", "app", "true"),
            (3, None, "app", "true"),
        ],
        names="id, t, source",
        action="ask",
        details={"segment_column": "source", "segment": "app", "hours": 7},
    ),
    Case(
        "shift_days",
        "shift_times",
        "timezone_shift",
        ("t",),
        [
            "(1, TIMESTAMP '2024-01-01 23:00')",
            "(2, TIMESTAMP '2024-01-02 12:00')",
            "(3, TIMESTAMP '2024-01-03 09:00')",
            "(4, TIMESTAMP '2024-01-04 00:00')",
        ],
        [
            (1, "2024-01-01 23:00:00", "false"),
            (2, "2024-01-02 05:00:00", "true"),
            (3, "2024-01-03 02:00:00", "true"),
            (4, "2024-01-04 00:00:00", "false"),
        ],
        names="id, t",
        action="ask",
        details={"segment_column": "t", "segment": "2024-01-02/2024-01-03", "hours": 7},
    ),
    Case(
        "cents",
        "divide_units",
        "unit_scale",
        ("v",),
        ["(1, 19.99::DOUBLE, 'a')", "(2, 1999.0, 'b')", "(3, 0.1 * 100, 'b')", "(4, 0.1, 'c')", "(5, NULL, 'b')"],
        [
            (1, 19.99, "a", "false"),
            (2, 19.99, "b", "true"),
            (3, 0.1, "b", "true"),
            (4, 0.1, "c", "false"),
            (5, None, "b", "true"),
        ],
        names="id, v, source",
        action="ask",
        details={"segment_column": "source", "segment": "b", "factor": 100.0},
    ),
    Case(
        "typos",
        "map_typos",
        "category_variant",
        ("v",),
        ["(1, 'Savings')", "(2, 'Savingss')", "(3, 'SAVINGS')", "(4, 'Savings')", "(5, 'Loan')"],
        [(1, "Savings"), (2, "Savings"), (3, "Savings"), (4, "Savings"), (5, "Loan")],
        action="ask",
        details={"variants": [{"value": "Savingss", "canonical": "Savings", "kind": "spelling"}]},
    ),
    Case(
        "looked_up",
        "look_up_values",
        "dependency_violation",
        ("v",),
        ["(1, 1, 'Berlin')", "(2, 1, 'Paris')", "(3, 9, 'Rome')", "(4, 1, NULL)"],
        [(1, 1, "Berlin"), (2, 1, "Berlin"), (3, 9, "Rome"), (4, 1, None)],
        names="id, p, v",
        parent=("id, city", ["(1, 'Berlin')"]),
        link=("p", "id"),
        schema={"generator": {"lookup": {"from": "{id}_p.city"}}},
        details={"determinant": ["p"], "dependent": "v"},
    ),
    Case(
        "majority",
        "take_majority_value",
        "dependency_violation",
        ("v",),
        [
            *(f"({i}, 'DE', 'Euro')" for i in range(11)),
            "(11, 'DE', 'Franc')",
            "(12, 'FR', 'Euro')",
            "(13, 'FR', 'Franc')",
        ],
        [*((i, "DE", "Euro") for i in range(12)), (12, "FR", "Euro"), (13, "FR", "Franc")],
        names="id, k, v",
        action="ask",
        details={"determinant": ["k"], "dependent": "v"},
    ),
    Case(
        "derived",
        "derive_missing_column",
        "missing_column",
        ("total",),
        ["(1, 2, 3.5::DOUBLE)", "(2, NULL, 1.0)"],
        [(1, 2, 3.5, 7.0), (2, None, 1.0, None)],
        names="id, n, price",
        schema={"type": "float", "generator": {"expression": {"code": "n * price"}}},
    ),
    Case(
        "relation",
        "recompute_by_relation",
        "arithmetic_mismatch",
        ("total",),
        ["(1, 2, 3.35::DOUBLE, 6.7::DOUBLE)", "(2, 2, 1.0, 9.9)", "(3, 1, 1.0, NULL)"],
        [(1, 2, 3.35, 6.7), (2, 2, 1.0, 2.0), (3, 1, 1.0, None)],
        names="id, n, price, total",
        action="ask",
        details={"formula": "n * price", "result_column": "total", "tolerance": 0.006},
    ),
    Case(
        "second_batch",
        "quarantine_second_load",
        "double_load",
        (),
        ["(1, 'a', 1)", "(2, 'b', 1)", "(3, 'a', 2)", "(4, 'b', 2)"],
        [(1, "a", 1), (2, "b", 1)],
        names="id, v, batch",
        action="quarantine",
        details={"batch_column": "batch", "first": "1", "second": "2"},
        taken=2,
    ),
    Case(
        "second_days",
        "quarantine_second_load",
        "double_load",
        (),
        [
            "(1, 'a', DATE '2024-01-01')",
            "(2, 'b', DATE '2024-01-02')",
            "(3, 'b', DATE '2024-01-02')",
            "(4, 'a', DATE '2024-01-01')",
        ],
        [(1, "a", "2024-01-01"), (2, "b", "2024-01-02"), (4, "a", "2024-01-01")],
        names="id, v, day",
        action="ask",
        details={"batch_column": "day", "first": "2024-01-02..2024-01-02", "second": "2024-01-02..2024-01-02"},
        taken=1,
    ),
    Case(
        "charges",
        "quarantine_later_charges",
        "double_charge",
        (),
        [
            "(1, 5, 9.9::DOUBLE, TIMESTAMP '2024-01-01 10:00')",
            "(2, 5, 9.9, TIMESTAMP '2024-01-01 12:00')",
            "(3, 5, 9.9, TIMESTAMP '2024-02-01')",
            "(4, 6, 9.9, TIMESTAMP '2024-01-01 12:00')",
        ],
        [
            (1, 5, 9.9, "2024-01-01 10:00:00"),
            (3, 5, 9.9, "2024-02-01 00:00:00"),
            (4, 6, 9.9, "2024-01-01 12:00:00"),
        ],
        names="id, who, amount, paid",
        action="ask",
        details={"entity_column": "who", "amount_column": "amount", "time_column": "paid", "window_days": 1},
        taken=1,
    ),
    Case(
        "weights",
        "rescale_weights",
        "attribution_gap",
        ("w",),
        ["(1, 1, 0.5::DOUBLE)", "(2, 1, 1.5)", "(3, 2, 0.4)", "(4, 2, 0.6)"],
        [(1, 1, 0.25), (2, 1, 0.75), (3, 2, 0.4), (4, 2, 0.6)],
        names="id, conversion, w",
        action="ask",
        details={"kind": "weights", "weight_column": "w", "conversion_column": "conversion"},
    ),
]


@pytest.fixture(scope="module")
def polished(
    tmp_path_factory: pytest.TempPathFactory, polish_both: Callable[..., Any], make_context: Callable[..., Any]
) -> Any:
    """All cases as one program, and the decision of each."""
    tables = {name: query for case in CASES for name, query in case.tables().items()}
    folder = tmp_path_factory.mktemp("fixes")
    decided, planned = {}, []
    for case in CASES:
        context = make_context(
            folder / case.id, case.tables(), case.facts(), schema=case.document(), generated=case.generated
        )
        spec, finding = fixes.fix(case.fix), case.finding()
        flagged = frozenset((case.id, column) for column in case.flagged)
        context = replace(context, argument=case.argument, flagged=flagged)
        assert (spec.argument is not None) == bool(case.argument)
        assert not spec.argument or not spec.argument.problem(case.argument, finding, context)
        steps = spec.steps(finding, context) if spec.steps else ()
        decided[case.id] = spec.policy(finding, context)
        assert spec.plan(finding, context)
        assert case.defect in spec.defects
        planned.append(Planned(case.id, case.fix, spec.plan(finding, context), tuple(steps)))
    return polish_both(folder, tables, planned, [fact for case in CASES for fact in case.facts()]), decided


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_fix(case: Case, polished: Any) -> None:
    result, decided = polished
    assert result.rows(case.id) == [_as_text(row) for row in case.after]
    assert decided[case.id].action == case.action, decided[case.id].why
    counts = result.applied.counts[case.id]
    assert (counts.rows_quarantined, counts.rows_collapsed, counts.rows_added) == (
        case.taken,
        case.collapsed,
        case.added,
    )
    if case.parent_after is not None:
        assert result.rows(f"{case.id}_p") == [_as_text(row) for row in case.parent_after]


def test_a_second_run_changes_nothing(polished: Any) -> None:
    result = polished[0]
    once = (Retype, DropColumn)  # what is not there any more cannot be given a type, nor be dropped
    retyped = {plan.id for plan in result.planned if any(isinstance(step, once) for step in plan.steps)}
    again = result.again([plan for plan in result.planned if plan.id not in retyped])
    for case in CASES:
        if case.id not in retyped:
            assert again[f"{case.id}.parquet"][1] == result.rows(case.id), case.id
            if case.parent:
                assert again[f"{case.id}_p.parquet"][1] == result.rows(f"{case.id}_p"), case.id


def test_the_change_log_holds_old_and_new(polished: Any) -> None:
    rows = polished[0].rows("_changes/codes_majority")
    assert rows == [
        ("8", "v", "US", "USA", "codes_majority", "unify_codes", "codes_majority.parquet", "8"),
        ("9", "v", "de", "DEU", "codes_majority", "unify_codes", "codes_majority.parquet", "9"),
    ]


def test_quarantine_holds_the_row_as_it_was(polished: Any) -> None:
    rows = polished[0].rows("_quarantine/format_declared")
    assert rows == [
        ("3", "4", "invalid_format", "format_declared", "normalise_formats", "format_declared.parquet", "2")
    ]


def test_both_sides_of_a_key_are_trimmed(polished: Any) -> None:
    assert polished[0].rows("trim_child_keys_p") == [("a", "1")]


def test_totals_are_those_of_the_children(
    tmp_path: Any, polish_both: Callable[..., Any], make_context: Callable[..., Any]
) -> None:
    tables = {
        "order": _values("id, total", ["(1, 30.0::DOUBLE)", "(2, 7.0)", "(3, 1.0)"]),
        "item": _values("id, order_id, price", ["(1, 1, 10.0::DOUBLE)", "(2, 1, 20.0)", "(3, 2, 5.5)"]),
    }
    link = ForeignKey(columns=("order_id",), references=Target(table="order", columns=("id",)))
    facts = [TableFacts(name="order", primary_key=Key(columns=("id",))), TableFacts(name="item", foreign_keys=(link,))]
    schema = _document({"order": {"total": {"generator": {"aggregate": {"of": "item.price", "op": "sum"}}}}})
    place = {"table": "order", "columns": ["total"]}
    said = {"id": "f", "severity": "high", "finding": "made", "defect": "aggregate_mismatch", "location": place}
    finding = msgspec.convert(said, Finding)
    spec = fixes.fix("recompute_totals")
    context = make_context(tmp_path / "look", tables, facts, schema=schema)
    assert spec.policy(finding, context).action == "fix"
    planned = [Planned("f", spec.id, spec.plan(finding, context), tuple(spec.steps(finding, context)))]  # type: ignore[misc]
    result = polish_both(tmp_path, tables, planned, facts)
    assert result.rows("order") == [("1", "30.0"), ("2", "5.5"), ("3", "0.0")]
    assert spec.steps is not None
    assert not spec.steps(finding, make_context(tmp_path / "undeclared", tables, facts))


def test_a_total_that_nobody_declared_is_computed_by_choice(
    tmp_path: Any, polish_both: Callable[..., Any], make_context: Callable[..., Any]
) -> None:
    """A parent without children keeps its total: they may be missing."""
    tables = {
        "order": _values("id, total", ["(1, 30.0::DOUBLE)", "(2, 7.0)", "(3, 1.0)"]),
        "item": _values("id, order_id, price", ["(1, 1, 10.0::DOUBLE)", "(2, 1, 20.0)", "(3, 2, 5.5)"]),
    }
    link = ForeignKey(columns=("order_id",), references=Target(table="order", columns=("id",)))
    facts = [TableFacts(name="order", primary_key=Key(columns=("id",))), TableFacts(name="item", foreign_keys=(link,))]
    details = {
        "parent_column": "total",
        "child_table": "item",
        "child_column": "price",
        "op": "sum",
        "tolerance": 0.005,
    }
    place = {"table": "order", "columns": ["total"]}
    said = {"id": "f", "severity": "high", "finding": "made", "defect": "aggregate_mismatch", "location": place}
    finding = msgspec.convert(said | {"evidence": {"details": details}}, Finding)
    spec = fixes.fix("total_by_relation")
    context = make_context(tmp_path / "look", tables, facts)
    assert spec.policy(finding, context).action == "ask"
    planned = [Planned("f", spec.id, spec.plan(finding, context), tuple(spec.steps(finding, context)))]  # type: ignore[misc]
    assert polish_both(tmp_path, tables, planned, facts).rows("order") == [("1", "30.0"), ("2", "5.5"), ("3", "1.0")]


def test_a_column_that_some_files_call_otherwise(
    tmp_path: Any, polish_both: Callable[..., Any], make_context: Callable[..., Any]
) -> None:
    tables = {
        "t/a": _values("id, name, note", ["(1, 'Ann', 'x')", "(2, NULL, 'y')"]),
        "t/b": _values("id, full_name, note, extra", ["(3, 'Bob', 'z', 1)", "(4, NULL, 'w', 2)"]),
    }
    place = {"table": "t", "columns": ["name", "full_name"]}
    said = {"id": "f", "severity": "high", "finding": "made", "defect": "schema_drift", "location": place}
    details = {"added": ["full_name", "extra"], "removed": ["name"], "changed": []}
    finding = msgspec.convert(said | {"evidence": {"details": details}}, Finding)
    spec = fixes.fix("rename_columns")
    facts = [TableFacts(name="t", primary_key=Key(columns=("id",)))]
    context = make_context(tmp_path / "look", tables, facts)
    assert spec.argument is not None
    assert spec.argument.suggest(finding, context) == ["full_name=name"]
    assert "not two columns of one type" in spec.argument.problem("extra=name", finding, context)
    assert spec.argument.problem("full_name=note", finding, context) == "1 rows have a value in both"
    assert 'no column "nome"' in spec.argument.problem("full_name=nome", finding, context)
    context = replace(context, argument="full_name=name")
    planned = [Planned("f", spec.id, spec.plan(finding, context), tuple(spec.steps(finding, context)))]  # type: ignore[misc]
    result = polish_both(tmp_path, tables, planned, facts)
    assert result.rows("t/a") == [("1", "Ann", "x"), ("2", None, "y")]
    assert result.rows("t/b") == [("3", "z", "1", "Bob"), ("4", "w", "2", None)]


def test_files_agree_about_a_type(
    tmp_path: Any, polish_both: Callable[..., Any], make_context: Callable[..., Any]
) -> None:
    tables = {"t/a": "SELECT 1 AS id, 5::BIGINT AS v", "t/b": "SELECT 2 AS id, 6::SMALLINT AS v"}
    changed = [
        {"column": "v", "before": "BIGINT", "after": "SMALLINT"},
        {"column": "id", "before": "DATE", "after": "INTEGER"},
    ]
    place = {"table": "t", "columns": ["v"]}
    said = {"id": "f", "severity": "high", "finding": "made", "defect": "schema_drift", "location": place}
    finding = msgspec.convert(said | {"evidence": {"details": {"changed": changed}}}, Finding)
    spec, context = fixes.fix("agree_types"), make_context(tmp_path / "look", tables)
    planned = [Planned("f", spec.id, spec.plan(finding, context), tuple(spec.steps(finding, context)))]  # type: ignore[misc]
    result = polish_both(tmp_path, tables, planned)
    with source.connect() as con:
        assert source.layout_of(con, result.root / "t/b.parquet") == {"id": "INTEGER", "v": "BIGINT"}
    assert result.applied.counts["f"].cells_changed == 0


def test_every_fix_of_path_2_has_a_case() -> None:
    served = {case.fix for case in CASES} | {"recompute_totals", "total_by_relation", "rename_columns", "agree_types"}
    assert {spec.id for spec in fixes.all_fixes() if spec.path == "postprocess"} == served


KINDS: dict[str, tuple[list[str], dict[str, Any], set[str]]] = {
    "unique": (["id"], {}, {"quarantine_duplicate_keys", "keep_latest_row"}),
    "enum": (["v"], {"values": ["x"]}, {"quarantine_unknown_categories", "clear_unknown_categories"}),
    "range": (["n"], {"max": 5}, {"quarantine_out_of_range", "clear_out_of_range"}),
    "pattern": (
        ["mail"],
        {"pattern": "[a-z]+@[a-z]+"},
        {"normalise_formats", "clear_invalid_formats", "write_at_signs"},
    ),
    "inequality": (
        ["a", "b"],
        {"left": "b", "op": ">=", "right": "a"},
        {"quarantine_inverted_intervals", "swap_intervals"},
    ),
    "foreign_key": (
        ["n"],
        {},
        {"quarantine_orphans", "clear_orphan_keys", "insert_inferred_parents", "insert_unknown_parent"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_constraint_is_served_as_its_kind(kind: str, tmp_path: Any, make_context: Callable[..., Any]) -> None:
    """Choices included; those that have to be told something aside."""
    rows = [
        "(1, 'x', 1, 'A@B', DATE '2024-01-01', DATE '2024-01-09')",
        "(1, 'y', 9, 'a at b', DATE '2024-01-03', DATE '2024-01-02')",
    ]
    tables = {"t": _values("id, v, n, mail, a, b", rows), "p": _values("id", ["(1)"])}
    link = ForeignKey(columns=("n",), references=Target(table="p", columns=("id",)), source="declared")
    mail = ColumnFacts(name="mail", role="email")
    facts = [TableFacts(name="t", foreign_keys=(link,) if kind == "foreign_key" else (), columns=(mail,))]
    context = make_context(tmp_path, tables, facts)
    columns, constraint, expected = KINDS[kind]
    if kind == "unique":  # of two times that both order the rows, neither is the one
        context = replace(
            context, dataset=make_context(tmp_path / "one", {"t": f"SELECT id, a, v FROM ({tables['t']})"}).dataset
        )
    place = {"table": "t", "columns": columns}
    said = {"id": "f", "severity": "high", "finding": "made", "defect": "constraint_violated", "location": place}
    finding = msgspec.convert(said | {"evidence": {"details": {"kind": kind, "constraint": constraint}}}, Finding)
    serving = [spec for spec in fixes.serving("constraint_violated") if spec.path == "postprocess" and spec.steps]
    assert {spec.id for spec in serving if spec.steps and spec.steps(finding, context)} == expected


def _as_text(row: tuple[Any, ...]) -> tuple[str | None, ...]:
    return tuple(None if value is None else str(value) for value in row)
