"""A person on a terminal, for ``--interactive``."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.prompt import Prompt
from rich.text import Text

from datapolisher.interactive import Choices, Look, decide
from datapolisher.plan import Plan


class TerminalPerson:
    """Shows and asks through rich; a wrong key is asked again."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def show(self, text: str) -> None:
        """Show lines as they are, without markup."""
        self.console.print(Text(text), soft_wrap=True)

    def ask(self, question: str, keys: Mapping[str, str], default: str) -> str:
        """Ask for one of the keys."""
        meanings = "   ".join(
            f"{key} {meaning}" for key, meaning in keys.items() if not (key.isdigit() and "a" in keys)
        )
        self.console.print(Text(f"  {meanings}", style="dim"))
        answer: str = Prompt.ask(
            Text(f"  {question}"), choices=list(keys), show_choices=False, default=default, console=self.console
        )
        return answer

    def say(self, question: str) -> str:
        """Ask for words; nothing is an answer, too."""
        answer: str = Prompt.ask(Text(f"  {question}"), default="", show_default=False, console=self.console)
        return answer


def on_terminal(plan: Plan, look: Look) -> Choices:
    """Ask the person at the terminal about a plan."""
    return decide(plan, TerminalPerson(Console()), look)
