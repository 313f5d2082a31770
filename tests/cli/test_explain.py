"""``chainrule explain`` and ``chainrule gradcheck``."""

import importlib

from .command import call, fails

explain_conv = importlib.import_module("chainrule.inspect.explain_conv")
explain_pretraining = importlib.import_module("chainrule.inspect.explain_pretraining")


def assert_narrow(text):
    """It can be read in a terminal that nobody made wider."""
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()


NETWORK = """
import chainrule as cr
from chainrule import nn
from neighbour import SIZE

class Network(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(SIZE, 3)

    def forward(self, x):
        return cr.ops.tanh(self.linear(x))

class Needy(nn.Module):
    def __init__(self, size, depth=2):
        pass

def look_up(table, index):
    return table[index] * 2.0

@cr.differentiable
def wrong(x):
    return x * x, (lambda grad: grad * x,)

number = 3
"""


def test_explain_backprop():
    result = call("explain", "backprop")
    assert result.exit_code == 0, result.output
    assert "BACKWARD" in result.stdout
    assert_narrow(result.stdout)


def test_explain_backprop_as_a_page(tmp_path):
    page = tmp_path / "page.html"
    result = call("explain", "backprop", "--html", page)
    assert result.exit_code == 0, result.output
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert str(page) in result.stdout


def test_explain_conv(tmp_path, monkeypatch):
    monkeypatch.setattr(explain_conv, "clothes", lambda: None)
    monkeypatch.setattr(explain_conv, "STEPS", 3)
    result = call("explain", "conv")
    assert result.exit_code == 0, result.output
    assert "HOW FAR A UNIT SEES" in result.stdout
    assert_narrow(result.stdout)
    result = call("explain", "conv", "--html", tmp_path / "page.html")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_explain_pretraining(tmp_path, monkeypatch):
    lesson = explain_pretraining.definitions_lesson()._replace(steps=10, seeds=2, epochs=1, amounts=(12, 24), curve=12)
    monkeypatch.setattr(explain_pretraining, "definitions_lesson", lambda: lesson)
    result = call("explain", "pretraining")
    assert result.exit_code == 0, result.output
    assert "WHAT IT GUESSES" in result.stdout
    assert_narrow(result.stdout)
    result = call("explain", "pretraining", "--html", tmp_path / "page.html")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_explain_a_run(trained, tmp_path):
    result = call("explain", "seq2seq", trained, "abc")
    assert result.exit_code == 0, result.output
    assert "THE BEAM AS IT GROWS" in result.stdout
    assert_narrow(result.stdout)
    page = tmp_path / "page.html"
    assert call("explain", "seq2seq", trained, "abc", "--html", page).exit_code == 0
    assert "looks at" in page.read_text(encoding="utf-8")
    assert "never saw" in fails("explain", "seq2seq", trained, "xyz")
    assert "name an input" in fails("explain", "seq2seq", trained, status=2)


def test_explain_into_a_folder_that_is_not_there(tmp_path):
    assert "No such file" in fails("explain", "backprop", "--html", tmp_path / "nowhere" / "page.html")


def user_file(folder):
    (folder / "neighbour.py").write_text("SIZE = 4\n")
    file = folder / "mine.py"
    file.write_text(NETWORK)
    return file


def test_gradcheck_of_a_module_and_of_a_function(tmp_path):
    file = user_file(tmp_path)
    result = call("gradcheck", f"{file}:Network", "--input", "2,4", "--second")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("are right, by 1 input and 2 parameters (15 numbers).") == 2
    result = call("gradcheck", f"{file}:look_up", "--input", "5,3", "--input", "4:int5")
    assert result.exit_code == 0, result.output


def test_gradcheck_names_the_wrong_entry(tmp_path):
    sentence = fails("gradcheck", f"{user_file(tmp_path)}:wrong", "--input", "3")
    assert "first derivatives" in sentence
    assert "worst at entry" in sentence


def test_gradcheck_of_what_cannot_be_checked(tmp_path):
    file = user_file(tmp_path)
    assert "no file" in fails("gradcheck", "nowhere.py:f", "--input", "3")
    assert "has no 'nothing'; it has" in fails("gradcheck", f"{file}:nothing", "--input", "3")
    assert "needs size" in fails("gradcheck", f"{file}:Needy", "--input", "3")
    assert "must be a function or a module, but is a int" in fails("gradcheck", f"{file}:number", "--input", "3")
    for shape in ("5x", "3:float", "3:int0", "a"):
        assert "expected a shape such as" in fails("gradcheck", f"{file}:wrong", "--input", shape)
