"""``polish_plan.yaml``: what becomes of every finding, as a document that people read and compare."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML

from datapolisher.plan import Plan, Resolution
from datapolisher.resolver import LEAVE

FILE = "polish_plan.yaml"


def render_plan(plan: Plan, report: str, wishes: Sequence[tuple[str, str]] = ()) -> str:
    """The plan as YAML; `fix` is what is taken, `choices` what could be taken instead."""
    content: dict[str, Any] = {"report": report, "findings": [_entry(r) for r in plan.resolutions]}
    if wishes:
        content["wishes"] = [f"--{name} {argument}" for name, argument in wishes]
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


def _entry(resolution: Resolution) -> dict[str, Any]:
    finding, chosen = resolution.finding, resolution.chosen
    others = [o.fix.id for o in resolution.options if chosen is None or o.fix.id != chosen.fix.id]
    return {
        "id": finding.id,
        "severity": finding.severity,
        "defect": finding.defect,
        "finding": finding.finding,
        "fix": chosen.fix.id if chosen else LEAVE,
        "path": chosen.fix.path if chosen else None,
        "auto": resolution.action,
        "why": resolution.why,
        "choices": [*others, LEAVE],
    }
