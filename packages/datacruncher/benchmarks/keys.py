"""How well keys, references and roles are found where none is declared: the section of docs/accuracy.md on it.

    python packages/datacruncher/benchmarks/keys.py [--public DIR] [-o docs/accuracy.md] [--misses]

Schemas: the hand-made ones of the tests, Chinook, what datagen's examples generate (without their metadata), and public datasets
that ``public.py`` prepares. Each is measured as it is, and with the names of its columns taken away.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import roles
from datacruncher.catalog import Catalog
from datacruncher.run import Order, learn
from ruamel.yaml import YAML
from truth import Reference, Truth

HERE = Path(__file__).parent
CASES = HERE.parent / "tests" / "cases" / "catalog"
CHINOOK = HERE.parent / "tests" / "data" / "chinook"
EXAMPLES = HERE.parents[2] / "docs" / "examples" / "schemas"
SURE = 0.8  # confidence from which a reference makes a finding that may be critical or high
BEGIN, END = "<!-- begin: keys and foreign keys -->", "<!-- end: keys and foreign keys -->"


@dataclass(frozen=True)
class Count:
    """Right, found and true."""

    right: int
    found: int
    true: int

    def __add__(self, other: Count) -> Count:
        return Count(self.right + other.right, self.found + other.found, self.true + other.true)

    @property
    def precision(self) -> float:
        """Right / found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Right / true."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Score:
    """Of one schema: keys, references, the references that are sure, and what was wrong."""

    keys: Count
    references: Count
    sure: Count
    wrong: tuple[str, ...]

    @property
    def all(self) -> Count:
        """Keys and references."""
        return self.keys + self.references


def schemas(folder: Path, public: Path | None) -> Iterator[tuple[str, Path, Truth]]:
    """Name, directory and truth of each schema."""
    for case in sorted(CASES.glob("*.yaml")):
        yield case.stem, *_case(case, folder / case.stem)
    yield "chinook", CHINOOK, _chinook()
    for example in sorted(EXAMPLES.glob("*.json")):
        if (made := _example(example, folder / example.stem)) is not None:
            yield f"example: {example.stem}", *made
    for path in sorted(public.glob("*/truth.json")) if public else ():
        yield f"public: {path.parent.name}", path.parent, Truth.read(path)


def _case(path: Path, folder: Path) -> tuple[Path, Truth]:
    case = YAML(typ="safe").load(path)
    folder.mkdir()
    with duckdb.connect() as connection:
        for name, query in case["tables"].items():
            connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return folder, Truth(
        {table: tuple(key) for table, key in case["keys"].items() if key},
        {_reference(line) for line in case["references"]},
    )


def _reference(line: str) -> Reference:
    """``child.a, b -> parent.c, d``."""
    (table, columns), (parent, to) = (side.split(".", 1) for side in line.split(" -> "))
    return table, tuple(columns.split(", ")), parent, tuple(to.split(", "))


def _chinook() -> Truth:
    keys = {path.stem: (f"{path.stem}Id",) for path in CHINOOK.glob("*.parquet")}
    lines = """Album.ArtistId Artist, Customer.SupportRepId Employee, Employee.ReportsTo Employee, Invoice.CustomerId Customer,
        InvoiceLine.InvoiceId Invoice, InvoiceLine.TrackId Track, PlaylistTrack.PlaylistId Playlist, PlaylistTrack.TrackId Track,
        Track.AlbumId Album, Track.GenreId Genre, Track.MediaTypeId MediaType"""
    references = set()
    for line in lines.split(","):
        place, parent = line.split()
        table, column = place.split(".")
        references.add((table, (column,), parent, (f"{parent}Id",)))
    return Truth(keys | {"PlaylistTrack": ("PlaylistId", "TrackId")}, references)


def _example(path: Path, folder: Path) -> tuple[Path, Truth] | None:
    """A generated example; None where datagen is not installed."""
    program = Path(sys.executable).with_name("datagen-core")
    if not program.exists():
        return None
    scale = "0.02" if path.stem == "ecomm" else "1"
    command = [str(program), "generate", str(path), "-o", str(folder), "--scale", scale]
    subprocess.run(command, check=True, capture_output=True)
    metadata = json.loads((folder / ".metadata.json").read_text())
    (folder / ".metadata.json").unlink()
    keys = {t["name"]: tuple(t["primary_key"]) for t in metadata["tables"] if t.get("primary_key")}
    references = {
        (t["name"], tuple(k["columns"]), k["references"]["table"], tuple(k["references"]["columns"]))
        for t in metadata["tables"]
        for k in t.get("foreign_keys", [])
    }
    keyless = tuple(t["name"] for t in metadata["tables"] if t["name"] not in keys)
    return folder, Truth(keys, references, keyless)


def nameless(source: Path, target: Path, truth: Truth) -> Truth:
    """A copy whose columns are called c1, c2, … in each table."""
    target.mkdir()
    names: dict[tuple[str, str], str] = {}
    with duckdb.connect() as connection:
        for path in sorted(source.glob("*.parquet")):
            rows = f"read_parquet('{path}')"
            columns = [row[0] for row in connection.execute(f"DESCRIBE FROM {rows}").fetchall()]
            names |= {(path.stem, column): f"c{i}" for i, column in enumerate(columns, 1)}
            listed = ", ".join(f'"{column}" AS c{i}' for i, column in enumerate(columns, 1))
            connection.execute(f"COPY (SELECT {listed} FROM {rows}) TO '{target / path.name}' (FORMAT parquet)")
    return truth.renamed(names)


def measured(folder: Path, truth: Truth) -> Score:
    """What is found in a directory, against the truth."""
    return compared(learn(Order(path=str(folder))), truth)


def compared(catalog: Catalog, truth: Truth) -> Score:
    """Keys by table and columns; references by both ends."""
    asked = [table for table in catalog if table.name not in truth.open_keys]
    keys = {(t.name, frozenset(t.primary_key.columns)) for t in asked if t.primary_key}
    true_keys = {(table, frozenset(key)) for table, key in truth.keys.items()}
    said = {_ends(k.table, k.columns, k.to_table, k.to_columns): k.confidence for k in catalog.foreign_keys}
    true = {_ends(*reference) for reference in truth.references}
    sure = {ends for ends, confidence in said.items() if confidence >= SURE}
    wrong = [f"false key {t}: {', '.join(sorted(c))}" for t, c in sorted(keys - true_keys, key=str)]
    wrong += [f"missed key {t}: {', '.join(sorted(c))}" for t, c in sorted(true_keys - keys, key=str)]
    wrong += [f"false reference {_told(e)} ({said[e]:.2f})" for e in sorted(said.keys() - true, key=str)]
    wrong += [f"missed reference {_told(e)}" for e in sorted(true - said.keys(), key=str)]
    return Score(
        Count(len(keys & true_keys), len(keys), len(true_keys)),
        Count(len(said.keys() & true), len(said), len(true)),
        Count(len(sure & true), len(sure), len(true)),
        tuple(wrong),
    )


Ends = tuple[str, str, frozenset[tuple[str, str]]]


def _ends(table: str, columns: tuple[str, ...], parent: str, to: tuple[str, ...]) -> Ends:
    return table, parent, frozenset(zip(columns, to, strict=True))


def _told(ends: Ends) -> str:
    pairs = sorted(ends[2])
    return f"{ends[0]}.{', '.join(a for a, _ in pairs)} -> {ends[1]}.{', '.join(b for _, b in pairs)}"


def table(scores: list[tuple[str, Score, Score]]) -> str:
    """A row for each schema, with names and without."""
    head = "| schema | keys | references | F1 | precision when sure | F1 without names | precision when sure, without names |\n"
    lines = [head + "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, named, bare in scores:
        keys, references = named.keys, named.references
        lines.append(
            f"| {name} | {keys.right}/{keys.true} | {references.right}/{references.true} | {named.all.f1:.2f}"
            f" | {named.sure.precision:.2f} | {bare.all.f1:.2f} | {bare.sure.precision:.2f} |"
        )
    means = [sum(values) / len(values) for values in zip(*map(_row, scores), strict=True)]
    lines.append(
        f"| **mean of {len(scores)}** | | | **{means[0]:.2f}** | **{means[1]:.2f}** | **{means[2]:.2f}** | **{means[3]:.2f}** |"
    )
    pools = [sum((s[i].all for s in scores), Count(0, 0, 0)).f1 for i in (1, 2)]
    sure = [sum((s[i].sure for s in scores), Count(0, 0, 0)).precision for i in (1, 2)]
    lines.append(
        f"| **all together** | | | **{pools[0]:.2f}** | **{sure[0]:.2f}** | **{pools[1]:.2f}** | **{sure[1]:.2f}** |"
    )
    return "\n".join(lines)


def _row(score: tuple[str, Score, Score]) -> tuple[float, float, float, float]:
    _, named, bare = score
    return named.all.f1, named.sure.precision, bare.all.f1, bare.sure.precision


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--public", type=Path, help="what public.py prepared")
    parser.add_argument("--only", default="", help="schemas whose name has this in it")
    parser.add_argument("--misses", action="store_true", help="print what was wrong")
    parser.add_argument("-o", "--output", type=Path, help="page whose section is written again")
    asked = parser.parse_args()
    scores = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, folder, truth in schemas(Path(scratch), asked.public):
            if asked.only not in name:
                continue
            named = measured(folder, truth)
            other = Path(scratch) / "nameless"
            bare = measured(other, nameless(folder, other, truth))
            shutil.rmtree(other)
            scores.append((name, named, bare))
            if asked.misses:
                print(f"{name}\n  " + "\n  ".join(named.wrong) + "\n  without names:\n    " + "\n    ".join(bare.wrong))
    page = section(scores, *roles.section(asked.public))
    print(page)
    if asked.output:
        write(asked.output, page)


def section(scores: list[tuple[str, Score, Score]], told: str, mistakes: list[str]) -> str:
    """The tables and what was missed, named."""
    missed = [f"- {name}: {'; '.join(named.wrong)}" for name, named, _ in scores if named.wrong]
    return "\n\n".join(
        [
            table(scores),
            "With names, these were wrong:",
            "\n".join(missed),
            told,
            "Mistaken roles:",
            "\n".join(f"- {m}" for m in mistakes),
        ]
    )


def write(path: Path, text: str) -> None:
    """Replace what stands between the marks of the page."""
    page = path.read_text()
    if BEGIN not in page or END not in page:
        raise SystemExit(f"{path}: the marks {BEGIN} and {END} are missing")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    main()
