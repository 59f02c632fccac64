"""The analysts: who they are, what they ask, and how people name them.

A persona is a YAML file, the six of this package (``library/``) like those that a user writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from datacruncher.errors import InputError, Problem, nearest
from datacruncher.personas.load import Asked, Persona, read, slug
from datacruncher.words import word_set

__all__ = ["Asked", "Persona", "library", "read_file", "resolve", "slug"]

_ORDER = ("vp_growth", "finance_vp", "data_engineer", "customer_success_vp", "marketing_vp", "product_vp")
_TITLES = word_set("vp svp evp vice president head chief officer director lead of the for and senior global group team")


@cache
def library() -> tuple[Persona, ...]:
    """The personas of this package, in the order of the design."""
    folder = files("datacruncher.personas").joinpath("library")
    return tuple(read(folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml") for name in _ORDER)


def read_file(path: str) -> Persona:
    """The persona in a user's file.

    Raises
    ------
    InputError
        It can't be read, or something is wrong with it; all of it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError([Problem(f"can't be read: {error.strerror}", file=path)]) from error
    except UnicodeDecodeError as error:
        raise InputError([Problem(f"is not UTF-8 text (byte {error.start})", file=path)]) from error
    return read(text, path)


def resolve(names: Iterable[str], among: Sequence[Persona]) -> list[Persona]:
    """The personas that people mean by these names, each once, in the order asked.

    "VP Growth", "vp_growth", "Head of Growth" and "growth" are one; "all" means all.

    Raises
    ------
    InputError
        A name that nobody has; it lists who there is.
    """
    found: dict[str, Persona] = {}
    problems = []
    for name in names:
        meant = list(among) if name.strip().lower() == "all" else [_named(name, among)]
        for persona in meant:
            if persona is None:
                problems.append(_unknown(name, among))
            else:
                found[persona.name] = persona
    if problems:
        raise InputError(problems)
    return list(found.values())


def _named(name: str, among: Sequence[Persona]) -> Persona | None:
    """By the whole name, by an alias, then by what is left without titles."""
    for read_as in (_plain, _domain):
        wanted = read_as(name)
        if not wanted:
            continue
        for persona in among:
            if any(read_as(known) == wanted for known in (persona.name, *persona.aliases)):
                return persona
    return None


def _plain(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", name.lower())) - {"of", "the", "for", "and"}


def _domain(name: str) -> frozenset[str]:
    return _plain(name) - _TITLES


def _unknown(name: str, among: Sequence[Persona]) -> Problem:
    known = [persona.name for persona in among]
    spelled = {alias: persona.name for persona in among for alias in (persona.name, *persona.aliases)}
    close = nearest(name, spelled)
    hint = f'did you mean "{spelled[close]}"?' if close else ""
    return Problem(f'there is no persona "{name}"', address="--personas", accepted=known, hint=hint)
