"""The two array libraries and how code finds the one it was called with.

A rule or a reference kernel is written once, in array code. It asks `namespace` for the functions that
belong to the arrays it was given, and every answer holds the same names (`VOCABULARY`).
"""

from chainrule.backend.namespaces import VOCABULARY, Array, is_array, namespace, to_backend

__all__ = ["VOCABULARY", "Array", "is_array", "namespace", "to_backend"]
