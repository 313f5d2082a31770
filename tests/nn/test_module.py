"""`Module`: what it finds, saves, loads, moves and shows."""

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


class Block(nn.Module):
    """Two layers, a buffer, and a layer that is used twice."""

    def __init__(self):
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(4, 4)
        self.again = self.second
        self.scale = nn.Parameter(np.ones(4, np.float32))
        self.register_buffer("count", np.zeros(2, np.float32))
        self.register_buffer("scratch", np.zeros(1, np.float32), persistent=False)

    def forward(self, x):
        return self.again(self.second(self.first(x))) * self.scale


NAMES = ["scale", "first.weight", "first.bias", "second.weight", "second.bias"]


def test_parameters_are_found_once_in_order_of_modules():
    block = Block()
    assert [name for name, _ in block.named_parameters()] == NAMES
    assert [name for name, _ in block.named_parameters("model", recurse=False)] == ["model.scale"]
    assert len(list(block.parameters())) == 5
    assert block.num_parameters() == 4 + 16 + 20


def test_modules_and_buffers():
    block = Block()
    assert [name for name, _ in block.named_modules()] == ["", "first", "second"]
    assert [name for name, _ in block.named_children()] == ["first", "second"]
    assert list(block.modules()) == [block, *block.children()]
    assert [name for name, _ in block.named_buffers()] == ["count", "scratch"]
    assert block.state_cells() == [*block.parameters(), *block.buffers()]


def test_what_is_deleted_or_set_to_none_is_gone():
    block = Block()
    block.first.bias = None
    del block.scale
    del block.count
    assert [name for name, _ in block.named_parameters()] == ["first.weight", "second.weight", "second.bias"]
    assert [name for name, _ in block.named_buffers()] == ["scratch"]
    assert "count" not in block.state_dict()


def test_state_dict_has_all_names_of_shared_weights_and_no_scratch_buffers():
    block = Block()
    state = block.state_dict()
    assert list(state) == ["scale", "count", *NAMES[1:], "again.weight", "again.bias"]
    assert not any(tensor.requires_grad for tensor in state.values())
    assert np.shares_memory(state["scale"].value, block.scale.value)


def test_load_copies(backend):
    source, target = Block(), Block().to(backend)
    numbers = {name: tensor.numpy() for name, tensor in source.state_dict().items()}
    assert not any(target.load_state_dict(numbers))
    for name, tensor in target.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), numbers[name])
        assert not np.shares_memory(np.asarray(tensor.value), numbers[name])


def test_load_casts_to_the_modules_dtype():
    block = Block()
    block.load_state_dict({name: np.ones(t.shape) for name, t in block.state_dict().items()})
    assert {p.dtype for p in block.parameters()} == {np.dtype(np.float32)}


def test_one_name_of_a_shared_weight_is_enough():
    block, state = Block(), Block().state_dict()
    report = block.load_state_dict({name: t for name, t in state.items() if not name.startswith("again")})
    assert report == nn.LoadReport([], [], [])
    np.testing.assert_array_equal(block.again.weight.numpy(), state["again.weight"].numpy())


def test_strict_loading_tells_everything_and_writes_nothing():
    block = Block()
    before = {name: tensor.numpy().copy() for name, tensor in block.state_dict().items()}
    state = {name: np.ones(tensor.shape) for name, tensor in block.state_dict().items()}
    state["first.wieght"] = state.pop("first.weight")
    state["scale"] = np.ones(5)
    with pytest.raises(ValueError, match="Block got a state that does not fit") as error:
        block.load_state_dict(state)
    for part in ("first.weight (4, 3)", "first.wieght (4, 3)", "scale (5,) instead of (4,)", "strict=False"):
        assert part in str(error.value)
    for name, tensor in block.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), before[name])


def test_lenient_loading_writes_what_fits_and_reports_the_rest():
    block = Block()
    state = {name: np.full(tensor.shape, 7.0) for name, tensor in block.state_dict().items()}
    state["other"] = state.pop("first.weight")
    state["scale"] = np.ones(5)
    report = block.load_state_dict(state, strict=False)
    assert report.missing_keys == ["first.weight"]
    assert report.unexpected_keys == ["other"]
    assert report.mismatched == [nn.Mismatch("scale", (4,), (5,))]
    np.testing.assert_array_equal(block.first.bias.numpy(), 7.0)
    np.testing.assert_array_equal(block.scale.numpy(), 1.0)


def test_long_lists_of_names_are_cut():
    model = nn.Sequential(*(nn.Linear(1, 1) for _ in range(20)))
    with pytest.raises(ValueError, match="and 32 more"):
        model.load_state_dict({})


def test_a_buffer_keeps_its_tensor_when_it_is_assigned():
    block = Block()
    buffer = block.count
    block.count = block.count + block.scale[:2]
    assert block.count is buffer
    assert not buffer.requires_grad
    np.testing.assert_array_equal(buffer.numpy(), 1.0)
    block.count = np.zeros(2, np.float32)
    np.testing.assert_array_equal(buffer.numpy(), 0.0)
    with pytest.raises(TypeError, match="must be a Tensor or an array"):
        block.count = "three"


def test_a_buffer_may_begin_as_none():
    module = nn.Module()
    module.register_buffer("mean", None)
    assert list(module.buffers()) == []
    module.mean = cr.Tensor([1.0])
    assert list(module.state_dict()) == ["mean"]


@pytest.mark.parametrize("name", ["first", "a.b", "forward"])
def test_a_buffer_needs_a_new_name(name):
    with pytest.raises(ValueError, match="expected a new name without dots"):
        Block().register_buffer(name, np.zeros(1))


def test_a_parameter_does_not_become_something_else_by_accident():
    block = Block()
    with pytest.raises(TypeError, match="scale is a Parameter and cannot become a Tensor"):
        block.scale = block.scale * 2
    block.scale = nn.Parameter(np.zeros(4, np.float32))
    block.scale = None


@pytest.mark.parametrize("hidden", [[nn.Linear(1, 1)], {"a": nn.Parameter(np.zeros(1, np.float32))}])
def test_modules_in_plain_lists_and_dicts_are_refused(hidden):
    module = nn.Module()
    with pytest.raises(TypeError, match=r"use nn\.Module(List|Dict)"):
        module.layers = hidden
    module.layers = (nn.Linear(1, 1),)
    module.names = ["a"]
    assert list(module.parameters()) == []


def test_deepcopy_shares_nothing_but_keeps_what_is_shared_inside():
    block = Block()
    block.first.requires_grad_(False)
    copied = copy.deepcopy(block)
    assert copied.again is copied.second is not block.second
    assert not copied.first.weight.requires_grad
    copied.second.weight.value[...] = 0.0
    copied.count = copied.count + 1
    assert block.second.weight.numpy().any()
    assert not block.count.numpy().any()
    assert isinstance(copied.scale, nn.Parameter)


def test_train_and_eval_reach_all_modules():
    model = nn.Sequential(Block(), nn.ModuleList([nn.Dropout(0.5)]))
    assert model.eval() is model
    assert not any(module.training for module in model.modules())
    assert all(module.training for module in model.train().modules())


def test_what_is_frozen_stays_as_it_is():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5), nn.BatchNorm1d(3))
    model[0].freeze()
    assert [module.training for module in model.train()] == [False, True, True]
    model(cr.Tensor(np.arange(12, dtype=np.float32).reshape(4, 3))).sum().backward()
    assert not model[0].running_mean.numpy().any()
    assert model[0].weight.grad is None
    assert model[2].running_mean.numpy().any()
    assert model[2].weight.grad is not None
    assert model[0].freeze(False).training
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_apply_goes_from_the_inside_out():
    seen = []
    block = Block()
    assert block.apply(seen.append) is block
    assert seen == [block.first, block.second, block]


def test_zero_grad(backend):
    block = Block().to(backend)
    block(np.ones((2, 3), np.float32)).sum().backward()
    block.zero_grad(set_to_none=False)
    assert all(p.grad is not None and not p.grad.numpy().any() for p in block.parameters())
    block.zero_grad()
    assert all(p.grad is None for p in block.parameters())


def test_frozen_modules_get_no_gradient():
    block = Block()
    block.first.requires_grad_(False)
    block(np.ones((2, 3), np.float32)).sum().backward()
    assert block.first.weight.grad is None
    assert block.second.weight.grad is not None
    assert block.num_parameters(only_trainable=True) == block.num_parameters() - 16
    assert block.first.requires_grad_().weight.requires_grad


def test_to_another_precision_takes_gradients_along():
    block = Block()
    block.first.requires_grad_(False)
    x = np.ones((2, 3), np.float32)
    block(x).sum().backward()
    assert block.to("float64") is block
    assert {t.dtype for t in block.state_cells()} == {np.dtype(np.float64)}
    assert block.scale.grad.dtype == np.float64
    assert not block.first.weight.requires_grad
    block(x.astype(np.float64)).sum().backward()
    assert block.scale.grad.dtype == np.float64


def test_integers_keep_their_dtype():
    module = nn.Module()
    module.register_buffer("steps", np.zeros(1, np.int64))
    assert module.to(np.float64).steps.dtype == np.int64


def test_to_jax_and_back():
    jax = pytest.importorskip("jax")
    block = Block()
    x = np.ones((2, 3), np.float32)
    expected = block(x).numpy()
    assert all(isinstance(t.value, jax.Array) for t in block.to("jax").state_cells())
    np.testing.assert_allclose(block(x).numpy(), expected, rtol=1e-6)
    assert all(isinstance(t.value, np.ndarray) for t in block.to("numpy").state_cells())


@pytest.mark.parametrize("target", ["cuda", "int32", 3.5])
def test_to_refuses_what_it_does_not_know(target):
    with pytest.raises(ValueError, match=r"Module.to expected 'numpy', 'jax' or a floating-point dtype"):
        Block().to(target)


def test_repr_shows_shapes_and_counts():
    block = Block()
    block.first.requires_grad_(False)
    assert repr(block) == (
        "Block(  # scale (4,): 40 parameters (24 trainable)\n"
        "  (first): Linear(3 -> 4)  # weight (4, 3), bias (4,): 16 parameters (frozen)\n"
        "  (second): Linear(4 -> 4)  # weight (4, 4), bias (4,): 20 parameters\n"
        ")"
    )
    assert repr(nn.ReLU()) == "ReLU()"
    assert "..." in repr(nn.LSTM(2, 3, bidirectional=True))


def test_parameters_show_what_they_are():
    assert repr(nn.Parameter([1.0])) == "Parameter([1.], dtype=float32, requires_grad=True)"


def test_a_parameter_owns_an_array_that_can_be_written():
    for array in (np.broadcast_to(np.float32(1), (2, 2)), np.ones((2, 3), np.float32).T):
        value = nn.Parameter(array).value
        assert value.flags.c_contiguous
        assert value.flags.writeable
    plain = np.ones(3, np.float32)
    assert nn.Parameter(cr.Tensor(plain)).value is plain


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        nn.Module()(1)


class Where(nn.Module):
    """Returns where it is."""

    def forward(self):
        return nn.module_path()


class Outer(nn.Module):
    """Modules in containers in containers."""

    def __init__(self):
        self.layers = nn.ModuleList([Where(), nn.ModuleDict({"deep": Where()})])
        self.layers.append(Where())
        self.row = nn.Sequential(Where())

    def forward(self):
        where = [self.layers[0](), self.layers[1]["deep"](), self.layers[2](), self.row[0]()]
        return [nn.module_path(), *where]


@pytest.mark.parametrize("make", [lambda m: m, copy.deepcopy])
def test_module_path(make):
    outer = make(Outer())
    assert outer() == ["", "layers.0", "layers.1.deep", "layers.2", "0"]
    whole = nn.ModuleDict({"model": outer})
    assert whole["model"]() == ["model", *(f"model.{path}" for path in ("layers.0", "layers.1.deep", "layers.2", "0"))]
    assert nn.module_path() == ""


def test_module_path_is_restored_after_an_error():
    class Fails(nn.Module):
        def forward(self):
            raise KeyError("x")

    class Catches(nn.Module):
        def __init__(self):
            self.inner = Fails()

        def forward(self):
            with pytest.raises(KeyError):
                self.inner()
            return nn.module_path()

    assert Catches()() == ""


def test_functional_call_puts_other_numbers_in_and_takes_them_out():
    block = Block()
    x = np.ones((2, 3), np.float32)
    before = dict(block.named_parameters())
    zeros = {name: np.zeros(p.shape, np.float32) for name, p in before.items()}
    assert not nn.functional_call(block, zeros, x).numpy().any()
    assert dict(block.named_parameters()) == before
    # A shared weight is replaced in all places, whichever of its names is given.
    half = nn.functional_call(block, {"again.weight": zeros["second.weight"], "second.bias": zeros["second.bias"]}, x)
    assert not half.numpy().any()
    with pytest.raises(ValueError, match="has no such name"):
        nn.functional_call(block, {"third": x}, x)
    with pytest.raises(ValueError, match="last dimension must be 3"):
        nn.functional_call(block, zeros, x.T)
    assert dict(block.named_parameters()) == before


def test_derivatives_by_a_modules_parameters():
    block = Block()
    x = np.ones((2, 3), np.float32)
    parameters = {name: p.numpy() for name, p in block.named_parameters()}
    found = cr.grad(lambda p: nn.functional_call(block, p, x).sum())(parameters)
    block(x).sum().backward()
    for name, p in block.named_parameters():
        np.testing.assert_allclose(found[name], p.grad.numpy(), rtol=1e-5)
    assert cr.gradcheck(lambda p, x: nn.functional_call(block, p, x), (parameters, x))
