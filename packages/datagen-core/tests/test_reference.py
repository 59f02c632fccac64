"""The reference of the language: each example runs, and what it documents is what there is, both ways."""

from __future__ import annotations

import copy
import importlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datagen_core
import msgspec
import pytest
from datagen_core import pools, registry
from datagen_core.distributions import DistributionParams
from datagen_core.expressions.functions import FUNCTIONS
from datagen_core.schema import canonical, model
from datagen_core.schema.form import NOTES, fields_of
from datagen_core.validation import CHECKS
from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "dsl.md"
PROOF = PAGE.with_name("dsl-proof.md")
TEXT = PAGE.read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")


def _examples() -> list[tuple[int, Any]]:
    """Every example with the line at which it begins."""
    found = re.finditer(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return [(TEXT.count("\n", 0, match.start()) + 1, json.loads(match[1])) for match in found]


EXAMPLES = _examples()
SHOP: dict[str, Any] = EXAMPLES[0][1]


def whole(piece: Any) -> dict[str, Any]:
    """The shop with a piece, or with each of a list of pieces, put where the page says that it belongs."""
    shop = copy.deepcopy(SHOP)
    for one in piece if isinstance(piece, list) else [piece]:
        if "id" in one:
            _put_table(shop["nodes"], one)
        elif "generator" in one:
            order = next(node for node in shop["nodes"] if node["id"] == "order")
            _put_column(order["columns"], one)
        else:
            shop |= one
    return shop


def _put_table(nodes: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    table = next((node for node in nodes if node["id"] == piece["id"]), None)
    if table is None:
        nodes.append(piece)
        return
    for column in piece.get("columns", []):
        _put_column(table["columns"], column)
    table |= {key: value for key, value in piece.items() if key != "columns"}


def _put_column(columns: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    place = next((index for index, column in enumerate(columns) if column["name"] == piece["name"]), len(columns))
    columns[place : place + 1] = [piece]


@pytest.mark.parametrize(("line", "piece"), EXAMPLES, ids=[f"line-{line}" for line, _ in EXAMPLES])
def test_an_example_generates_and_validates(line: int, piece: Any, tmp_path: Path) -> None:
    document = datagen_core.load(whole(piece))
    datagen_core.generate(document, tmp_path / "data", seed=42)
    report = datagen_core.validate(document, tmp_path / "data")
    assert [f"{one.id} {one.table}: {one.outcome.message}" for one in report.failures] == [], line


# --- what is documented is what there is -----------------------------------------------------------------------------

SECTIONS: dict[str, type[msgspec.Struct]] = {
    "The document": model.Document,
    "Nodes": model.Node,
    "Columns": model.Column,
    "Modifiers": canonical.Modifier,
    "Fanout": model.Fanout,
    "`segment_behavior`": model.SegmentBehavior,
    "`vintage_behavior`": model.VintageBehavior,
    "`stage_config`": model.StageConfig,
    "`state_transition_model`": model.StateTransitionModel,
    "`attribution_chain`": model.AttributionChain,
    "Constraints": model.Constraints,
    "Targets": model.Targets,
}
ELSEWHERE = {*SECTIONS.values(), DistributionParams}
"""Objects that have a section of their own wherever else they stand."""


def _registered(kind: str) -> dict[str, Any]:
    return {f"{kind.capitalize()} `{name}`": registry.spec(f"{kind}s", name) for name in registry.builtin(f"{kind}s")}


REGISTERED = _registered("generator") | _registered("modifier")
STRUCTS = SECTIONS | {title: spec.params for title, spec in REGISTERED.items()}


def sections() -> dict[str, str]:
    """The page's sections by their titles."""
    parts = re.split(r"^## (.+)\n", TEXT, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def documented(section: str) -> dict[str, list[str]]:
    """The keys of a section's table, and the cells beside each."""
    found: dict[str, list[str]] = {}
    head = re.search(r"^\| key \|.*\n\|.*\n((?:\|.*\n)+)", section, re.MULTILINE)
    for row in head[1].splitlines() if head is not None else []:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        found[CODE.findall(cells[0])[0]] = cells[1:]
    return found


def keys_of(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, inspect.Field]]:
    """Every key that a document may write in an object, down to objects that have a section of their own."""
    for name, field in fields_of(struct).items():
        if name not in NOTES:
            yield prefix + name, field
            yield from ((key, field) for key in _inner(field.type, f"{prefix}{name}"))


def _inner(kind: inspect.Type, place: str) -> Iterator[str]:
    if isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _inner(one, place)
    elif isinstance(kind, inspect.StructType):
        if kind.cls not in ELSEWHERE:
            yield from (key for key, _ in keys_of(kind.cls, f"{place}."))
    elif isinstance(kind, inspect.VarTupleType):
        yield from _inner(kind.item_type, place)
    elif isinstance(kind, inspect.DictType):
        yield f"{place}.*"
        yield from _inner(kind.value_type, f"{place}.*")


def test_every_section_has_its_struct() -> None:
    named = {
        title for title in sections() if title.startswith(("Generator ", "Modifier ")) or documented(sections()[title])
    }
    assert named == STRUCTS.keys()


@pytest.mark.parametrize("title", STRUCTS)
def test_the_keys_are_those_that_the_language_knows(title: str) -> None:
    rest = getattr(REGISTERED.get(title), "rest", "")
    known = {key for key, _ in keys_of(STRUCTS[title]) if key.partition(".")[0] != rest}
    assert documented(sections()[title]).keys() == known


@pytest.mark.parametrize("title", STRUCTS)
def test_the_words_are_those_that_the_language_knows(title: str) -> None:
    rows = documented(sections()[title])
    for struct, prefix in _objects(STRUCTS[title]):
        for name, field in fields_of(struct).items():
            words = _words(field.type)
            if words and name not in NOTES:
                assert set(CODE.findall(rows[prefix + name][0])) == words, prefix + name


def _objects(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[type[msgspec.Struct], str]]:
    yield struct, prefix
    for name, field in fields_of(struct).items():
        yield from _objects_in(field.type, f"{prefix}{name}")


def _objects_in(kind: inspect.Type, place: str) -> Iterator[tuple[type[msgspec.Struct], str]]:
    if isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _objects_in(one, place)
    elif isinstance(kind, inspect.StructType) and kind.cls not in ELSEWHERE:
        yield from _objects(kind.cls, f"{place}.")
    elif isinstance(kind, inspect.VarTupleType):
        yield from _objects_in(kind.item_type, place)
    elif isinstance(kind, inspect.DictType):
        yield from _objects_in(kind.value_type, f"{place}.*")


def _words(kind: inspect.Type) -> set[str]:
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return {str(word) for one in kinds if isinstance(one, inspect.LiteralType) for word in one.values}


@pytest.mark.parametrize("title", REGISTERED)
def test_other_spellings_and_types_are_told(title: str) -> None:
    section, spec = sections()[title], REGISTERED[title]
    for old in spec.aliases:
        where = section if title != "Modifier `outliers`" else section + sections()["Generator `distribution`"]
        assert f"`{old.rpartition('.')[2]}`" in where, old


def test_spellings_of_the_languages_own_objects_are_told() -> None:
    titles = {model.Fanout: "Fanout", model.ParametricCurve: "`vintage_behavior`"}
    assert titles.keys() == canonical.ALIASES.keys()
    for struct, title in titles.items():
        for old in canonical.ALIASES[struct]:
            assert f"also `{old}`" in sections()[title]


def methods() -> dict[str, set[str]]:
    """The methods of the page and the arguments that it gives them."""
    found: dict[str, set[str]] = {}
    for table in re.findall(r"^\| method \|.*\n\|.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE):
        for row in table.splitlines():
            name, arguments, _ = row.strip("|").split("|")
            found[CODE.findall(name)[0]] = set(CODE.findall(arguments))
    return found


def test_the_methods_and_their_arguments_are_those_that_are_served() -> None:
    served = {
        name: {field.encode_name for field in msgspec.structs.fields(spec.args)} for name, spec in pools.METHODS.items()
    }
    assert methods() == served


def test_the_functions_are_those_of_the_expressions() -> None:
    table = re.search(r"^\| functions \|.*\n\|.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    assert table is not None
    named = {word for row in table[1].splitlines() for word in CODE.findall(row.split("|")[1])}
    assert named == FUNCTIONS.keys()


def test_every_check_of_validation_is_listed_with_what_it_holds() -> None:
    page = PAGE.with_name("validation.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+\.\w+)` (\| .* \|)$", page, re.MULTILINE))
    hard = {True: "| hard |", False: "| |"}
    assert listed == {one.id: f"{hard[one.hard]} {' '.join(one.why.split())} |" for one in CHECKS.values()}


def proofs() -> dict[str, list[str]]:
    """The keys of the page of proofs, with their sections, and the tests that it names for each."""
    found: dict[str, list[str]] = {}
    parts = re.split(r"^## (.+)\n", PROOF.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for title, section in zip(parts[::2], parts[1::2], strict=True):
        for row in re.findall(r"^\| (`.*) \| (`.*) \|$", section, re.MULTILINE):
            for key in CODE.findall(row[0]):
                assert f"{title} {key}" not in found, f"{title} {key} stands twice"
                found[f"{title} {key}"] = CODE.findall(row[1])
    return found


def test_every_key_has_a_test_that_proves_it() -> None:
    known = {f"{title} {key}" for title in STRUCTS for key in documented(sections()[title])}
    assert proofs().keys() == known


def test_the_proofs_exist() -> None:
    tests = {
        f"{path.name}::{name}"
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {test for named in proofs().values() for test in named} <= tests


def test_every_registered_thing_and_every_key_stands_in_an_example() -> None:
    """An author finds one place to copy from for everything; the few exceptions say the same in another spelling."""
    used = set(_names(EXAMPLES))
    wanted = {title.split("`")[1] for title in REGISTERED}
    wanted |= {key.rpartition(".")[2] for struct in SECTIONS.values() for key, _ in keys_of(struct)} - {"*"}
    assert wanted - used == UNUSED


UNUSED = {"decay_rate"}


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        if isinstance(value.get("transform"), str):
            yield value["transform"]
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from _names(one)


def test_the_pictures_are_those_that_the_script_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PAGE.parent)
    script = importlib.import_module("pictures")
    for name, draw in script.PICTURES.items():
        kept = PAGE.parent / "pictures" / f"{name}.svg"
        assert kept.read_text(encoding="utf-8") == draw(), f"{name}: run docs/reference/pictures.py and look at it"


def test_the_pictures_that_are_shown_exist_and_no_others() -> None:
    shown = set(re.findall(r"!\[[^\]]+\]\((pictures/[^)]+)\)", TEXT))
    there = {f"pictures/{path.name}" for path in (PAGE.parent / "pictures").glob("*")}
    assert shown == there
