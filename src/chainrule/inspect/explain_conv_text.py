"""The explanation of convolution for a terminal of 80 columns."""

import inspect

import numpy as np

from chainrule.inspect import sliding_window
from chainrule.inspect.convolution_contest import cells, described
from chainrule.inspect.explain_conv import STEPS, Explanation
from chainrule.inspect.pictures import beside, shades
from chainrule.inspect.steps import shown
from chainrule.inspect.text_table import columns, filled, indented, paragraph


def as_text(found: Explanation) -> str:
    """Write the explanation in lines of at most 80 characters.

    Parameters
    ----------
    found : Explanation
        What `explain_conv` returned.

    Returns
    -------
    str
        To be read in about three minutes.
    """
    parts = [_lead(), _sliding(found), _code(found), _by_hand(found), _learned(found), _maps(found), _sights(found)]
    return "\n\n".join([*parts, _algorithms(found), _summary()]) + "\n"


def _lead() -> str:
    said = (
        "A convolution slides a small grid of weights, the kernel, over an image. At each place it multiplies each "
        "weight by the pixel under it and adds up: one number, large where the image looks like the kernel. The "
        "weights are the same everywhere, so they are few, and what they find they find anywhere. In a conv net "
        "nobody writes the kernels: training finds them."
    )
    return f"CONVOLUTION, ON ONE PHOTO\n{paragraph(said)}"


def _sliding(found: Explanation) -> str:
    patch, kernel, sums = found.sliding
    places = beside([_block("pixels", patch, 4), _block("kernel", kernel, 3), _block("sums", sums, 5)], gap=6)
    products = " ".join(f"{w:+d}*{x}" for w, x in zip(kernel.ravel(), patch[:3, :3].ravel()) if w)
    next_one = f"one to the right:  the same weights on the next three columns = {sums[0, 1]}; and so on"
    meaning = (
        "Below zero: bright on the left, dark on the right. Above zero: the other way round. The 3x3 kernel fits into "
        "5x5 pixels at 3x3 places; padding, zeros around the image, keeps the size, and a stride of 2 visits every "
        "other place. A kernel has a grid for each input channel, all added up; a layer has many kernels, and each "
        "makes a map of its own: the channels of the next layer."
    )
    return f"""\
1  THE KERNEL SLIDES over the rim of a cup: 0 is black, 255 white
{indented(places)}
  at the top left:   {products.lstrip("+")} = {sums[0, 0]}
{filled(next_one)}
{filled(meaning)}"""


def _block(title: str, numbers: np.ndarray, width: int) -> list[str]:
    lines = ["".join(f"{number:{width}d}" for number in row) for row in numbers]
    wide = len(lines[0])
    return [title.rjust(wide), *lines, *[" " * wide] * (5 - len(lines))]


def _code(found: Explanation) -> str:
    compared = found.comparison
    count = (found.photo.shape[0] - 2) * (found.photo.shape[1] - 2)
    said = (
        f"On the whole photo chainrule.ops.conv2d gives the same {count:,} numbers: the largest difference is "
        f"{compared.difference:g}. It takes {_time(compared.library_seconds)}, and this "
        f"{_time(compared.plain_seconds)}. Move the photo by {compared.shift} pixels, and the result moves by "
        f"{compared.shift}: the difference is {compared.shift_difference:g}. (Mathematicians turn the kernel upside "
        "down first. Where kernels are learned, nobody does.)"
    )
    return f"""\
2  THE DEFINITION, which you can write yourself
{indented(inspect.getsource(sliding_window.conv2d).splitlines())}
{filled(said)}"""


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms" if seconds >= 0.01 else f"{1e3 * seconds:.1g} ms"


def _by_hand(found: Explanation) -> str:
    names = ("vertical edges", "horizontal edges")
    titles = ["the photo", *names]
    blocks = [shades(found.photo, 24), *(shades(np.abs(found.by_hand[name]), 24) for name in names)]
    return f"""\
3  KERNELS MADE BY HAND: the one above and its transpose, without the sign
{indented(beside([[title.ljust(24), *block] for title, block in zip(titles, blocks)], gap=3))}"""


def _learned(found: Explanation) -> str:
    learned = found.learned
    images, weights = learned.images, learned.model[0].weight.numpy()[:, 0]
    side = images.pixels.shape[-1]
    most = float(np.abs(weights).max())
    blocks = [[f"{i + 1}".center(10), *_characters(kernel / most)] for i, kernel in enumerate(weights)]
    first = (
        f"Conv 5x5 with 8 kernels - ReLU - pool - conv 3x3 with 16 - ReLU - pool - linear, {len(images.classes)} "
        f"classes; {STEPS} steps in {learned.seconds:.0f} s. The loss falls from {learned.losses[0]:.2f} to "
        f"{np.mean(learned.losses[-20:]):.2f}; of "
        f"{images.held_out:,} images that it never saw, {learned.right_before} were right before and "
        f"{learned.right_after} are now."
    )
    last = (
        f"These are {weights.size + len(weights)} weights. A linear layer from {side}x{side} pixels to as many results "
        f"would have {(side**2 + 1) * len(weights) * side**2:,}."
    )
    count = len(images.pixels) - images.held_out
    return f"""\
4  KERNELS THAT A NET FOUND in {count:,} {images.source}
{filled(first)}
  Its first kernels, of random numbers at the start (# + above zero, = - below):
{indented(beside(blocks[:4], gap=2))}
{indented(beside(blocks[4:], gap=2))}
{filled(last)}"""


def _characters(kernel: np.ndarray) -> list[str]:
    levels = np.digitize(kernel, [-0.5, -0.15, 0.15, 0.5])
    return ["".join("=-.+#"[level] * 2 for level in row) for row in levels]


def _maps(found: Explanation) -> str:
    example = found.example
    blocks = [["the image".ljust(18), *shades(example.image, 18)]]
    for path, title in (("0", "first conv"), ("3", "second conv")):
        maps = example.maps[path]
        most = int(maps.std(axis=(1, 2)).argmax())
        blocks.append([f"{title}, {most + 1}".ljust(18), *shades(maps[most], 18)])
    blocks.append(["what it hangs on".ljust(18), *shades(example.reason, 18)])
    return f"""\
5  WHAT THEY FIND in an image it never saw: {example.name}; it says {example.answer}
{indented(beside(blocks, gap=2))}
{filled("A map of each convolution; then how much each pixel could change the answer's score (saliency).")}"""


def _sights(found: Explanation) -> str:
    rows = [("layer", "result", "parameters", "multiply-adds", "a unit sees", "moves by")]
    for layer, field in found.sights:
        step = "-" if 0 in field.step else shown(field.step)
        numbers = (f"{layer.parameters:,}", f"{layer.multiply_adds:,}")
        rows.append((f"{layer.path} {layer.kind}", shown(layer.shapes[0][1:]), *numbers, shown(field.size), step))
    return f"""\
6  HOW FAR A UNIT SEES: the receptive field grows with each layer
{indented(columns(rows, left={0, 1}))}
{filled("A window of k adds k - 1 steps of the layer below; a stride multiplies the steps of all above it.")}"""


def _algorithms(found: Explanation) -> str:
    rows = [("", "algorithm", "ms", "error", "million products", "")]
    reasons = []
    for i, one in enumerate(found.contests, 1):
        rows += [(f"{i} {one.shape.title}" * (not j), *cell) for j, cell in enumerate(cells(one))]
        reasons.append(f"{i} {described(one.shape)}: {one.chosen}, because {one.reason}.")
    errors = "Errors of float32 against float64, over the largest result. The library chooses by the shape:"
    return f"""\
7  HOW IT IS COMPUTED: the same result in several ways, timed on this machine
{indented(columns(rows, left={0, 1, 5}))}
{filled(errors)}
{chr(10).join(map(filled, reasons))}"""


def _summary() -> str:
    said = (
        "A convolution is a weighted sum of a small neighbourhood, with the same weights at every place. Few weights, "
        "shared: it learns from few images, and what it looks for may stand anywhere. First layers find edges and "
        "spots; later ones, which see further, put them together."
    )
    return f"TO TAKE ALONG\n{filled(said)}"
