"""The engine itself: what an operation costs besides its arithmetic, a small network's step, depth, and memory."""

import ctypes
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np

from benchmarks.harness import Record, Workload, make_quantity, make_record

_ROUNDS = 25  # of four small operations each
_DEPTH = 1_000_000
_WIDTH, _BLOCKS, _ROWS = 512, 50, 1024  # of the residual network
_TURNS = 15


def workloads() -> list[Workload]:
    """Small operations, and training steps of a small network."""
    return [
        Workload("100 operations on 10x10, forward", _ours_forward(), _torch_forward()),
        Workload("100 operations on 10x10, forward + backward", _ours_both(), _torch_both()),
        Workload("MLP 784-256-128-10, batch 64, SGD step", _ours_step("SGD"), _torch_step("SGD")),
        Workload("MLP 784-256-128-10, batch 64, Adam step", _ours_step("Adam"), _torch_step("Adam")),
    ]


def records(wanted: Callable[[str], bool]) -> Iterator[Record]:
    """The same small operations against other engines in Python, a deep graph, and peak memory."""
    for peer, both in {"HIPS autograd": _autograd_both, "JAX un-jitted": _jax_both}.items():
        if wanted(name := f"100 operations on 10x10, forward + backward, {peer} in PyTorch's place"):
            yield from _against(name, both())
    if wanted("a million operations in a row"):
        yield from _deep()
    for checkpointing in (False, True):
        mode = "with" if checkpointing else "without"
        if wanted(name := f"peak memory, {_BLOCKS} residual blocks, {mode} checkpoints"):
            yield _memory(name, checkpointing)


# 100 small operations: multiply, add, tanh, matrix product


def _arrays() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal((10, 10), dtype=np.float32) * 0.3 for _ in range(4)]


def _chain(x, w, b, m, tanh: Callable):
    for _ in range(_ROUNDS):
        x = tanh(x * w + b) @ m
    return x


def _ours_forward() -> Callable[[], object]:
    import chainrule as cr

    tensors = [cr.Tensor(x, requires_grad=True) for x in _arrays()]
    return lambda: _chain(*tensors, cr.ops.tanh)


def _ours_both() -> Callable[[], object]:
    import chainrule as cr

    tensors = [cr.Tensor(x, requires_grad=True) for x in _arrays()]

    def run() -> None:
        for x in tensors:
            x.grad = None
        _chain(*tensors, cr.ops.tanh).sum().backward()

    return run


def _torch_forward() -> Callable[[], object]:
    import torch

    tensors = [torch.from_numpy(x).requires_grad_() for x in _arrays()]
    return lambda: _chain(*tensors, torch.tanh)


def _torch_both() -> Callable[[], object]:
    import torch

    tensors = [torch.from_numpy(x).requires_grad_() for x in _arrays()]

    def run() -> None:
        for x in tensors:
            x.grad = None
        _chain(*tensors, torch.tanh).sum().backward()

    return run


def _against(name: str, theirs: Callable[[], object] | None) -> Iterator[Record]:
    """Ours and a peer in turn; nothing if the peer is not installed."""
    if theirs is None:
        return
    ours = _ours_both()
    times: list[list[float]] = [[], []]
    for turn in range(_TURNS + 2):
        for side, found in zip((ours, theirs), times):
            milliseconds = 1e3 * _seconds(side, 3)
            if turn > 1:
                found.append(milliseconds)
    yield make_record(name, *times)


def _autograd_both() -> Callable[[], object] | None:
    try:
        import autograd
        import autograd.numpy as anp
    except ModuleNotFoundError:
        return None
    gradient = autograd.grad(lambda *xs: anp.sum(_chain(*xs, anp.tanh)), argnum=(0, 1, 2, 3))
    arrays = _arrays()
    return lambda: gradient(*arrays)


def _jax_both() -> Callable[[], object] | None:
    try:
        import jax
    except ModuleNotFoundError:
        return None
    gradient = jax.grad(lambda *xs: _chain(*xs, jax.numpy.tanh).sum(), argnums=(0, 1, 2, 3))
    arrays = [jax.numpy.asarray(x) for x in _arrays()]
    return lambda: jax.block_until_ready(gradient(*arrays))


def _seconds(run: Callable[[], object], calls: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


# A small network


def _batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((64, 784), dtype=np.float32), rng.integers(0, 10, 64)


def _ours_step(optimizer: str) -> Callable[[], object]:
    import chainrule as cr
    from chainrule import nn

    x, y = _batch()
    with cr.seed(0):
        model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    loss = nn.CrossEntropyLoss()
    update = getattr(cr.optim, optimizer)(model.parameters(), lr=1e-3)

    def step() -> None:
        update.zero_grad()
        loss(model(x), y).backward()
        update.step()

    return step


def _torch_step(optimizer: str) -> Callable[[], object]:
    import torch

    x, y = map(torch.from_numpy, _batch())
    nn = torch.nn
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    loss = nn.CrossEntropyLoss()
    update = getattr(torch.optim, optimizer)(model.parameters(), lr=1e-3)

    def step() -> None:
        update.zero_grad()
        loss(model(x), y).backward()
        update.step()

    return step


# Depth


def _deep() -> Iterator[Record]:
    """Time a node, and what the garbage collector adds to forward."""
    import chainrule as cr

    def forward() -> "cr.Tensor":
        x = cr.Tensor(np.ones((10, 10), np.float32), requires_grad=True)
        for _ in range(_DEPTH):
            x = x * 1.0
        return x

    gc.collect()
    start = time.perf_counter()
    y = forward()
    ahead = time.perf_counter()
    y.sum().backward()
    back = time.perf_counter()
    del y
    gc.collect()
    gc.disable()
    try:
        alone = _seconds(forward)
    finally:
        gc.enable()
    times = {
        "forward": ahead - start,
        "forward without Python's collector": alone,
        "backward": back - ahead,
    }
    for kind, seconds in times.items():
        yield make_quantity(f"a million operations in a row, {kind}", "us a node", 1e6 * seconds / _DEPTH)


# Memory: each side in a process of its own, which reports how far its resident set rose during a step


def _memory(name: str, checkpointing: bool) -> Record:
    """Megabytes at the peak of a training step, above what the process held before it."""
    ours, theirs = ([float(_child(side, checkpointing)) for _ in range(3)] for side in ("chainrule", "torch"))
    return make_quantity(name, "MB", *map(median, (ours, theirs)))


def _child(side: str, checkpointing: bool) -> str:
    code = f"from benchmarks.engine import report_peak; report_peak({side!r}, {checkpointing})"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def report_peak(side: str, checkpointing: bool) -> None:
    """Print how many megabytes a step of the residual network takes at its peak.

    Parameters
    ----------
    side : {"chainrule", "torch"}
        Which library.
    checkpointing : bool
        Whether blocks forget what they computed.
    """
    step = _ours_residual(checkpointing) if side == "chainrule" else _torch_residual(checkpointing)
    step(8)  # compiles kernels, makes gradients, starts threads
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # memory that a compiler left free would hide what the step takes
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = _status("VmRSS")
    step(_ROWS)
    print((_status("VmHWM") - before) / 1024)


def _status(entry: str) -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(entry + ":"))


def _ours_residual(checkpointing: bool) -> Callable[[int], None]:
    import chainrule as cr
    from chainrule import nn

    with cr.seed(0):
        blocks = [
            nn.Sequential(nn.Linear(_WIDTH, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, _WIDTH)) for _ in range(_BLOCKS)
        ]
    forwards = [cr.checkpoint(block) if checkpointing else block for block in blocks]

    def step(rows: int) -> None:
        x = cr.Tensor(np.ones((rows, _WIDTH), np.float32))
        for forward in forwards:
            x = x + forward(x) * 0.1
        (x * x).mean().backward()

    return step


def _torch_residual(checkpointing: bool) -> Callable[[int], None]:
    import torch
    from torch import nn
    from torch.utils.checkpoint import checkpoint

    blocks = [nn.Sequential(nn.Linear(_WIDTH, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, _WIDTH)) for _ in range(_BLOCKS)]

    def step(rows: int) -> None:
        x = torch.ones(rows, _WIDTH)
        for block in blocks:
            x = x + (checkpoint(block, x, use_reentrant=False) if checkpointing else block(x)) * 0.1
        (x * x).mean().backward()

    return step
