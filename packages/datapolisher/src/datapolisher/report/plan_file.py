"""``polish_plan.yaml``: what becomes of every finding, as a document that people read, edit and run again."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from datapolisher import fixes
from datapolisher.errors import DocumentError, Problem
from datapolisher.fixes import WISHES
from datapolisher.plan import Option, Plan, Resolution, parts_of
from datapolisher.postprocess.program import comment
from datapolisher.reading import read_text
from datapolisher.resolver import LEAVE
from datapolisher.yaml_text import Text, unknown_keys

FILE = "polish_plan.yaml"
_KEYS = ("report", "data", "schema", "findings", "wishes")
_FINDING_KEYS = ("id", "severity", "defect", "finding", "fix", "path", "auto", "why", "choices")
# A comment that is longer is cut.
_WIDTH = 160
_HEAD = """\
# What becomes of every finding. Edit "fix" (one of "choices", your words in place of capitals; or skip), then run it:
#     datapolisher polish --plan polish_plan.yaml
# A finding whose entry is taken out stays open.
"""


@dataclass(frozen=True)
class Source:
    """Where a plan comes from: the report, and the data and schema where they were named."""

    report: Path
    data: Path | None = None
    schema: Path | None = None


@dataclass(frozen=True)
class PlanFile:
    """A plan that was read.

    Parameters
    ----------
    source
        What it is about.
    fixes
        Finding id → a fix's id or ``skip``, as the file says.
    wishes
        (name, argument).
    text
        The document, for mistakes that only the report shows.
    """

    source: Source
    fixes: Mapping[str, str] = field(default_factory=dict)
    wishes: tuple[tuple[str, str], ...] = ()
    text: Text | None = None

    def choices(self, default: Plan) -> dict[str, str]:
        """What the file says otherwise than the policies: the choices of a person.

        Raises
        ------
        DocumentError
            The file speaks of findings that the report does not have.
        """
        ids = [resolution.finding.id for resolution in default.resolutions]
        strange = [id_ for id_ in self.fixes if id_ not in ids]
        if strange and self.text is not None:
            places = {str(entry["id"]): number for number, entry in enumerate(self.text.tree.get("findings") or [])}
            raise DocumentError(
                problems=[
                    self.text.problem(
                        ("findings", places[id_], "id"), f'{self.source.report} has no finding "{id_}"', id_, ids
                    )
                    for id_ in strange
                ]
            )
        usual = {r.finding.id: r.chosen.name if r.chosen else LEAVE for r in default.resolutions}
        said = {id_: self.fixes.get(id_, LEAVE) for id_ in ids}
        return {id_: fix for id_, fix in said.items() if fix != usual[id_]}


def render_plan(
    plan: Plan, source: Source, wishes: Sequence[tuple[str, str]] = (), stopped: Mapping[str, str] | None = None
) -> str:
    """The plan as YAML; `fix` is what is taken, `choices` what could be taken instead.

    Parameters
    ----------
    stopped
        Finding id → why its fix was not carried out after all.
    """
    content: dict[str, Any] = {"report": str(source.report)}
    content |= {name: str(path) for name in ("data", "schema") if (path := getattr(source, name)) is not None}
    content["findings"] = [_entry(r, (stopped or {}).get(r.finding.id, "")) for r in plan.resolutions]
    if wishes:
        content["wishes"] = [f"--{name} {argument}" for name, argument in wishes]
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(content, stream)
    return _HEAD + stream.getvalue()


def _entry(resolution: Resolution, stopped: str) -> dict[str, Any]:
    finding, chosen = resolution.finding, None if stopped else resolution.chosen
    others = [option.name for option in resolution.options] if chosen is None else resolution.choices
    return {
        "id": finding.id,
        "severity": finding.severity,
        "defect": finding.defect,
        "finding": finding.finding,
        "fix": chosen.name if chosen else LEAVE,
        "path": chosen.fix.path if chosen else None,
        "auto": "ask" if stopped else resolution.action,
        "why": stopped or resolution.why,
        "choices": _choices(others, resolution.options),
    }


def _choices(names: Sequence[str], options: Sequence[Option]) -> CommentedSeq:
    """What could be taken instead; behind each what it would do."""
    words = {option.name: comment(option.words, _WIDTH) for option in options}
    listed = CommentedSeq([*names, LEAVE])
    for number, name in enumerate(names):
        listed.yaml_add_eol_comment(words[name], number, column=0)
    return listed


def read_plan(path: Path) -> PlanFile:
    """A plan as a person left it.

    Raises
    ------
    DocumentError
        It is no YAML or no plan; every mistake with its place and the nearest word.
    """
    text = Text(read_text(path), str(path))
    problems = list(_mistakes(text))
    if problems:
        raise DocumentError(problems=problems)
    tree = text.tree
    found = {str(entry["id"]): str(entry["fix"]) for entry in tree["findings"]}
    wishes = tuple(_wish(line) for line in tree.get("wishes") or ())
    paths = {name: Path(tree[name]) for name in ("data", "schema") if tree.get(name) is not None}
    return PlanFile(Source(Path(tree["report"]), **paths), found, wishes, text)


def _mistakes(text: Text) -> Iterator[Problem]:
    tree = text.tree
    if not isinstance(tree, Mapping):
        yield text.problem((), "not a plan: keys are needed at its top", accepted=_KEYS)
        return
    yield from unknown_keys(text, tree, (), _KEYS)
    if not isinstance(tree.get("report"), str):
        yield text.problem(("report",), "report: the file of findings has to be named")
    for name in ("data", "schema"):
        if not isinstance(tree.get(name, ""), str):
            yield text.problem((name,), "a path is needed")
    findings = tree.get("findings")
    if not isinstance(findings, list):
        yield text.problem(("findings",), "findings: a list of {id, fix} is needed")
        return
    for number, entry in enumerate(findings):
        yield from _finding_mistakes(text, entry, number)
    yield from _repeated(text, findings)
    yield from _wish_mistakes(text, tree.get("wishes"))


def _finding_mistakes(text: Text, entry: Any, number: int) -> Iterator[Problem]:
    here = ("findings", number)
    if not isinstance(entry, Mapping):
        yield text.problem(here, "an entry with id and fix is needed")
        return
    yield from unknown_keys(text, entry, here, _FINDING_KEYS)
    for key in ("id", "fix"):
        if not isinstance(entry.get(key), str | int):
            yield text.problem((*here, key), f'"{key}" is missing' if key not in entry else f"{key}: a word is needed")
    fix = entry.get("fix")
    if isinstance(fix, str) and fix != LEAVE and parts_of(fix)[0] not in fixes.names():
        yield text.problem((*here, "fix"), f'there is no fix "{fix}"', fix, [*_offered(entry), *fixes.names()])


def _offered(entry: Mapping[str, Any]) -> list[str]:
    said = entry.get("choices")
    return [word for word in said if isinstance(word, str)] if isinstance(said, list) else []


def _repeated(text: Text, findings: Sequence[Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, entry in enumerate(findings):
        id_ = str(entry.get("id")) if isinstance(entry, Mapping) else ""
        if id_ in seen:
            yield text.problem(("findings", number, "id"), f'"{id_}" stands here a second time')
        seen |= {id_} if id_ else set()


def _wish_mistakes(text: Text, wishes: Any) -> Iterator[Problem]:
    if wishes is None:
        return
    if not isinstance(wishes, list):
        yield text.problem(("wishes",), "a list of options is needed, such as --round table.column=2")
        return
    for number, line in enumerate(wishes):
        name, argument = _wish(line) if isinstance(line, str) else ("", "")
        if name not in WISHES or not argument:
            accepted = [f"--{wish}" for wish in WISHES]
            yield text.problem(("wishes", number), f"no such wish: {line}", str(line).split(" ")[0], accepted)


def _wish(line: str) -> tuple[str, str]:
    name, _, argument = line.strip().partition(" ")
    return name.removeprefix("--"), argument.strip()
