"""The few operations worth hand-tuning."""

from chainrule.kernels.selection import KernelSet, select

__all__ = ["KernelSet", "select"]
