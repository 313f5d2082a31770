"""The few operations worth hand-tuning."""

from chainrule.kernels.array_list import ArrayList
from chainrule.kernels.selection import KernelSet, select

__all__ = ["ArrayList", "KernelSet", "select"]
