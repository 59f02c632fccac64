"""What a person says about the tables overrules what was inferred; what is wrong with it is said with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.cli import run
from datacruncher.errors import InputError
from datacruncher.run import Order, learn
from ruamel.yaml import YAML

Write = Callable[[Path, Any], Path]
Capture = pytest.CaptureFixture[str]


def corrected(data: Path, text: str, tmp_path: Path) -> Any:
    path = tmp_path / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    return learn(Order(path=str(data), catalog=str(path))).tables


def test_keys_references_roles_and_kinds_are_as_said(chinook: Path, tmp_path: Path) -> None:
    tables = corrected(
        chinook,
        """
tables:
  Invoice: {kind: entity, key: [InvoiceId], roles: {Total: balance, InvoiceDate: null, BillingCity: [city, label]}}
  Track: {key: [], references: [{columns: [GenreId], table: MediaType, key: [MediaTypeId]}]}
""",
        tmp_path,
    )
    invoice, track = tables["Invoice"], tables["Track"]
    assert (invoice.kind, invoice.kind_confidence) == ("entity", 1.0)
    assert (invoice.primary_key.columns, invoice.primary_key.source) == (("InvoiceId",), "declared")
    assert invoice.column("Total").roles == {"balance": 1.0}
    assert invoice.column("InvoiceDate").roles == {}
    assert invoice.column("BillingCity").roles == {"city": 1.0, "label": 1.0}
    assert track.primary_key is None
    (reference,) = track.foreign_keys
    assert (reference.to_table, reference.source, reference.orphans) == (
        "MediaType",
        "declared",
        1358,
    )  # genres above 5, the last of the media types
    assert "foreign_key" not in track.column("AlbumId").roles
    assert tables["Album"].primary_key.source == "inferred"


def test_checks_follow_the_correction(write_tables: Write, tmp_path: Path) -> None:
    """A code that nothing suggests to be a key: said to be one, its repetitions are a finding."""
    code = ["x"] * 3 + [f"c{i}" for i in range(97)]
    data = write_tables(tmp_path / "data", {"t": {"note": code, "n": list(range(100, 200))}})
    (tmp_path / "c.yaml").write_text("tables: {t: {key: [note]}}")
    before, after = crunch(str(data)), crunch(str(data), catalog=str(tmp_path / "c.yaml"))
    assert "primary_key_duplicate" not in {issue.defect for issue in before.issues}
    (issue,) = [issue for issue in after.issues if issue.defect == "primary_key_duplicate"]
    assert issue.location.columns == ["note"]


def test_what_describe_writes_can_be_read_and_changes_nothing(chinook: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["describe", str(chinook), "--format", "yaml"]) == 0
    text = capsys.readouterr().out
    path = tmp_path / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    assert run(["describe", str(chinook), "--format", "yaml", "--catalog", str(path)]) == 0
    plain = YAML(typ="safe", pure=True)
    assert plain.load(capsys.readouterr().out) == plain.load(text)


def test_names_of_every_kind_survive_the_way_through_yaml(write_tables: Write, tmp_path: Path, capsys: Capture) -> None:
    names = ["yes", "größe 'x' \"y\"", "1st", "a: b # c", "null", "- x", "{t}", "\\n"]
    data = write_tables(tmp_path / "data", {"on": {name: [i * 0.7 for i in range(50)] for name in names}})
    path = tmp_path / "catalog.yaml"
    path.write_text(json.dumps({"tables": {"on": {"key": [], "roles": dict.fromkeys(names, "score")}}}))
    assert run(["describe", str(data), "--format", "yaml", "--catalog", str(path)]) == 0
    text = capsys.readouterr().out
    assert YAML(typ="safe", pure=True).load(text)["tables"]["on"]["roles"] == dict.fromkeys(names, "score")
    path.write_text(text, encoding="utf-8")
    assert run(["describe", str(data), "--catalog", str(path)]) == 0


MISTAKES = {
    "an unknown key": (
        "tables: {Invoice: {rolls: {}}}",
        ':1:20: tables.Invoice.rolls: unknown key "rolls"; did you mean "roles"?',
    ),
    "an unknown table": (
        "tables: {Invoise: {}}",
        ':1:10: tables.Invoise: there is no table "Invoise"; did you mean "Invoice"?',
    ),
    "an unknown column": (
        "tables: {Invoice: {key: [InvoiceID]}}",
        'has no column "InvoiceID"; did you mean "InvoiceId"?',
    ),
    "an unknown role": ("tables: {Invoice: {roles: {Total: amuont}}}", 'unknown role "amuont"; did you mean "amount"?'),
    "an unknown kind": ("tables: {Invoice: {kind: evnt}}", 'unknown kind "evnt"; did you mean "event"?'),
    "a role of keys": ("tables: {Invoice: {roles: {Total: primary_key}}}", '"primary_key" is no role to give'),
    "a reference that does not match": (
        "tables: {Invoice: {references: [{columns: [CustomerId], table: Customer, key: []}]}}",
        "1 columns and 0 of the key don't match",
    ),
    "no YAML": ("tables: [", "no YAML"),
    "no tables": ("Invoice: {}", '"tables" is missing'),
    "a list": ("tables: [Invoice]", "an object expected, a list found"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_have_a_place_and_the_nearest_word(name: str, chinook: Path, tmp_path: Path) -> None:
    text, words = MISTAKES[name]
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        learn(Order(path=str(chinook), catalog=str(path)))
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}:1:")


def test_all_mistakes_are_told_at_once(chinook: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("tables:\n  Invoise: {}\n  Invoice:\n    kind: evnt\n    roles: {Totl: amount}\n")
    with pytest.raises(InputError) as caught:
        crunch(str(chinook), catalog=str(path))
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["2", "4", "5"]


def test_a_diagram_takes_any_name(write_tables: Write, tmp_path: Path, capsys: Capture) -> None:
    data = write_tables(
        tmp_path / "data",
        {"größe x": {"id": list(range(40)), "1st": [1] * 40}, "größe-x": {"id": list(range(40)), 'a"b': ["x"] * 40}},
    )
    assert run(["describe", str(data), "--format", "mermaid"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "erDiagram"
    entities = [line.split("[")[0].strip() for line in lines if line.endswith("{")]
    assert len(set(entities)) == 2
    assert all(entity.isascii() and entity[0].isalpha() for entity in entities)
    assert any('BIGINT n1st "1st"' in line for line in lines)
    assert any('VARCHAR a_b "a\'b"' in line for line in lines)


def test_a_file_that_may_hold_corrections_is_never_replaced(chinook: Path, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "catalog.yaml"
    call = ["describe", str(chinook), "--format", "yaml", "-o", str(path)]
    assert run(call) == 0
    assert capsys.readouterr().out == ""
    path.write_text("tables: {}\n")
    assert run(call) == 2
    assert "is there already, and may hold corrections" in capsys.readouterr().err
    assert path.read_text() == "tables: {}\n"
    assert run(["describe", str(chinook), "-o", str(chinook / "x.txt")]) == 2
    assert "lies inside the dataset" in capsys.readouterr().err
