"""What is known about a dataset, in the words of five standards: each document is held to its standard's own schema or tool.

The schemas of ODCS, and the tools of Croissant, frictionless and Great Expectations are too heavy for every checkout: where
they are not installed, the tests that need them are skipped and say so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from click.testing import CliRunner, Result
from datapolisher import exporters
from datapolisher.cli import main
from ruamel.yaml import YAML

CLINIC = Path(__file__).parents[1] / "importers" / "clinic"
STANDARDS = Path(__file__).parent / "standards"
APPROVED = """\
contract: manifest/1.0
dataset_name: Clinic
quality_score: 97/100
files: []
approval:
  approved: true
  approved_by: Ann
  approved_at: "2026-01-02T03:04:05Z"
  notes: "fit for teaching"
"""


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clinic's data, approved, with the report that dbt's results became."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "clinic"
    root.mkdir()
    for table in (CLINIC / "data").glob("*.parquet"):
        (root / table.name).write_bytes(table.read_bytes())
    (root / ".manifest.yaml").write_text(APPROVED, "utf-8")
    done = run("import", CLINIC / "dbt" / "run_results.json", "--data", "clinic", "-o", "report.json")
    assert done.exit_code == 0, done.stderr
    return root


@pytest.fixture
def export(clinic: Path) -> Callable[..., Path]:
    def write(to: str, *args: str) -> Path:
        done = run("export", "clinic", "--to", to, "--report", "report.json", *args)
        assert done.exit_code == 0, done.stderr
        return clinic.parent / done.stdout.splitlines()[-1].removeprefix("wrote ")

    return write


def columns(table: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in table[key]}


def test_a_data_package_follows_its_profile(export: Callable[..., Path]) -> None:
    content = json.loads(export("datapackage").read_text("utf-8"))
    profile = json.loads((STANDARDS / "datapackage-2.0.json").read_text("utf-8"))
    assert list(jsonschema.Draft7Validator(profile).iter_errors(content)) == []
    visit = next(resource for resource in content["resources"] if resource["name"] == "visit")
    assert visit["path"] == "clinic/visit.parquet"
    assert visit["schema"]["primaryKey"] == ["visit_id"]
    assert {"fields": ["ward code"], "reference": {"resource": "ward", "fields": ["ward code"]}} in visit["schema"][
        "foreignKeys"
    ]
    fields = columns(visit["schema"], "fields")
    assert fields["outcome"]["constraints"]["enum"] == ["home", "transfer", "other"]
    assert fields["extra"]["constraints"] == {"minimum": 0}
    assert fields["admitted"]["type"] == "datetime"
    assert content["datagen"]["approval"]["approved_by"] == "Ann"


def test_a_data_package_lies_beside_its_data(clinic: Path) -> None:
    (clinic.parent / "elsewhere").mkdir()
    done = run("export", "clinic", "--to", "datapackage", "-o", "elsewhere/datapackage.json")
    assert done.exit_code == 2
    assert "lies beside its data" in done.stderr


def test_frictionless_takes_the_data_package(export: Callable[..., Path]) -> None:
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
    content = json.loads(export("datapackage").read_text("utf-8"))
    assert list(frictionless.Package.validate_descriptor(content).errors) == []


def test_a_contract_says_keys_references_lists_and_the_approval(export: Callable[..., Path]) -> None:
    content = YAML(typ="safe").load(export("odcs").read_text("utf-8"))
    assert (content["apiVersion"], content["status"], content["name"]) == ("v3.1.0", "active", "Clinic")
    visit = next(table for table in content["schema"] if table["name"] == "visit")
    properties = columns(visit, "properties")
    assert properties["visit_id"]["primaryKeyPosition"] == 1
    assert properties["doctor_nr"]["relationships"] == [{"type": "foreignKey", "to": "doctor.doctor_nr"}]
    assert properties["extra"]["logicalTypeOptions"] == {"minimum": 0}
    listed = next(rule for rule in properties["outcome"]["quality"] if rule["metric"] == "invalidValues")
    assert listed["arguments"] == {"validValues": ["home", "transfer", "other"]}
    custom = {item["property"]: item["value"] for item in content["customProperties"]}
    assert (custom["approvedBy"], custom["qualityScore"]) == ("Ann", "97/100")


def test_a_contract_follows_its_standard(export: Callable[..., Path]) -> None:
    pytest.importorskip("open_data_contract_standard", reason="open-data-contract-standard is not installed")
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
    content = YAML(typ="safe").load(export("odcs").read_text("utf-8"))
    assert list(jsonschema.Draft201909Validator(json.loads(text)).iter_errors(content)) == []


def test_croissant_says_files_fields_keys_and_who_approved(export: Callable[..., Path]) -> None:
    content = json.loads(export("croissant").read_text("utf-8"))
    files = {part["@id"]: part for part in content["distribution"]}
    assert files["files/visit"]["contentUrl"] == "clinic/visit.parquet"
    visit = next(records for records in content["recordSet"] if records["name"] == "visit")
    assert visit["key"] == [{"@id": "visit/visit_id"}]
    fields = columns(visit, "field")
    assert fields["ward code"]["references"] == {"field": {"@id": "ward/ward_code"}}
    assert fields["days"]["dataType"] == "sc:Integer"
    assert content["http://www.w3.org/ns/prov#wasAttributedTo"]["name"] == "Ann"


def test_croissants_own_reader_reads_the_rows(export: Callable[..., Path]) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    dataset = mlcroissant.Dataset(jsonld=export("croissant"))
    assert not dataset.metadata.ctx.issues.errors
    assert sum(1 for _ in dataset.records("ward")) == 25


def test_dbt_gets_sources_with_the_tests_that_it_has(export: Callable[..., Path]) -> None:
    content = YAML(typ="safe").load(export("dbt").read_text("utf-8"))
    (source,) = content["sources"]
    visit = next(table for table in source["tables"] if table["name"] == "visit")
    assert visit["config"]["meta"]["external_location"] == "clinic/visit.parquet"
    tests = {name: column.get("data_tests") for name, column in columns(visit, "columns").items()}
    assert tests["visit_id"] == ["not_null", "unique"]
    assert {"accepted_values": {"arguments": {"values": ["home", "transfer", "other"]}}} in tests["outcome"]
    target = {"to": "source('clinic', 'ward')", "field": '"ward code"'}
    assert tests["ward code"] == [{"relationships": {"arguments": target}}]


def test_a_suite_for_each_table_says_what_one_table_can_say(export: Callable[..., Path], clinic: Path) -> None:
    export("gx", "-o", "suites")
    suites = {path.stem: json.loads(path.read_text("utf-8")) for path in (clinic.parent / "suites").glob("*.json")}
    assert set(suites) == {"visit", "doctor", "ward"}
    said = [(e["type"], e["kwargs"].get("column")) for e in suites["visit"]["expectations"]]
    assert ("expect_column_values_to_be_unique", "visit_id") in said
    assert ("expect_column_values_to_be_in_set", "outcome") in said
    assert suites["visit"]["meta"]["approved_by"] == "Ann"


def test_great_expectations_takes_the_suites(export: Callable[..., Path], clinic: Path) -> None:
    gx = pytest.importorskip("great_expectations", reason="great_expectations is not installed")
    export("gx", "-o", "suites")
    for path in (clinic.parent / "suites").glob("*.json"):
        suite = json.loads(path.read_text("utf-8"))
        assert len(gx.ExpectationSuite(**suite).expectations) == len(suite["expectations"])


@pytest.mark.parametrize("to", exporters.names())
def test_a_dataset_without_report_manifest_and_metadata_is_described_too(clinic: Path, to: str) -> None:
    (clinic / ".manifest.yaml").unlink()
    done = run("export", "clinic", "--to", to)
    assert done.exit_code == 0, done.stderr
    assert "wrote " in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["clinic", "--to", "odc"], 'did you mean "odcs"? (croissant, datapackage, dbt, gx, odcs)'),
        (["clinic", "--to", "odcs", "-o", "clinic/contract.yaml"], "lies inside the dataset"),
        (["nowhere", "--to", "odcs"], "nowhere: no such directory of tables"),
        (["clinic", "--to", "odcs", "--report", "none.json"], "none.json: no such file"),
    ],
    ids=["standard", "inside-the-dataset", "no-dataset", "no-report"],
)
def test_a_wrong_call_ends_with_one_sentence(clinic: Path, args: list[str], said: str) -> None:
    done = run("export", *args)
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_what_a_standard_cannot_say_is_told(clinic: Path) -> None:
    done = run("export", "clinic", "--to", "dbt", "--report", "report.json")
    assert "left out: visit.extra: dbt has tests of bounds and forms only in packages" in done.stderr


def test_parts_are_one_table(clinic: Path) -> None:
    (clinic / "ward").mkdir()
    (clinic / "ward.parquet").rename(clinic / "ward" / "part-0.parquet")
    assert run("export", "clinic", "--to", "dbt", "-o", "s.yml").exit_code == 0
    assert "external_location: clinic/ward/**/*.parquet" in (clinic.parent / "s.yml").read_text("utf-8")
    assert run("export", "clinic", "--to", "datapackage").exit_code == 0
    content = json.loads((clinic.parent / "datapackage.json").read_text("utf-8"))
    ward = next(resource for resource in content["resources"] if resource["name"] == "ward")
    assert ward["path"] == "clinic/ward/part-0.parquet"


def test_a_documents_lists_bounds_and_forms_go_along(clinic: Path) -> None:
    columns_ = [
        {"name": "ward code", "type": "string", "constraints": {"pattern": "W[0-9]{2}"}},
        {"name": "name", "type": "string", "generator": {"choice": {"choices": ["A", "B"]}}},
        {"name": "beds", "type": "int", "generator": {"choice": {"choices": [8, 9]}}, "modifiers": [{"round": {}}]},
    ]
    schema = {
        "nodes": [{"id": "ward", "pk": "ward code", "columns": columns_}],
        "constraints": {"ranges": [{"attr": "ward.beds", "min": 1, "max": 40}]},
    }
    (clinic.parent / "schema.json").write_text(json.dumps(schema), "utf-8")
    assert run("export", "clinic", "--to", "datapackage", "--schema", "schema.json").exit_code == 0
    content = json.loads((clinic.parent / "datapackage.json").read_text("utf-8"))
    ward = next(resource for resource in content["resources"] if resource["name"] == "ward")
    rules = {name: field["constraints"] for name, field in columns(ward["schema"], "fields").items()}
    assert rules == {
        "ward code": {"required": True, "unique": True, "pattern": "W[0-9]{2}"},
        "name": {"required": True, "enum": ["A", "B"]},
        "beds": {"required": True, "minimum": 1, "maximum": 40},
    }


def test_rules_between_columns_go_along_where_the_standard_has_a_place_or_are_told(clinic: Path) -> None:
    done = run("export", "clinic", "--to", "odcs", "--report", "report.json")
    content = YAML(typ="safe").load((clinic.parent / "clinic.odcs.yaml").read_text("utf-8"))
    visit = next(table for table in content["schema"] if table["name"] == "visit")
    queries = {rule["description"]: rule["query"] for rule in visit["quality"] if rule["type"] == "sql"}
    assert set(queries) == {
        "bill = ((days * rate) + extra)",
        "discharged > admitted",
        "admitted >= doctor.hired_on",
    }, done.stderr
    with duckdb.connect() as con:
        for table in ("visit", "doctor"):
            con.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('clinic/{table}.parquet')")
        found = {words: con.execute(query).fetchall()[0][0] for words, query in queries.items()}
    assert found == {
        "bill = ((days * rate) + extra)": 8,
        "discharged > admitted": 4,
        "admitted >= doctor.hired_on": 3,
    }
    for to in ("dbt", "datapackage", "croissant"):
        told = run("export", "clinic", "--to", to, "--report", "report.json", "-o", f"x.{to}").stderr
        assert "discharged > admitted" in told, to
    told = run("export", "clinic", "--to", "gx", "--report", "report.json", "-o", "suites").stderr
    assert "visit: a suite for frames has no expectation of bill = ((days * rate) + extra)" in told
    suite = json.loads((clinic.parent / "suites" / "visit.json").read_text("utf-8"))
    pairs = [e["kwargs"] for e in suite["expectations"] if "pair" in e["type"]]
    assert [(pair["column_A"], pair["column_B"], pair["or_equal"]) for pair in pairs] == [
        ("discharged", "admitted", False)
    ]


def test_a_report_puts_no_sql_of_its_own_into_a_contract(clinic: Path) -> None:
    report = json.loads((clinic.parent / "report.json").read_text("utf-8"))
    for issue in report["issues"]:
        if issue["defect"] == "arithmetic_mismatch":
            issue["evidence"]["details"]["formula"] = (
                "1) OR (SELECT count(*) FROM read_text('/etc/passwd')) > 0 OR (days"
            )
    (clinic.parent / "report.json").write_text(json.dumps(report), "utf-8")
    assert run("export", "clinic", "--to", "odcs", "--report", "report.json").exit_code == 0
    assert (
        "read_text"
        not in (clinic.parent / "clinic.odcs.yaml").read_text("utf-8").replace("\n", " ").split("openFindings")[0]
    )
