"""Provisional until the real one replaces this file."""

from chainrule.backend import namespace


def matmul(a, b):
    return namespace(a, b).matmul(a, b)
