"""The NaN guard names where the first NaN or infinity was born."""

import re
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_forward_names_operation_line_and_ranges():
    x = cr.Tensor(np.array([1.0, -1.0, 4.0]), requires_grad=True)
    with pytest.raises(FloatingPointError) as caught, cr.detect_anomaly():
        ops.exp(ops.log(x))  # here
    message = str(caught.value)
    assert message.startswith("log made the first NaN (forward), called at ")
    file, line = re.search(r"called at (.*):(\d+): 1 of 3 results are not finite", message).groups()
    assert file == __file__
    assert "# here" in Path(file).read_text().splitlines()[int(line) - 1]
    assert "its inputs: (3,) from -1 to 4" in message


def test_backward_names_the_operation_whose_derivative_is_infinite():
    x = cr.Tensor(np.array([0.0, 1.0]), requires_grad=True)
    born = r"^sqrt made the first (NaN|infinity) \(backward\).*gradient \(2,\) from "
    with pytest.raises(FloatingPointError, match=born), cr.detect_anomaly():
        (ops.sqrt(x) * 2.0).sum().backward()


def test_backward_of_a_graph_from_before():
    x = cr.Tensor(np.array([0.0, 1.0]), requires_grad=True)
    loss = ops.sqrt(x).sum()
    born = r"sqrt made the first infinity .*a place before the guard was on"
    with pytest.raises(FloatingPointError, match=born), cr.detect_anomaly():
        loss.backward()


def test_infinity_and_facts():
    born = r"exp made the first infinity \(forward, step 3, batch \[7, 9\]\)"
    with pytest.raises(FloatingPointError, match=born), cr.detect_anomaly(step=1) as guard:
        guard.at(step=3, batch=[7, 9])
        ops.exp(cr.Tensor(np.array([1000.0])))


def test_what_was_not_finite_before_is_not_blamed_on_an_operation():
    with cr.detect_anomaly():
        assert np.isnan((cr.Tensor(np.array([np.nan])) * 2.0).item())


def test_finite_training_is_left_alone_and_nothing_stays_on():
    x = cr.Tensor(np.array([1.0]), requires_grad=True)
    with cr.detect_anomaly():
        (x * x).sum().backward()
    assert float(x.grad.item()) == 2.0
    assert np.isinf(ops.exp(cr.Tensor(np.array([1000.0]))).item())


def test_constants_and_several_results_are_watched():
    with pytest.raises(FloatingPointError, match="divide made the first infinity"), cr.detect_anomaly():
        cr.Tensor(np.array([1.0])) / cr.Tensor(np.array([0.0]))


def test_module_path_is_named():
    from chainrule.autodiff.graph import module_names

    token = module_names.set(("encoder", "layers", "0"))
    try:
        with pytest.raises(FloatingPointError, match=r"in module encoder\.layers\.0, called at"), cr.detect_anomaly():
            ops.log(cr.Tensor(np.array([-1.0])))
    finally:
        module_names.reset(token)
