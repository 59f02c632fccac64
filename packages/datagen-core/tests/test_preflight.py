"""Mistakes of meaning: each case is a change of one document that is right in all, with every line that it costs."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from datagen_core.errors import DatagenError, DocumentError
from datagen_core.loading import load
from datagen_core.schema.load import read
from datagen_core.schema.preflight import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    Changed = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]

HERE = Path(__file__).parent / "cases"
EXAMPLES = sorted((HERE / "examples").glob("*.json"))
_MEANING = json.loads((HERE / "meaning.json").read_text("utf-8"))
BASE, CASES = _MEANING["base"], _MEANING["cases"]
CONTRACT = Path(str(files("datagen_core"))) / "contracts" / "dataset-schema"


def lines(document: dict[str, Any]) -> list[str]:
    """The sentences about a document."""
    found = read(document)
    assert found.origin is not None
    return [str(problem) for problem in found.origin.error(problems(found)).problems]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_mistake_of_meaning_is_named_once_at_its_address(case: dict[str, Any], changed: Changed) -> None:
    assert lines(changed(BASE, case["change"])) == case["expect"]


def test_every_case_but_the_first_expects_a_mistake() -> None:
    assert [case["id"] for case in CASES if not case["expect"]] == ["nothing-wrong"]


def test_mistakes_of_several_parts_come_together_in_the_order_of_the_document(tmp_path: Path, changed: Changed) -> None:
    wrong = changed(
        BASE,
        {
            "/targets": {"weekend_share": {"table": "ordr", "timestamp": "x", "min": 0}},
            "/nodes/2/pk": "id",
            "/timeframe/freq": "Hr",
            "/nodes/1/columns/3/null_rate": 2,
        },
    )
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(wrong, indent=2))
    with pytest.raises(DocumentError) as caught:
        load(path)
    found = [(problem.line, problem.address) for problem in caught.value.problems]
    addresses = ["timeframe.freq", "customer.age", "nodes[2].pk", "targets.weekend_share[0].table"]
    assert [address for _, address in found] == addresses
    assert [line for line, _ in found] == sorted(line for line, _ in found)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_a_document_of_others_means_what_it_says(example: Path) -> None:
    document = read(example)
    assert document.origin is not None
    assert [str(problem) for problem in document.origin.error(problems(document)).problems] == []


@pytest.mark.parametrize("case", sorted((CONTRACT / "counterexamples").glob("*.json")), ids=lambda case: case.stem)
def test_what_the_contract_refuses_is_refused(case: Path) -> None:
    with pytest.raises(DatagenError) as caught:
        document = read(case)
        found = problems(document)
        assert document.origin is not None
        if found:
            raise document.origin.error(found)
    assert caught.value.exit_code == 2
