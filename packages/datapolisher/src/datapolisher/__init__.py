"""datapolisher: findings in, trusted data out.

*A fix is a predicate with a proof*: it selects exactly the bad rows, and the check that found them runs again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datapolisher.__about__ import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from datapolisher.postprocessor import Engine
    from datapolisher.report.model import Mode, PolishReport

__all__ = ["__version__", "polish"]


def polish(  # noqa: PLR0913 - a run has as many dials as its command has options
    report: str | PathLike[str] = "crunch_report.json",
    *,
    mode: Mode = "auto",
    output: str | PathLike[str] | None = None,
    here: str | PathLike[str] = ".",
    data: str | PathLike[str] | None = None,
    schema: str | PathLike[str] | None = None,
    script: Engine = "duckdb",
    apply: bool = True,
    dry_run: bool = False,
    wishes: Iterable[tuple[str, str]] = (),
    choices: Mapping[str, str] | None = None,
    approved_by: str | None = None,
    notes: str | None = None,
    **more: Any,
) -> PolishReport:
    """Resolve the findings of a crunch report.

    Parameters
    ----------
    report
        ``crunch_report.json``, or another file of that contract.
    mode
        ``auto`` (path 1, then path 2), or one path alone: ``schema``, ``postprocess``, ``approve``.
    output
        The result's directory; ``<dataset>_polished`` when None. For ``approve``: where the manifest goes.
    here
        Where scripts, plan, improved schema and report go.
    data, schema
        The dataset and the document that made it, where they are not those that the report names.
    script
        Which of the two scripts is applied, ``duckdb`` or ``polars``; with `apply` False neither is.
    dry_run
        Make the plan, write nothing.
    wishes
        What mends no defect, by name: ``("round", "order.amount=2")``, ``("fill", "order.note=none")``,
        ``("enrich", "lifetime_value")``.
    choices
        Finding id → a fix's id or ``skip``.
    approved_by, notes
        Who approves and why, with mode ``approve``.
    more
        Further fields of `datapolisher.job.Options`: ``rounds``, ``memory_limit``, ``tell``.

    Returns
    -------
    PolishReport
        What became of every finding, and where every row went; also written as ``polish_report.json``.

    Raises
    ------
    datapolisher.errors.InputError
        The report, the dataset or the call is wrong; nothing was written.
    datapolisher.errors.GateError
        An approval is refused.
    datapolisher.errors.WorkError
        The work could not be finished; nothing half-written is left.
    """
    from pathlib import Path  # noqa: PLC0415  importing the package stays light

    from datapolisher.approver import Approval  # noqa: PLC0415
    from datapolisher.intake import Wanted  # noqa: PLC0415
    from datapolisher.job import Options  # noqa: PLC0415
    from datapolisher.polishing import run  # noqa: PLC0415

    def path(given: str | PathLike[str] | None) -> Path | None:
        return None if given is None else Path(given)

    options = Options(
        mode=mode,
        output=path(output),
        here=Path(here),
        script=script,
        apply=apply,
        dry_run=dry_run,
        wanted=Wanted(path(data), path(schema)),
        wishes=tuple(wishes),
        choices=dict(choices or {}),
        approval=Approval(approved_by, notes),
        **more,
    )
    return run(Path(report), options).report
