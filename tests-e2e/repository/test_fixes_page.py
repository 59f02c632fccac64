"""The page of fixes is what the programs say about themselves now."""

from __future__ import annotations

from repository.fixes_page import PAGE, checks, render


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "write it anew: PYTHONPATH=tests-e2e python -m repository.fixes_page > docs/reference/fixes.md"
    )


def test_every_check_finds_a_word_of_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(checks()) > 40
    assert all(f"| `{word}`: " in page for word in checks() if word != "other")
