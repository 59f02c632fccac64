"""Each contract is a valid schema, holds its examples, and refuses each counterexample for exactly one reason."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from repository.contracts import CONTRACTS, NAMES, load, problems, validator
from repository.sources import ROOT

# The words as the first edition of the vocabulary lists them.
WORDS = re.findall(
    r"\w+",
    """
primary_key_duplicate primary_key_null foreign_key_orphan duplicate_row double_load unexpected_null null_spike
missing_column missing_table empty_table constant_column sentinel_value volume_gap stale_data childless_parent_jump
temporal_violation interval_inverted future_timestamp timezone_shift out_of_range negative_amount invalid_format
unknown_category category_variant mixed_type encoding_damage excess_precision whitespace mixed_code_system
mixed_currency arithmetic_mismatch aggregate_mismatch dependency_violation unit_scale swapped_columns
stale_derived_column outlier distribution_drift category_drift schema_drift type_mismatch fanout_mismatch
weights_mismatch target_missed constraint_violated no_seasonality uniform_distribution simultaneous_creation zero_churn
flat_cohorts identical_segments benford_violation low_retention low_activation funnel_leak funnel_inversion
price_inconsistent payment_mismatch double_charge revenue_break churn_spike engagement_decay attribution_gap
channel_concentration unprofitable_channel low_adoption unreadable_file partial_table
""",
)


def documents(kind: str) -> list[Path]:
    return sorted(CONTRACTS.glob(f"*/{kind}/*"))


def name_of(path: Path) -> str:
    return f"{path.parts[-3]}/{path.stem}"


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_is_a_valid_schema_with_words(name: str) -> None:
    schema = validator(name).schema
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_has_examples_on_both_sides(name: str) -> None:
    assert len(list((CONTRACTS / name / "examples").iterdir())) >= 2
    assert len(list((CONTRACTS / name / "counterexamples").iterdir())) >= 5


@pytest.mark.parametrize("path", documents("examples"), ids=name_of)
def test_an_example_holds(path: Path) -> None:
    assert problems(path.parts[-3], load(path)) == []


@pytest.mark.parametrize("path", documents("counterexamples"), ids=name_of)
def test_a_counterexample_fails_for_one_reason(path: Path) -> None:
    assert len(problems(path.parts[-3], load(path))) == 1


@pytest.mark.parametrize("path", sorted((ROOT / "docs/examples/schemas").glob("*.json")), ids=lambda path: path.stem)
def test_the_example_schemas_hold(path: Path) -> None:
    assert problems("dataset-schema", load(path)) == []


def test_the_vocabulary_holds_its_own_shape_and_every_word() -> None:
    vocabulary = load(CONTRACTS / "defects" / "v1.json")
    assert problems("defects", vocabulary) == []
    assert list(vocabulary["defects"]) == WORDS


@pytest.mark.parametrize("name", ["crunch-report", "polish-report", "manifest", "persona"])
def test_a_contract_that_names_defects_names_all_of_them(name: str) -> None:
    lists = [set(values) for values in _enums(validator(name).schema) if "primary_key_null" in values]
    assert lists
    assert all(values - {"other", None} == set(WORDS) for values in lists)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"defects", "dataset-schema"}))
def test_minor_versions_are_read_and_major_ones_refused(name: str) -> None:
    path = next(iter(sorted((CONTRACTS / name / "examples").iterdir())))
    document = load(path)
    assert problems(name, {**document, "contract": f"{name}/1.9"}) == []
    assert len(problems(name, {**document, "contract": f"{name}/2.0"})) == 1


def test_people_write_closed_documents_and_machines_open_ones() -> None:
    for name in set(NAMES) - {"defects"}:
        path = next(iter(sorted((CONTRACTS / name / "examples").iterdir())))
        closed = bool(problems(name, {**load(path), "field_of_a_later_version": 1}))
        assert closed == (name in {"dataset-schema", "persona"}), name


def _enums(schema: Any) -> list[list[Any]]:
    if isinstance(schema, dict):
        here = [schema["enum"]] if isinstance(schema.get("enum"), list) else []
        return here + [found for value in schema.values() for found in _enums(value)]
    return [found for value in schema for found in _enums(value)] if isinstance(schema, list) else []


def test_json_documents_are_written_one_way() -> None:
    for path in sorted(CONTRACTS.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n", path
