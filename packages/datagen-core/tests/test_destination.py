"""Where a dataset goes: it appears whole or not at all, and never over what somebody else put there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from datagen_core.destination import Destination, write_text
from datagen_core.errors import InputError, WorkError


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def earlier(folder: Path, files: dict[str, str]) -> None:
    """What an earlier run left."""
    listed = [{"path": name, "bytes": len(text)} for name, text in files.items()]
    metadata = {"contract": "dataset-metadata/1.0", "tables": [{"name": "t", "files": listed}]}
    put(folder, files | {".metadata.json": json.dumps(metadata)})


def content(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def make(destination: Destination, files: dict[str, str]) -> None:
    with destination.staged() as folder:
        put(folder, files)


NEW = {"a.parquet": "new", ".metadata.json": "{}"}


@pytest.mark.parametrize("state", ["missing", "missing-parents", "empty"])
def test_a_dataset_appears_where_nothing_was(state: str, tmp_path: Path) -> None:
    out = tmp_path / ("deep/er" if state == "missing-parents" else "") / "out"
    if state == "empty":
        out.mkdir()
    make(Destination(out), NEW)
    assert content(out) == NEW
    assert content(tmp_path) == {(out / name).relative_to(tmp_path).as_posix(): text for name, text in NEW.items()}


def test_an_earlier_dataset_is_replaced_and_its_other_tables_go(tmp_path: Path) -> None:
    earlier(tmp_path, {"a.parquet": "old", "b/part-0.parquet": "old", "b/part-1.parquet": "old"})
    put(tmp_path, {"README.md": "mine", "_changes/x.parquet": "mine", ".note": "mine"})
    make(Destination(tmp_path), NEW)
    assert content(tmp_path) == NEW | {"README.md": "mine", "_changes/x.parquet": "mine", ".note": "mine"}
    assert not (tmp_path / "b").exists()


FOREIGN = {
    "no-metadata": ({"x.parquet": "1"}, "holds data that datagen did not write (x.parquet)"),
    "a-csv": ({"x.CSV": "1"}, "holds data that datagen did not write (x.CSV)"),
    "a-part": ({"x/part-0.parquet": "1"}, "(x/part-0.parquet)"),
    "broken-metadata": ({"x.parquet": "1", ".metadata.json": "{"}, "did not write"),
    "other-contract": ({"x.parquet": "1", ".metadata.json": '{"contract": "crunch-report/1.0", "tables": []}'}, "did not"),
    "metadata-leads-out": (
        {"x.parquet": "1", ".metadata.json": json.dumps({"contract": "dataset-metadata/1.0", "tables": [
            {"files": [{"path": "../x.parquet", "bytes": 1}, {"path": "/etc/passwd", "bytes": 1}]}]})},
        "did not write",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "message"), FOREIGN.values(), ids=list(FOREIGN))
def test_a_strangers_data_is_not_replaced(files: dict[str, str], message: str, tmp_path: Path) -> None:
    put(tmp_path, files)
    with pytest.raises(InputError) as caught:
        Destination(tmp_path)
    assert message in str(caught.value)
    assert "--overwrite" in str(caught.value)
    assert content(tmp_path) == files


def test_an_earlier_dataset_that_was_changed_is_not_replaced(tmp_path: Path) -> None:
    earlier(tmp_path, {"a.parquet": "old"})
    (tmp_path / "a.parquet").write_text("polished")
    with pytest.raises(InputError, match="which was changed since"):
        Destination(tmp_path)


def test_an_approved_dataset_is_not_replaced(tmp_path: Path) -> None:
    earlier(tmp_path, {"a.parquet": "old"})
    put(tmp_path, {".manifest.yaml": "approved"})
    with pytest.raises(InputError, match="an approved dataset"):
        Destination(tmp_path)


def test_overwrite_replaces_what_stands_in_the_way_and_leaves_the_rest(tmp_path: Path) -> None:
    put(tmp_path, {"a.parquet": "theirs", "z.parquet": "theirs"})
    destination = Destination(tmp_path, overwrite=True)
    make(destination, NEW)
    assert content(tmp_path) == NEW | {"z.parquet": "theirs"}
    assert destination.left == ["z.parquet"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, WorkError("x"), OSError(28, "No space left on device")], ids=str)
@pytest.mark.parametrize("before", [None, {"a.parquet": "old"}], ids=["nothing", "earlier"])
def test_a_run_that_stops_leaves_what_was_there(
    error: BaseException | type[BaseException], before: dict[str, str] | None, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    if before is not None:
        earlier(out, before)
    was = content(tmp_path)
    with pytest.raises((KeyboardInterrupt, WorkError)), Destination(out).staged() as folder:
        put(folder, {"a.parquet": "half"})
        raise error
    assert content(tmp_path) == was


def test_a_run_that_stops_while_files_move_takes_all_moves_back(tmp_path: Path) -> None:
    earlier(tmp_path, {"a.parquet": "old", "b.parquet": "old"})
    was = content(tmp_path)
    put(tmp_path, {"c": "a file where a folder has to go"})
    with pytest.raises(WorkError), Destination(tmp_path).staged() as folder:
        put(folder, {"a.parquet": "new", "c/part-0.parquet": "new", ".metadata.json": "{}"})
    assert content(tmp_path) == was | {"c": "a file where a folder has to go"}


def test_a_place_that_refuses_is_told(tmp_path: Path) -> None:
    put(tmp_path, {"file": "x"})
    with pytest.raises(InputError, match="can't be written"):
        make(Destination(tmp_path / "file" / "out"), NEW)
    assert content(tmp_path) == {"file": "x"}


def test_a_text_file_is_replaced_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "deep" / "report.json", "one")
    write_text(tmp_path / "deep" / "report.json", "two")
    assert content(tmp_path) == {"deep/report.json": "two"}
    (tmp_path / "folder").mkdir()
    with pytest.raises(WorkError, match="can't be written"):
        write_text(tmp_path / "folder", "text")
    assert content(tmp_path) == {"deep/report.json": "two"}
