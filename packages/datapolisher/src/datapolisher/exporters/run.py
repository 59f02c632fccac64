"""The whole run of ``datapolisher export``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datapolisher import exporters, output
from datapolisher.errors import InputError
from datapolisher.exporters.subject import subject


@dataclass(frozen=True)
class Written:
    """The files, and what the standard has no place for."""

    files: Sequence[Path]
    left_out: Sequence[str]


def export(
    root: Path, to: str, target: Path | None = None, report: Path | None = None, schema: Path | None = None
) -> Written:
    """Say what is known about a dataset in the words of a standard.

    Raises
    ------
    InputError
        There is no such standard or dataset, or the document would lie inside the dataset, whose approval it would void.
    """
    spec = exporters.exporter(to)
    many = spec.file.endswith("/")
    named = target or Path(spec.file.replace("{name}", root.resolve().name))
    if named.resolve().is_relative_to(root.resolve()):
        raise InputError(f"{named}: lies inside the dataset, whose digest it would change; name another place with -o")
    if not many and named.is_dir():
        raise InputError(f"{named}: is a directory; name a file with -o")
    made = spec.write(subject(root, named / "x" if many else named, report, schema))
    if not many:
        output.write_file(named, next(iter(made.files.values())))
        return Written((named,), made.left_out)
    named.mkdir(parents=True, exist_ok=True)
    for name, text in made.files.items():
        output.write_file(named / name, text)
    return Written([named / name for name in made.files], made.left_out)
