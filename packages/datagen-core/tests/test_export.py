"""Export: anyone's Parquet, read back from what was written, and what must not be followed or overwritten."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import datagen_core
import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest
from datagen_core.cli import run
from datagen_core.errors import InputError
from datagen_core.exporting import export

EXAMPLES = Path(__file__).parent / "cases" / "examples"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    datagen_core.generate(str(EXAMPLES / "bank.json"), tmp_path / "bank")
    return tmp_path / "bank"


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_manifest_says_how_to_load_each_table(bank: Path, tmp_path: Path) -> None:
    before = content(bank)
    result = export(bank, tmp_path / "out", incremental=True)
    assert content(bank) == before
    assert sorted(content(tmp_path / "out")) == sorted(
        [".exported.json", *(f"{table.name}.csv{more}" for table in result.tables for more in ("", ".manifest"))]
    )
    manifest = json.loads((tmp_path / "out" / "loan.csv.manifest").read_text())
    assert manifest["name"] == "loan"
    assert manifest["primary_key"] == ["loan_id"]
    assert manifest["incremental"] is True
    assert (manifest["delimiter"], manifest["enclosure"]) == (",", '"')
    declared = next(
        table for table in json.loads((bank / ".metadata.json").read_text())["tables"] if table["name"] == "loan"
    )
    assert manifest["columns"] == declared["columns"]
    assert manifest["rows"] == declared["rows"]


def test_a_manifest_is_enough_to_read_the_rows_back(bank: Path, tmp_path: Path) -> None:
    export(bank, tmp_path / "out")
    kinds = {"int64": pl.Int64, "double": pl.Float64, "string": pl.String, "bool": pl.Boolean, "date32[day]": pl.Date}
    for path in (tmp_path / "out").glob("*.manifest"):
        manifest = json.loads(path.read_text())
        names = {one["name"]: kinds.get(one["type"], pl.String) for one in manifest["columns"]}
        found = pl.read_csv(tmp_path / "out" / manifest["file"], schema=names, separator=manifest["delimiter"])
        expected = pl.read_parquet(bank / f"{manifest['name']}.parquet")
        times = [one["name"] for one in manifest["columns"] if one["type"].startswith("timestamp")]
        found = found.with_columns(pl.col(name).str.to_datetime(time_zone="UTC", time_unit="us") for name in times)
        assert found.equals(expected), manifest["name"]


def test_a_dataset_exported_to_duckdb_has_its_keys_and_rows(bank: Path, tmp_path: Path) -> None:
    result = export(bank, tmp_path / "out", format="duckdb")
    assert result.notes == ()
    with duckdb.connect(tmp_path / "out" / "dataset.duckdb", read_only=True) as connection:
        keys = connection.sql("SELECT table_name, constraint_text FROM duckdb_constraints()").fetchall()
        for table in result.tables:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.sql(f'FROM "{table.name}"').to_arrow_table()
            expected = pq.read_table(bank / f"{table.name}.parquet")
            assert found.cast(expected.schema) == expected
    assert ("account", "FOREIGN KEY (customer_id) REFERENCES customer(customer_id)") in keys


def test_keys_that_the_rows_break_are_not_declared_and_that_is_said(bank: Path, tmp_path: Path) -> None:
    accounts = pq.read_table(bank / "account.parquet")
    pq.write_table(pa.concat_tables([accounts, accounts.slice(0, 1)]), bank / "account.parquet")
    loans = pq.read_table(bank / "loan.parquet")
    place = loans.schema.get_field_index("customer_id")
    pq.write_table(loans.set_column(place, "customer_id", pa.array([-1] * loans.num_rows)), bank / "loan.parquet")
    result = export(bank, tmp_path / "out", format="duckdb")
    assert [note for note in result.notes if "rows break it" in note] == [
        "dataset.duckdb does not declare the key of account: rows break it",
        "dataset.duckdb does not declare loan.customer_id → customer.customer_id: rows break it",
    ]


def test_a_reference_to_another_type_is_no_foreign_key(bank: Path, tmp_path: Path) -> None:
    loans = pq.read_table(bank / "loan.parquet")
    place = loans.schema.get_field_index("customer_id")
    pq.write_table(
        loans.set_column(place, "customer_id", loans["customer_id"].cast(pa.string())), bank / "loan.parquet"
    )
    export(bank, tmp_path / "out", format="duckdb")
    with duckdb.connect(tmp_path / "out" / "dataset.duckdb", read_only=True) as connection:
        keys = connection.sql("SELECT constraint_text FROM duckdb_constraints() WHERE table_name = 'loan'").fetchall()
    assert ("FOREIGN KEY (branch_id) REFERENCES branch(branch_id)",) in keys
    assert not any("customer_id" in text for (text,) in keys if text.startswith("FOREIGN"))


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """What others leave in a directory: parts, hive partitions, odd names, columns that come later, hidden things."""
    root = tmp_path / "strange data"
    root.mkdir()
    rows = pa.table({"id": range(12), 'it\'s a "name"': [f"v{n}" for n in range(12)], "year": [2023, 2024] * 6})
    pads.write_dataset(rows, root / "sales's", format="parquet", partitioning=["year"], partitioning_flavor="hive")
    (root / "parts").mkdir()
    for number in (1, 2, 10):
        pq.write_table(
            pa.table({"n": [number], **({"late": ["x"]} if number > 1 else {})}),
            root / "parts" / f"part-{number}.parquet",
        )
    (root / "parts" / "_temporary").mkdir()
    pq.write_table(pa.table({"n": [99]}), root / "parts" / "_temporary" / "part-0.parquet")
    pq.write_table(
        pa.table({"price": pa.array([Decimal("1.10"), None], pa.decimal128(8, 2))}), root / ".hidden.parquet"
    )
    pq.write_table(
        pa.table({"price": pa.array([Decimal("1.10"), None], pa.decimal128(8, 2)), "k": [1, 2]}),
        root / "single.parquet",
    )
    (root / "README.txt").write_text("hello")
    return root


def test_parts_partitions_and_odd_names_are_read_in_order(strange: Path, tmp_path: Path) -> None:
    result = export(strange, tmp_path / "out")
    assert [table.name for table in result.tables] == ["parts", "sales's", "single"]
    assert result.notes == ("left alone: README.txt, which is no table",)
    assert (tmp_path / "out" / "parts.csv").read_text() == '"n","late"\n1,\n2,"x"\n10,"x"\n'
    assert (tmp_path / "out" / "single.csv").read_text() == '"price","k"\n1.10,1\n,2\n'
    sales = (tmp_path / "out" / "sales's.csv").read_text().splitlines()
    assert sales[0] == '"id","it\'s a ""name""","year"'
    assert sorted(sales[1:], key=lambda line: int(line.split(",")[0])) == [
        f'{n},"v{n}",{2023 + n % 2}' for n in range(12)
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl", "duckdb"])
def test_a_directory_that_is_one_partitioned_table_has_its_name(form: str, strange: Path, tmp_path: Path) -> None:
    result = export(strange / "sales's", tmp_path / "out", format=form)
    assert [(table.name, table.rows) for table in result.tables] == [("sales's", 12)]


def test_an_export_is_replaced_by_the_next_and_nothing_else_is(strange: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(strange, out)
    (out / "notes.txt").write_text("mine")
    export(strange, out, format="jsonl", only=["parts"])
    assert sorted(content(out)) == [".exported.json", "notes.txt", "parts.jsonl", "parts.jsonl.manifest"]
    (out / "parts.jsonl").write_text("changed")
    with pytest.raises(InputError, match=r"parts\.jsonl, which was changed since"):
        export(strange, out)


def test_neither_the_dataset_nor_another_one_is_written_over(bank: Path, strange: Path, tmp_path: Path) -> None:
    before = content(tmp_path)
    with pytest.raises(InputError, match="holds data that no export wrote"):
        export(bank, bank)
    with pytest.raises(InputError, match="is the dataset itself"):
        export(bank, bank / ".." / "bank", overwrite=True)
    with pytest.raises(InputError, match="holds data that no export wrote"):
        export(strange, bank)
    assert content(tmp_path) == before


def escape_by_file(root: Path) -> None:
    (root / "secret.parquet").symlink_to(root.parent / "outside.parquet")


def escape_by_folder(root: Path) -> None:
    (root / "secret").symlink_to(root.parent / "elsewhere", target_is_directory=True)


def two_of_a_name(root: Path) -> None:
    (root / "single").mkdir()
    pq.write_table(pa.table({"k": [1]}), root / "single" / "part-0.parquet")


def broken_file(root: Path) -> None:
    (root / "broken.parquet").write_bytes(b"PAR1 not really PAR1")


def parts_that_differ(root: Path) -> None:
    pq.write_table(pa.table({"n": ["text"]}), root / "parts" / "part-11.parquet")


REFUSED: dict[str, tuple[Any, str]] = {
    "a file outside": (escape_by_file, r"strange data/secret\.parquet: is a link that leads out"),
    "a directory outside": (escape_by_folder, "strange data/secret: is a link that leads out"),
    "two of a name": (two_of_a_name, r"two tables of the name single \(single and single\.parquet\)"),
    "no Parquet": (broken_file, r"broken\.parquet: can't be read as Parquet"),
    "parts that differ": (parts_that_differ, "parts: its files don't make one table"),
}


def test_a_directory_without_parquet_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    with pytest.raises(InputError, match="no Parquet table is here"):
        export(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(("damage", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_dataset_is_refused_in_a_sentence(damage: Any, message: str, strange: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    pq.write_table(pa.table({"s": [1]}), tmp_path / "outside.parquet")
    pq.write_table(pa.table({"s": [1]}), tmp_path / "elsewhere" / "part.parquet")
    damage(strange)
    with pytest.raises(InputError, match=message):
        export(strange, tmp_path / "out")
    assert not (tmp_path / "out").exists()


CALLS = {
    "no such directory": (["export", "nowhere"], "nowhere: no such directory"),
    "a file": (["export", "bank/loan.parquet"], "is a file; name the directory"),
    "a directory of datasets": (["export", "."], "hardly share a column; is it a dataset of its own?"),
    "a table it has not": (["export", "bank", "--only", "lone"], 'there is no such table; did you mean "loan"?'),
    "a format it has not": (["export", "bank", "--format", "parquet"], "'parquet' is not one of"),
    "another's schema": (["export", "bank", "--schema", str(EXAMPLES / "nope.json")], "no such file"),
}


@pytest.mark.parametrize(("arguments", "message"), CALLS.values(), ids=list(CALLS))
def test_a_wrong_call_is_told_and_nothing_is_written(
    arguments: list[str], message: str, bank: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bank.parent)
    assert run(arguments) == 2
    assert message in capsys.readouterr().err
    assert {path.name for path in bank.parent.iterdir()} == {"bank"}


def test_the_command_prints_what_it_wrote(
    bank: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bank.parent)
    assert run(["export", "bank", "--only", "loan", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tables"] == [json.loads((bank.parent / "exported" / "loan.csv.manifest").read_text())]
    assert run(["export", "bank", "--schema", str(EXAMPLES / "bank.json"), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
