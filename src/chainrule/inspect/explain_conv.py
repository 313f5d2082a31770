"""The numbers behind the explanation of convolution: a photo, kernels made by hand, a small net that learns its own."""

import time
from typing import NamedTuple

import numpy as np

from chainrule import ops, optim
from chainrule.autodiff import no_grad
from chainrule.inspect import sliding_window
from chainrule.inspect.attribution import feature_maps, saliency
from chainrule.inspect.convolution_contest import SHAPES, Contest, contest
from chainrule.inspect.real_images import LabelledImages, clothes, digits, photo
from chainrule.inspect.receptive_field import ReceptiveField, receptive_field
from chainrule.inspect.summary import LayerSummary, summary
from chainrule.nn import Conv2d, CrossEntropyLoss, Flatten, Linear, MaxPool2d, ReLU, Sequential
from chainrule.random import Generator

PATCH = (45, 96)  # row and column of the corner of a small window on the rim of the cup
PATCH_SIZE = 5
KERNELS = {
    "vertical edges": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),  # I. Sobel and G. Feldman, 1968
    "horizontal edges": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "a blur": np.ones((7, 7)) / 49,
    "detail": np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),  # the discrete Laplacian
}
STEPS = 400
_BATCH = 64
_SHIFT = 10


class Sliding(NamedTuple):
    """The kernel for vertical edges on a small window of the photo.

    Attributes
    ----------
    patch : ndarray of int, shape (5, 5)
        Brightness, from 0 to 255.
    kernel : ndarray of int, shape (3, 3)
        The weights.
    sums : ndarray of int, shape (3, 3)
        What comes out at each of the nine places.
    """

    patch: np.ndarray
    kernel: np.ndarray
    sums: np.ndarray


class Comparison(NamedTuple):
    """The sliding window beside the library's operation, on the whole photo.

    Attributes
    ----------
    difference : float
        The largest between the two results.
    shift : int
        By so many pixels the photo was moved to the left.
    shift_difference : float
        The largest between the result of that and the result moved likewise.
    plain_seconds, library_seconds : float
        What each took.
    """

    difference: float
    shift: int
    shift_difference: float
    plain_seconds: float
    library_seconds: float


class Learned(NamedTuple):
    """A small net that learned its kernels.

    Attributes
    ----------
    images : LabelledImages
        What it learned from.
    model : Sequential
        The net.
    seconds : float
        What learning took.
    losses : list of float
        At each step.
    right_before, right_after : int
        How many of the images that were held out get their right name.
    """

    images: LabelledImages
    model: Sequential
    seconds: float
    losses: list[float]
    right_before: int
    right_after: int


class Example(NamedTuple):
    """One image that was held out, and what the layers make of it.

    Attributes
    ----------
    image : ndarray, shape (H, W)
        The image.
    name, answer : str
        What it is, and what the net says.
    maps : dict of str to ndarray, shape (F, OH, OW)
        The maps behind each convolution's ReLU.
    reason : ndarray, shape (H, W)
        How much each pixel could change the score of the answer.
    """

    image: np.ndarray
    name: str
    answer: str
    maps: dict[str, np.ndarray]
    reason: np.ndarray


class Sight(NamedTuple):
    """How far a unit of a layer sees.

    Attributes
    ----------
    layer : LayerSummary
        What the layer costs, for one image.
    field : ReceptiveField
        What a unit sees.
    """

    layer: LayerSummary
    field: ReceptiveField


class Explanation(NamedTuple):
    """Everything that the terminal and the page show.

    Attributes
    ----------
    photo : ndarray, shape (128, 128)
        The photo, from 0 to 255.
    sliding : Sliding
        A kernel on a few pixels.
    comparison : Comparison
        The definition beside the library.
    by_hand : dict of str to ndarray
        The photo under each of `KERNELS`.
    learned : Learned
        A net's own kernels.
    example : Example
        What they find.
    sights : list of Sight
        How far each layer sees.
    contests : list of Contest
        The algorithms on some shapes.
    """

    photo: np.ndarray
    sliding: Sliding
    comparison: Comparison
    by_hand: dict[str, np.ndarray]
    learned: Learned
    example: Example
    sights: list[Sight]
    contests: list[Contest]


def explain_conv(images: LabelledImages | None = None) -> Explanation:
    """Compute the explanation of convolution; it takes some seconds, in which a small net is trained.

    Parameters
    ----------
    images : LabelledImages, optional
        What the net learns from: by default photos of clothes if this machine has Fashion-MNIST, else the handwritten
        digits that come with the package.

    Returns
    -------
    Explanation
        The same numbers each time on a machine, but for those of time.
    """
    pixels = photo().astype(np.float32)
    learned = _learn(images or clothes() or digits())
    return Explanation(
        photo=pixels,
        sliding=_slide(pixels),
        comparison=_compare(pixels),
        by_hand={name: library_conv2d(pixels, kernel) for name, kernel in KERNELS.items()},
        learned=learned,
        example=_example(learned),
        sights=_sights(learned),
        contests=[contest(shape) for shape in SHAPES],
    )


def library_conv2d(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The library's operation, which takes batches, channels and filters, on one of each."""
    return ops.conv2d(image[None, None], kernel.astype(image.dtype)[None, None])[0, 0]


def _slide(pixels: np.ndarray) -> Sliding:
    row, column = PATCH
    patch = pixels[row : row + PATCH_SIZE, column : column + PATCH_SIZE].astype(int)
    kernel = KERNELS["vertical edges"]
    return Sliding(patch, kernel, sliding_window.conv2d(patch, kernel).astype(int))


def _compare(pixels: np.ndarray) -> Comparison:
    kernel = KERNELS["vertical edges"]
    library_conv2d(pixels, kernel)  # once before the clock runs
    start = time.perf_counter()
    plain = sliding_window.conv2d(pixels, kernel)
    between = time.perf_counter()
    ours = library_conv2d(pixels, kernel)
    end = time.perf_counter()
    moved = library_conv2d(pixels[:, _SHIFT:], kernel)
    return Comparison(
        difference=float(np.abs(plain - ours).max()),
        shift=_SHIFT,
        shift_difference=float(np.abs(moved - ours[:, _SHIFT:]).max()),
        plain_seconds=between - start,
        library_seconds=end - between,
    )


def _network(images: LabelledImages, generator: Generator) -> Sequential:
    side = images.pixels.shape[-1] // 4
    return Sequential(
        Conv2d(1, 8, 5, padding=2, generator=generator),
        ReLU(),
        MaxPool2d(2),
        Conv2d(8, 16, 3, padding=1, generator=generator),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(16 * side * side, len(images.classes), generator=generator),
    )


def _learn(images: LabelledImages) -> Learned:
    generator = Generator(0)
    model = _network(images, generator)
    pixels, labels = images.pixels[: -images.held_out], images.labels[: -images.held_out]
    loss, optimizer = CrossEntropyLoss(), optim.Adam(model.parameters(), lr=3e-3)
    losses, before, start, order = [], _right(model, images), time.perf_counter(), np.empty(0, int)
    for _ in range(STEPS):
        if len(order) < _BATCH:
            order = generator.permutation(len(pixels))
        rows, order = order[:_BATCH], order[_BATCH:]
        value = loss(model(pixels[rows]), labels[rows])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return Learned(images, model, time.perf_counter() - start, losses, before, _right(model, images))


def _scores(model: Sequential, pixels: np.ndarray) -> np.ndarray:
    with no_grad():
        return model(pixels).numpy()


def _right(model: Sequential, images: LabelledImages) -> int:
    answers = _scores(model, images.pixels[-images.held_out :]).argmax(axis=1)
    return int((answers == images.labels[-images.held_out :]).sum())


def _example(learned: Learned) -> Example:
    """The held-out image of which the net is surest among those of the last class that has one right."""
    images, model = learned.images, learned.model
    pixels, labels = images.pixels[-images.held_out :], images.labels[-images.held_out :]
    scores = _scores(model, pixels)
    sure = scores[np.arange(len(labels)), labels] - np.sort(scores, axis=1)[:, -2]
    row = int(np.argmax(np.where(labels == labels.max(), sure, -np.inf)))
    one = pixels[row : row + 1]
    return Example(
        image=one[0, 0],
        name=images.classes[labels[row]],
        answer=images.classes[int(scores[row].argmax())],
        maps={path: feature_maps(model, one, behind)[0] for path, behind in (("0", "1"), ("3", "4"))},
        reason=saliency(model, one)[0],
    )


def _sights(learned: Learned) -> list[Sight]:
    shape = (1, *learned.images.pixels.shape[1:])
    layers = {layer.path: layer for layer in summary(learned.model, shape).layers}
    return [Sight(layers[path], receptive_field(learned.model, path, shape)) for path in ("0", "2", "3", "5", "7")]
