"""`Tensor` as an object: making, looking inside, protocols."""

import copy
import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import Tensor
from chainrule.backend import to_backend


@pytest.fixture
def recorded():
    return Tensor(np.arange(3.0), requires_grad=True) * 2.0


class TestMaking:
    def test_python_floats_become_float32(self):
        assert Tensor(1.5).dtype == np.float32 and Tensor([[1.0, 2.0]]).shape == (1, 2)

    def test_integers_and_truth_values_stay(self):
        assert Tensor([1, 2]).dtype == np.int64 and Tensor([True]).dtype == np.bool_

    def test_arrays_are_kept_without_a_copy(self, backend):
        array = to_backend(np.arange(4, dtype=np.float32), backend)
        assert Tensor(array).value is array

    def test_tensor_copies(self, backend):
        array = to_backend(np.arange(4, dtype=np.float32), backend)
        made = cr.tensor(array, requires_grad=True)
        assert made.requires_grad and made.value is not array
        np.testing.assert_array_equal(made.numpy(), np.arange(4))

    def test_tensor_casts(self):
        assert cr.tensor([1, 2], dtype=np.float64).dtype == np.float64

    def test_of_a_tensor_only_the_numbers_are_taken(self, recorded):
        made = Tensor(recorded)
        assert not made.requires_grad and made.value is recorded.value

    @pytest.mark.parametrize("wrong", ["text", object(), [1j]], ids=["text", "object", "complex"])
    def test_what_is_no_number_is_refused(self, wrong):
        with pytest.raises(TypeError, match="expected numbers"):
            Tensor(wrong)


class TestLookingInside:
    def test_shape_and_size(self):
        x = Tensor(np.zeros((2, 3), np.float32))
        assert (x.shape, x.ndim, x.size, len(x), x.dtype) == ((2, 3), 2, 6, 2, np.float32)

    def test_numpy_is_a_read_only_view(self):
        x = Tensor(np.zeros(3))
        view = x.numpy()
        assert np.shares_memory(view, x.value)
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 1.0

    def test_numpy_of_a_result(self, recorded):
        np.testing.assert_array_equal(recorded.numpy(), [0.0, 2.0, 4.0])

    def test_item(self):
        assert Tensor([[2.5]]).item() == 2.5 and Tensor(3).item() == 3 and Tensor(True).item() is True
        with pytest.raises(ValueError, match=r"one element, but this one has shape \(2,\)"):
            Tensor([1.0, 2.0]).item()

    def test_as_numbers(self):
        assert float(Tensor(2.5)) == 2.5 and int(Tensor(2.5)) == 2 and [10, 20][Tensor(1)] == 20
        with pytest.raises(TypeError, match="only integer tensors can be an index"):
            [10, 20][Tensor(1.0)]

    def test_truth(self):
        assert Tensor(1.0) and not Tensor([0])
        with pytest.raises(ValueError, match=r"truth of a tensor of shape \(2,\) is ambiguous"):
            bool(Tensor([1.0, 2.0]))

    def test_iteration(self):
        assert [row.shape for row in Tensor(np.zeros((2, 3)))] == [(3,), (3,)]
        with pytest.raises(TypeError, match="no length"):
            len(Tensor(1.0))

    def test_repr(self, recorded):
        assert repr(Tensor([1.0, 2.0])) == "Tensor([1., 2.], dtype=float32)"
        assert "requires_grad=True" in repr(recorded)

    def test_detach_shares_memory_and_passes_nothing_on(self, recorded):
        constant = recorded.detach()
        assert not constant.requires_grad and np.shares_memory(constant.value, recorded.value)


class TestRequiresGrad:
    def test_can_be_switched(self):
        x = Tensor([1.0])
        x.requires_grad = True
        assert x.requires_grad and x.is_leaf
        assert not x.requires_grad_(False).requires_grad

    def test_results_cannot_be_switched_off(self, recorded):
        with pytest.raises(RuntimeError, match=r"use \.detach\(\)"):
            recorded.requires_grad_(False)
        assert recorded.requires_grad_() is recorded


class TestProtocols:
    def test_array(self):
        x = Tensor(np.arange(3, dtype=np.float32))
        assert np.shares_memory(np.asarray(x), x.value)
        assert np.asarray(x, dtype=np.float64).dtype == np.float64
        assert not np.shares_memory(np.array(x), x.value)

    def test_array_on_the_tape_is_refused(self, recorded):
        with pytest.raises(RuntimeError, match=r"NumPy would lose its gradient: use \.detach\(\) or \.numpy\(\)"):
            np.asarray(recorded)

    def test_arrays_on_the_left(self, recorded):
        for y in (np.ones(3) * recorded, np.float64(2) + recorded, np.ones((2, 3)) @ recorded):
            assert isinstance(y, Tensor) and y.requires_grad

    def test_dlpack(self, backend):
        x = Tensor(to_backend(np.arange(3, dtype=np.float32), backend))
        np.testing.assert_array_equal(np.from_dlpack(x), np.arange(3))

    def test_dlpack_on_the_tape_is_refused(self, recorded):
        with pytest.raises(RuntimeError, match="another library would lose its gradient"):
            np.from_dlpack(recorded)

    def test_tensors_are_keys(self):
        x, y = Tensor([1.0]), Tensor([1.0])
        assert {x: 1, y: 2}[x] == 1 and x in {x} and y not in {x}

    def test_deepcopy(self):
        x = Tensor(np.ones(2), requires_grad=True)
        y = Tensor(np.ones(2))
        first, again, other = copy.deepcopy([x, x, y])
        assert first is again and first is not x and first.requires_grad and not other.requires_grad
        assert not np.shares_memory(first.value, x.value)
        (first * 3.0).sum().backward()
        assert x.grad is None and first.grad is not None

    def test_deepcopy_of_a_result_is_refused(self, recorded):
        with pytest.raises(RuntimeError, match=r"copy \.detach\(\)"):
            copy.deepcopy(recorded)


class TestOperators:
    A = np.array([[1.0, -2.0], [3.0, 0.5]])

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: x + x,
            lambda x: 1.0 + x - 3.0,
            lambda x: 2.0 - x,
            lambda x: x * 2.0 * x,
            lambda x: x / (x + 10.0),
            lambda x: 1.0 / x,
            lambda x: x**2,
            lambda x: x**-1.0,
            lambda x: 2.0**x,
            lambda x: -x,
            lambda x: abs(x),
            lambda x: x @ x,
            lambda x: x[0] @ x,
            lambda x: x.T,
            lambda x: x[:, ::-1],
            lambda x: x[None, 0],
            lambda x: x.reshape(-1),
            lambda x: x.reshape((4, 1)),
        ],
    )
    def test_they_are_numpys(self, function):
        x = Tensor(self.A, requires_grad=True)
        y = function(x)
        np.testing.assert_allclose(y.numpy(), function(self.A))
        assert y.requires_grad

    @pytest.mark.parametrize(
        "function",
        [
            lambda x: x > 0.5,
            lambda x: x >= 1.0,
            lambda x: x > 0.5,
            lambda x: x <= x,
            lambda x: x == x,
            lambda x: x != 3.0,
            lambda x: (x > 0) & (x < 2),
            lambda x: (x > 2) | (x < 0),
            lambda x: ~(x > 0),
            lambda x: np.sign(x) if isinstance(x, np.ndarray) else x.sign(),
            lambda x: x.argmax(axis=1),
            lambda x: (x > 0).all(),
        ],
    )
    def test_comparisons_are_constants(self, function):
        y = function(Tensor(self.A, requires_grad=True))
        np.testing.assert_array_equal(y.numpy(), function(self.A))
        assert not y.requires_grad

    def test_methods_have_pytorchs_meaning(self):
        x = Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
        assert x.transpose(0, 2).shape == (4, 3, 2) and x.permute(1, 0, 2).shape == (3, 2, 4)
        assert x[0].transpose(0, 1).shape == (4, 3) and x[0].transpose((0, 1)).shape == (3, 4)
        assert x.unsqueeze(1).shape == (2, 1, 3, 4) and x.flatten(1).shape == (2, 12) and x.mT.shape == (2, 4, 3)
        assert x[:1].expand(5, -1, 4).shape == (5, 3, 4) and x.repeat(2, 1, 1).shape == (4, 3, 4)
        assert x.gather(2, np.zeros((2, 3, 1), int)).shape == (2, 3, 1)
        assert x.clamp(min=3.0).numpy().min() == 3.0 and x.pow(2).numpy().max() == 529.0
        assert x.masked_fill(x > 3.0, math.inf).numpy().max() == math.inf
        assert x.mean(axis=(0, 1)).shape == (4,) and x.norm().item() == pytest.approx(math.sqrt(4324.0))
        assert x.softmax(axis=1).numpy().sum() == pytest.approx(8.0)
