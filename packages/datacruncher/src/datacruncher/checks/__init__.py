"""The checks: a folder per family, a file per check. See ``base`` for how to write one."""
