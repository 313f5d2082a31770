"""Matrix products: those of linear layers and of their gradients, and attention's many small ones."""

from collections.abc import Callable

import numpy as np

from benchmarks.harness import Workload
from chainrule.kernels import select


def workloads() -> list[Workload]:
    """Products of the sizes that training meets."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    return [
        _linear("linear 1000x256 to 1024", draw(1000, 256), draw(1024, 256), draw(1024)),
        _linear("linear 1000x256 to 45", draw(1000, 256), draw(45, 256), draw(45)),
        _linear("linear 64x784 to 256", draw(64, 784), draw(256, 784), draw(256)),
        _product("weight gradient 1024x1000 by 1000x256", draw(1000, 1024).T, draw(1000, 256)),
        _product("input gradient 1000x1024 by 1024x256", draw(1000, 1024), draw(1024, 256)),
        _product("product 2048x2048 by 2048x2048", draw(2048, 2048), draw(2048, 2048)),
        _product("attention scores 128 of 8x256 by 256x9", draw(128, 8, 256), draw(128, 9, 256).swapaxes(1, 2)),
        _product("attention scores 48 of 64x32 by 32x64", draw(48, 64, 32), draw(48, 64, 32).swapaxes(1, 2)),
    ]


def _linear(name: str, x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> Workload:
    import torch

    operands = [torch.from_numpy(array) for array in (x, weight, bias)]
    ours = select(x).linear
    return Workload(name, lambda: ours(x, weight, bias), _without_gradients(torch.nn.functional.linear, operands))


def _product(name: str, a: np.ndarray, b: np.ndarray) -> Workload:
    import torch

    ours = select(a).matmul
    return Workload(
        name, lambda: ours(a, b), _without_gradients(torch.matmul, [torch.from_numpy(a), torch.from_numpy(b)])
    )


def _without_gradients(function: Callable[..., object], operands: list) -> Callable[[], object]:
    import torch

    def run() -> object:
        with torch.no_grad():
            return function(*operands)

    return run
