"""``python -m datacruncher.cli``."""

from datacruncher.cli import main

main()
