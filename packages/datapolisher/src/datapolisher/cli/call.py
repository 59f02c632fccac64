"""``python -m datapolisher.cli.call NAME ARGS…``: a command of the group ``datagen.commands``, in its own process."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points


def main() -> None:
    """Load the one command that is named, and run it."""
    name, *args = sys.argv[1:]
    entry = next(entry for entry in entry_points(group="datagen.commands") if entry.name == name)
    entry.load().main(args=args, prog_name=name)


if __name__ == "__main__":
    main()
