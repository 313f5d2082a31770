"""Cases of `chainrule.nn.hooks`."""

from chainrule.nn import hooks

from ..case import Case

CASES = [
    Case(
        hooks._passed,
        ((3, 4), (2,)),
        lambda x, y: (x, y),
        call=lambda *xs: hooks._passed(*xs, shown=lambda grads: grads),
    )
]
