"""The Python examples of README.md and docs/ run, one after the other in each file; others are at least complete."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)")


@pytest.mark.filterwarnings("default::RuntimeWarning")  # an example may show what a logarithm of -1 leads to
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_examples_run(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = document.read_text(encoding="utf-8")
    names = {"__name__": "__main__"}
    for match in BLOCK.finditer(text):
        if match[1] == "python":
            above = text.count("\n", 0, match.start(2))  # so that a traceback names the document's line
            exec(compile("\n" * above + match[2], document, "exec"), names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]
