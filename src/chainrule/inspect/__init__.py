"""Seeing what a network does: backpropagation layer by layer, traces, pages."""

from chainrule.inspect.backward import backward_propagation
from chainrule.inspect.checking import gradcheck, gradgradcheck
from chainrule.inspect.explain_backprop import explain_backprop
from chainrule.inspect.steps import Outgoing, Step, Trace
from chainrule.inspect.trace import trace_backward

__all__ = [
    "Outgoing",
    "Step",
    "Trace",
    "backward_propagation",
    "explain_backprop",
    "gradcheck",
    "gradgradcheck",
    "trace_backward",
]
