"""The commands of our own packages, in the order of the work: what they do, and whom to install for them.

The list of commands is shown without importing anything, so its words stand here. A test holds them equal to the first
line of each command's own help, and to the entry points that the packages declare.
"""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """Where a command comes from, and its line in the list of commands."""

    package: str
    help: str


PACKAGES = ("datagen-core", "datacruncher", "datapolisher")

COMMANDS = {
    "explain": Known("datagen-core", "Say what a schema will make, and why."),
    "generate": Known("datagen-core", "Generate the tables that a schema describes."),
    "validate": Known("datagen-core", "Hold generated data against its schema."),
    "export": Known("datagen-core", "Write a dataset's tables in another format."),
    "crunch": Known("datacruncher", "Let the analysts look at a dataset."),
    "describe": Known("datacruncher", "Print the catalog: keys, roles, diagram."),
    "personas": Known("datacruncher", "List, show, write and test personas."),
    "polish": Known("datapolisher", "Resolve the findings of a crunch report."),
    "fixes": Known("datapolisher", "List and show the fixes."),
    "undo": Known("datapolisher", "Give the input of a polished dataset back, row for row."),
    "verify": Known("datapolisher", "Say whether the data in DIRECTORY is still what was approved."),
    "import": Known("datapolisher", "Read RESULTS of other data quality tools into a crunch report."),
}
