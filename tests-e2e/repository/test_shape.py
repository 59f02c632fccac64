"""The code keeps its shape, and the measure sees what is out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from repository.shape import measure


def test_the_code_is_in_shape() -> None:
    assert measure().problems() == []


def package(root: Path, code: str) -> Path:
    source = root / "packages" / "p" / "src" / "p"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text(code)
    return root


SHORT = 'def f():\n    """Docstrings,\n\n    however long, don\'t count."""\n    # nor do comments\n\n    return 1\n'


def test_a_functions_length_is_its_code(tmp_path: Path) -> None:
    shape = measure(package(tmp_path, SHORT))
    assert [length for length, _ in shape.functions] == [2]
    assert shape.problems() == []


LONG = {
    "a long function": ("def f():\n" + "    x = 1\n" * 101, "longest function"),
    "many middling functions": ("def f():\n" + "    x = 1\n" * 12, "median length"),
    "a long file": (SHORT * 200, "longest file"),
}


@pytest.mark.parametrize(("code", "sentence"), LONG.values(), ids=LONG)
def test_what_is_out_of_shape_is_named(tmp_path: Path, code: str, sentence: str) -> None:
    assert any(sentence in problem for problem in measure(package(tmp_path, code)).problems())


def test_tables_do_not_count(tmp_path: Path) -> None:
    assert measure(package(tmp_path, SHORT + "TABLE = [\n" + "    1,\n" * 900 + "]\n")).files == []
