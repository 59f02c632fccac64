"""A report and a dataset → everything that polishing needs to know, checked: nothing of a report is taken on trust.

Tables and columns count only where they exist on disk; a report's SQL is never executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from datapolisher import reading, source
from datapolisher.documents import (
    ColumnFacts,
    CrunchReport,
    Finding,
    ForeignKey,
    GeneratedFile,
    GeneratedTable,
    Key,
    Metadata,
    TableFacts,
)
from datapolisher.errors import InputError
from datapolisher.fixes.base import Budgets, Context
from datapolisher.schema_document import SchemaDocument, parse_schema
from datapolisher.source import Dataset


@dataclass(frozen=True)
class Intake:
    """What a run starts from.

    Parameters
    ----------
    report, report_path
        The findings, and which file they were read from.
    named
        The dataset as the user or the report named it.
    context
        What the fixes may know.
    digest
        The dataset's digest now.
    metadata
        What the generator wrote about the dataset; None for other data.
    no_generator
        Why path 1 is not available; empty when it is.
    notes
        What a reader of the result has to know: a digest that differs, a date that was missing.
    """

    report: CrunchReport
    report_path: Path
    named: str
    context: Context
    digest: str
    metadata: Metadata | None = None
    no_generator: str = ""
    notes: tuple[str, ...] = ()

    @property
    def digest_matches(self) -> bool | None:
        """Whether the data is still what was crunched; None when the report names no digest."""
        said = self.report.dataset_digest
        return None if said is None else said == self.digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller may say besides the report: another dataset, a schema, budgets, the tables of another tool's result."""

    data: Path | None = None
    schema: Path | None = None
    budgets: Budgets = field(default_factory=Budgets)
    tables: tuple[str, ...] = ()


# Defects of files: what a table lost after it was made is no fault of its schema, and making it again brings it back.
_LOST = frozenset({"missing_table", "unreadable_file", "partial_table"})


def take(report_path: Path, wanted: Wanted | None = None) -> Intake:
    """Read the report, the dataset that it names, and what is known about both.

    Raises
    ------
    InputError
        A file is missing or cannot be used; with every mistake of a document at once.
    """
    wanted = wanted or Wanted()
    report = read_report(reading.read_text(report_path), str(report_path))
    root = _dataset_path(report, report_path, wanted.data)
    dataset = source.read_dataset(root)
    metadata = read_metadata(dataset)
    schema = _schema(report, report_path, metadata, wanted.schema)
    schema = _beside_contract(schema, report, report_path)
    digest = source.dataset_digest(root)
    lost = {finding.table for finding in report.issues if finding.defect in _LOST}
    no_generator = _why_no_generator(dataset, metadata, schema, lost, given=wanted.schema is not None)
    context = Context(
        dataset=dataset,
        tables=_facts(report, dataset, metadata, schema),
        analysis_date=_analysis_date(report, report_path),
        schema=schema,
        generated=not no_generator,
        budgets=wanted.budgets,
    )
    named = str(wanted.data) if wanted.data else report.dataset
    notes = tuple(_notes(report, digest))
    return Intake(report, report_path, named, context, digest, metadata, no_generator, notes)


def know(
    root: Path, report_path: Path | None = None, schema: Path | None = None
) -> tuple[CrunchReport, Metadata | None, Context]:
    """A report, the metadata and what fixes may know, of a dataset that may have no report; raises as `take` does."""
    if report_path is not None:
        intake = take(report_path, Wanted(root, schema))
        return intake.report, intake.metadata, intake.context
    report = CrunchReport(dataset=str(root), issues=())
    dataset = source.read_dataset(root)
    metadata = read_metadata(dataset)
    document = _schema(report, root / "none", metadata, schema)
    tables = _facts(report, dataset, metadata, document)
    return report, metadata, Context(dataset, tables, datetime.fromtimestamp(0, UTC), document)


def read_report(text: str, name: str) -> CrunchReport:
    """A crunch report; findings without an id get one from what they say.

    Raises
    ------
    DocumentError
        Not a crunch report of version 1; every mistake with its line.
    """
    report = reading.read_document(text, CrunchReport, "crunch-report", name)
    issues = tuple(
        msgspec.structs.replace(f, id=_plain(f.id) or _id_of(f), finding=_plain(f.finding)) for f in report.issues
    )
    return msgspec.structs.replace(report, issues=issues)


def _plain(text: str) -> str:
    """The text without control characters, which a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)


def _id_of(finding: Finding) -> str:
    said = json.dumps([finding.defect, finding.table, finding.columns, finding.finding])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _dataset_path(report: CrunchReport, report_path: Path, given: Path | None) -> Path:
    if given is not None:
        return given
    tried = [Path(report.dataset), report_path.parent / report.dataset]
    found = next((path for path in tried if path.exists()), None)
    if found is None:
        places = " nor ".join(dict.fromkeys(str(path) for path in tried))
        raise InputError(f"{report_path}: dataset: neither {places} exists; name the data with --data DIR")
    return found


def read_metadata(dataset: Dataset) -> Metadata | None:
    """What the generator wrote beside the tables, if it did."""
    path = dataset.metadata
    if not path.is_file():
        return None
    return reading.read_document(reading.read_text(path), Metadata, "dataset-metadata", str(path))


def _schema(
    report: CrunchReport, report_path: Path, metadata: Metadata | None, given: Path | None
) -> SchemaDocument | None:
    if given is not None:
        return parse_schema(reading.read_text(given), str(given), given)
    if metadata and metadata.schema.document:
        return _authors_text(metadata) or parse_schema(
            json.dumps(metadata.schema.document, indent=2, ensure_ascii=False), ".metadata.json"
        )
    named = report.schema.path if report.schema else None
    tried = [Path(named), report_path.parent / named] if named else []
    found = next((path for path in tried if path.is_file()), None)
    return parse_schema(reading.read_text(found), str(found), found) if found else None


def _beside_contract(schema: SchemaDocument | None, report: CrunchReport, report_path: Path) -> SchemaDocument | None:
    """The schema with the document that the report was held against, where that is another one and still the same."""
    named = report.schema
    if schema is None or named is None or named.path is None or named.sha256 in {None, schema.sha256}:
        return schema
    tried = [Path(named.path), report_path.parent / named.path]
    found = next((path for path in tried if path.is_file() and source.sha256(path) == named.sha256), None)
    if found is None:
        return schema
    return replace(schema, contract=parse_schema(reading.read_text(found), str(found), found))


def _authors_text(metadata: Metadata) -> SchemaDocument | None:
    """The file that was generated from, if it still is what it was: its layout is its author's."""
    path = Path(metadata.schema.path or "")
    if not path.is_file() or source.sha256(path) != metadata.schema.sha256:
        return None
    return parse_schema(reading.read_text(path), str(path), path)


def _why_no_generator(
    dataset: Dataset, metadata: Metadata | None, schema: SchemaDocument | None, lost: Set[str | None], *, given: bool
) -> str:
    """Why regenerating is no answer; empty when the data is what a generator made of this schema.

    Parameters
    ----------
    lost
        Tables of which a finding says that files are missing or damaged: what differs there is to be made again.
    """
    if metadata is not None and metadata.polished is not None:
        return "the data was polished after it was generated; regenerating would undo that"
    changed = [file for file in _files_of(metadata, lost) if _differs(dataset, file.path, file.sha256)]
    if changed:
        return f"{changed[0].path} is not what the generator wrote, so its faults do not lie in the schema"
    if given and schema is not None:
        unlike = [name for name, table in dataset.tables.items() if not _made_of(schema, name, table.columns)]
        return f"the schema does not declare {unlike[0]} as it is on disk" if unlike else ""
    if metadata is None or metadata.seed is None or schema is None:
        return "no .metadata.json names the schema and the seed that made this data"
    return ""


def _made_of(schema: SchemaDocument, table: str, columns: Mapping[str, str]) -> bool:
    found = schema.node(table)
    declared = {column.get("name") for column in found[1].get("columns", [])} if found else set()
    return declared == set(columns)


def _files_of(metadata: Metadata | None, lost: Set[str | None]) -> list[GeneratedFile]:
    tables = metadata.tables if metadata else ()
    return [file for table in tables if table.name not in lost for file in table.files]


def _differs(dataset: Dataset, path: str, sha256: str | None) -> bool:
    file = dataset.root / path
    if sha256 is None or not file.resolve().is_relative_to(dataset.root.resolve()):
        return sha256 is not None
    return not file.is_file() or source.sha256(file) != sha256


def _facts(
    report: CrunchReport, dataset: Dataset, metadata: Metadata | None, schema: SchemaDocument | None
) -> dict[str, TableFacts]:
    """Facts about the tables on disk; what is declared wins over what was inferred."""
    said = {facts.name: facts for facts in report.tables}
    declared = {table.name: table for table in metadata.tables} if metadata else {}
    made = {}
    for name, table in dataset.tables.items():
        facts = _checked(said.get(name, TableFacts(name=name)), dataset)
        facts = _declared(facts, declared.get(name), schema.pk(name) if schema else ())
        columns = facts.columns or tuple(ColumnFacts(name=c, type=t) for c, t in table.columns.items())
        made[name] = msgspec.structs.replace(facts, columns=columns)
    return made


def _checked(facts: TableFacts, dataset: Dataset) -> TableFacts:
    """The same facts without keys and columns that the files do not have."""
    have = dataset.tables[facts.name].columns
    key = facts.primary_key if facts.primary_key and set(facts.primary_key.columns) <= set(have) else None
    keys = tuple(key for key in facts.foreign_keys if _exists(key, facts.name, dataset))
    columns = tuple(column for column in facts.columns if column.name in have)
    return msgspec.structs.replace(facts, primary_key=key, foreign_keys=keys, columns=columns)


def _exists(key: ForeignKey, table: str, dataset: Dataset) -> bool:
    parent = dataset.tables.get(key.references.table)
    pairs = len(key.columns) == len(key.references.columns) > 0
    here = set(key.columns) <= set(dataset.tables[table].columns)
    return pairs and here and parent is not None and set(key.references.columns) <= set(parent.columns)


def _declared(facts: TableFacts, table: GeneratedTable | None, pk: tuple[str, ...]) -> TableFacts:
    columns = {column.name for column in facts.columns}
    key = pk or (table.primary_key if table else ())
    if key and (not columns or set(key) <= columns):
        facts = msgspec.structs.replace(facts, primary_key=Key(columns=key, source="declared"))
    if table and not facts.foreign_keys:
        keys = tuple(
            ForeignKey(columns=k.columns, references=k.references, source="declared") for k in table.foreign_keys
        )
        facts = msgspec.structs.replace(facts, foreign_keys=keys)
    return facts


def _analysis_date(report: CrunchReport, report_path: Path) -> datetime:
    """ "Now" for every fix: the report's, else the day its file was written."""
    if report.analysis_date is None:
        return datetime.fromtimestamp(report_path.stat().st_mtime, UTC)
    try:
        said = datetime.fromisoformat(report.analysis_date)
    except ValueError as error:
        raise InputError(f"{report_path}: analysis_date: {report.analysis_date!r} is no ISO 8601 instant") from error
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _notes(report: CrunchReport, digest: str) -> list[str]:
    notes = []
    if report.dataset_digest is None:
        notes.append("the report names no digest: whether the data is what was crunched cannot be checked")
    elif report.dataset_digest != digest:
        notes.append("the data changed since it was crunched: each fix finds its rows in the data as it is now")
    if report.analysis_date is None:
        notes.append("the report names no analysis_date: the day its file was written stands for it")
    return notes
