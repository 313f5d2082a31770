"""How a user writes how much is labelled."""

import pytest

from chainrule.errors import ConfigError
from chainrule.tasks.judging.amounts import parse_amounts


def test_shares_and_numbers():
    assert [amount.of(8_983) for amount in parse_amounts("1%, 10 %,100%, 500,20000")] == [90, 898, 8_983, 500, 8_983]
    assert parse_amounts("0.01%")[0].of(100) == 2  # of one example nothing is learned


@pytest.mark.parametrize("text", ["", "0", "1", "-5", "101%", "0%", "2.5", "ten", "10%,"])
def test_anything_else_is_refused(text):
    with pytest.raises(ConfigError, match="expected shares or numbers of examples such as 1%,10%,100% or 100,1000"):
        parse_amounts(text)
