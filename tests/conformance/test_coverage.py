"""No operation outside the harness: whoever adds one is told what is missing."""

import importlib
import inspect
import pkgutil

import chainrule
from chainrule import ops
from chainrule.autodiff.watching import Watcher
from chainrule.ops import arithmetic, constants, shape

from .cases import CASES, DIFFERENTIABLE
from .evaluation import evaluate, probe

# What has no rule of its own and no result to check against differences: tried in tests/ops.
CONSTANTS = {name for name in ops.__all__ if getattr(constants, name, None) is getattr(ops, name)} | {
    name for name in ops.__all__ if getattr(ops, name).__module__ == constants.__name__
}


class Ran(Watcher):
    """Collects the operations that are recorded."""

    def __init__(self):
        self.operations = set()

    def forward(self, operation, inputs, constants, value, node):
        if node is not None:
            self.operations.add(operation)


def all_operations():
    """Every function that `differentiable` made, in every module."""
    made_by_decorator = {function.__code__ for function in (arithmetic.add, shape.reshape)}
    found = set()
    for module in pkgutil.walk_packages(chainrule.__path__, "chainrule."):
        if not module.name.startswith(("chainrule.kernels", "chainrule.backend")):  # these stand below operations
            for _, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
                if function.__code__ in made_by_decorator:
                    found.add(function)
    return found


def ran_by(case):
    """The operations on the tapes of a case and its derivatives."""
    with Ran() as ran:
        evaluate(case, case.arrays(), *probe(case))
    return ran.operations


def test_every_differentiable_operation_has_a_case_in_its_own_module():
    tried = {
        operation
        for case in DIFFERENTIABLE
        for operation in ran_by(case)
        if operation.__module__ == case.operation.__module__
    }
    missing = {f"{operation.__module__}.{operation.__name__}" for operation in all_operations() - tried}
    assert not missing, f"add a Case to tests/conformance/cases for {sorted(missing)}"


def test_every_public_operation_has_a_case():
    missing = set(ops.__all__) - CONSTANTS - {case.operation.__name__ for case in CASES}
    assert not missing, f"add a Case to tests/conformance/cases for {sorted(missing)}"


def test_every_operation_has_a_compiled_case():
    compiled = {case.operation.__name__ for case in CASES if case.compiled}
    assert {case.operation.__name__ for case in CASES} == compiled


def test_names_of_cases_are_unique():
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)
