"""Rules of style that a machine can check."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("src", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 500, 60


def test_no_file_is_too_long():
    assert not [str(path) for path in FILES if path.read_text(encoding="utf-8").count("\n") > LONGEST_FILE]


def test_no_function_is_too_long():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _length(node) > LONGEST_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_types_are_shipped():
    assert (ROOT / "src" / "chainrule" / "py.typed").exists()


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring and without the functions inside it, which count by themselves."""
    docstring = ast.get_docstring(function, clean=False)
    inner = [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function]
    lines = set(range(function.lineno, function.end_lineno + 1))
    for node in inner:
        lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines) - (docstring.count("\n") + 1 if docstring else 0)
