"""``chainrule predict --attention``."""

import re

from .command import call, fails


def test_attention_of_each_answer(trained, tmp_path):
    page = tmp_path / "looks.html"
    result = call("predict", trained, "abc", "dab", "--attention", page)
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 2
    text = page.read_text(encoding="utf-8")
    assert [title.split()[:3] for title in re.findall(r"</span>|<h2>(.*?)</h2>", text)] == [list("abc"), list("dab")]
    assert "looks at" in text


def test_attention_is_of_one_best_answer(trained, tmp_path):
    assert "leave out" in fails("predict", trained, "abc", "--sample", "--attention", tmp_path / "page.html", status=2)
    assert "No such file" in fails("predict", trained, "abc", "--attention", tmp_path / "nowhere" / "page.html")
