"""``fixes``: the registry of fixes, to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from datapolisher.cli.border import guarded

if TYPE_CHECKING:
    from datapolisher.fixes.base import FixSpec


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, short_help="The registry of fixes.")
def fixes() -> None:
    """List and show the fixes."""


@fixes.command("list")
@click.option("--defect", help="Only those that serve this word of the vocabulary.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@guarded
def list_(defect: str | None, as_json: bool) -> None:
    """List every fix in the order in which steps run."""
    from datapolisher import fixes as registry  # noqa: PLC0415  --help stays light
    from datapolisher.errors import InputError, nearest  # noqa: PLC0415
    from datapolisher.vocabulary import words  # noqa: PLC0415

    if defect is not None and defect not in words():
        guess = nearest(defect, words())
        raise InputError(f'"{defect}" is no word of the vocabulary' + (f'; did you mean "{guess}"?' if guess else ""))
    specs = registry.serving(defect) if defect else registry.all_fixes()
    click.echo(json.dumps([_described(spec) for spec in specs], indent=2) if as_json else _table(specs))


@fixes.command("show")
@click.argument("name")
@guarded
def show(name: str) -> None:
    """Show one fix: what it does, and why it is safe or must ask."""
    from datapolisher import fixes as registry  # noqa: PLC0415

    for key, value in _described(registry.fix(name)).items():
        click.echo(f"{key:8} {', '.join(value) if isinstance(value, list) else value}")


@fixes.command("defects")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@guarded
def defects(as_json: bool) -> None:
    """List every word of the vocabulary with the fixes that serve it, and why it stays open where none does."""
    from datapolisher import fixes as registry  # noqa: PLC0415
    from datapolisher.vocabulary import listed  # noqa: PLC0415

    found = [_served(word, meaning, registry.serving(word)) for word, meaning in listed().items()]
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(map(_defect_lines, found)))


def _served(word: str, meaning: str, specs: list[FixSpec]) -> dict[str, Any]:
    from datapolisher.fixes import unserved  # noqa: PLC0415

    return {
        "defect": word,
        "meaning": meaning,
        "schema": [spec.id for spec in specs if spec.path == "schema" and not spec.by_choice],
        "postprocess": [spec.id for spec in specs if spec.path == "postprocess" and not spec.by_choice],
        "by_choice": [spec.id for spec in specs if spec.by_choice],
        "else": unserved.reason(word),
    }


def _defect_lines(served: dict[str, Any]) -> str:
    named = [f"{path}: {', '.join(served[path])}" for path in ("schema", "postprocess", "by_choice") if served[path]]
    return "\n".join(
        [f"{served['defect']}  {served['meaning']}", *(f"    {line}" for line in [*named, f"else: {served['else']}"])]
    )


def _described(spec: FixSpec) -> dict[str, str | list[str]]:
    said = spec.argument
    return {
        "id": spec.id,
        "title": spec.title,
        "path": spec.path,
        "defects": list(spec.defects),
        "order": spec.order.name.lower().replace("_", " "),
        "asks": "always: only by choice" if spec.by_choice else "by its policy",
        "safe": spec.safe,
        **({"chosen": f"{spec.id}:{said.syntax}, where you say {said.meaning}"} if said else {}),
    }


def _table(specs: list[FixSpec]) -> str:
    width = max((len(spec.id) for spec in specs), default=0)
    return "\n".join(
        f"{spec.id:{width}}  {spec.path:11}  {', '.join(spec.defects)}\n{'':{width}}  {spec.title}" for spec in specs
    )
