"""SQL of strangers: what is refused before it runs, and what is ended while it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datacruncher import crunch
from datacruncher.errors import InputError
from datacruncher.personas.load import read
from datacruncher.sandbox import refusals, tables_of

Write = Callable[[Path, Any], Path]

ATTACKS = [
    "DELETE FROM {t}",
    "UPDATE {t} SET id = 1",
    "INSERT INTO {t} VALUES (1)",
    "DROP VIEW {t}",
    "CREATE TABLE x AS SELECT * FROM {t}",
    "SELECT 1; DROP VIEW {t}",
    "COPY {t} TO 'stolen.csv'",
    "ATTACH 'x.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '1TB'",
    "RESET ALL",
    "PRAGMA version",
    "CALL pragma_version()",
    "EXPLAIN ANALYZE SELECT * FROM {t}",
    "EXECUTE something",
    "DESCRIBE {t}",
    "SELECT * FROM (SUMMARIZE {t})",
    "CHECKPOINT",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_parquet('/home/*/*.parquet')",
    "SELECT * FROM parquet_scan('x.parquet')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'other.csv'",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM glob('/**')",
    "SELECT (SELECT COUNT(*) FROM glob('/**')) FROM {t}",
    "SELECT * FROM {t} WHERE EXISTS (SELECT 1 FROM read_blob('/etc/passwd'))",
    "WITH x AS (SELECT * FROM read_json('/etc/x.json')) SELECT * FROM x",
    "SELECT getenv('HOME') FROM {t}",
    "SELECT current_setting('temp_directory')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('t')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT * FROM pragma_table_info('t')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "not SQL at all",
    "",
]


EVE = """\
contract: persona/1.0
name: Eve
checks:
  - id: a
    bind: {{t: {{table: "*"}}}}
    sql: >
      {query}
    finding: x
    severity: low
"""


@pytest.mark.parametrize("query", ATTACKS)
def test_attacks_are_refused_when_the_persona_is_read(query: str) -> None:
    text = EVE.format(query=query or "-- nothing")
    with pytest.raises(InputError) as caught:
        read(text, "eve.yaml")
    assert "eve.yaml:6:10: checks[0].sql: " in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * FROM "t"',
        'FROM "t"',
        "WITH x AS (SELECT * FROM t) SELECT * FROM x JOIN u USING (id)",
        "SELECT *, ROW_NUMBER() OVER (PARTITION BY id) FROM t QUALIFY 1 = 1",
        "SELECT * FROM t WHERE id IN (SELECT id FROM u) UNION ALL SELECT * FROM v",
        "SELECT * FROM range(10) r(i) LEFT JOIN t ON t.id = r.i",
        "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 3) SELECT * FROM r",
        "SELECT UNNEST([1, 2]), LIST_TRANSFORM([1], LAMBDA x: x + 1)",
        "SELECT * FROM t ASOF JOIN u ON t.at >= u.at",
    ],
)
def test_honest_queries_are_not_refused(query: str) -> None:
    assert refusals(query) == []


def test_tables_of_a_query() -> None:
    assert tables_of('WITH x AS (SELECT * FROM a) SELECT * FROM x, "B" WHERE EXISTS (SELECT 1 FROM c)') == {
        "a",
        "B",
        "c",
    }


ENDLESS = """
contract: persona/1.0
name: Night Owl
checks:
  - id: endless
    bind: {t: {table: "*"}}
    sql: SELECT a.range FROM {t}, range(1000000000) a, range(1000000000) b WHERE a.range + b.range < 0
    finding: "{rows}"
    severity: low
  - id: quick
    bind: {t: {table: "*"}}
    sql: SELECT * FROM {t} WHERE {t}.id > 1
    finding: "{rows} of {total}"
    severity: low
"""


def test_a_query_without_end_is_ended_and_stops_no_other(tmp_path: Path, write_tables: Write) -> None:
    folder = write_tables(tmp_path / "data", {"t": {"id": [1, 2, 3]}})
    (tmp_path / "owl.yaml").write_text(ENDLESS)
    report = crunch(str(folder), personas=[], persona_files=[str(tmp_path / "owl.yaml")], time_limit=0.5)
    runs = {run.check: run for run in report.checks if run.persona}
    assert runs["night_owl.endless"].status == "error"
    assert runs["night_owl.endless"].reason is not None and "time limit" in runs["night_owl.endless"].reason
    assert [issue.finding for issue in report.issues] == ["2 of 3"]


HOSTILE = {
    'a"; DROP VIEW x; --': "a quote and a statement",
    "x' OR '1'='1": "a quote that closes a literal",
    "{t.x}": "braces of a template",
    "$HOME": "a parameter",
    "ünï cödé 💥": "other letters",
    "select": "a word of SQL",
    "observed": "a word of ours",
}


@pytest.mark.parametrize("name", HOSTILE, ids=HOSTILE.get)
def test_hostile_names_of_tables_and_columns_are_only_names(name: str, tmp_path: Path, write_tables: Write) -> None:
    folder = write_tables(tmp_path / "data", {"other": {"id": [1, 2, 3]}})
    table = pa.table({name: [1, 2, 2, None], f"{name}_id": [1, 2, 3, 9], "status": ["a", "A", name, None]})
    pq.write_table(table, folder / f"{name.replace('/', '_')}.parquet")
    before = sorted(folder.iterdir())
    report = crunch(str(folder), personas=["all"])
    assert [(run.check, run.reason) for run in report.checks if run.status == "error"] == []
    assert len(report.tables) == 2
    assert sorted(folder.iterdir()) == before
