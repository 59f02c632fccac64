"""``postprocess.py``: the same program for Polars, lazy and streaming, as a script that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import TypeGuard

from datapolisher.expressions import (
    OPERATIONS,
    Call,
    Cast,
    ChildAggregate,
    Column,
    Expression,
    KeyIn,
    Matches,
    ParentValue,
    Related,
    Rewrite,
    Value,
)
from datapolisher.postprocess.program import DEFAULT_CODEC, Entry, Program, comment
from datapolisher.source import TableFiles
from datapolisher.sql import Scalar
from datapolisher.steps import (
    AddColumn,
    AddRows,
    DropColumn,
    DropDuplicates,
    MapValues,
    Quarantine,
    Retype,
    Step,
    Swap,
    Update,
    expressions,
)

_MARK = "# -- copied from here on --\n"
_TYPES = {
    "BOOLEAN": "pl.Boolean",
    "TINYINT": "pl.Int8",
    "SMALLINT": "pl.Int16",
    "INTEGER": "pl.Int32",
    "BIGINT": "pl.Int64",
    "UTINYINT": "pl.UInt8",
    "USMALLINT": "pl.UInt16",
    "UINTEGER": "pl.UInt32",
    "UBIGINT": "pl.UInt64",
    "FLOAT": "pl.Float32",
    "DOUBLE": "pl.Float64",
    "VARCHAR": "pl.String",
    "BLOB": "pl.Binary",
    "DATE": "pl.Date",
    "TIMESTAMP": 'pl.Datetime("us")',
    "TIMESTAMP_MS": 'pl.Datetime("ms")',
    "TIMESTAMP_NS": 'pl.Datetime("ns")',
    "TIMESTAMP WITH TIME ZONE": 'pl.Datetime("us", "UTC")',
}
# Types that Polars widens to one of them when it reads parts that differ.
_INTEGERS = {name for name in _TYPES if name.endswith("INT") or name == "INTEGER"}
_REALS = {"FLOAT", "DOUBLE"}
# DuckDB's names of codecs, as Polars has them.
_CODECS = {
    "uncompressed": "uncompressed",
    "snappy": "snappy",
    "gzip": "gzip",
    "zstd": "zstd",
    "brotli": "brotli",
    "lz4": "lz4",
    "lz4_raw": "lz4",
}
# Beyond this many pairs a mapping is a table of its own, in place of a chain of cases.
_CHAIN_LIMIT = 100
# Names that Polars reads as patterns over names.
_PATTERN = re.compile(r"\*|\^.*\$", re.DOTALL)
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


def polars_type(type_: str) -> str | None:
    """Polars' spelling of a DuckDB type, or None for one that Polars does not write back as it was."""
    if type_.endswith("[]"):
        inner = polars_type(type_.removesuffix("[]"))
        return f"pl.List({inner})" if inner else None
    decimal = _DECIMAL.fullmatch(type_)
    return f"pl.Decimal({decimal[1]}, {decimal[2]})" if decimal else _TYPES.get(type_)


def unsupported(program: Program) -> list[str]:
    """Columns of polished tables whose types only ``postprocess.sql`` keeps: ``table.column (type)``."""
    return [
        f"{table}.{column} ({type_})"
        for table in program.touched
        for column, type_ in program.tables[table].columns.items()
        if polars_type(type_) is None
        or _PATTERN.fullmatch(column)
        or (table in program.uneven and _unlike(program, program.tables[table], column))
    ]


def _unlike(program: Program, source: TableFiles, column: str) -> bool:
    """Whether Polars does not read a column's types in the parts as the one that the table has."""
    types = {own[column] for file in source.files if column in (own := program.layouts.get(file, source.columns))}
    whole = source.columns[column]
    return not any(
        types <= alike and whole in alike for alike in (_INTEGERS, _REALS, {"TIMESTAMP", "TIMESTAMP_MS"}, {whole})
    ) or ("TIMESTAMP_MS" in types and len(types) > 1)


def render_polars(program: Program) -> str:
    """The whole script. One that cannot keep every type says so and stops, in place of writing other types."""
    if lost := unsupported(program):
        return _refusal(lost)
    runtime = files("datapolisher.postprocess").joinpath("polars_runtime.py").read_text(encoding="utf-8")
    imports, helpers = runtime.split(_MARK)
    imports = (
        imports.split('"""\n', 1)[1]
        .strip()
        .replace("import shutil\n", "import shutil\nimport sys\n")
        .replace("from pathlib", "from datetime import date, datetime\nfrom decimal import Decimal\nfrom pathlib")
    )
    blocks = [f"{_header(program)}\n{imports}\n\n{_parameters(program)}", helpers.strip()]
    cast = frozenset((e.step.table, e.step.column) for e in program.entries if _from_text(e.step))
    blocks += [_function(number, entry, cast) for number, entry in enumerate(program.entries, 1)]
    blocks += [_main(program), 'if __name__ == "__main__":\n    main()']
    return "\n\n\n".join(blocks) + "\n"


def _refusal(lost: list[str]) -> str:
    message = f"Polars does not keep the types of {', '.join(lost)}; run postprocess.sql, which does the same."
    return f'"""Stops: see the message."""\n\nraise SystemExit({message!r})\n'


def _header(program: Program) -> str:
    lines = [
        f"Polishes {comment(str(program.input))} into {comment(str(program.output))}. Run it as it stands:",
        "",
        "    python postprocess.py [INPUT [OUTPUT]]",
        "",
        "from the directory that the two paths below start from. It may be run again: the result is the same. Rows that",
        "are taken out lie in _quarantine/, changed cells with their old values in _changes/. postprocess.sql does the",
        "same with DuckDB. Needs Python 3.11 or newer and Polars.",
    ]
    body = "\n".join(lines).replace("\\", "/").replace('"""', "'''")
    return f'"""{body}\n"""\n'


def _parameters(program: Program) -> str:
    return (
        "# Parameters: the directory that is read (never written), and the one that is written.\n"
        f"INPUT = Path(sys.argv[1] if len(sys.argv) > 1 else {program.input.as_posix()!r})\n"
        f"OUTPUT = Path(sys.argv[2] if len(sys.argv) > 2 else {program.output.as_posix()!r})\n"
        f"CHANGE_LOG = {program.change_log}"
    )


def _main(program: Program) -> str:
    read = sorted({table for entry in program.entries for table in entry.tables})
    lines = ["def main() -> None:", '    """Every step in its order, then the files."""', "    tables = {"]
    for name in read:
        source = program.tables[name]
        listed = [path.as_posix() for path in source.files]
        key = program.log_key(name, source.columns)
        hive = ", hive=True" if source.partitions else ""
        schema = f", schema={_schema(program, source)}" if name in program.uneven else ""
        layouts = _layouts(program, source) if name in program.uneven else ""
        own = program.own_columns(source)
        layouts += f", own={own!r}" if own else ""
        said = f"name={name!r}, key={key!r}{hive}{schema}{layouts}{_codecs(program, source)}"
        lines.append(f"        {name!r}: Table(INPUT, {listed!r}, {said}),")
    lines.append("    }")
    lines += [f"    {_name(number, entry)}(tables)" for number, entry in enumerate(program.entries, 1)]
    copied = [path.as_posix() for name in program.untouched for path in program.tables[name].files]
    copied += [path.as_posix() for path in program.others]
    lines.append(f"    polished = [tables[name] for name in {program.touched!r}]")
    lines.append(f"    finish(INPUT, OUTPUT, polished, {copied!r}, CHANGE_LOG)")
    return "\n".join(lines)


def _codecs(program: Program, source: TableFiles) -> str:
    """The files whose pages are compressed otherwise than usual."""
    codecs = {f.as_posix(): _CODECS[program.codec(f)] for f in source.files if program.codec(f) != DEFAULT_CODEC}
    return f", codecs={codecs!r}" if codecs else ""


def _layouts(program: Program, source: TableFiles) -> str:
    """The columns and types of each file of the result, where the parts differ."""
    after = program.columns_after(source)
    listed = ", ".join(f"{file.as_posix()!r}: {_typed(program.layout(file, source, after))}" for file in source.files)
    return f", layouts={{{listed}}}"


def _schema(program: Program, source: TableFiles) -> str:
    """The types of a table whose parts differ, so that no part's columns are lost."""
    own = {name: type_ for name, type_ in source.columns.items() if name not in source.partitions}
    return _typed(own | dict.fromkeys(program.coarse(source), "TIMESTAMP_MS"))


def _typed(columns: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name!r}: {polars_type(type_)}" for name, type_ in columns.items()) + "}"


def _name(number: int, entry: Entry) -> str:
    return f"step_{number}_{re.sub('[^a-z0-9]+', '_', entry.fix.lower()).strip('_')}"


def _function(number: int, entry: Entry, cast: frozenset[tuple[str, str]]) -> str:
    head = f"# {comment(entry.fix)} on {comment(entry.step.table)}, for {comment(entry.id)}\n# {comment(entry.why)}"
    return f"{head}\ndef {_name(number, entry)}(tables: dict[str, Table]) -> None:\n    {_call(entry, cast)}"


def _from_text(step: Step) -> TypeGuard[Retype]:
    return isinstance(step, Retype) and step.before == "VARCHAR"


def _call(entry: Entry, cast: frozenset[tuple[str, str]]) -> str:
    step = entry.step
    writer = _Writer()
    arguments = [*_arguments(step, writer), *([f"reason={step.reason!r}"] if isinstance(step, Quarantine) else [])]
    arguments.append(f"by=({entry.id!r}, {entry.fix!r})")
    if isinstance(step, Update) and (step.table, step.column) in cast:
        arguments.append("text=True")
    if isinstance(step, Retype):
        arguments.append(f"types=({step.before!r}, {step.type!r})")
    if isinstance(step, AddColumn):
        arguments.append(f"made=({step.type!r}, {step.mark})")
    if writer.related:
        arguments.append(f"related=[{', '.join(writer.related)}]")
    method = _METHODS[type(step)]
    listed = "".join(f"        {argument},\n" for argument in arguments)
    return f"tables[{step.table!r}].{method}(\n{listed}    )"


_METHODS: dict[type, str] = {
    Update: "update",
    MapValues: "update",
    Retype: "retype",
    Swap: "swap",
    AddColumn: "add",
    Quarantine: "take_out",
    DropDuplicates: "fold_copies",
    DropColumn: "drop",
    AddRows: "add_rows",
}


def _arguments(step: Step, writer: _Writer) -> list[str]:
    if isinstance(step, DropColumn | AddRows):
        return _shape_arguments(step)
    if isinstance(step, Quarantine | DropDuplicates):
        return [writer.expression(node) for node in expressions(step)]
    if isinstance(step, Swap):
        return [repr((step.first, step.second)), writer.expression(step.where)]
    if isinstance(step, Retype):
        return [repr(step.column), str(polars_type(step.type))]
    if isinstance(step, AddColumn):
        return [repr(step.column), f"{writer.expression(step.value)}.cast({polars_type(step.type)})"]
    return [repr(step.column), _mapped(step) if isinstance(step, MapValues) else _updated(step, writer)]


def _shape_arguments(step: DropColumn | AddRows) -> list[str]:
    if isinstance(step, DropColumn):
        return [repr(step.column), repr(step.type)]
    return [repr(list(step.keys)), _new_keys(step), repr(step.mark)]


def _new_keys(step: AddRows) -> str:
    """The keys that are to be there, as a lazy frame."""
    if step.source is None:
        cells = ", ".join(f"{_literal(v)}.alias({k!r})" for v, k in zip(step.values, step.keys, strict=True))
        return f"pl.select({cells}).lazy()"
    names = ", ".join(f"{own!r}: {key!r}" for own, key in zip(step.source.keys, step.keys, strict=True))
    return f"keys_of(tables[{step.source.table!r}], {{{names}}})"


def _updated(step: Update, writer: _Writer) -> str:
    value = writer.expression(step.value)
    if step.where is None:
        return value
    return f"pl.when({writer.expression(step.where)}).then({value}).otherwise(pl.col({step.column!r}))"


def _mapped(step: MapValues) -> str:
    """Few values through a chain of cases, as it streams; many through a table of them."""
    if len(step.mapping) <= _CHAIN_LIMIT:
        column = f"pl.col({step.column!r})"
        cases = ".".join(f"when({column} == {_literal(old)}).then({_literal(new)})" for old, new in step.mapping)
        return f"pl.{cases}.otherwise({column})"
    pairs = ", ".join(f"{constant(old)}: {constant(new)}" for old, new in step.mapping)
    return f"pl.col({step.column!r}).replace({{{pairs}}})"


class _Writer:
    """Writes one step's expressions, and collects the joins that they need."""

    def __init__(self) -> None:
        self.related: list[str] = []

    def expression(self, node: Expression) -> str:
        """An expression, as Python."""
        if isinstance(node, Column):
            return f"pl.col({node.name!r})"
        if isinstance(node, Value):
            return _literal(node.value)
        if isinstance(node, Call):
            return self._operation(node)
        if isinstance(node, Cast):
            of, type_ = self.expression(node.of), polars_type(node.type)
            return f"parse({of}, {type_}, strict=False)" if node.lenient else f"{of}.cast({type_})"
        if isinstance(node, Matches | Rewrite):
            return self._matched(node)
        if isinstance(node, Related):
            return self._joined(node)
        raise TypeError(f"no Polars for a {type(node).__name__}")

    def _matched(self, node: Matches | Rewrite) -> str:
        of = f"{self.expression(node.of)}.cast(pl.String)"
        if isinstance(node, Matches):
            return f"{of}.str.contains({f'^(?:{node.pattern})$'!r})"
        template = re.sub(r"\\([0-9])", r"${\1}", node.template.replace("$", "$$"))
        return f"{of}.str.replace_all({node.pattern!r}, {template!r})"

    def _operation(self, node: Call) -> str:
        args = [self.expression(arg) for arg in node.args]
        raw = {f"raw{n}": constant(arg.value) for n, arg in enumerate(node.args) if isinstance(arg, Value)}
        rest = ", ".join(constant(arg.value) for arg in node.args[1:] if isinstance(arg, Value))
        return OPERATIONS[node.op].polars.format(*args, all=", ".join(args), raw_rest=rest, **raw)

    def _joined(self, node: Related) -> str:
        name = f"#{len(self.related) + 1}"
        head = f"{name!r}, {list(node.columns)!r}, tables[{node.table!r}], {list(node.keys)!r}"
        column = f"pl.col({name!r})"
        if isinstance(node, KeyIn):
            self.related.append(f"{node.which}({head})")
            return f"{column}.fill_null(False)"
        if isinstance(node, ParentValue):
            self.related.append(f"parent_value({head}, {node.value!r})")
        if isinstance(node, ChildAggregate):
            self.related.append(f"aggregate({head}, ({node.op!r}, {node.value or ''!r}))")
        return column


def constant(value: Scalar) -> str:
    """A constant as Python writes it."""
    if isinstance(value, datetime):
        return f"datetime.fromisoformat({value.isoformat()!r})"
    if isinstance(value, date):
        return f"date.fromisoformat({value.isoformat()!r})"
    return f"Decimal({str(value)!r})" if isinstance(value, Decimal) else repr(value)


def _literal(value: Scalar) -> str:
    if isinstance(value, datetime):
        zone = ', "UTC"' if value.tzinfo else ""
        return f'pl.lit({constant(value)}, dtype=pl.Datetime("us"{zone}))'
    return f"pl.lit({constant(value)})"
