"""The report as a library hands it out: it shows itself in a notebook and saves itself in any of its forms."""

from __future__ import annotations

import html
from os import PathLike, fspath
from pathlib import Path

from datacruncher.report import files, formats, model

_STYLE = "width:100%;height:760px;border:1px solid #8886;border-radius:8px"


class Report(model.Report, frozen=True):
    """The whole report."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write the report, whole or not at all, in the form that the name's end means; JSON where it means none.

        Raises
        ------
        errors.WorkError
            The file can't be written.
        """
        form = formats.of_path(fspath(path)) or formats.spec("json")
        files.write(form.render(self), Path(path))

    def _repr_html_(self) -> str:
        """What a notebook shows: the page, in a frame that keeps its styles to itself."""
        page = html.escape(formats.spec("html").render(self), quote=True)
        return f'<iframe srcdoc="{page}" sandbox="allow-scripts" title="data quality report" style="{_STYLE}"></iframe>'
