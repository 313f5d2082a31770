"""Line by line: one line out for each line in."""

import pytest

from .command import call, fails


def _predicted(run, *words):
    return [line.split("\t")[1] for line in call("predict", run, *words).stdout.splitlines()]


def test_a_line_out_for_each_line_in(trained):
    words = ["abc", "dcba", "aa"]
    one, two, three = _predicted(trained, *words)
    result = call("translate", trained, stdin="abc\r\n\n   \ndcba\naa")
    assert result.stdout.split("\n") == [one, "", "", two, three, ""]
    assert result.stderr == ""


def test_files_one_after_the_other(trained, tmp_path):
    files = [tmp_path / "one.txt", tmp_path / "two.txt"]
    files[0].write_text("abc\n\n", encoding="utf-8")
    files[1].write_text("dcba\n", encoding="utf-8")
    one, two = _predicted(trained, "abc", "dcba")
    assert call("translate", trained, *files).stdout.split("\n") == [one, "", two, ""]
    files[1].write_text("dcba\nabx\n", encoding="utf-8")
    assert fails("translate", trained, *files).startswith(f"cannot answer 'abx' ({files[1]}, line 2): ")
    assert call("translate", trained, *files).stdout.split("\n") == [one, "", two, ""]


def test_several_translations_have_numbers(trained):
    lines = call("translate", trained, "--n-best", 3, "--beam", 4, stdin="abc\n\ndcba\n").stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    assert [row[0] for row in rows] == ["1"] * 3 + ["2"] + ["3"] * 3
    assert [row[2] for row in rows] == ["1", "2", "3", "1", "1", "2", "3"]
    best = [float(row[3]) for row in rows[:3]]
    assert best == sorted(best, reverse=True)
    assert rows[3][1] == ""


def test_long_lines_are_cut(trained):
    """The longest input of the training data has six letters."""
    one, two = _predicted(trained, "abc", "dcba")
    assert call("translate", trained, stdin="abc dcba\n").stdout == f"{one} {two}\n"
    joined = call("translate", trained, "--n-best", 2, stdin="abc dcba\n").stdout.splitlines()
    assert len(joined) == 2
    assert joined[0].split("\t")[1] == f"{one} {two}"
    long = call("translate", trained, stdin="abcd" * 25_000 + "\nabc\n")
    assert long.exit_code == 0
    assert long.stdout.splitlines()[1] == one


@pytest.mark.parametrize(
    ("stdin", "message"),
    [
        (b"abc\nabx\n", "cannot answer 'abx' (line 2): the model never saw 'x'"),
        (b"abc\n\nab\0\n", "line 3: found a NUL character"),
        (b"abc\n\xff\n", "line 2: byte 0xff is not utf-8"),
    ],
)
def test_a_bad_line_is_named(trained, stdin, message):
    assert message in fails("translate", trained, stdin=stdin)
    good = call("translate", trained, stdin=stdin).stdout.splitlines()  # what stands before it is translated
    assert good == [*_predicted(trained, "abc"), ""][: stdin.count(b"\n") - 1]


def test_a_file_that_is_not_there(trained, tmp_path):
    assert "No such file" in fails("translate", trained, tmp_path / "none.txt", status=2)
