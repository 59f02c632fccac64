"""Reading a document: its text, its form, its spellings."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from datagen_core.errors import DatagenError, DocumentError, InputError
from datagen_core.loading import load
from datagen_core.schema.load import LARGEST, read
from datagen_core.schema.model import Document
from datagen_core.schema.positions import parse, plain, walk
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    Changed = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]

CASES = Path(__file__).parent / "cases"
EXAMPLES = sorted((CASES / "examples").glob("*.json"))
BASE = json.loads((CASES / "meaning.json").read_text("utf-8"))["base"]
BROKEN = sorted((CASES / "broken").glob("*.json"))
SPELLINGS = json.loads((CASES / "spellings.json").read_text("utf-8"))["cases"]
CONTRACT = Path(str(files("datagen_core"))) / "contracts" / "dataset-schema"
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.stem)
def test_a_broken_document_names_every_mistake_at_its_place(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case.parent)
    with pytest.raises(DatagenError) as caught:
        load(case.name)
    assert caught.value.exit_code == 2
    assert str(caught.value).splitlines() == case.with_suffix(".txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case.stem)
def test_a_document_of_others_loads_as_it_stands(case: Path) -> None:
    document = read(case)
    assert [node.id for node in document.nodes] == [node["id"] for node in json.loads(case.read_text())["nodes"]]


@pytest.mark.parametrize("case", sorted((CONTRACT / "examples").glob("*.json")), ids=lambda case: case.stem)
def test_the_contracts_examples_load(case: Path) -> None:
    assert read(case).version == "1.0"


@pytest.mark.parametrize("case", SPELLINGS, ids=lambda case: case["id"])
def test_spellings_of_the_same_give_the_same(case: dict[str, Any], changed: Changed) -> None:
    documents = []
    for spelling in case["spellings"]:
        document = changed(BASE, {case["at"]: "placeholder"})
        at: Any = document
        *way, last = case["at"].split("/")[1:]
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[last] = spelling
        documents.append(msgspec.structs.replace(read(document), origin=None))
    assert all(document == documents[0] for document in documents)


def test_a_document_is_read_from_a_path_a_text_and_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text("\ufeff" + json.dumps(BASE), "utf-8")
    found = [read(source) for source in (path, str(path), json.dumps(BASE), BASE)]
    assert len({document.metadata["name"] for document in found}) == 1
    assert found[0].origin is not None
    assert found[0].origin.document == BASE
    assert found[0].origin.path == str(path)


def test_a_mistake_in_a_text_has_a_line_and_one_in_a_mapping_its_whole_address(changed: Changed) -> None:
    wrong = changed(BASE, {"/nodes/1/columns/3/generator/distribution/type": "nrmal"})
    with pytest.raises(DocumentError) as caught:
        read(json.dumps(wrong, indent=1))
    assert str(caught.value).startswith("<text>:")
    with pytest.raises(DocumentError) as caught:
        read(wrong)
    assert str(caught.value).startswith(
        'customer.age.generator.distribution.type: unknown type "nrmal"; did you mean "normal"?'
    )


@pytest.mark.parametrize(
    ("name", "message"), [("missing.json", "no such file"), (".", "is a directory"), ("large.json", "at most")]
)
def test_a_file_that_cannot_be_read_is_an_error_of_the_call(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(InputError, match=message):
        read(name)


@pytest.mark.parametrize("value", [{"version": {1, 2}}, {"nodes": float("nan")}], ids=["set", "nan"])
def test_a_mapping_of_other_than_json_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="not made of JSON values"):
        read(value)


@given(JSON_VALUES)
def test_what_json_reads_we_read_alike(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        tree = parse('{"v": ' + text + "}")
        assert tree.root is not None
        lone = any("\ud800" <= character <= "\udfff" for character in text)
        assert lone or not tree.slips
        assert lone or plain(tree.root) == json.loads('{"v": ' + text + "}")


@given(JSON_VALUES)
def test_every_value_stands_where_its_item_says(value: Any) -> None:
    text = '{"v": ' + json.dumps(value, indent=1) + "}"
    decoder = json.JSONDecoder()
    root = parse(text).root
    assert root is not None
    for _pointer, item in walk(root):
        assert decoder.raw_decode(text, item.at)[0] == plain(item)


def _damage(document: Any, draw: st.DataObject) -> Any:
    """Walk to a random place and delete, rename, retype or wrap what stands there."""
    at = document
    while True:
        steps = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not steps:
            return document
        step = draw.draw(st.sampled_from(steps))
        if isinstance(at[step], dict | list) and at[step] and draw.draw(st.integers(0, 4)):
            at = at[step]
            continue
        how = draw.draw(st.sampled_from(["delete", "rename", "retype", "wrap"]))
        if how == "delete":
            del at[step]
        elif how == "rename" and isinstance(at, dict):
            at[draw.draw(st.text(max_size=8))] = at.pop(step)
        elif how == "wrap":
            at[step] = draw.draw(st.sampled_from([[at[step]], {"x": at[step]}]))
        else:
            at[step] = draw.draw(JSON_VALUES)
        return document


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(EXAMPLES), st.data())
def test_damage_to_a_document_gives_placed_mistakes_or_none(example: Path, draw: st.DataObject) -> None:
    document = json.loads(example.read_text("utf-8"))
    for _ in range(draw.draw(st.integers(1, 3))):
        document = _damage(document, draw)
    text = json.dumps(document, indent=1)
    try:
        assert isinstance(load(text), Document)
    except DocumentError as error:
        lines = text.count("\n") + 1
        assert error.problems
        assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in error.problems)
        assert all("\n" not in str(problem) for problem in error.problems)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(EXAMPLES), st.data())
def test_damage_to_a_text_gives_placed_mistakes_or_none(example: Path, draw: st.DataObject) -> None:
    text = example.read_text("utf-8")
    at = draw.draw(st.integers(1, len(text) - 1))
    put = draw.draw(st.sampled_from([*"{}[],:\"'\\/#", "", "\n", "x", "-", ".", "\x00", "NaN", "//", "/*"]))
    cut = draw.draw(st.integers(0, 3))
    try:
        assert isinstance(read(text[:at] + put + text[at + cut :]), Document)
    except DocumentError as error:
        assert error.problems
        assert all(problem.line >= 1 for problem in error.problems)
