"""Narrow Structs of the documents that others write: only the fields that are used here.

``read_schema`` reads a Datagen DSL document, ``read_metadata`` a ``.metadata.json``. Unknown keys are left to the
program whose document it is; what is wrong for us is refused with its place, all mistakes at once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from datacruncher.errors import InputError, Problem
from datacruncher.positions import locate
from datacruncher.reading import Mistake, Pointer, address, mistakes

LARGEST = 64 * 1024 * 1024  # bytes of a document; more is no document that a person wrote

_BEFORE = re.compile(r"(previous|prev|from|old)[_ ]?([a-z]+[_ ])?(state|status|stage)$", re.IGNORECASE)

Scalar = str | int | float | bool | None
Curve = list[float] | dict[str, Any]


class Part(msgspec.Struct, frozen=True):
    """Any part of a document."""


class ColumnConstraints(Part, frozen=True):
    pattern: str | None = None
    enum: list[Scalar] | None = None
    enum_ref: str | None = None
    min: Any = None
    max: Any = None
    unique: bool = False


class Modifier(Part, frozen=True):
    transform: str
    args: dict[str, Any] = {}


class ColumnDocument(Part, frozen=True):
    """A column of a node; `generator` has one key, its name."""

    name: str
    type: Literal["int", "float", "string", "bool", "datetime", "date"]
    generator: dict[str, Any] = {}
    nullable: bool = False
    modifiers: list[Modifier] = []
    constraints: ColumnConstraints | None = None
    null_rate: float | None = None
    unique: bool = False
    after_parent: bool = True

    @property
    def generates(self) -> str:
        """The generator's name; empty without one."""
        return next(iter(self.generator), "")

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The generator's parameters."""
        value: Any = next(iter(self.generator.values()), None)
        return value if isinstance(value, dict) else {}


class Fanout(Part, frozen=True):
    distribution: str = "fixed"
    rate: float | None = msgspec.field(default=None, name="lambda")
    lam: float | None = None
    min: int | None = None
    max: int | None = None
    clamp: list[float] | None = None
    per: str | None = None


class VintageBehavior(Part, frozen=True):
    created_at_column: str = "created_at"
    age_based_multipliers: dict[str, dict[str, Any]] = {}


class Stage(Part, frozen=True):
    stage_name: str
    transition_rate: float = 1.0


class StageConfig(Part, frozen=True):
    stages: list[Stage]
    segment_variation: dict[str, dict[str, Any]] = {}
    time_between_stages_hours: float = 24.0


class State(Part, frozen=True):
    transition_prob_per_period: float = 0.0
    next_states: dict[str, float] = {}
    terminal: bool = False


class StateTransitionModel(Part, frozen=True):
    initial_state: str
    states: dict[str, State]
    period_unit: str = "month"
    max_transitions: int = 50
    segment_variation: dict[str, dict[str, Any]] = {}
    vintage_variation: dict[str, Any] = {}


class AttributionChain(Part, frozen=True):
    channels: list[str] = []
    channel_weights: list[float] | None = None
    min_touches: int = 1
    max_touches: int = 5
    time_window_days: float = 30.0
    attribution_model: str = "linear"
    touchpoint_table_name: str = "touchpoint"


class NodeDocument(Part, frozen=True):
    """A table as declared."""

    id: str
    columns: list[ColumnDocument]
    kind: Literal["entity", "fact", "vocab"] = "entity"
    pk: str | list[str] = []
    rows: int | None = None
    parents: list[str] = []
    fanout: Fanout | None = None
    modifiers: list[Modifier] = []
    segment_behavior: dict[str, Any] | None = None
    vintage_behavior: VintageBehavior | None = None
    stage_config: StageConfig | None = None
    state_transition_model: StateTransitionModel | None = None
    attribution_chain: AttributionChain | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns."""
        return (self.pk,) if isinstance(self.pk, str) else tuple(self.pk)

    def column(self, name: str) -> ColumnDocument | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def is_nullable(self, column: ColumnDocument) -> bool:
        """Whether a column may be empty: what holds the state (or stage) before is so in each first row, whatever it says."""
        if column.nullable:
            return True
        if self.state_transition_model is None and self.stage_config is None:
            return False
        return column.parameters.get("state") == "from" or bool(_BEFORE.match(column.name))


class Reference(Part, frozen=True):
    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")


class Range(Part, frozen=True):
    attr: str
    min: Any = None
    max: Any = None


class Inequality(Part, frozen=True):
    left: str
    op: Literal["<", "<=", ">", ">=", "=="]
    right: str


class PatternRule(Part, frozen=True):
    attr: str
    regex: str


class EnumRule(Part, frozen=True):
    attr: str
    values: list[Scalar] | None = None
    enum_ref: str | None = None


class Constraints(Part, frozen=True):
    unique: list[str] = []
    foreign_keys: list[Reference] = []
    ranges: list[Range] = []
    inequalities: list[Inequality] = []
    pattern: list[PatternRule] = []
    enum: list[EnumRule] = []


class Timeframe(Part, frozen=True):
    start: str
    end: str
    freq: str = "D"


class Document(Part, frozen=True):
    """A Datagen DSL document, as far as an analyst needs it."""

    nodes: list[NodeDocument]
    version: str = "1.0"
    metadata: dict[str, Any] = {}
    timeframe: Timeframe | None = None
    constraints: Constraints = Constraints()
    targets: dict[str, Any] | None = None

    def node(self, name: str) -> NodeDocument | None:
        """The node of that id, or None."""
        return next((node for node in self.nodes if node.id == name), None)

    def foreign_keys(self) -> Iterator[tuple[str, str, str, str]]:
        """Declared references (table, column, parent, its column): constraints, lookups of a key, touchpoints."""
        seen: set[tuple[str, str]] = set()
        for reference in (*self._constrained(), *self._looked_up(), *self._touchpoints()):
            if reference[:2] not in seen:
                seen.add(reference[:2])
                yield reference

    def _constrained(self) -> Iterator[tuple[str, str, str, str]]:
        for reference in self.constraints.foreign_keys:
            table, column = split(reference.source)
            parent, key = split(reference.target)
            yield table, column, parent, key

    def _looked_up(self) -> Iterator[tuple[str, str, str, str]]:
        for node in self.nodes:
            for column in node.columns:
                source = column.parameters.get("from") if column.generates == "lookup" else None
                parent, key = split(source) if isinstance(source, str) else ("", "")
                owner = self.node(parent)
                if owner is not None and owner.key == (key,):
                    yield node.id, column.name, parent, key

    def _touchpoints(self) -> Iterator[tuple[str, str, str, str]]:
        for node in self.nodes:
            if node.attribution_chain and len(node.key) == 1:
                yield node.attribution_chain.touchpoint_table_name, node.key[0], node.id, node.key[0]

    def primary_keys(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Declared primary keys (table, columns), the tables of touchpoints included."""
        for node in self.nodes:
            if node.key:
                yield node.id, node.key
            if node.attribution_chain:
                yield node.attribution_chain.touchpoint_table_name, ("touchpoint_id",)


class MetadataReference(Part, frozen=True):
    table: str
    columns: list[str]


class MetadataForeignKey(Part, frozen=True):
    columns: list[str]
    references: MetadataReference


class MetadataTable(Part, frozen=True):
    name: str
    rows: int | None = None
    primary_key: list[str] = []
    foreign_keys: list[MetadataForeignKey] = []


class MetadataSchema(Part, frozen=True):
    path: str | None = None
    sha256: str = ""
    document: dict[str, Any] | None = None


class Metadata(Part, frozen=True):
    """``.metadata.json``, contract dataset-metadata/1.x."""

    contract: str
    schema: MetadataSchema | None = None
    tables: list[MetadataTable] = []


class Declared(Part, frozen=True):
    """What is declared about a dataset, and where it stands."""

    document: Document | None = None
    metadata: Metadata | None = None
    path: str | None = None
    sha256: str = ""


def split(address: str) -> tuple[str, str]:
    """``table.column`` in its two parts; the table's name may hold points itself."""
    table, _, column = address.rpartition(".")
    return table, column


def read_schema(path: str) -> Declared:
    """The document at `path`.

    Raises
    ------
    InputError
        It can't be read, is no JSON, is no Datagen DSL 1.x, or parts of it have the wrong type; all with their places.
    """
    text = _text(path)
    tree = _tree(text, path)
    problems = [*_form(tree)]
    if not problems:
        problems = list(mistakes(tree, Document))
    _raise(problems, path, text)
    return Declared(msgspec.convert(tree, Document), None, path, hashlib.sha256(text.encode()).hexdigest())


def read_metadata(path: Path, shown: str) -> Declared:
    """The ``.metadata.json`` at `path`, and the schema inside it.

    Raises InputError as ``read_schema`` does.
    """
    text = _text(str(path), shown)
    tree = _tree(text, shown)
    contract = tree.get("contract") if isinstance(tree, dict) else None
    if not isinstance(contract, str) or not re.fullmatch(r"dataset-metadata/1\.\d+", contract):
        hint = "take the file away to analyse the data without it"
        _raise([(("contract",), Problem("is no dataset-metadata/1.x", received=str(contract), hint=hint))], shown, text)
    _raise(list(mistakes(tree, Metadata)), shown, text)
    metadata = msgspec.convert(tree, Metadata)
    schema = metadata.schema
    document = schema.document if schema else None
    if schema is None or document is None:
        return Declared(None, metadata)
    problems = [(("schema", "document", *place), problem) for place, problem in _inside(document)]
    _raise(problems, shown, text)
    return Declared(msgspec.convert(document, Document), metadata, schema.path or shown, schema.sha256)


def _inside(document: Any) -> Iterable[Mistake]:
    return list(_form(document)) or list(mistakes(document, Document))


def _text(path: str, shown: str = "") -> str:
    try:
        raw = Path(path).read_bytes()
        if len(raw) > LARGEST:
            raise InputError([Problem(f"larger than {LARGEST >> 20} MB; that is no schema", file=shown or path)])
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InputError([Problem(f"can't be read: {error.strerror}", file=shown or path)]) from error
    except UnicodeDecodeError as error:
        raise InputError([Problem(f"is not UTF-8 text (byte {error.start})", file=shown or path)]) from error


def _tree(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError([_no_json(error, text, path)]) from error
    except RecursionError as error:
        raise InputError([Problem("no schema: nested too deeply", file=path)]) from error


def _no_json(error: json.JSONDecodeError, text: str, path: str) -> Problem:
    """Where a text stops being JSON; a comma too many is named and pointed at, whatever the decoder calls it."""
    comma = len(text[: error.pos].rstrip()) - 1
    if text[error.pos : error.pos + 1] == ",":
        comma = error.pos
    if text[comma : comma + 1] == "," and text[comma + 1 :].lstrip()[:1] in {"]", "}"}:
        line, column = text.count("\n", 0, comma) + 1, comma - text.rfind("\n", 0, comma)
        why = "no JSON: a comma before the closing bracket"
        return Problem(why, file=path, line=line, column=column, hint="take the comma away")
    return Problem(f"no JSON: {error.msg}", file=path, line=error.lineno, column=error.colno)


def _form(tree: Any) -> Iterator[Mistake]:
    """What keeps a tree from being a Datagen DSL document at all."""
    if not isinstance(tree, dict):
        yield (), Problem("is no Datagen schema: a JSON object is expected")
        return
    if "nodes" not in tree and "tables" in tree:
        hint = 'write the tables as "nodes" with "id", "kind", "pk" and "columns", and "version": "1.0"'
        yield ("tables",), Problem('is the older format with "tables", which is not supported', hint=hint)
        return
    version = tree.get("version", "1.0")
    if not isinstance(version, str) or not re.fullmatch(r"1(\.\d+)?", version):
        yield ("version",), Problem(f"version {version!r} of the schema is not supported", accepted=("1.0",))
    if not isinstance(tree.get("nodes"), list):
        yield ("nodes",), Problem('is no Datagen schema: a list "nodes" is expected')


def _raise(problems: list[Mistake], path: str, text: str) -> None:
    if problems:
        raise InputError([_placed(pointer, problem, path, text) for pointer, problem in problems])


def _placed(pointer: Pointer, problem: Problem, path: str, text: str) -> Problem:
    line, column = locate(text, pointer)
    return replace(problem, address=address(pointer), file=path, line=line, column=column)
