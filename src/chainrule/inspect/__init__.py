"""Seeing what a network does: backpropagation layer by layer, traces, pages."""

from chainrule.inspect.backward import backward_propagation

__all__ = ["backward_propagation"]
