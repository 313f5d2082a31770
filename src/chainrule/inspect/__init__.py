"""Seeing what a network does: backpropagation layer by layer, what layers see, traces, pages."""

from chainrule.inspect.attention import attention_weights
from chainrule.inspect.attribution import feature_maps, grad_cam, saliency
from chainrule.inspect.backward import backward_propagation
from chainrule.inspect.checking import gradcheck, gradgradcheck
from chainrule.inspect.explain_backprop import explain_backprop
from chainrule.inspect.explain_conv import explain_conv
from chainrule.inspect.explain_pretraining import explain_pretraining
from chainrule.inspect.explain_seq2seq import explain_seq2seq
from chainrule.inspect.receptive_field import ReceptiveField, receptive_field
from chainrule.inspect.steps import Outgoing, Step, Trace
from chainrule.inspect.summary import LayerSummary, Summary, summary
from chainrule.inspect.trace import trace_backward

__all__ = [
    "LayerSummary",
    "Outgoing",
    "ReceptiveField",
    "Step",
    "Summary",
    "Trace",
    "attention_weights",
    "backward_propagation",
    "explain_backprop",
    "explain_conv",
    "explain_pretraining",
    "explain_seq2seq",
    "feature_maps",
    "grad_cam",
    "gradcheck",
    "gradgradcheck",
    "receptive_field",
    "saliency",
    "summary",
    "trace_backward",
]
