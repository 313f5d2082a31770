"""Commands that are another one for each task."""

import json

from .command import call


def test_help_without_a_run_lists_the_options_of_every_task():
    shown = call("predict", "--help").stdout
    assert "Options for a run of seq2seq:" in shown
    assert "--n-best" in shown


def test_help_with_a_run_is_that_of_its_task(trained):
    shown = call("predict", trained, "--help").stdout
    assert shown.startswith("Usage: main predict [OPTIONS] RUN")
    assert "WORDS" in shown
    assert "--n-best" in shown
    assert "Options for a run of" not in shown


def test_the_run_may_stand_behind_options(trained):
    assert (
        call("predict", "--n-best", 2, trained, "abc").stdout == call("predict", trained, "abc", "--n-best", 2).stdout
    )


def test_a_run_is_asked_for():
    result = call("evaluate")
    assert result.exit_code == 2
    assert "missing argument 'RUN'" in result.stderr


def test_a_task_of_a_newer_version(copy):
    path = copy / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"task": "telepathy"}))
    for command in (("predict", copy, "abc"), ("evaluate", copy), ("resume", copy)):
        result = call(*command)
        assert result.exit_code == 1
        assert "is a run of the task 'telepathy', but this version knows only seq2seq" in result.stderr
