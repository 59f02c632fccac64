"""What strangers wrote, read: conditions, queries, Polars' own words, and names."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from datapolisher.errors import InputError
from datapolisher.importers import Document, find
from datapolisher.importers._polars import condition
from datapolisher.importing.claims import (
    After,
    Banned,
    Between,
    Claim,
    Determined,
    Equation,
    Holds,
    Length,
    Member,
    Moment,
    NotNull,
    Offenders,
    Order,
    Pattern,
    Readable,
    Refers,
    Rule,
    Unique,
)
from datapolisher.importing.conditions import rules_of
from datapolisher.importing.faults import Case
from datapolisher.importing.lists import members
from datapolisher.importing.look import Look, UnmeasuredError
from datapolisher.importing.names import Names, UnmappedError
from datapolisher.importing.queries import read_query
from datapolisher.importing.sqltext import Node, parse_condition
from datapolisher.source import Dataset, TableFiles, read_dataset

CLINIC = Path(__file__).parent / "clinic" / "data"

CONDITIONS: list[tuple[str, list[Rule]]] = [
    ("a IS NOT NULL", [NotNull(("a",))]),
    ("a between 1 and 5 and b in ('x', 'y')", [Between(("a",), 1, 5), Member(("b",), ("x", "y"))]),
    ("not (a > 3)", [Between(("a",), high=3)]),
    ("0 < a", [Between(("a",), low=0, above=True)]),
    ("b is null or b >= a", [Order(("b", "a"), ">=")]),
    ("a <> 'x'", [Banned(("a",), ("x",))]),
    ("b not in (1, 2)", [Banned(("b",), (1, 2))]),
    ("length(code) = 4", [Length(("code",), 4, 4)]),
    ("length(code) between 2 and 4", [Length(("code",), 2, 4)]),
    ("regexp_matches(a, '^x')", [Pattern(("a",), "^x")]),
    ("(a > 3) = true", [Between(("a",), low=3, above=True)]),
    ("not ((regexp_matches(a, '^x') > 0) = false)", [Pattern(("a",), "^x")]),
    ("regexp_matches(a, '^x') = 0", [Pattern(("a",), "^x", forbidden=True)]),
    ("1 = 1 and a >= 0", [Between(("a",), low=0)]),
    ("born <= current_date", [Between(("born",), high=Moment(day=True))]),
    ("made < now()", [Between(("made",), high=Moment(), below=True)]),
    ("d >= DATE '2024-01-01'", [Between(("d",), low="2024-01-01")]),
]
FORMULAS = [
    ("abs(quantity*price-total) < 0.005", "total", "quantity * price", 0.005),
    ("total == quantity*price", "total", "quantity * price", 1e-6),
    ("total = round(net + tax - rebate, 2)", "total", "(net + tax) - rebate", 0.005),
    ("abs(bill - days*rate - extra) <= 0.01", "bill", "(days * rate) + extra", 0.01),
    ("abs(total - (net + tax)) < 0.01", "total", "net + tax", 0.01),
]


@pytest.mark.parametrize(("text", "rules"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_a_condition_says_its_rules(text: str, rules: list[Rule]) -> None:
    node = parse_condition(text)
    assert node is not None
    assert list(rules_of(node)) == rules


@pytest.mark.parametrize(("text", "result", "formula", "tolerance"), FORMULAS, ids=[text for text, *_ in FORMULAS])
def test_an_equation_knows_the_column_that_the_others_give(
    text: str, result: str, formula: str, tolerance: float
) -> None:
    node = parse_condition(text)
    assert node is not None
    (rule,) = rules_of(node)
    assert isinstance(rule, Equation)
    assert (rule.columns[0], rule.tolerance) == (result, tolerance)
    assert rule.formula.words().strip("()") == formula.strip("()")


def test_a_condition_that_no_rule_says_stays_whole() -> None:
    node = parse_condition("a <> 4 OR b > c")
    assert node is not None
    (rule,) = rules_of(node)
    assert isinstance(rule, Holds)
    assert rule.columns == ("a", "b", "c")


@pytest.mark.parametrize("text", ["", "a >", "1; DROP TABLE t", "SELECT 1"])
def test_what_is_no_condition_is_none(text: str) -> None:
    assert parse_condition(text) is None


ORDERS = Refers(("buyer",), ("person",), ("id",))
QUERIES: list[tuple[str, Rule]] = [
    ("SELECT o.* FROM orders o LEFT JOIN person p ON p.id = o.buyer WHERE p.id IS NULL", ORDERS),
    ("SELECT * FROM orders WHERE buyer IS NOT NULL AND buyer NOT IN (SELECT id FROM person)", ORDERS),
    ("SELECT * FROM orders o WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.id = o.buyer)", ORDERS),
    (
        "SELECT o.id FROM person p JOIN orders o ON o.buyer = p.id WHERE p.born > o.placed",
        After(("placed",), ("buyer",), ("person",), ("id",), "born"),
    ),
    ("SELECT a, b, count(*) FROM orders GROUP BY a, b HAVING count(*) > 1", Unique(("a", "b"))),
    ("WITH x AS (SELECT a FROM orders GROUP BY 1 HAVING count(*) > 1) SELECT * FROM x", Unique(("a",))),
    ('SELECT * FROM "db"."main"."orders" WHERE shipped < placed', Order(("shipped", "placed"), ">=")),
    (
        "WITH v AS (SELECT id AS k, a + 1 > 4 AS said FROM orders), e AS (SELECT * FROM v WHERE NOT (said = true)) SELECT * FROM e",
        Holds(
            ("a",), Node("compare", ">", (Node("call", "+", (Node("column", "a"), Node("value", 1))), Node("value", 4)))
        ),
    ),
    (
        "WITH v AS (SELECT x AS y, count(*) AS n FROM orders GROUP BY 1) SELECT * FROM v WHERE y NOT IN (1, 2)",
        Member(("x",), (1, 2)),
    ),
    (
        "SELECT a FROM orders WHERE 1 = 1 AND NOT (a IS NULL AND b IS NULL) GROUP BY a, b HAVING count(*) > 1",
        Unique(("a", "b")),
    ),
    ("SELECT o.* FROM person p RIGHT JOIN orders o ON p.id = o.buyer WHERE p.id IS NULL", ORDERS),
    ("SELECT o.* FROM orders o ANTI JOIN person p ON p.id = o.buyer", ORDERS),
    ("SELECT buyer FROM orders WHERE buyer IS NOT NULL EXCEPT SELECT id FROM person", ORDERS),
    ("SELECT * FROM orders WHERE buyer::VARCHAR NOT IN (SELECT id::VARCHAR FROM person WHERE id IS NOT NULL)", ORDERS),
    (
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM orders) WHERE n > 1",
        Unique(("a",)),
    ),
    (
        "WITH r AS (SELECT *, count(*) OVER (PARTITION BY a) AS n FROM orders) SELECT * FROM r WHERE n > 1",
        Unique(("a",)),
    ),
    ("SELECT * FROM orders QUALIFY row_number() OVER (PARTITION BY a, b ORDER BY c) > 1", Unique(("a", "b"))),
    ("SELECT a, b FROM orders GROUP BY ALL HAVING count(*) > 1", Unique(("a", "b"))),
    ("SELECT count(*) FROM orders WHERE a < 0 HAVING count(*) > 0", Between(("a",), low=0)),
    ("SELECT * FROM orders WHERE a NOT LIKE 'x_%'", Pattern(("a",), r"x[\s\S][\s\S]*", whole=True)),
    ("SELECT * FROM orders WHERE a IS NOT NULL AND TRY_CAST(a AS INTEGER) IS NULL", Readable(("a",), "integer")),
    ("SELECT a, count(*) AS n FROM orders GROUP BY 1 HAVING n > 1", Unique(("a",))),
    ("SELECT a FROM orders GROUP BY a HAVING count(DISTINCT b) > 1", Determined(("b", "a"))),
    (
        "WITH s AS (SELECT * FROM db.orders), v AS (SELECT * FROM s WHERE a > 3) SELECT * FROM v",
        Between(("a",), high=3),
    ),
    (
        "WITH s AS (SELECT * FROM orders), p AS (SELECT id FROM person) "
        "SELECT s.* FROM s LEFT JOIN p ON s.buyer = p.id WHERE p.id IS NULL",
        ORDERS,
    ),
]


@pytest.mark.parametrize(("text", "rule"), QUERIES, ids=lambda case: str(case)[:40])
def test_a_querys_rows_break_a_rule(text: str, rule: Rule) -> None:
    read = read_query(text)
    assert read is not None
    assert (read.tables[0], list(read.rules)) == ("orders", [rule])


def test_a_query_that_no_rule_says_is_kept_with_its_tables() -> None:
    read = read_query("SELECT o.* FROM main.orders o JOIN item i ON i.o = o.id WHERE o.total <> i.price * 2")
    assert read is not None
    (rule,) = read.rules
    assert isinstance(rule, Offenders)
    assert rule.tables == (("main", "orders"), ("item",))


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("SELECT a FROM orders WHERE b = 'x' GROUP BY a HAVING count(*) > 1", """("b" = 'x')"""),
        ("WITH v AS (SELECT a AS y FROM orders WHERE b > 1) SELECT y FROM v WHERE y < 0", '("b" > 1)'),
        ("SELECT * FROM (SELECT * FROM orders WHERE b > 1) s WHERE a < 0", '("b" > 1)'),
        ("SELECT o.* FROM orders o LEFT JOIN p ON p.id = o.k WHERE p.id IS NULL AND o.b > 1", '("b" > 1)'),
        ("SELECT o.* FROM orders o JOIN p ON p.id = o.k WHERE o.at < p.at AND o.b > 1", '("b" > 1)'),
        ("SELECT * FROM orders WHERE b > 1 AND k NOT IN (SELECT id FROM p)", '("b" > 1)'),
    ],
)
def test_a_query_over_some_rows_says_which(text: str, only: str) -> None:
    read = read_query(text)
    assert read is not None
    assert (read.tables, read.only) == (("orders",), only)


def test_the_parts_of_a_query_are_no_tables() -> None:
    text = "WITH g AS (SELECT k, max(v) AS m FROM item GROUP BY k) SELECT o.* FROM orders o JOIN g ON g.k = o.k WHERE o.v < g.m"
    read = read_query(text)
    assert read is not None
    (rule,) = read.rules
    assert isinstance(rule, Offenders)
    assert (read.tables, set(rule.tables)) == (("orders", "item"), {("orders",), ("item",)})


@pytest.mark.parametrize(
    "text",
    [
        "SELECT o.* FROM orders o LEFT JOIN p ON p.id = o.k AND p.there WHERE p.id IS NULL",
        "SELECT o.* FROM orders o LEFT JOIN p ON p.id = o.k WHERE p.id IS NULL AND p.b > 1",
        "SELECT * FROM orders WHERE k NOT IN (SELECT id FROM p WHERE there)",
        "SELECT * FROM orders o WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.id = o.k AND p.there)",
        "SELECT k FROM orders EXCEPT SELECT id FROM p WHERE there",
        "SELECT k FROM orders WHERE a < 0 UNION ALL SELECT k FROM orders WHERE b < 0",
        "SELECT * FROM (SELECT a, sum(b) AS s FROM orders GROUP BY a) WHERE s < 0",
    ],
)
def test_a_query_that_asks_for_more_than_a_rule_says_stays_a_query(text: str) -> None:
    """Parents that are there only under a condition, two queries in one, totals of groups."""
    read = read_query(text)
    assert read is not None
    assert (read.tables[0], [type(rule) for rule in read.rules], read.only) == ("orders", [Offenders], None)


def test_a_query_over_a_total_speaks_of_the_whole_table() -> None:
    read = read_query("WITH m AS (SELECT avg(x) AS mean FROM orders) SELECT * FROM m WHERE mean > 3")
    assert read is not None
    assert (read.tables, read.rules) == (("orders",), ())


def test_a_query_without_groups_speaks_of_the_whole_table() -> None:
    read = read_query("SELECT count(*) FROM orders HAVING count(*) > 900")
    assert read is not None
    assert read.rules == ()


_BARE = str.maketrans("", "", "()")


@pytest.mark.parametrize(
    ("printed", "sql"),
    [
        ('[(col("total")) >= (dyn int: 0)]', '"total" >= 0'),
        ('[([(col("a")) * (col("b"))]) == (col("c"))]', '"a" * "b" = "c"'),
        ('col("a").is_null()', '"a" IS NULL'),
        ('col("a").is_between([dyn int: 1, dyn int: 5])', '"a" BETWEEN 1 AND 5'),
        ('[(col("a").cast(Float64)) < (dyn float: 2.5)]', '"a" < 2.5'),
        ('[(col("born")) <= (2020-01-01 00:00:00.alias("x").strict_cast(Date))]', "\"born\" <= '2020-01-01 00:00:00'"),
        ('[(col("a").str.strip_chars([null])) == (col("a"))]', 'trim"a" = "a"'),
        ('col("a").cast(Int64).is_not_null()', 'TRY_CAST"a" AS BIGINT IS NOT NULL'),
        ('[(col("a").fill_null([dyn int: 0])) > (dyn int: 1)]', 'coalesce"a", 0 > 1'),
        ('col("a").is_nan().not()', 'NOT isnan"a"'),
        ('[(col("a")) < (col("b").dt.offset_by(["1y"]))]', None),
        ('col("a").some_method()', None),
        ("__import__('os').system('true')", None),
    ],
)
def test_polars_own_words_are_read_and_never_run(printed: str, sql: str | None) -> None:
    found = condition(printed)
    assert (found.translate(_BARE) if found else None) == sql


def _dataset(**tables: list[str]) -> Dataset:
    return Dataset(
        Path("d"),
        {name: TableFiles(name, (Path(f"{name}.parquet"),), dict.fromkeys(c, "BIGINT")) for name, c in tables.items()},
    )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("../raw/visit.parquet", "visit"),
        ("'data/visit/**/*.parquet'", "visit"),
        ("visit", "visit"),
        ("fct_visits", "visit"),
        ("stg_diaries", "diary"),
        ("Ward Code", "ward_code"),
        ("dim_doctor", "doctor"),
        ("V", "vault"),
    ],
)
def test_a_table_is_known_by_its_name_in_other_dress(theirs: str, ours: str) -> None:
    dataset = _dataset(visit=["id"], ward_code=["id"], doctor=["id"], vault=["id"], diary=["id"])
    names = Names(dataset, {"V": "vault"})
    assert names.table((theirs,)) == ours


def test_a_name_that_fits_two_tables_is_refused_with_both() -> None:
    names = Names(_dataset(order=["id"], orders=["id"]))
    with pytest.raises(UnmappedError, match=r'"Order_s" is no table|means several tables'):
        names.table(("stg_order_",))
    with pytest.raises(UnmappedError, match=r'no column "Id2"; did you mean "id"'):
        names.column("order", "Id2")
    with pytest.raises(UnmappedError, match="does not name the check's column"):
        names.column("order", "")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO 'x.csv'",
        "SELECT 1; SELECT 2",
        "ATTACH 'x.db'",
        "SET memory_limit='1GB'",
        "SELECT * FROM nowhere",
    ],
)
def test_a_strangers_query_reads_nothing_but_the_dataset(query: str) -> None:
    with Look(read_dataset(CLINIC)) as look, pytest.raises(UnmeasuredError):
        look.foreign(query, {"visit": "visit"})


def test_a_strangers_query_sees_the_tables_under_the_tools_names() -> None:
    with Look(read_dataset(CLINIC)) as look:
        assert look.foreign('SELECT * FROM "fct visit" WHERE days > 8', {"fct visit": "visit"}) > 0


@pytest.mark.parametrize("tree", [{}, [], [{"a": 1}], {"results": 3}, {"checks": []}, "text", None])
def test_what_no_tool_writes_is_refused(tree: object) -> None:
    with pytest.raises(InputError, match="no result of a tool"):
        find(Document(Path("x.json"), tree))


def _in_list(tmp_path: Path, column: str, values: list[int], **tables: str) -> tuple[str, list[str]]:
    """What a failed list of a column is taken for: the defect, and the parents that it may mean."""
    for name, query in tables.items():
        with duckdb.connect() as con:
            con.execute(f"COPY ({query}) TO '{tmp_path / name}.parquet'")
    claim = Claim("t.in_set", "failed", ("visit",), (Member((column,), tuple(values)),))
    dataset = read_dataset(tmp_path)
    with Look(dataset) as look:
        case = Case(claim, "visit", Names(dataset), look)
        (fault,) = [fault for fault in members(claim.rules[0], case) if fault is not None]  # type: ignore[arg-type]
    parents = [fault.related[0]] if fault.related else list(fault.details.get("candidates", ()))
    return fault.defect, parents


VISIT = "SELECT i AS visit_id, i % 60 AS {} FROM range(1, 200) t(i)"


@pytest.mark.parametrize(
    ("column", "values", "tables", "expected"),
    [
        ("doctor_id", range(1, 51), {"doctor": "SELECT i AS id FROM range(1, 51) t(i)"}, ["doctor"]),
        ("seen_by", range(1, 51), {"doctor": "SELECT i AS id FROM range(1, 51) t(i)"}, ["doctor"]),
        (
            "seen_by",
            range(1, 51),
            {"doctor": "SELECT i AS id FROM range(1, 51) t(i)", "nurse": "SELECT i AS id FROM range(1, 51) t(i)"},
            ["doctor.id", "nurse.id"],
        ),
        (
            "nurse_id",
            range(1, 51),
            {"doctor": "SELECT i AS id FROM range(1, 51) t(i)", "nurse": "SELECT i AS id FROM range(1, 51) t(i)"},
            ["nurse"],
        ),
        ("rating", range(1, 6), {"plan": "SELECT i AS plan_id FROM range(1, 6) t(i)"}, []),
        ("doctor_id", range(1, 51), {"doctor": "SELECT i % 9 AS id FROM range(1, 51) t(i)"}, []),
    ],
    ids=["named", "only-one", "two-alike", "one-of-two-named", "short-by-chance", "no-key"],
)
def test_a_list_that_is_another_tables_key_is_a_foreign_key(
    tmp_path: Path, column: str, values: range, tables: dict[str, str], expected: list[str]
) -> None:
    found = _in_list(tmp_path, column, list(values), visit=VISIT.format(column), **tables)
    assert found == ("foreign_key_orphan" if expected else "unknown_category", expected)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("code", ("code",)),
        ('"ward code"', ("ward code",)),
        ("(hospital || '-' || ward)", ("hospital", "ward")),
        ("concat(\"ward code\", '_', cast(day as varchar))", ("ward code", "day")),
        ("lower(code)", ("lower(code)",)),
    ],
    ids=["plain", "quoted", "joined", "concat", "something-else"],
)
def test_a_key_that_dbt_puts_together_is_its_columns(column: str, expected: tuple[str, ...]) -> None:
    node = {
        "test_metadata": {"name": "unique", "kwargs": {"column_name": column}},
        "column_name": column,
        "attached_node": "model.shop.visit",
    }
    manifest = {"nodes": {"test.shop.a": node}, "sources": {}, "parent_map": {}}
    results = {"results": [{"unique_id": "test.shop.a", "status": "fail", "failures": 3}], "elapsed_time": 1}
    document = Document(Path("run_results.json"), results, {Path("manifest.json"): manifest})
    (claim,) = find(document).read(document).claims
    assert claim.rules == (Unique(expected),)
