"""``datapolisher``: the commands of this package, for those who installed it alone."""

from __future__ import annotations

import click

from datapolisher.__about__ import __version__
from datapolisher.cli.export import export
from datapolisher.cli.fixes import fixes
from datapolisher.cli.import_ import import_
from datapolisher.cli.polish import polish
from datapolisher.cli.undo import undo
from datapolisher.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="datapolisher")
def main() -> None:
    """Findings in, trusted data out: fixes, quarantine, manifest, all on the record."""


main.add_command(polish)
main.add_command(fixes)
main.add_command(import_)
main.add_command(export)
main.add_command(undo)
main.add_command(verify)
