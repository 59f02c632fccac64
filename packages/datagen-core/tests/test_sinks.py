"""Files: what they hold, how they are cut, and that a run that was killed leaves nothing that looks complete."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import datagen_core
import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datagen_core.engine import parts, tables
from datagen_core.errors import InputError
from datagen_core.sinks.base import Field, Shape
from datagen_core.sinks.parquet import ParquetTable

EXAMPLES = Path(__file__).parent / "cases" / "examples"


def written(folder: Path) -> list[str]:
    """All files under a directory."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_metadata_follows_its_contract_and_speaks_the_truth(tmp_path: Path) -> None:
    result = datagen_core.generate(str(EXAMPLES / "bank.json"), tmp_path / "out")
    contract = json.loads(files("datagen_core").joinpath("contracts/dataset-metadata/v1.json").read_text())
    metadata = json.loads((tmp_path / "out" / ".metadata.json").read_text())
    jsonschema.validate(metadata, contract)
    assert metadata == result.metadata
    for table in metadata["tables"]:
        for file in table["files"]:
            content = (tmp_path / "out" / file["path"]).read_bytes()
            assert (len(content), sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
            rows = pq.ParquetFile(tmp_path / "out" / file["path"])
            assert rows.metadata.num_rows == file["rows"] == table["rows"]
            assert [(one.name, str(one.type), one.nullable) for one in rows.schema_arrow] == [
                (one["name"], one["type"], one["nullable"]) for one in table["columns"]
            ]
    keys = {
        (table["name"], key["columns"][0], key["references"]["table"])
        for table in metadata["tables"]
        for key in table["foreign_keys"]
    }
    assert ("employee", "manager_id", "employee") in keys
    assert ("customer_account", "account_id", "account") in keys
    assert written(tmp_path / "out") == sorted(
        [".metadata.json", *(f"{table.name}.parquet" for table in result.tables)]
    )


def test_runs_differ_only_in_how_long_they_took(tmp_path: Path) -> None:
    one, other = (
        datagen_core.generate(str(EXAMPLES / "ecomm.json"), tmp_path / name, rows={"shop": 5}).metadata for name in "ab"
    )
    assert {**one, "elapsed_seconds": 0} == {**other, "elapsed_seconds": 0}


def test_chosen_tables_alone_are_written_and_are_the_same(tmp_path: Path) -> None:
    whole = datagen_core.generate(str(EXAMPLES / "bank.json"), tmp_path / "all").metadata
    some = datagen_core.generate(
        str(EXAMPLES / "bank.json"), tmp_path / "some", only=["customer_account", "loan"]
    ).metadata
    digests = {table["name"]: table["files"] for table in whole["tables"]}
    assert {table["name"]: table["files"] for table in some["tables"]} == {
        name: digests[name] for name in ("customer_account", "loan")
    }


FIELDS = (
    Field("n", pa.int64(), nullable=False, layout="ordered"),
    Field("s", pa.string(), nullable=True, layout="repeated"),
)


def batch(start: int, rows: int, *, coded: bool) -> list[pa.Array]:
    words = pa.array([None if n % 7 == 0 else f"w{n % 5}" for n in range(start, start + rows)], pa.string())
    return [pa.array(range(start, start + rows)), words.dictionary_encode() if coded else words]


@pytest.mark.parametrize("coded", [(True, True, True), (False, True, False), (True, False, True)])
def test_rows_come_back_whatever_form_the_strings_had(coded: tuple[bool, ...], tmp_path: Path) -> None:
    sink = ParquetTable(tmp_path, Shape("t", FIELDS))
    for turn, one in enumerate(coded):
        sink.append(batch(1000 * turn, 1000, coded=one), 1000)
    sink.close()
    rows = pq.read_table(tmp_path / "t.parquet")
    assert rows.schema.types == [pa.int64(), pa.string()]
    assert rows.to_pydict() == dict(
        zip("ns", [column.to_pylist() for column in batch(0, 3000, coded=False)], strict=True)
    )


def test_a_part_ends_where_it_is_told_to(tmp_path: Path) -> None:
    sink = ParquetTable(tmp_path, Shape("t", FIELDS, first_part=0))
    for start in range(0, 2400, 600):
        sink.append(batch(start, 300, coded=True), 300)
        sink.append(batch(start + 300, 300, coded=True), 300)
        if start == 600:
            sink.end_part()
    made = sink.close()
    assert [(file.path, file.rows) for file in made] == [("t/part-00000.parquet", 1200), ("t/part-00001.parquet", 1200)]
    assert pq.read_table(tmp_path / "t")["n"].to_pylist() == list(range(2400))


def test_a_dataset_of_parts_is_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = datagen_core.generate(
        str(EXAMPLES / "simple_users_events.json"), tmp_path / "plain", rows={"user": 140_000}, only=["user"]
    )
    monkeypatch.setattr(parts, "PART_ROWS", 65_536)
    cut = datagen_core.generate(
        str(EXAMPLES / "simple_users_events.json"), tmp_path / "parts", rows={"user": 140_000}, only=["user"], workers=2
    )
    assert [file for table in cut.tables for file in table.files] == [f"user/part-0000{at}.parquet" for at in range(3)]
    assert pq.read_table(tmp_path / "parts" / "user") == pq.read_table(tmp_path / "plain" / plain.tables[0].files[0])


THREE_BLOCKS = {"user": 140_000}


@pytest.mark.parametrize(("form", "parts"), [("parquet", 2), ("parquet", 5), ("csv", 3)])
def test_a_part_alone_is_byte_for_byte_the_whole_runs(form: str, parts: int, tmp_path: Path) -> None:
    schema = str(EXAMPLES / "simple_users_events.json")
    whole = datagen_core.generate(schema, tmp_path / "whole", rows=THREE_BLOCKS, parts=parts, format=form, workers=2)
    assert {len(table.files) for table in whole.tables} == {min(parts, 3)}
    found: list[str] = []
    for number in range(1, parts + 1):
        out = tmp_path / str(number)
        made = datagen_core.generate(schema, out, rows=THREE_BLOCKS, part=(number, parts), format=form, workers=1)
        assert made.metadata["part"] == {"made": [number], "of": parts, "rows": {t.name: t.rows for t in whole.tables}}
        for table in made.tables:
            assert table.rows == sum(
                file["rows"] for one in made.metadata["tables"] for file in one["files"] if one["name"] == table.name
            )
            for name in table.files:
                assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
                found.append(name)
    assert sorted(found) == sorted(name for table in whole.tables for name in table.files)


def test_parts_that_are_made_one_after_the_other_become_the_dataset(tmp_path: Path) -> None:
    schema, out = str(EXAMPLES / "simple_users_events.json"), tmp_path / "out"
    whole = datagen_core.generate(schema, tmp_path / "whole", rows=THREE_BLOCKS, parts=3).metadata
    contract = json.loads(files("datagen_core").joinpath("contracts/dataset-metadata/v1.json").read_text())
    for made, number in ([3], 3), ([1, 3], 1), ([1, 3], 1):
        found = datagen_core.generate(schema, out, rows=THREE_BLOCKS, part=(number, 3)).metadata
        jsonschema.validate(found, contract)
        assert (found["part"]["made"], found["part"]["of"]) == (made, 3)
        assert json.loads((out / ".metadata.json").read_text()) == found
    last = datagen_core.generate(schema, out, rows=THREE_BLOCKS, part=(2, 3)).metadata
    assert {**last, "elapsed_seconds": 0} == {**whole, "elapsed_seconds": 0}
    assert written(out) == written(tmp_path / "whole")
    for change in ({"seed": 7}, {"part": (2, 4)}, {"format": "csv"}, {"rows": {"user": 140_001}}, {"only": ["user"]}):
        datagen_core.generate(schema, out, rows=THREE_BLOCKS, part=(1, 3))
        other = datagen_core.generate(schema, out, **{"rows": THREE_BLOCKS, "part": (2, 3), **change}).metadata
        assert len(other["part"]["made"]) == 1, change
        assert written(out) == sorted([".metadata.json", *(f["path"] for t in other["tables"] for f in t["files"])])


def test_the_parts_of_a_table_have_its_rows_in_order(tmp_path: Path) -> None:
    schema = str(EXAMPLES / "simple_users_events.json")
    datagen_core.generate(schema, tmp_path / "one", rows=THREE_BLOCKS)
    datagen_core.generate(schema, tmp_path / "three", rows=THREE_BLOCKS, parts=3)
    for name in ("user", "event"):
        assert pq.read_table(tmp_path / "three" / name) == pq.read_table(tmp_path / "one" / f"{name}.parquet")


@pytest.mark.parametrize(("blocks", "count"), [(0, 3), (1, 1), (3, 5), (7, 3), (100, 7)])
def test_parts_are_whole_blocks_each_once_and_the_first_ones_are_never_empty(blocks: int, count: int) -> None:
    every = [parts.blocks_of(blocks, number, count) for number in range(count)]
    assert [block for one in every for block in one] == list(range(blocks))
    assert [bool(one) for one in every] == sorted((bool(one) for one in every), reverse=True)
    assert max(map(len, every)) - min(map(len, every)) <= 1


def test_row_groups_have_the_same_size_whatever_the_slices(tmp_path: Path) -> None:
    for name, step in (("a", 70_001), ("b", 400_000)):
        sink = ParquetTable(tmp_path, Shape(name, FIELDS[:1]), "none")
        for start in range(0, 2_000_000, step):
            sink.append([pa.array(range(start, min(start + step, 2_000_000)))], min(step, 2_000_000 - start))
        sink.close()
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    groups = pq.ParquetFile(tmp_path / "a.parquet").metadata
    assert [groups.row_group(at).num_rows for at in range(groups.num_row_groups)] == [1_048_576, 951_424]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_fails_leaves_nothing(workers: int, tmp_path: Path) -> None:
    document = json.loads((EXAMPLES / "simple_users_events.json").read_text())
    broken = {"name": "ratio", "type": "float", "generator": {"expression": {"code": "1 / (event_id - 900000)"}}}
    document["nodes"][1]["columns"].append(broken)
    with pytest.raises(InputError, match=r"event\.ratio: .* has no value where event_id = 900000"):
        datagen_core.generate(document, tmp_path / "out", rows={"user": 200_000}, workers=workers)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("before", [False, True])
def test_a_killed_run_leaves_nothing_that_looks_complete(kill: signal.Signals, before: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    schema = str(EXAMPLES / "simple_users_events.json")
    if before:
        datagen_core.generate(schema, out)
    kept = {name: (out / name).read_bytes() for name in written(out)} if before else {}
    command = [
        sys.executable,
        "-c",
        "from datagen_core.cli import main; main()",
        "generate",
        schema,
        "-o",
        str(out),
        "--rows",
        "user=3000000",
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not any(tmp_path.rglob("*.tmp/new/*.parquet")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(kill)
    assert process.wait(30) == (130 if kill == signal.SIGINT else -kill)
    visible = [name for name in written(tmp_path) if not any(part.startswith(".datagen-") for part in Path(name).parts)]
    assert {name.removeprefix("out/"): (tmp_path / name).read_bytes() for name in visible} == kept
    if kill == signal.SIGINT:
        assert not list(tmp_path.rglob("*.tmp"))
    datagen_core.generate(schema, out)
    assert not [path for path in tmp_path.rglob(".datagen-*") if path.is_dir()], written(tmp_path)


def test_a_run_that_is_interrupted_while_duckdb_loads_leaves_nothing(tmp_path: Path) -> None:
    schema = str(EXAMPLES / "simple_users_events.json")
    call = ["generate", schema, "-o", str(tmp_path / "out"), "--rows", "user=400000", "--format", "duckdb"]
    command = [sys.executable, "-c", "from datagen_core.cli import main; main()", *call]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any(tmp_path.rglob("*.tmp/new/dataset.duckdb*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.splitlines()[-1] == "datagen-core: interrupted"
    assert list(tmp_path.iterdir()) == []


def test_the_table_of_an_attribution_chain_is_told_as_one(tmp_path: Path) -> None:
    result = datagen_core.generate(str(EXAMPLES / "marketing_attribution.json"), tmp_path / "out")
    jsonschema.validate(
        result.metadata, json.loads(files("datagen_core").joinpath("contracts/dataset-metadata/v1.json").read_text())
    )
    kinds = {table["name"]: table["kind"] for table in result.metadata["tables"]}
    assert kinds == {"customer": "entity", "purchase": "fact", "marketing_touchpoint": "touchpoints"}


def test_a_part_without_rows_of_a_table_says_so(tmp_path: Path) -> None:
    result = datagen_core.generate(str(EXAMPLES / "simple_users_events.json"), tmp_path / "out", part=(2, 3))
    assert [note for note in result.notes if note.startswith("user: part 2 of 3 has no rows of it")]
    assert written(tmp_path / "out") == [".metadata.json"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_parts_of_every_example_are_the_whole_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK_ROWS", 97)  # many blocks of few rows: other rows, and the same law of parts
    document = json.loads(path.read_text())
    small = {node["id"]: 300 for node in document["nodes"] if node["kind"] != "vocab" and not node.get("parents")}
    whole = datagen_core.generate(document, tmp_path / "whole", rows=small, parts=3)
    for number in (1, 2, 3):
        out = tmp_path / str(number)
        made = datagen_core.generate(document, out, rows=small, part=(number, 3), workers=2)
        for table in made.tables:
            for name in table.files:
                assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert {len(table.files) for table in whole.tables if table.name in small} == {3}
