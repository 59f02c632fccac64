"""A path becomes read-only views, or a line for each thing that is wrong with it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from datacruncher import sql
from datacruncher.catalog.build import build
from datacruncher.documents import Declared
from datacruncher.errors import InputError
from datacruncher.layout import read_layout
from datacruncher.source import QueryError, Source, TimeLimitError, open_source

Write = Callable[[Path, Any], Path]
ROW = "SELECT 1 AS id, 'x' AS name"


def _copy(query: str, path: Path, options: str = "FORMAT parquet") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(f"COPY ({query}) TO '{path}' ({options})")


def _count(source: Source, table: str) -> int:
    return int(source.session().ask(f"SELECT COUNT(*) AS n FROM {sql.ident(table)}")[0]["n"])


def _shown_count(source: Source, table: str) -> int:
    with duckdb.connect() as con:
        row = con.execute(f"SELECT COUNT(*) FROM ({source.views[table].shown})").fetchone()
    return int(row[0]) if row else -1


LAYOUTS = {
    "a file": (["t.parquet"], "t", 1),
    "a directory of parts": (["t/part-0.parquet", "t/part-1.parquet"], "t", 2),
    "a directory with the suffix of a file, as Spark writes it": (["t.parquet/part-0.snappy.parquet"], "t", 1),
    "hive partitions": (["t/year=2023/a.parquet", "t/year=2024/b.parquet"], "t", 2),
    "nested hive partitions": (["t/y=1/m=1/a.parquet", "t/y=1/m=2/a.parquet"], "t", 2),
    "the dataset is one partitioned table": (["year=2023/a.parquet", "year=2024/b.parquet"], "data", 2),
    "a name with quotes, spaces and other letters": (["größe 'x' \"y\".parquet"], "größe 'x' \"y\"", 1),
    "a name that looks like a pattern": (["a[bc]*.parquet", "ab.parquet"], "a[bc]*", 1),
    "another suffix": (["t.pq"], "t", 1),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name: str, tmp_path: Path) -> None:
    files, table, rows = LAYOUTS[name]
    for file in files:
        target = tmp_path / "data" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(ROW, tmp_path / "one.parquet")
        target.write_bytes((tmp_path / "one.parquet").read_bytes())
    with open_source(f"{tmp_path}/data/") as source:
        assert table in source.views
        assert _count(source, table) == _shown_count(source, table) == rows


def test_hidden_names_are_no_data_and_others_are_named(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "t.parquet")
    for hidden in ("_SUCCESS", ".metadata.parquet", "_quarantine/t.parquet"):
        _copy(ROW, tmp_path / hidden)
    (tmp_path / "README.txt").write_text("hello")
    _copy(ROW, tmp_path / "deep" / "er" / "t.parquet")
    layout = read_layout(str(tmp_path))
    assert layout.tables == ("t",)
    assert layout.ignored == ("README.txt", "deep/er/t.parquet")


def test_parts_of_different_columns_are_read_together(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "t" / "a.parquet")
    _copy("SELECT 2 AS id, 'y' AS name, 2.5 AS extra", tmp_path / "t" / "b.parquet")
    with open_source(str(tmp_path)) as source:
        assert list(source.views["t"].columns) == ["id", "name", "extra"]
        assert _count(source, "t") == _shown_count(source, "t") == 2


def test_a_single_file_is_a_dataset(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "t.parquet")
    with open_source(str(tmp_path / "t.parquet")) as source:
        assert _count(source, "t") == 1


def test_instants_with_a_zone_are_utc_wherever_the_reader_stands(tmp_path: Path) -> None:
    _copy("SELECT TIMESTAMPTZ '2024-03-10 23:30:00-05' AS at", tmp_path / "t.parquet")
    with open_source(str(tmp_path)) as source:
        assert str(source.session().ask('SELECT "at" FROM t')[0]["at"]) == "2024-03-11 04:30:00"
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'Asia/Tokyo'")
            assert str(con.execute(source.views["t"].shown).fetchall()) == "[(datetime.datetime(2024, 3, 11, 4, 30),)]"


def _bad(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    if name == "csv":
        (folder / "orders.parquet").write_text("order_id,amount\n1,2.5\n2,3.5\n")
    elif name == "truncated":
        _copy("SELECT i AS id FROM range(1000) t(i)", folder / "orders.parquet")
        content = (folder / "orders.parquet").read_bytes()
        (folder / "orders.parquet").write_bytes(content[: len(content) // 2])
    elif name == "nothing in it":
        (folder / "orders.parquet").write_bytes(b"")
    elif name == "footer of noise":
        (folder / "orders.parquet").write_bytes(b"PAR1" + b"\x07" * 50 + (40).to_bytes(4, "little") + b"PAR1")
    elif name == "only others":
        (folder / "orders.csv").write_text("a\n1\n")
    return folder


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("csv", "orders.parquet: no Parquet file: it begins with the text"),
        ("truncated", "orders.parquet: truncated"),
        ("nothing in it", "orders.parquet: 0 bytes are too few"),
        ("footer of noise", "orders.parquet: "),
        ("only others", "no Parquet file in this directory; it holds orders.csv"),
        ("empty", "no Parquet file in this directory"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(name: str, words: str, tmp_path: Path) -> None:
    folder = _bad(tmp_path, name)
    with pytest.raises(InputError) as caught:
        open_source(str(folder))
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 2


def test_no_such_path() -> None:
    with pytest.raises(InputError, match="nowhere: no such file or directory"):
        open_source("nowhere")


def test_a_bad_file_among_good_ones_is_known_and_left_out(tmp_path: Path) -> None:
    folder = _bad(tmp_path, "csv")
    _copy(ROW, folder / "good.parquet")
    with open_source(str(folder)) as source:
        assert list(source.views) == ["good"]
        assert [file.relative for file in source.layout.unreadable] == ["orders.parquet"]


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "outside.parquet")
    _copy(ROW, tmp_path / "data" / "t.parquet")
    (tmp_path / "data" / "linked.parquet").symlink_to(tmp_path / "outside.parquet")
    (tmp_path / "data" / "folder").symlink_to(tmp_path)
    with pytest.raises(InputError) as caught:
        open_source(str(tmp_path / "data"))
    assert [p.file.rpartition("/")[2] for p in caught.value.problems] == ["folder", "linked.parquet"]


def test_two_tables_of_one_name_are_refused(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "Orders.parquet")
    _copy(ROW, tmp_path / "orders" / "a.parquet")
    with pytest.raises(InputError, match=r'"Orders\.parquet" and "orders" are both the table'):
        open_source(str(tmp_path))


def test_the_digest_is_over_path_size_and_content(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "t.parquet")
    content = (tmp_path / "t.parquet").read_bytes()
    line = f"t.parquet\0{len(content)}\0{hashlib.sha256(content).hexdigest()}\n"
    assert read_layout(str(tmp_path)).digest() == f"sha256:{hashlib.sha256(line.encode()).hexdigest()}"


def test_a_query_that_runs_too_long_is_ended(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "t.parquet")
    with open_source(str(tmp_path)) as source:
        session = source.session()
        with pytest.raises(TimeLimitError, match="its time limit"):
            session.ask("SELECT COUNT(*) FROM range(100000000) a, range(100000) b", seconds=0.2)
        assert session.ask("SELECT 1 AS one", seconds=5) == [{"one": 1}]


def test_more_than_memory_goes_to_scratch_space_outside_the_dataset(tmp_path: Path) -> None:
    _copy("SELECT i AS id, md5(CAST(i AS VARCHAR)) AS word FROM range(700000) t(i)", tmp_path / "data" / "t.parquet")
    with open_source(str(tmp_path / "data"), memory_limit="60MB", threads=1) as source:
        query = "SELECT word FROM t ORDER BY word DESC LIMIT 1 OFFSET 600000"
        assert len(source.session().ask(query)) == 1
        scratch = Path(source.scratch)
    assert not scratch.exists()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["t.parquet"]


def test_a_memory_limit_that_is_none_is_refused(tmp_path: Path) -> None:
    _copy(ROW, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="--memory-limit"):
        open_source(str(tmp_path), memory_limit="plenty")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{other}')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '{folder}/x.csv'",
        "COPY (SELECT 1) TO '/tmp/datacruncher-was-here.csv'",
        "ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "SET enable_external_access = true",
        "SELECT * FROM 'https://example.org/x.parquet'",
        "EXPORT DATABASE '{folder}/x'",
    ],
)
def test_the_engine_reaches_nothing_but_the_dataset(query: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    _copy(ROW, folder / "t.parquet")
    other = tmp_path / "secret.parquet"
    _copy("SELECT 'secret' AS word", other)
    with open_source(str(folder)) as source, pytest.raises(QueryError):
        source.session().ask(query.format(folder=folder, other=other))
    assert [path.name for path in folder.iterdir()] == ["t.parquet"]


def test_data_that_is_damaged_behind_a_whole_footer_is_unreadable(tmp_path: Path, write_tables: Write) -> None:
    folder = write_tables(tmp_path / "data", {"good": ROW})
    _copy("SELECT i AS id, md5(CAST(i AS VARCHAR)) AS word FROM range(5000) t(i)", folder / "bad.parquet")
    content = bytearray((folder / "bad.parquet").read_bytes())
    content[100 : len(content) // 2] = b"\xff" * (len(content) // 2 - 100)
    (folder / "bad.parquet").write_bytes(bytes(content))
    with open_source(str(folder)) as source:
        catalog = build(source, Declared(), dt.datetime(2026, 1, 1))
        assert list(catalog.tables) == ["good"]
        assert [file.table for file in catalog.files if file.error] == ["bad"]
