"""Exports of tables that are hard to name and hard to find: reserved words, quotes, templates, parts, circles of references.

What a tool of the standard makes of the documents is tested where the tool is installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from click.testing import CliRunner, Result
from datapolisher.cli import main
from ruamel.yaml import YAML

STANDARDS = Path(__file__).parent / "standards"
TABLES = {
    "Select.parquet": """SELECT * FROM (VALUES
        (1, 'O''Brien', DATE '2024-01-01', 1.5, 1, 'x'), (2, '{{ 1 / 0 }}', DATE '2024-01-02', NULL, 2, 'y'),
        (3, 'x', DATE '2024-01-09', 2.0, 3, 'z')) t("order", "group", "end", "Größe", "a""b", "{{ c }}")""",
    "Loan Items.parquet": 'SELECT i AS id, 1 + i % 4 AS "order" FROM range(9) t(i)',
    "loan_items.parquet": "SELECT 1 AS id",
    "staff.parquet": "SELECT i AS id, i // 2 AS boss FROM range(1, 9) t(i)",
}
PARTS = "SELECT i AS reading, DATE '2024-03-01' + (i % 2)::INTEGER AS day FROM range(10) t(i)"
# Steps of pointblank, which say which rules the tables have.
STEPS: dict[str, list[dict[str, Any]]] = {
    "Select": [
        {"assertion_type": "col_vals_in_set", "column": "group", "values": ["O'Brien", "{{ 1 / 0 }}"], "n_failed": 1},
        {"assertion_type": "col_vals_in_set", "column": "end", "values": ["2024-01-01", "2024-01-02"], "n_failed": 1},
        {"assertion_type": "col_vals_not_null", "column": "Größe", "n_failed": 1},
        {"assertion_type": "rows_distinct", "column": ["order"], "n_failed": 0, "all_passed": True},
        {"assertion_type": "col_vals_not_null", "column": "order", "n_failed": 0, "all_passed": True},
    ],
    "Loan Items": [
        {
            "assertion_type": "col_vals_in_table",
            "column": "order",
            "values": {"ref_table": "shape: (3, 6)"},
            "n_failed": 2,
        }
    ],
    "staff": [
        {
            "assertion_type": "col_vals_in_table",
            "column": "boss",
            "values": {"ref_column": "id", "ref_table": "shape: (8, 2)"},
            "n_failed": 1,
        },
        {"assertion_type": "rows_distinct", "column": ["id"], "n_failed": 0, "all_passed": True},
    ],
}


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


@pytest.fixture
def hard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tables, and the report of their rules."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "hard"
    root.mkdir()
    with duckdb.connect() as con:
        for name, query in TABLES.items():
            con.execute(f"COPY ({query}) TO '{root / name}'")
        con.execute(f"COPY ({PARTS}) TO '{root / 'reading'}' (FORMAT parquet, PARTITION_BY (day))")
    for table, steps in STEPS.items():
        (tmp_path / f"{table}.json").write_text(json.dumps(steps), "utf-8")
    done = run("import", *(f"{table}.json" for table in STEPS), "--data", "hard", "-o", "report.json")
    assert done.exit_code == 0, done.stderr
    return root


@pytest.fixture
def export(hard: Path) -> Callable[..., tuple[Any, str]]:
    """The document, read, and what was left out."""

    def write(to: str, output: str) -> tuple[Any, str]:
        done = run("export", "hard", "--to", to, "--report", "report.json", "-o", output)
        assert done.exit_code == 0, done.stderr
        text = (hard.parent / output).read_text("utf-8")
        return (json.loads(text) if output.endswith(".json") else YAML(typ="safe").load(text)), done.stderr

    return write


def test_dbts_sources_follow_its_own_schema(export: Callable[..., tuple[Any, str]]) -> None:
    content, _ = export("dbt", "sources.yml")
    schema = json.loads((STANDARDS / "dbt-yml-files-latest.json").read_text("utf-8"))
    assert list(jsonschema.Draft7Validator(schema).iter_errors(content)) == []
    broken = {**content, "sources": [{"tables": [{"columns": 3}]}]}
    assert list(jsonschema.Draft7Validator(schema).iter_errors(broken))


def test_dbt_gets_each_name_in_a_form_that_it_can_write(export: Callable[..., tuple[Any, str]]) -> None:
    content, left_out = export("dbt", "sources.yml")
    tables = {table["name"]: table for table in content["sources"][0]["tables"]}
    assert {name: table.get("identifier") for name, table in tables.items()} == {
        "loan_items": "Loan Items",
        "loan_items_2": "loan_items",
        "reading": None,
        "select": "Select",
        "staff": None,
    }
    columns = {column["name"]: column for column in tables["select"]["columns"]}
    assert {name for name, column in columns.items() if column.get("quote")} == {"order", "group", "end", "Größe"}
    target = {"to": "source('hard', 'select')", "field": '"order"'}
    assert tables["loan_items"]["columns"][1]["data_tests"] == [{"relationships": {"arguments": target}}]
    assert "data_tests" not in columns["group"]
    assert "Select.group: dbt would take a value of its list for a template" in left_out
    assert "{{" not in json.dumps(content)


def test_dbts_values_are_written_as_it_puts_them_into_its_query(hard: Path, tmp_path: Path) -> None:
    step = {"assertion_type": "col_vals_in_set", "column": "group", "values": ["O'Brien", "x"], "n_failed": 1}
    (tmp_path / "Select.json").write_text(json.dumps([step]), "utf-8")
    assert run("import", "Select.json", "--data", "hard", "-o", "report.json").exit_code == 0
    assert run("export", "hard", "--to", "dbt", "--report", "report.json").exit_code == 0
    assert "- O''Brien" in (tmp_path / "sources.yml").read_text("utf-8")


def test_dbt_finds_the_files_from_its_project(export: Callable[..., tuple[Any, str]], hard: Path) -> None:
    (hard.parent / "shop" / "models").mkdir(parents=True)
    (hard.parent / "shop" / "dbt_project.yml").write_text("name: shop\n", "utf-8")
    content, _ = export("dbt", "shop/models/sources.yml")
    places = [table["config"]["meta"]["external_location"] for table in content["sources"][0]["tables"]]
    assert places[3] == "../hard/reading/**/*.parquet"
    assert places[:3] == ["../hard/Loan Items.parquet", "../hard/Select.parquet", "../hard/loan_items.parquet"]


@pytest.mark.skipif(shutil.which("dbt") is None, reason="dbt (with dbt-duckdb) is not installed")
def test_dbt_runs_the_sources_and_its_results_give_the_findings_back(
    export: Callable[..., tuple[Any, str]], hard: Path
) -> None:
    project = hard.parent / "shop"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: shop\nversion: '1.0'\nprofile: shop\n", "utf-8")
    profile = "shop: {target: dev, outputs: {dev: {type: duckdb, path: dev.duckdb}}}\n"
    (project / "profiles.yml").write_text(profile, "utf-8")
    export("dbt", "shop/models/sources.yml")
    done = subprocess.run(
        [shutil.which("dbt") or "", "--no-send-anonymous-usage-stats", "test", "--profiles-dir", "."],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Done." in done.stdout, done.stdout
    back = run("import", "shop/target/run_results.json", "--data", "hard", "-o", "back.json")
    assert back.exit_code == 0, back.stderr
    assert "not a finding" not in back.stderr
    places = [
        (issue["defect"], issue["location"]["table"], issue["location"]["columns"], issue["evidence"]["rows_affected"])
        for issue in json.loads((hard.parent / "back.json").read_text("utf-8"))["issues"]
    ]
    assert sorted(places) == [
        ("foreign_key_orphan", "Loan Items", ["order"], 2),
        ("foreign_key_orphan", "staff", ["boss"], 1),
        ("unexpected_null", "Select", ["Größe"], 1),
        ("unknown_category", "Select", ["end"], 1),
    ]


def test_a_contract_says_where_each_layout_lies(export: Callable[..., tuple[Any, str]]) -> None:
    content, _ = export("odcs", "contract.yaml")
    assert [(server["server"], server["path"]) for server in content["servers"]] == [
        ("local", "hard/{model}.parquet"),
        ("local-2", "hard/{model}/**/*.parquet"),
    ]
    assert content["servers"][1]["description"] == "holds reading"


def test_croissant_reads_parts_as_one_set_and_the_path_for_what_stands_in_it(
    export: Callable[..., tuple[Any, str]],
) -> None:
    content, left_out = export("croissant", "hard.croissant.json")
    records = {record["name"]: record for record in content["recordSet"]}
    (parts,) = [part for part in content["distribution"] if part["@type"] == "cr:FileSet"]
    assert parts["includes"] == ["hard/reading/day=2024-03-01/*", "hard/reading/day=2024-03-02/*"]
    sources = {field["name"]: field["source"] for field in records["reading"]["field"]}
    assert sources["reading"] == {"fileSet": {"@id": parts["@id"]}, "extract": {"column": "reading"}}
    assert sources["day"]["transform"] == {"regex": "(?:.*/)?day=([^/]+)/"}
    assert "references" not in {key for field in records["staff"]["field"] for key in field}
    assert "staff.boss: a reference to staff that closes a circle" in left_out
    ids = [record["@id"] for record in content["recordSet"]]
    assert len(set(ids)) == len(ids)


def test_croissants_own_reader_reads_every_row(export: Callable[..., tuple[Any, str]], hard: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    content, _ = export("croissant", "hard.croissant.json")
    path = str(hard.parent / "hard.croissant.json")
    for record in content["recordSet"]:
        rows = sum(1 for _ in mlcroissant.Dataset(jsonld=path).records(record["@id"]))
        assert f"{rows} rows" == record["description"]


def test_a_data_package_has_the_columns_of_its_files(export: Callable[..., tuple[Any, str]]) -> None:
    content, left_out = export("datapackage", "datapackage.json")
    resources = {resource["title"]: resource for resource in content["resources"]}
    assert [field["name"] for field in resources["reading"]["schema"]["fields"]] == ["reading"]
    assert "reading.day: stands in the files' paths" in left_out
    profile = json.loads((STANDARDS / "datapackage-2.0.json").read_text("utf-8"))
    assert list(jsonschema.Draft7Validator(profile).iter_errors(content)) == []


def test_a_suite_lists_nothing_that_no_value_equals(hard: Path) -> None:
    done = run("export", "hard", "--to", "gx", "--report", "report.json", "-o", "suites")
    assert "Select.end: a suite's list holds texts and numbers, which no DATE equals" in done.stderr
    suite = json.loads((hard.parent / "suites" / "Select.json").read_text("utf-8"))
    listed = [e["kwargs"]["column"] for e in suite["expectations"] if e["type"] == "expect_column_values_to_be_in_set"]
    assert listed == ["group"]
