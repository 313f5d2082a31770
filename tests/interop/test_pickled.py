"""The reader of pickles: plain data comes out, and whatever could run is refused by name."""

import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from chainrule.errors import WeightsError
from chainrule.interop.pickled import Admitted, read_pickle

NAMES = {
    "collections OrderedDict": Admitted("collections OrderedDict", lambda *_: {}),
    "os getcwd": Admitted("os getcwd"),
}


def read(data, **options):
    return read_pickle(io.BytesIO(data), "it", NAMES, **options)


PLAIN = {
    "numbers": [0, 1, -1, 255, 256, 65_536, 2**31, -(2**40), 2**100, 1.5, float("inf")],
    "words": ("", "a", "ü" * 300, b"bytes", b"x" * 300),
    "others": (True, False, None, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}),
    1: {2.5: [[["deep"]]]},
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data(protocol):
    plain = PLAIN if protocol >= 3 else {**PLAIN, "words": ("", "a", "ü" * 300)}  # these write bytes as a call
    assert read(pickle.dumps(plain, protocol)) == plain


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_what_is_shared_stays_shared(protocol):
    one = [1]
    first, second = read(pickle.dumps((one, one), protocol))
    assert first is second


def test_an_ordered_dict_with_attributes():
    state = OrderedDict(a=1)
    state._metadata = {"version": 1}
    assert read(pickle.dumps(state, 2)) == {"a": 1}


class Evil:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


class Plain:
    pass


REFUSALS = [
    (Evil(os.system, ("touch evil",)), "posix.system|nt.system"),
    (Evil(eval, ("1",)), "builtins.eval|__builtin__.eval"),
    (Evil(getattr, ("a", "b")), "builtins.getattr|__builtin__.getattr"),
    ({"weights": [Evil(os.getcwd, ())]}, "posix.getcwd|nt.getcwd"),
    (Plain(), "Plain|copy_?reg"),
    (np.ones(3), "numpy"),
    ({1, 2}, "builtins.set|__builtin__.set|EMPTY_SET"),
]


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(("value", "name"), REFUSALS, ids=[name for _, name in REFUSALS])
def test_whatever_could_run_is_refused_by_name(protocol, value, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match=f"it was refused and nothing of it run: it uses .*({name})"):
        read(pickle.dumps(value, protocol))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"cos\ngetcwd\n)R.", "a call of os.getcwd"),  # admitted, but not to be called
        (b"X\x01\x00\x00\x00a)R.", "a call of a str"),
        (b"])R.", "a call of a list"),
        (b"K\x01}b.", "attributes of a int"),
        (b"K\x01Q.", "a reference to something outside"),
        (b"cos\ngetcwd\n)\x81.", "instruction NEWOBJ"),
        (b"\x82\x01.", "instruction EXT1"),
        (b"(cos\nsystem\no.", "os.system"),
        (b"(S'ls'\nios\nsystem\n.", "instruction INST"),
        (b"P1\n.", "instruction PERSID"),
    ],
)
def test_other_instructions_are_refused(data, message):
    with pytest.raises(WeightsError, match=message):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"K",
        b".",
        b"K\x01",
        b"K\x01K\x02.",
        b"t.",
        b"K\x01\x87.",
        b"a.",
        b"K\x01K\x02a.",
        b"}K\x01s.",
        b"}(K\x01u.",
        b"})K\x01s.",
        b"h\x07.",
        b"\xff",
        b"\x93.",
        b"))\x93.",
        b"R.",
        b"ccollections\nOrderedDict\nK\x01R.",
        b"X\xff\xff\xff\x7fa.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fa.",
        b"I" + b"9" * 5000 + b"\n.",
        b")" + b"\x85" * 100_000 + b"}" + b"h\x00s.",
    ],
)
def test_broken_pickles_are_damaged(data):
    with pytest.raises(WeightsError, match="it is damaged"):
        read(data)


def test_a_long_nested_tuple_is_no_key():
    with pytest.raises(WeightsError, match="neither texts nor numbers"):
        read(b"})" + b"\x85" * 300_000 + b"K\x01s.")


def test_any_bytes_give_a_value_or_an_error():
    rng = np.random.default_rng(0)
    alphabet = np.frombuffer(
        b"().0123]}abceghijlqrstuKMJXUBGNQR\x80\x85\x86\x87\x88\x89\x8a\x8c\x93\x94\x95\x00\x01\n", np.uint8
    )
    values = 0
    for _ in range(3000):
        data = rng.choice(alphabet, rng.integers(1, 40)).tobytes() + b"."
        try:
            read(data, outside=lambda reference: reference)
            values += 1
        except WeightsError:
            pass
    assert values > 0
