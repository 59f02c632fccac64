"""Each package alone in an empty environment: it starts, it helps, it does one real piece of work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.stranger import SCHEMAS, Environment, Shell, Wheelhouse
from repository.sources import ROOT

COMMANDS = {
    "datagen-core": ["generate", "validate"],
    "datacruncher": ["crunch", "describe", "personas"],
    "datapolisher": ["polish", "fixes", "import", "undo", "verify"],
}


@pytest.mark.parametrize("package", COMMANDS)
def test_a_package_alone_starts_and_helps(wheelhouse: Wheelhouse, tmp_path: Path, package: str) -> None:
    shell = wheelhouse.environment(package).at(tmp_path)
    told = shell.run(f"{package} --help")
    assert told.code == 0, str(told)
    for command in COMMANDS[package]:
        assert command in told.out
        assert shell.run(f"{package} {command} --help").code == 0
    assert shell.run(f"{package} --version").out.split()[-1] == "1.0.0"
    others = {name.replace("-", "_") for name in COMMANDS} - {package.replace("-", "_")}
    listed = shell.run('python -c "import importlib.metadata as m; print([d.name for d in m.distributions()])"').out
    assert not any(other.replace("_", "-") in listed for other in others), listed
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def generated(wheelhouse: Wheelhouse, tmp_path: Path) -> Path:
    """A small dataset, made by datagen-core alone."""
    shutil.copy(SCHEMAS / "shop_with_defects.json", tmp_path / "schema.json")
    shell = wheelhouse.environment("datagen-core").at(tmp_path)
    shell.good("datagen-core generate schema.json -o output/", "datagen-core validate schema.json --data output/")
    assert shell.read("validation_report.json")["hard_constraints_hold"]
    return tmp_path


def test_the_cruncher_alone_reads_parquet_of_nobody(wheelhouse: Wheelhouse, generated: Path) -> None:
    (generated / "output" / ".metadata.json").unlink()
    (generated / "schema.json").unlink()
    shell = wheelhouse.environment("datacruncher").at(generated)
    shell.good("datacruncher crunch output/", "datacruncher describe output/")
    report = shell.read("crunch_report.json")
    keys = {table["name"]: table["primary_key"] for table in report["tables"]}
    assert {name: key["columns"] for name, key in keys.items() if key} == {
        "customer": ["customer_id"],
        "order": ["order_id"],
        "payment": ["payment_id"],
    }
    assert {key["source"] for key in keys.values()} == {"inferred"}
    assert "temporal_violation" in {issue["defect"] for issue in report["issues"]}


def test_the_polisher_alone_repairs_and_says_what_it_could_not_verify(wheelhouse: Wheelhouse, generated: Path) -> None:
    wheelhouse.environment("datacruncher").at(generated).good("datacruncher crunch output/")
    shell = wheelhouse.environment("datapolisher").at(generated)
    shell.good("datapolisher polish crunch_report.json --path postprocess", "datapolisher fixes list")
    report = shell.read("polish_report.json")
    assert any(action["status"] == "applied" for action in report["actions"])
    assert all(action["verified"] is None for action in report["actions"])
    assert "datacruncher" in " ".join(report["unverified"])


def test_the_polisher_alone_takes_a_result_of_another_tool(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    clinic = ROOT / "packages" / "datapolisher" / "tests" / "importers" / "clinic"
    shutil.copytree(clinic / "data", tmp_path / "clinic")
    shutil.copy(clinic / "gx_summary.json", tmp_path / "result.json")
    shell = wheelhouse.environment("datapolisher").at(tmp_path)
    shell.good(
        "datapolisher import result.json --data clinic",
        "datapolisher polish --auto --html page.html",
        "datapolisher export clinic_polished --to odcs --report crunch_report.json",
        "datapolisher undo clinic_polished -o restored",
    )
    assert (tmp_path / "postprocess.sql").is_file()
    done = {action["defect"]: action for action in shell.read("polish_report.json")["actions"]}
    assert done["category_variant"]["rows_changed"] == 5
    assert done["category_variant"]["verified"] is True
    assert "datacruncher" in " ".join(shell.read("polish_report.json")["unverified"])


def test_the_umbrella_alone_says_whom_to_install(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    shell = wheelhouse.environment("datagen", "click", only=True).at(tmp_path)
    assert shell.run("datagen --help").code == 0
    told = shell.run("datagen polish")
    assert told.code == 2
    assert told.err == 'datagen: the command "polish" needs the package datapolisher: pip install datapolisher\n'


def test_the_umbrella_lists_every_command(everything: Environment, tmp_path: Path) -> None:
    shell = everything.at(tmp_path)
    listed = shell.run("datagen --help").out
    for command in [command for commands in COMMANDS.values() for command in commands]:
        assert f"  {command} " in listed
        assert shell.run(f"datagen {command} --help").code == 0
    versions = shell.run("datagen --version").out.splitlines()
    assert versions == [f"{name} 1.0.0" for name in ("datagen", "datagen-core", "datacruncher", "datapolisher")]


HEAVY = ["numpy", "pyarrow", "duckdb", "mimesis", "polars"]


@pytest.mark.parametrize("package", ["datagen", *COMMANDS])
def test_help_imports_no_engine(everything: Environment, tmp_path: Path, package: str) -> None:
    module = f"{package.replace('-', '_')}.cli"
    (tmp_path / "look.py").write_text(
        f"import sys, {module}\nsys.argv[1:] = ['--help']\n"
        f"try:\n    {module}.main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('IMPORTED', sorted(set({HEAVY}) & set(sys.modules)))\n"
    )
    told = everything.at(tmp_path).run("python look.py")
    assert told.out.splitlines()[-1] == "IMPORTED []", str(told)


def test_workers_make_the_same_rows(shell: Shell) -> None:
    shutil.copy(SCHEMAS / "bank.json", shell.folder / "schema.json")
    for workers in (1, 2):
        shell.good(f"datagen generate schema.json --workers {workers} -o by_{workers}/")
    one, two = shell.read("by_1/.metadata.json"), shell.read("by_2/.metadata.json")
    assert [table["rows"] for table in one["tables"]] == [table["rows"] for table in two["tables"]]
    files = [
        {name: digest for name, digest in shell.digests(f"by_{n}").items() if name != ".metadata.json"} for n in (1, 2)
    ]
    assert files[0] == files[1]
