"""Rules for names hold in both directions."""

from chainrule.interop.names import NameMap

NAMES = NameMap(("stem.{}", "first.0.{}"), ("h.{}.mlp.{}.{}", "blocks.{}.{}.feed.{}"))


def test_both_directions():
    for there, here in (("stem.weight", "first.0.weight"), ("h.12.mlp.a.bias", "blocks.12.a.feed.bias")):
        assert NAMES.here(there) == here
        assert NAMES.there(here) == there


def test_unknown_names():
    assert NAMES.here("stem.a.weight") is None
    assert NAMES.here("stemXweight") is None
    assert NAMES.there("last.weight") is None
