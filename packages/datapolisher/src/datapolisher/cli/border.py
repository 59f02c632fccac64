"""The border to people: errors become lines on stderr and an exit code, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import click

from datapolisher.errors import PolishError

P = ParamSpec("P")
R = TypeVar("R")
INTERRUPTED, UNFINISHED = 130, 3


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """The same function; what goes wrong in it ends the process with one clear message."""

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except click.ClickException:
            raise
        except PolishError as error:
            _end(str(error), error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            _end("interrupted; nothing half-written is left", INTERRUPTED)
        except OSError as error:
            _end(f"{error.filename or 'the file system'}: {error.strerror or error}", UNFINISHED)
        except Exception as error:  # noqa: BLE001  the outermost border: a person gets a sentence, whatever happened
            first = (str(error).splitlines() or [""])[0]
            _end(f"the work could not be finished: {type(error).__name__}: {first}", UNFINISHED)

    return inner


def _end(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)
