"""Layers and models."""

from chainrule.nn.containers import ModuleDict, ModuleList, Sequential
from chainrule.nn.functional_call import functional_call
from chainrule.nn.module import Module, module_path
from chainrule.nn.parameter import Parameter
from chainrule.nn.state import LoadReport
