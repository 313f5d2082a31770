"""The explanation of convolution as a page."""

import inspect
from pathlib import Path

import numpy as np

from chainrule.inspect import page, sliding_window
from chainrule.inspect.charts import Axis, Plot
from chainrule.inspect.convolution_contest import cells, described
from chainrule.inspect.explain_conv import KERNELS, STEPS, Explanation
from chainrule.inspect.page import Markup, element, paragraph, section
from chainrule.inspect.pictures import grey, picture, signed
from chainrule.inspect.sliding_drawing import sliding
from chainrule.inspect.steps import shown

_MINUS = "\u2212"
_THUMB = 138.0
_COLOURS = ("var(--backward)", "var(--forward)", "var(--good)")


def write(found: Explanation, path: Path) -> Path:
    """Save the page.

    Parameters
    ----------
    found : Explanation
        What `explain_conv` returned.
    path : Path
        The file. Opening it asks no other address for anything.

    Returns
    -------
    Path
        The file.
    """
    lead = (
        "A convolution slides a small grid of weights, the kernel, over an image. At each place it multiplies each "
        "weight by the pixel under it and adds up: one number, large where the image looks like the kernel. The "
        "weights are the same everywhere, so they are few, and what they find they find anywhere. In a conv net "
        "nobody writes the kernels: training finds them."
    )
    parts = [_sliding(found), _code(found), _by_hand(found), _learned(found), _maps(found), _sights(found)]
    sections = [*parts, _algorithms(found), _summary()]
    return page.write(path, page.document("Convolution, on one photo", lead, *sections))


def _number(value: object) -> str:
    return str(value).replace("-", _MINUS)


def _sliding(found: Explanation) -> Markup:
    patch, kernel, sums = found.sliding
    products = [(w, x) for w, x in zip(kernel.ravel(), patch[:3, :3].ravel()) if w]
    first = "".join(f" {_MINUS if w < 0 else '+'} {abs(w)}\u00b7{x}" for w, x in products).lstrip(" +")
    pictures = page.gallery(
        [
            (sliding(patch, kernel, sums, (0, 0)), "The kernel at its first place"),
            (sliding(patch, kernel, sums, (1, 2)), "Some steps on: each place gives one number"),
        ]
    )
    return section(
        "The kernel slides",
        paragraph("Five by five pixels of the rim of a cup; 0 is black, 255 white."),
        pictures,
        paragraph("At the first place:"),
        page.block(f"{first} = {_number(sums[0, 0])}"),
        paragraph(
            "Below zero it is bright on the left and dark on the right; above zero, the other way round. The "
            "3\u00d73 kernel fits into 5\u00d75 pixels at 3\u00d73 places. Padding, zeros around the image, keeps the "
            "size, and a stride of 2 visits every other place. A kernel has a grid for each input channel, all added "
            "up; a layer has many kernels, and each makes a map of its own: the channels of the next layer."
        ),
        number=1,
    )


def _code(found: Explanation) -> Markup:
    compared = found.comparison
    facts = [
        ("numbers compared", f"{(found.photo.shape[0] - 2) * (found.photo.shape[1] - 2):,}"),
        ("largest difference", f"{compared.difference:g}"),
        ("this code", _time(compared.plain_seconds)),
        ("chainrule.ops.conv2d", _time(compared.library_seconds)),
    ]
    return section(
        "The definition, which you can write yourself",
        page.block(inspect.getsource(sliding_window.conv2d).rstrip()),
        paragraph("On the whole photo, beside the library's operation:"),
        page.facts(facts),
        paragraph(
            f"Move the photo by {compared.shift} pixels, and the result moves by {compared.shift}: the difference is "
            f"{compared.shift_difference:g}. (Mathematicians turn the kernel upside down first. Where kernels are "
            "learned, nobody does.)"
        ),
        number=2,
    )


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms" if seconds >= 0.01 else f"{1e3 * seconds:.1g} ms"


def _by_hand(found: Explanation) -> Markup:
    shown_as = [("the photo", grey(found.photo))]
    for name, kernel in KERNELS.items():
        result = found.by_hand[name]
        most = float(np.quantile(np.abs(result), 0.99))  # a few bright spots would hide the rest
        shown_as.append((name, signed(result, most) if kernel.min() < 0 else grey(result)))
    pictures = [(picture(pixels, _THUMB, name), name) for name, pixels in shown_as]
    return section(
        "Kernels made by hand",
        page.gallery(pictures),
        paragraph(_blue("Blue"), " is below zero, ", _orange("orange"), " above."),
        number=3,
    )


def _blue(text: str) -> Markup:
    return element("span", text, class_="forward")


def _orange(text: str) -> Markup:
    return element("span", text, class_="backward")


def _learned(found: Explanation) -> Markup:
    learned = found.learned
    images, weights = learned.images, learned.model[0].weight.numpy()[:, 0]
    side, most = images.pixels.shape[-1], float(np.abs(weights).max())
    kernels = [(picture(signed(kernel, most), 72.0, f"kernel {i + 1}"), str(i + 1)) for i, kernel in enumerate(weights)]
    count = len(images.pixels) - images.held_out
    facts = [
        ("loss", f"{learned.losses[0]:.2f} \u2192 {np.mean(learned.losses[-20:]):.2f}"),
        (f"right, of {images.held_out:,} it never saw", f"{learned.right_before} \u2192 {learned.right_after}"),
        ("seconds of learning", f"{learned.seconds:.0f}"),
    ]
    top = max(learned.losses)
    plot = Plot(Axis(0, STEPS, (0, STEPS // 2, STEPS), "step"), Axis(0, top, (0, 1, 2), "loss"), "the loss falls")
    return section(
        "Kernels that a net found",
        paragraph(
            f"A net of two convolutions looked at {count:,} {images.source} for {STEPS} steps: convolution 5\u00d75 "
            "with 8 kernels, ReLU, pooling, convolution 3\u00d73 with 16 kernels, ReLU, pooling, a linear layer."
        ),
        page.facts(facts),
        page.figure(plot.line(list(enumerate(learned.losses)), "back").drawn(), "The loss, step by step", small=True),
        paragraph("Its first eight kernels, which were random numbers at the start:"),
        page.gallery(kernels),
        paragraph(
            f"These are {weights.size + len(weights)} weights. A linear layer from {side}\u00d7{side} pixels to as "
            f"many results would have {(side**2 + 1) * len(weights) * side**2:,}."
        ),
        number=4,
    )


def _maps(found: Explanation) -> Markup:
    example = found.example
    first = [(picture(grey(example.image), 100.0, example.name), "the image")]
    first += _thumbs(example.maps["0"], 100.0)
    reason = picture(signed(example.reason), _THUMB, "what the answer hangs on")
    return section(
        "What they find",
        paragraph(f"An image that the net never saw: {example.name}. The net says {example.answer}."),
        page.gallery(first),
        paragraph("The second convolution combines these eight maps into sixteen:"),
        page.gallery(_thumbs(example.maps["3"], 72.0)),
        paragraph("How much each pixel could change the score of the answer (saliency), beside the image:"),
        page.gallery([(picture(grey(example.image), _THUMB, example.name), "the image"), (reason, "saliency")]),
        number=5,
    )


def _thumbs(maps: np.ndarray, width: float) -> list[tuple[Markup, str]]:
    most = float(maps.max())
    return [(picture(signed(one, most), width, f"map {i + 1}"), str(i + 1)) for i, one in enumerate(maps)]


def _sights(found: Explanation) -> Markup:
    rows = []
    for layer, field in found.sights:
        step = "" if 0 in field.step else shown(field.step)
        numbers = (f"{layer.parameters:,}", f"{layer.multiply_adds:,}", shown(field.size), step)
        rows.append((f"{layer.path} {layer.kind}", shown(layer.shapes[0][1:]), *numbers))
    titles = ("layer", "result", "parameters", "multiply-adds", "a unit sees", "moves by")
    return section(
        "How far a unit sees",
        page.figure(_windows(found), "What the unit in the middle of a layer sees of the image", small=True),
        page.table(titles, rows),
        paragraph(
            "A window of k adds k \u2212 1 steps of the layer below; a stride multiplies the steps of all above it. So "
            "late units see much of the image, at the price of small kernels."
        ),
        number=6,
    )


def _windows(found: Explanation) -> Markup:
    """The image with the receptive fields of three layers over it, and their names beside."""
    image = found.example.image
    frames, names = [], []
    chosen = [sight for sight in found.sights if sight.layer.path in ("0", "3", "5")]
    for i, ((layer, field), colour) in enumerate(zip(chosen, _COLOURS)):
        middle = [n // 2 for n in layer.shapes[0][2:]]
        rows, columns = field.window(*middle)
        height = min(rows.stop, image.shape[0]) - rows.start
        width = min(columns.stop, image.shape[1]) - columns.start
        box = {"x": float(columns.start), "y": float(rows.start), "width": float(width), "height": float(height)}
        thick = f"fill:none;stroke:{colour};stroke-width:{image.shape[0] / 100:.2f}"
        frames.append(element("rect", **box, style=thick))
        said = f"{layer.path} {layer.kind}: {shown(field.size)}"
        names.append(element("text", said, x=190.0, y=70.0 + 22 * i, style=f"fill:{colour}", class_="small strong"))
    shown_image = picture(grey(image), 180.0, "the image", *frames)
    return page.svg(334.0, 180.0, shown_image, *names, label="receptive fields over the image")


def _algorithms(found: Explanation) -> Markup:
    titles = ("algorithm", "ms", "error", "million products", "")
    tables = [
        page.table(titles, map(_algorithm_row, cells(one)), text=(0, 4), title=described(one.shape))
        for one in found.contests
    ]
    reasons = [f"{one.shape.title}: {one.chosen}, because {one.reason}." for one in found.contests]
    return section(
        "How it is computed",
        paragraph(
            "The same result in several ways, timed on this machine in float32. Errors are against float64, relative "
            "to the largest result; products leave out what transforms take."
        ),
        *tables,
        paragraph("The library chooses by the shape:"),
        page.listing(reasons),
        number=7,
    )


def _algorithm_row(cell: tuple[str, ...]) -> tuple:
    name, milliseconds, error, products, chosen = cell
    mark = element("span", chosen, class_="good") if chosen else ""
    return (name, milliseconds, error.replace("-", _MINUS), products, mark)


def _summary() -> Markup:
    points = (
        "A convolution is a weighted sum of a small neighbourhood, with the same weights at every place.",
        "Few weights, shared: it learns from few images, and what it looks for may stand anywhere.",
        "First layers find edges and spots; later ones, which see further, put them together.",
    )
    return section("To take along", page.listing(points))
