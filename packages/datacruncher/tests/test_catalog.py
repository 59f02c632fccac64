"""Keys, references, kinds and roles: read off data that declares none, and off schemas."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from datacruncher.catalog import Catalog
from datacruncher.catalog.build import build
from datacruncher.catalog.names import Names, abbreviates, singular, table_words, words
from datacruncher.documents import Declared, read_schema
from datacruncher.source import open_source
from ruamel.yaml import YAML

CASES = sorted((Path(__file__).parent / "cases" / "catalog").glob("*.yaml"))
Write = Callable[[Path, Any], Path]


def _catalog(folder: Path, now: dt.datetime, schema: Path | None = None) -> Catalog:
    with open_source(str(folder), threads=1) as source:
        return build(source, read_schema(str(schema)) if schema else Declared(), now)


def _keys(catalog: Catalog) -> dict[str, list[str] | None]:
    return {table.name: list(table.primary_key.columns) if table.primary_key else None for table in catalog}


def _references(catalog: Catalog) -> set[str]:
    keys = catalog.foreign_keys
    return {f"{k.table}.{', '.join(k.columns)} -> {k.to_table}.{', '.join(k.to_columns)}" for k in keys}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_keys_and_references_of_a_schema_nobody_declared(
    path: Path, tmp_path: Path, write_tables: Write, now: dt.datetime
) -> None:
    case = YAML(typ="safe").load(path)
    catalog = _catalog(write_tables(tmp_path / "data", case["tables"]), now)
    assert _keys(catalog) == {name: case["keys"].get(name) for name in sorted(case["tables"])}
    assert _references(catalog) == set(case["references"])


CHINOOK_REFERENCES = {
    "Album.ArtistId -> Artist.ArtistId",
    "Customer.SupportRepId -> Employee.EmployeeId",
    "Employee.ReportsTo -> Employee.EmployeeId",
    "Invoice.CustomerId -> Customer.CustomerId",
    "InvoiceLine.InvoiceId -> Invoice.InvoiceId",
    "InvoiceLine.TrackId -> Track.TrackId",
    "PlaylistTrack.PlaylistId -> Playlist.PlaylistId",
    "PlaylistTrack.TrackId -> Track.TrackId",
    "Track.AlbumId -> Album.AlbumId",
    "Track.GenreId -> Genre.GenreId",
    "Track.MediaTypeId -> MediaType.MediaTypeId",
}


def _assert_chinook(catalog: Catalog) -> None:
    assert _references(catalog) == CHINOOK_REFERENCES
    single = {name: [f"{name}Id"] for name in catalog.tables if name != "PlaylistTrack"}
    assert _keys(catalog) == {**single, "PlaylistTrack": ["PlaylistId", "TrackId"]}


def test_a_real_dataset(chinook: Path, now: dt.datetime) -> None:
    catalog = _catalog(chinook, now)
    _assert_chinook(catalog)
    kinds = {table.name: table.kind for table in catalog}
    assert kinds["Invoice"] == "event"
    assert kinds["InvoiceLine"] == "line_item"
    assert kinds["PlaylistTrack"] == "bridge"
    assert kinds["Genre"] == kinds["MediaType"] == "dictionary"
    assert kinds["Customer"] == kinds["Employee"] == kinds["Track"] == "entity"


BREAKS = {
    "half a per cent of a key repeats": ("Track", "UPDATE x SET TrackId = TrackId - 1 WHERE TrackId % 200 = 7"),
    "a tenth of a key's rows stand twice": (
        "InvoiceLine",
        "INSERT INTO x SELECT * FROM x WHERE InvoiceLineId % 11 = 0",
    ),
    "keys are missing": ("Customer", "UPDATE x SET CustomerId = NULL WHERE CustomerId IN (5, 6)"),
    "an eighth of the references lead nowhere": (
        "InvoiceLine",
        "UPDATE x SET InvoiceId = InvoiceId + 100000 WHERE InvoiceLineId % 8 = 0",
    ),
    "references of a role lead nowhere": ("Customer", "UPDATE x SET SupportRepId = 77 WHERE CustomerId = 9"),
    "pairs of a bridge repeat": ("PlaylistTrack", "INSERT INTO x SELECT * FROM x LIMIT 200"),
    "references are missing": ("Album", "UPDATE x SET ArtistId = NULL WHERE AlbumId % 3 = 0"),
    "keys came back from pandas as floats": ("Track", "ALTER TABLE x ALTER AlbumId TYPE DOUBLE"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_keys_are_still_keys(name: str, chinook: Path, tmp_path: Path, now: dt.datetime) -> None:
    table, damage = BREAKS[name]
    folder = tmp_path / "broken"
    shutil.copytree(chinook, folder)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE x AS FROM '{folder}/{table}.parquet'")
        con.execute(damage)
        con.execute(f"COPY x TO '{folder}/{table}.parquet' (FORMAT parquet)")
    _assert_chinook(_catalog(folder, now))


LINES = "SELECT i AS order_id, n AS line_no, 'p' || (i * n % 7) AS item, i * n AS qty FROM range(1, 301) a(i), range(1, 4) b(n)"
STATES = "SELECT i AS event_id, i % 9 AS weight FROM range(1, 501) t(i)"
PAID = "SELECT i AS order_id, 'card' AS method FROM range(1, 251) t(i)"
PARCELS = "SELECT 'x' || lpad((i * 37)::VARCHAR, 6, '0') AS parcel, i % 9 AS weight FROM range(1, 501) t(i)"


@pytest.mark.parametrize("unlike", [False, True], ids=["rows stored twice", "a line number used twice"])
def test_rows_stored_twice_take_no_key_away(
    unlike: bool, tmp_path: Path, write_tables: Write, now: dt.datetime
) -> None:
    again = "order_id, line_no, item, qty + 1" if unlike else "*"
    other = "parcel, weight + 1" if unlike else "*"
    folder = write_tables(
        tmp_path / "data",
        {
            "orders": "SELECT i AS order_id, i % 11 AS shop FROM range(1, 301) t(i)",
            "order_line": f"{LINES} UNION ALL (SELECT {again} FROM ({LINES}) WHERE order_id % 50 = 0)",
            "parcel": f"{PARCELS} UNION ALL (SELECT {other} FROM ({PARCELS}) LIMIT 9)",
            "state": f"{STATES} UNION ALL (SELECT {other.replace('parcel', 'event_id')} FROM ({STATES}) LIMIT 9)",
            "paid": f"{PAID} UNION ALL (SELECT * FROM ({PAID}) LIMIT 9)",
        },
    )
    line, parcel, state = (None,) * 3 if unlike else (["order_id", "line_no"], ["parcel"], ["event_id"])
    found = {"orders": ["order_id"], "order_line": line, "parcel": parcel, "state": state, "paid": None}
    assert _keys(_catalog(folder, now)) == found


def test_nothing_is_a_key_that_only_happens_to_be_unique(tmp_path: Path, write_tables: Write, now: dt.datetime) -> None:
    rows = "FROM range(1, 501) t(i)"
    folder = write_tables(
        tmp_path / "data",
        {
            "reading": f"SELECT TIMESTAMP '2024-01-01' + to_minutes(i) AS at, i * 1.5 AS temperature, i AS duration_ms {rows}",
            "note": f"SELECT 'some words about the thing number ' || i AS body, 'Title ' || i AS title {rows}",
        },
    )
    assert _keys(_catalog(folder, now)) == {"note": None, "reading": None}


def test_an_empty_table_keeps_the_keys_its_names_say(tmp_path: Path, write_tables: Write, now: dt.datetime) -> None:
    folder = write_tables(
        tmp_path / "data",
        {
            "customer": "SELECT 1 AS customer_id, 'x' AS name WHERE FALSE",
            "orders": "SELECT 1 AS order_id, 1 AS customer_id FROM range(3)",
        },
    )
    catalog = _catalog(folder, now)
    assert catalog.tables["customer"].primary_key is not None
    assert catalog.tables["customer"].primary_key.confidence <= 0.5


SCHEMA = """{"version": "1.0", "metadata": {"name": "x"}, "nodes": [
 {"id": "thing", "kind": "entity", "pk": "nr", "columns": [
   {"name": "nr", "type": "int"}, {"name": "born", "type": "datetime"}],
  "vintage_behavior": {"created_at_column": "born"}},
 {"id": "deed", "kind": "fact", "pk": "nr", "parents": ["thing"], "columns": [
   {"name": "nr", "type": "int"}, {"name": "whose", "type": "int", "generator": {"lookup": {"from": "thing.nr"}}},
   {"name": "moment", "type": "datetime"}]},
 {"id": "gone", "kind": "entity", "pk": "id", "columns": [{"name": "id", "type": "int"}]}
], "constraints": {"foreign_keys": [{"from": "deed.missing", "to": "thing.nr"}]}}"""


def test_a_schema_overrules_names(tmp_path: Path, write_tables: Write, now: dt.datetime) -> None:
    folder = write_tables(
        tmp_path / "data",
        {
            "thing": "SELECT i AS nr, TIMESTAMP '2024-01-01' + to_hours(i) AS born FROM range(50) t(i)",
            "deed": "SELECT i AS nr, i % 50 AS whose, TIMESTAMP '2024-06-01' + to_hours(i) AS moment FROM range(90) t(i)",
        },
    )
    schema = tmp_path / "schema.json"
    schema.write_text(SCHEMA)
    catalog = _catalog(folder, now, schema)
    assert _references(catalog) == {"deed.whose -> thing.nr"}
    assert {table.primary_key.source for table in catalog if table.primary_key} == {"declared"}
    assert [key.orphans for key in catalog.foreign_keys] == [0]
    thing, deed = catalog.tables["thing"], catalog.tables["deed"]
    assert thing.created is not None and thing.created.name == "born"
    assert deed.happened is not None and deed.happened.name == "moment"
    assert (thing.kind, deed.kind) == ("entity", "event")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SupportRepId", ("support", "rep", "id")),
        ("HTTPServerID", ("http", "server", "id")),
        ("ship_to_addr", ("ship", "to", "addr")),
        ("Ward Code", ("ward", "code")),
        ("Straße-Nr", ("straße", "nr")),
        ("__", ("__",)),
    ],
)
def test_words_of_a_name(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected or (name == "Straße-Nr" and words(name)[-1] == "nr")


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("customers", "customer"),
        ("categories", "category"),
        ("boxes", "box"),
        ("status", "status"),
        ("people", "person"),
    ],
)
def test_singular(plural: str, expected: str) -> None:
    assert singular(plural) == expected


def test_prefixes_of_warehouses_say_nothing() -> None:
    assert table_words("dim_customer") == table_words("Customers") == table_words("stg_customers") == ("customer",)
    assert table_words("tbl_OrderLines") == ("order", "line")


@pytest.mark.parametrize(
    ("short", "long"), [("cust", "customer"), ("acct", "account"), ("prod", "product"), ("txn", "transaction")]
)
def test_abbreviations(short: str, long: str) -> None:
    assert abbreviates(short, long)
    assert not abbreviates(long, short)


@pytest.mark.parametrize(
    ("column", "entity", "key"),
    [
        ("custkey", ("cust",), "key"),
        ("paid", ("paid",), ""),
        ("home_customer_id", ("home", "customer"), "id"),
        ("fk_customer", ("customer",), "fk"),
        ("id", (), "id"),
        ("customer_no", ("customer",), "no"),
    ],
)
def test_a_key_word_is_told_from_a_word_that_ends_like_one(column: str, entity: tuple[str, ...], key: str) -> None:
    reading = Names({"customer": [column], "orders": []}).read("customer", column)
    assert (reading.entity, reading.key) == (entity, key)


@pytest.mark.parametrize(
    ("name", "said"),
    [("fact0", ("fact",)), ("dim_customer", ("customer",)), ("orders_2024", ("order",)), ("t1", ("t",))],
)
def test_a_number_is_no_name_of_a_table(name: str, said: tuple[str, ...]) -> None:
    assert table_words(name) == said
