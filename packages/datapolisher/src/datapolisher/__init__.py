"""datapolisher: findings in, trusted data out.

*A fix is a predicate with a proof*: it selects exactly the bad rows, and the check that found them runs again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datapolisher.__about__ import __version__

if TYPE_CHECKING:
    from os import PathLike

    from datapolisher.report.model import PolishReport

__all__ = ["__version__", "polish"]


def polish(report: str | PathLike[str] = "crunch_report.json", **options: Any) -> PolishReport:
    """Resolve the findings of a crunch report.

    Parameters
    ----------
    report
        ``crunch_report.json``, or another file of that contract.
    options
        The fields of `datapolisher.job.Options`: ``mode`` (``auto``, ``schema``, ``postprocess``, ``approve``),
        ``output``, ``here`` (where scripts and reports go), ``dry_run``, ``wishes``, ``choices``, ….

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

    from datapolisher.job import Options  # noqa: PLC0415
    from datapolisher.polishing import run  # noqa: PLC0415

    return run(Path(report), Options(**options)).report
