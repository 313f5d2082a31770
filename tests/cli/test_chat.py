"""Talking with a model of dialogues."""

import json
import shutil

import pytest

from .command import SMALL, call, change_json, fails


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """A run that hears the last two utterances."""
    folder = tmp_path_factory.mktemp("talk")
    path = folder / "conversations.txt"
    names = [f"{a}{b}" for a in "klmn" for b in "aeiou"]
    path.write_text(
        "\n\n".join(f"hello {name}\nwho is {name} ?\nmy cat {name}\na nice cat" for name in names), encoding="utf-8"
    )
    options = ["--task", "dialogue", "--turns", 2, "--source-symbols", "words", "--target-symbols", "words"]
    result = call("train", "seq2seq", path, "--out", folder / "run", *options, "--steps", 12, *SMALL)
    assert result.exit_code == 0, result.output
    assert f"Try it: chainrule chat {folder / 'run'}" in result.output
    return folder / "run"


def test_it_says_what_it_is(talk):
    result = call("chat", talk, "--seed", 3, stdin="")
    assert result.stdout == ""
    first, second, third, fourth = result.stderr.splitlines()
    assert first.startswith("A small model of ")
    assert "parameters, trained on" in first
    assert "on dialogues held out its perplexity is" in first
    assert second.endswith("It hears the last 2 utterances, its own included.")
    assert third == "The draws begin at --seed 3."
    assert fourth.startswith("/reset forgets")


def test_a_line_gets_a_reply(talk):
    said = "hello ka\n\nmy cat ka\n"
    first = call("chat", talk, "--seed", 1, stdin=said).stdout
    assert len(first.splitlines()) == 2
    assert call("chat", talk, "--seed", 1, stdin=said).stdout == first
    assert call("chat", talk, "--seed", 1, stdin=f"{said}/quit\nhello ka\n").stdout == first


def test_it_hears_what_was_said_before(talk):
    greedy = ["chat", talk, "--beam", 1]
    alone = call(*greedy, stdin="my cat ka\n").stdout
    assert call(*greedy, stdin="hello ka\n/reset\nmy cat ka\n").stdout.splitlines()[1] == alone.strip()


def test_commands(talk):
    notes = call("chat", talk, stdin="/help\n/reset\n/dance\n").stderr.splitlines()[-3:]
    assert notes[0].startswith("/reset forgets")
    assert notes[1] == "What was said is forgotten."
    assert notes[2].startswith("There is no command /dance: /reset forgets")


def test_unlikely_replies_are_marked(talk, tmp_path):
    run = shutil.copytree(talk, tmp_path / "run")
    (run / "metrics.jsonl").write_text('{"step": 1, "dev_loss": 0.0, "best": true}\n')
    stderr = call("chat", run, "--beam", 1, stdin="hello ka\n").stderr
    assert "its perplexity is 1.0 of" in stderr
    assert "  (a guess: at each symbol it chose among " in stderr


def test_without_its_data_it_still_talks(talk, tmp_path):
    run = shutil.copytree(talk, tmp_path / "run")
    config = json.loads((run / "config.json").read_text())
    change_json(run / "config.json", data=config["data"] | {"name": "/nowhere/talk.txt"})
    result = call("chat", run, "--beam", 1, stdin="hello ka\n")
    assert "Copies of training replies cannot be marked: there is no file /nowhere/talk.txt" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_what_it_cannot_hear_does_not_end_it(talk):
    result = call("chat", talk, "--beam", 1, stdin=f"{'hello ' * 50}\nhello zebra\n")
    assert result.exit_code == 0
    assert "Error: that has 50 symbols, and the longest utterance that the model learned from " in result.stderr
    assert "  (the model never saw zebra, and reads <unk>)" in result.stderr
    assert len(result.stdout.splitlines()) == 1


def test_other_runs_are_refused(trained):
    message = fails("chat", trained, status=2)
    assert message.startswith(
        f"{trained} was trained to transduce, not on dialogues: use `chainrule predict {trained}`"
    )
