"""Files of PyTorch, read without it; models of published weights against the same network in PyTorch."""

from collections import OrderedDict

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402
from torch.nn import functional as F  # noqa: E402

import chainrule as cr  # noqa: E402
from chainrule.errors import WeightsError  # noqa: E402
from chainrule.interop import load, load_model, save_model  # noqa: E402
from chainrule.interop.registry import named_weights  # noqa: E402
from chainrule.interop.torch_files import read_torch  # noqa: E402
from chainrule.models.resnet import ResNet, ResNetConfig  # noqa: E402

pytestmark = pytest.mark.parity

DTYPES = (
    *(torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64, torch.complex128, torch.bool),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8),
)


def content():
    torch.manual_seed(0)
    base = torch.randn(5, 6)
    model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3), torch.nn.LSTM(3, 4))
    optimizer = torch.optim.Adam(model.parameters())
    sum(p.sum() for p in model.parameters()).backward()
    optimizer.step()
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "views": [base, base.T, base[1:4, ::2], base[2], base[:, :1].expand(5, 3), base.as_strided((3,), (0,), 7)],
        "types": {str(dtype): torch.arange(-3, 4).to(dtype) for dtype in DTYPES},
        "parameter": torch.nn.Parameter(base[:2]),
        "odd": (torch.tensor(3.5), torch.zeros(0, 4), torch.Size([1, 2]), torch.device("cpu"), torch.float16),
        "plain": OrderedDict(step=3, name="it", rate=0.1, flags=[True, None], big=2**70),
    }


def same(ours, theirs):
    if isinstance(theirs, torch.Tensor):
        theirs = theirs.detach()
        expected = theirs.float().numpy() if theirs.dtype == torch.bfloat16 else theirs.numpy()
        assert ours.dtype == expected.dtype
        np.testing.assert_array_equal(ours, expected)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for name in theirs:
            same(ours[name], theirs[name])
    elif isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs):
            same(mine, other)
    elif isinstance(theirs, (torch.device, torch.dtype)):
        assert ours == str(theirs).removeprefix("torch.")
    else:
        assert ours == theirs


@pytest.mark.parametrize("new", [True, False], ids=["archive", "old"])
def test_all_that_torch_saves_of_tensors(new, tmp_path):
    saved = content()
    torch.save(saved, tmp_path / "a.pt", _use_new_zipfile_serialization=new)
    same(read_torch(tmp_path / "a.pt"), saved)
    assert set(load(tmp_path / "a.pt").arrays) == set(saved["model"])


@pytest.mark.parametrize("name", ["efficientnet-lite0", "resemblyzer", "facenet-onet"])
def test_published_files(name):
    if named_weights(name).find() is None:
        pytest.skip(f"the weights {name} are not here")
    path = named_weights(name).locate()
    same(read_torch(path), torch.load(path, map_location="cpu", weights_only=True))


def test_a_whole_module_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 3), tmp_path / "a.pt")
    with pytest.raises(WeightsError, match=r"refused and nothing of it run: it uses torch.nn.*Linear"):
        load(tmp_path / "a.pt")


def test_torch_loads_what_is_saved(tmp_path):
    with cr.seed(0):
        model = ResNet(ResNetConfig.of_depth(18, classes=3, large_images=True))
    state = load_file(save_model(model, tmp_path) / "model.safetensors")
    same({name: tensor.numpy() for name, tensor in model.state_dict().items()}, dict(sorted_as(model, state)))


def sorted_as(model, state):
    return [(name, state[name]) for name in model.state_dict()]


def efficientnet_lite0(state, x):
    """The network in PyTorch's functions, written down from its description and these names alone."""

    def convolve(x, weight, norm, stride=1, groups=1, activate=True):
        kernel = state[weight].shape[-1]
        pads = []
        for size in reversed(x.shape[2:]):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        y = F.conv2d(F.pad(x, pads), state[weight], None, stride, groups=groups)
        parts = (state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        y = F.batch_norm(y, *parts, eps=1e-3)
        return F.relu6(y) if activate else y

    strides = dict.fromkeys(range(16), 1) | {1: 2, 3: 2, 5: 2, 11: 2}
    x = convolve(x, "_conv_stem.weight", "_bn0", 2)
    for i, stride in strides.items():
        path, y = f"_blocks.{i}.", x
        if i:
            y = convolve(y, f"{path}_expand_conv.weight", f"{path}_bn0")
        y = convolve(y, f"{path}_depthwise_conv.weight", f"{path}_bn1", stride, groups=y.shape[1])
        y = convolve(y, f"{path}_project_conv.weight", f"{path}_bn2", activate=False)
        x = x + y if y.shape == x.shape else y
    x = convolve(x, "_conv_head.weight", "_bn1").mean((2, 3))
    return F.linear(x, state["_fc.weight"], state["_fc.bias"])


def test_efficientnet():
    named = named_weights("efficientnet-lite0")
    if named.find() is None:
        pytest.skip("the weights efficientnet-lite0 are not here")
    state = torch.load(named.locate(), weights_only=True)
    images = np.random.default_rng(0).uniform(-1, 1, (2, 3, 97, 128)).astype(np.float32)
    with torch.no_grad(), cr.no_grad():
        expected = efficientnet_lite0(state, torch.tensor(images)).numpy()
        found = load_model("efficientnet-lite0").model(images).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
