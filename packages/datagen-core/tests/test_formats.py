"""The formats beside Parquet, read back by programs that know nothing of us."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import datagen_core
import duckdb
import jsonschema
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datagen_core import registry
from datagen_core.errors import InputError
from datagen_core.run import FORMATS
from datagen_core.sinks import duckdb as duckdb_sink
from datagen_core.sinks.base import Field, Shape
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = Path(__file__).parent / "cases" / "examples"
CONTRACT = json.loads(files("datagen_core").joinpath("contracts/dataset-metadata/v1.json").read_text())

# What a careless writer gets wrong.
HARD: dict[str, pa.Array] = {
    "id": pa.array([1, 2, 3, 4, 5, 6]),
    'na"me, x': pa.array(["plain", 'a "quoted" one', "comma, and\nline\r\nbreak", "", None, "ünï\t日本 \\ \x01"]),
    "amount": pa.array([0.1, 1e300, -2.5e-300, 54.4, None, 1234567.891]),
    "big": pa.array([2**63 - 1, -(2**63), 0, None, 7, 9_007_199_254_740_993]),
    "yes": pa.array([True, False, None, True, False, True]),
    "at": pa.array(
        [
            datetime(2024, 2, 29, 23, 59, 59, 123456, UTC),
            None,
            *(datetime(1969, 12, 31, hour, tzinfo=UTC) for hour in range(4)),
        ],
        pa.timestamp("us", tz="UTC"),
    ),
    "day": pa.array([date(2024, 2, 29), None, date(1969, 12, 31), date(1, 1, 1), date(9999, 12, 31), date(2000, 1, 1)]),
    "code": pa.array(["007", "1e5", "true", "null", "NA", "2024-01-01"]).dictionary_encode(),
}
WHOLE = pa.table({name: array.cast(pa.string()) if name == "code" else array for name, array in HARD.items()})
FIELDS = tuple(Field(field.name, field.type, nullable=field.name != "id", layout="plain") for field in WHOLE.schema)


@pytest.fixture
def put(tmp_path: Path) -> Any:
    """A function that writes the hard table in a format, in two batches, and says where it lies."""

    def write(name: str) -> Path:
        sink = registry.spec("sinks", name).open(tmp_path, None)
        table = sink.table(Shape("t", FIELDS, primary_key=("id",)))
        table.append(table.prepare([array.slice(0, 4) for array in HARD.values()]), 4)
        table.append(table.prepare([array.slice(4) for array in HARD.values()]), 2)
        (file,) = sink.finish({"t": table.close()})["t"]
        assert file.rows == 6
        assert (tmp_path / file.path).stat().st_size == file.bytes
        return tmp_path / file.path

    return write


TYPES = {
    "id": "BIGINT",
    'na"me, x': "VARCHAR",
    "amount": "DOUBLE",
    "big": "BIGINT",
    "yes": "BOOLEAN",
    "at": "TIMESTAMPTZ",
}
TYPES |= {"day": "DATE", "code": "VARCHAR"}
OF_ARROW = {
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "timestamp[us, tz=UTC]": "TIMESTAMPTZ",
    "date32[day]": "DATE",
}


def as_utc(rows: pa.Table) -> list[dict[str, Any]]:
    return rows.cast(WHOLE.schema).to_pylist()


def test_duckdb_reads_the_csv_and_tells_nulls_from_empty_texts(put: Any) -> None:
    columns = ", ".join(f"{duckdb_sink.literal(name)}: '{kind}'" for name, kind in TYPES.items())
    query = f"SELECT * FROM read_csv('{put('csv')}', columns = {{{columns}}}, allow_quoted_nulls = false)"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    assert as_utc(connection.sql(query).to_arrow_table()) == WHOLE.to_pylist()


def test_duckdb_finds_the_types_of_the_csv_by_itself(put: Any) -> None:
    connection = duckdb.connect()
    found = connection.sql(f"SELECT * FROM read_csv('{put('csv')}')").types
    assert [str(kind) for kind in found][:2] == ["BIGINT", "VARCHAR"]
    assert str(found[5]).startswith("TIMESTAMP")


def test_polars_reads_the_csv_and_keeps_text_that_looks_like_numbers(put: Any) -> None:
    found = pl.read_csv(put("csv"), new_columns=WHOLE.column_names, try_parse_dates=True)
    assert found.schema["code"] == pl.String
    for name in ("id", 'na"me, x', "amount", "big", "yes", "day", "code"):
        assert found[name].to_list() == WHOLE[name].to_pylist(), name
    assert found["at"].dt.replace_time_zone("UTC").to_list() == WHOLE["at"].to_pylist()


def test_pandas_reads_the_csv(put: Any) -> None:
    found = pd.read_csv(
        put("csv"), dtype={"big": str, "yes": "boolean", "code": str}, keep_default_na=False, na_values=[""]
    )
    assert [None if pd.isna(one) else int(one) for one in found["big"]] == WHOLE["big"].to_pylist()
    assert [None if pd.isna(one) else float(one) for one in found["amount"]] == WHOLE["amount"].to_pylist()
    assert [None if pd.isna(one) else bool(one) for one in found["yes"]] == WHOLE["yes"].to_pylist()
    assert found["code"].tolist() == WHOLE["code"].to_pylist()
    times = pd.to_datetime(found["at"])
    assert [None if pd.isna(one) else one.to_pydatetime() for one in times] == WHOLE["at"].to_pylist()


def test_each_line_is_a_json_object_with_every_column(put: Any) -> None:
    rows = [json.loads(line) for line in put("jsonl").read_text("utf-8").splitlines()]
    told = [
        {
            **row,
            "at": row["at"] and datetime.fromisoformat(row["at"]),
            "day": row["day"] and date.fromisoformat(row["day"]),
        }
        for row in rows
    ]
    assert told == WHOLE.to_pylist()


def test_duckdb_and_polars_read_the_json_lines(put: Any) -> None:
    path = put("jsonl")
    columns = ", ".join(f"{duckdb_sink.literal(name)}: '{kind}'" for name, kind in TYPES.items())
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    found = connection.sql(f"SELECT * FROM read_json('{path}', columns = {{{columns}}})").to_arrow_table()
    assert as_utc(found) == WHOLE.to_pylist()
    told = pl.read_ndjson(path)
    for name in ("id", 'na"me, x', "amount", "big", "yes", "code"):
        assert told[name].to_list() == WHOLE[name].to_pylist(), name


def test_pandas_reads_the_json_lines(put: Any) -> None:
    found = pd.read_json(put("jsonl"), lines=True, dtype=False)
    assert found["code"].tolist() == WHOLE["code"].to_pylist()
    assert found["amount"].astype(object).where(found["amount"].notna(), None).tolist() == WHOLE["amount"].to_pylist()


def test_a_duckdb_file_holds_the_rows_in_order_and_the_keys(put: Any) -> None:
    path = put("duckdb")
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert as_utc(connection.sql("FROM t").to_arrow_table()) == WHOLE.to_pylist()
        assert connection.sql(
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
        ).fetchall() == [(["id"],)]
        version = connection.execute(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
        ).fetchall()
    assert str(version[0][0]).startswith("v1.0.0"), version
    assert [one.name for one in path.parent.iterdir()] == ["dataset.duckdb"]


COLUMNS = st.integers(1, 40).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            "text": st.lists(st.none() | st.text(), min_size=rows, max_size=rows),
            "float": st.lists(
                st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=rows, max_size=rows
            ),
            "int": st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=rows, max_size=rows),
            "at": st.lists(st.none() | st.datetimes(timezones=st.just(UTC)), min_size=rows, max_size=rows),
        }
    )
)
KINDS = {"text": pa.string(), "float": pa.float64(), "int": pa.int64(), "at": pa.timestamp("us", tz="UTC")}
READ = {"text": str, "float": float, "int": int, "at": datetime.fromisoformat}


@settings(deadline=None, max_examples=60)
@given(columns=COLUMNS, name=st.text(min_size=1))
def test_whatever_the_values_are_the_standard_library_reads_them_back(columns: dict[str, list[Any]], name: str) -> None:
    arrays = [pa.array(values, KINDS[kind]) for kind, values in columns.items()]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    shape = Shape("t", tuple(Field(kind + name, KINDS[kind], nullable=True, layout="plain") for kind in columns))
    with tempfile.TemporaryDirectory() as folder:
        for form in ("csv", "jsonl"):
            sink = registry.spec("sinks", form).open(Path(folder), None).table(shape)
            sink.append(sink.prepare(arrays), len(rows))
            sink.close()
        with (Path(folder) / "t.csv").open(encoding="utf-8", newline="") as stream:
            header, *lines = csv.reader(stream, strict=True)
        objects = [json.loads(line) for line in (Path(folder) / "t.jsonl").read_bytes().decode().split("\n")[:-1]]
    assert header == [kind + name for kind in columns]
    # Python's reader does not tell an empty text from a null
    assert [
        {kind: READ[kind](cell) if cell else None for kind, cell in zip(columns, line, strict=True)} for line in lines
    ] == [{**row, "text": row["text"] or None} for row in rows]
    told = [{kind: one[kind + name] for kind in columns} for one in objects]
    assert [{**one, "at": one["at"] and datetime.fromisoformat(one["at"])} for one in told] == rows


RARE = {
    "decimal": (pa.array([Decimal("12.30"), Decimal("-0.01")], pa.decimal128(10, 2)), ["12.30", "-0.01"]),
    "naive": (pa.array([datetime(2024, 1, 1, 9), None], pa.timestamp("ms")), ['"2024-01-01T09:00:00.000"', "null"]),
    "elsewhere": (
        pa.array([datetime(2024, 7, 1, 12, tzinfo=UTC), None], pa.timestamp("s", tz="Europe/Berlin")),
        ['"2024-07-01T12:00:00Z"', "null"],
    ),
    "far-apart": (
        pa.array(
            [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)], pa.timestamp("us", "UTC")
        ),
        ['"0001-01-01T00:00:00.000000Z"', '"9999-12-31T23:59:59.999999Z"'],
    ),
    "nanoseconds": (pa.array([1, None], pa.timestamp("ns")), ['"1970-01-01T00:00:00.000000001"', "null"]),
    "bytes": (pa.array([b"\x00\xff", None]), ['"AP8="', "null"]),
    "list": (pa.array([[1, None], None]), ["[1, null]", "null"]),
    "record": (pa.array([{"a": "ä\n"}, None]), ['{"a": "ä\\n"}', "null"]),
    "no-number": (pa.array([float("nan"), float("-inf")]), ['"NaN"', '"-Infinity"']),
    "nothing": (pa.nulls(2), ["null", "null"]),
    "clock": (pa.array([1, 2], pa.time32("s")), ['"00:00:01"', '"00:00:02"']),
    "words-in-a-dictionary-of-null": (pa.array([None, "x"]).dictionary_encode(), ["null", '"x"']),
}


@pytest.mark.parametrize(("array", "texts"), RARE.values(), ids=list(RARE))
def test_rare_types_have_a_text_too(array: pa.Array, texts: list[str], tmp_path: Path) -> None:
    shape = Shape("t", (Field("v", array.type, nullable=True, layout="plain"),))
    for name in ("csv", "jsonl"):
        sink = registry.spec("sinks", name).open(tmp_path, None).table(shape)
        sink.append(sink.prepare([array]), len(array))
        sink.close()
    assert (tmp_path / "t.jsonl").read_text("utf-8") == "".join(f'{{"v":{text}}}\n' for text in texts)
    assert (tmp_path / "t.csv").read_text("utf-8").startswith('"v"\n')
    json.loads((tmp_path / "t.jsonl").read_text("utf-8").splitlines()[0])


@pytest.mark.parametrize("example", ["bank", "shop_of_vocabs"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_dataset_has_the_same_rows_in_every_format(name: str, example: str, tmp_path: Path) -> None:
    source: Any = str(EXAMPLES / f"{example}.json") if example == "bank" else VOCABS
    plain = datagen_core.generate(source, tmp_path / "parquet", compression="none")
    made = datagen_core.generate(source, tmp_path / name, format=name, overwrite=True, workers=2)
    jsonschema.validate(made.metadata, CONTRACT)
    assert made.metadata["format"] == name
    assert made.bytes == sum(
        (tmp_path / name / file).stat().st_size for file in {f for t in made.tables for f in t.files}
    )
    for table in plain.tables:
        expected = pq.read_table(tmp_path / "parquet" / table.files[0])
        assert read(name, tmp_path / name, table.name, expected.schema).to_pylist() == expected.to_pylist(), table.name


VOCABS = {
    "version": "1.0",
    "metadata": {"name": "Odd names"},
    "timeframe": {"start": "2024-01-01", "end": "2024-01-31", "freq": "D"},
    "nodes": [
        {
            "id": 'it\'s "a" table',
            "kind": "vocab",
            "pk": "select",
            "columns": [
                {"name": "select", "type": "string", "generator": {"enum_list": {"values": ["a'b", 'c"d', "e,f"]}}}
            ],
        },
        {
            "id": "empty one",
            "kind": "entity",
            "pk": "id",
            "rows": 0,
            "columns": [
                {"name": "id", "type": "int", "generator": {"sequence": {}}},
                {
                    "name": "at",
                    "type": "datetime",
                    "nullable": True,
                    "generator": {"datetime_series": {"within": "timeframe"}},
                },
            ],
        },
    ],
    "constraints": {},
}


def read(name: str, folder: Path, table: str, schema: pa.Schema) -> pa.Table:
    """A table by DuckDB, its types told."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if name == "duckdb":
        connection.execute(f"ATTACH '{folder / 'dataset.duckdb'}' AS found (READ_ONLY)")
        return connection.sql(f"FROM found.{duckdb_sink.ident(table)}").to_arrow_table().cast(schema)
    path = duckdb_sink.literal(str(folder / f"{table}.{name}"))
    columns = ", ".join(f"{duckdb_sink.literal(one.name)}: '{OF_ARROW[str(one.type)]}'" for one in schema)
    how = {
        "parquet": f"read_parquet({path})",
        "csv": f"read_csv({path}, columns = {{{columns}}}, allow_quoted_nulls = false, header = true)",
        "jsonl": f"read_json({path}, columns = {{{columns}}}, format = 'newline_delimited')",
    }[name]
    return connection.sql(f"SELECT * FROM {how}").to_arrow_table().cast(schema)


def test_names_that_duckdb_takes_for_one_are_refused_before_work() -> None:
    check = registry.spec("sinks", "duckdb").check
    twice = (
        Field("Id", pa.int64(), nullable=False, layout="plain"),
        Field("id", pa.int64(), nullable=False, layout="plain"),
    )
    assert 'two tables differ in case only ("Shop", "shop")' in check([Shape("Shop", FIELDS), Shape("shop", FIELDS)])
    assert 'two columns of t differ in case only ("Id", "id")' in check([Shape("t", twice)])
    assert check([Shape("shop", FIELDS), Shape("shops", FIELDS)]) is None


def test_keys_are_declared_as_far_as_duckdb_can_hold_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def keys(folder: Path) -> set[tuple[str, str]]:
        with duckdb.connect(folder / "dataset.duckdb", read_only=True) as connection:
            query = "SELECT table_name, constraint_text FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')"
            return set(connection.sql(query).fetchall())

    datagen_core.generate(str(EXAMPLES / "bank.json"), tmp_path / "keyed", format="duckdb")
    found = keys(tmp_path / "keyed")
    assert ("account", "FOREIGN KEY (customer_id) REFERENCES customer(customer_id)") in found
    assert ("employee", "PRIMARY KEY(employee_id)") in found
    monkeypatch.setattr(duckdb_sink, "KEYED_ROWS", 1000)
    result = datagen_core.generate(str(EXAMPLES / "bank.json"), tmp_path / "bare", format="duckdb")
    assert keys(tmp_path / "bare") == set()
    assert any("declares no keys" in note for note in result.notes)


def test_without_duckdb_its_format_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InputError, match=r"pip install 'datagen-core\[duckdb\]'"):
        datagen_core.generate(str(EXAMPLES / "bank.json"), tmp_path / "out", format="duckdb")
    assert list(tmp_path.iterdir()) == []
