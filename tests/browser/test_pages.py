"""No error, no request, no sideways scrolling, dark where the reader is dark, and the numbers of the API."""

import re

import pytest

from chainrule.inspect.explain_pretraining_text import amounts

PAGES = ["backprop", "conv", "seq2seq", "pretraining", "attention", "trace", "scalars", "large"]

# Brightness of what is behind an element: the first ancestor with a colour.
CONTRAST = """
const numbers = text => text.match(/[\\d.]+/g).map(Number);
const linear = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const brightness = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const behind = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = numbers(getComputedStyle(e).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const worst = [...document.querySelectorAll('p, td, th, h1, h2, code, figcaption, dt, dd, li, footer')].map(e => {
  const [a, b] = [brightness(numbers(getComputedStyle(e).color)), brightness(behind(e))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
});
return [Math.min(...worst), brightness(numbers(getComputedStyle(document.body).backgroundColor))];
"""

# What sticks out of the window and is not inside something that scrolls by itself.
STICKING_OUT = """
return [...document.querySelectorAll('body *')].filter(e => !e.closest('.wide, pre'))
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.tagName);
"""

# Texts of a drawing that overlap each other or leave the drawing.
TEXTS_IN_TROUBLE = """
const found = [];
for (const svg of document.querySelectorAll('svg')) {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  for (const [text, box] of boxes)
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 ||
        box.bottom > frame.bottom + 1) found.push(text + ' leaves the drawing');
  for (let i = 0; i < boxes.length; i++)
    for (let j = 0; j < i; j++) {
      const [[s, a], [t, b]] = [boxes[i], boxes[j]];
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
          Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5) found.push(s + ' on ' + t);
    }
}
return found;
"""

TABLES = """
return [...document.querySelectorAll('table')].map(
  table => [...table.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText)));
"""


def numbers(text):
    return [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text.replace("\u2212", "-"))]


@pytest.mark.parametrize("name", PAGES)
def test_no_error_on_the_console_and_no_request(browser, pages, name):
    browser.open(pages[name])
    assert browser.console() == []
    assert browser.run("return performance.getEntriesByType('resource').map(e => e.name)") == []
    assert browser.run("return document.compatMode") == "CSS1Compat"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways(browser, pages, name, width):
    browser.open(pages[name], width=width)
    assert browser.run("return innerWidth") == width
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.run(STICKING_OUT) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground(browser, pages, name, dark):
    browser.open(pages[name], dark=dark)
    contrast, ground = browser.run(CONTRAST)
    assert contrast >= 4.5  # WCAG 2, level AA
    assert (ground < 0.1) if dark else (ground > 0.8)


@pytest.mark.parametrize("name", PAGES)
def test_texts_in_drawings_do_not_overlap(browser, pages, name):
    browser.open(pages[name])
    assert browser.run(TEXTS_IN_TROUBLE) == []


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize(("name", "count", "least"), [("backprop", 4, 200), ("conv", 44, 70)])
def test_drawings_of_an_explanation_fit_a_phone(browser, pages, name, count, least, width):
    browser.open(pages[name], width=width)
    drawings = browser.run(
        "return [...document.querySelectorAll('svg:not(svg svg)')].map(e => e.getBoundingClientRect().width)"
    )
    assert len(drawings) == count
    assert all(least < drawing < width for drawing in drawings)


def test_numbers_of_the_explanation(browser, pages, explanation):
    browser.open(pages["backprop"])
    tables = browser.run(TABLES)
    checks = tables[-1]
    assert [row[0] for row in checks] == [check.name for check in explanation.checks]
    for row, check in zip(checks, explanation.checks):
        shown = [numbers(cell)[0] for cell in row[1:]]
        expected = [check.value, check.by_chain_rule, check.by_engine, check.by_difference]
        assert shown == pytest.approx(expected, abs=6e-9)
    products = [row for table in tables[1:-1] for row in table if row[1]]
    assert len(products) == 14
    for row in products:
        (upstream, local), (product,) = numbers(row[1]), numbers(row[2])
        assert product == pytest.approx(upstream * local, abs=2e-4)
    assert numbers(tables[0][-1][1]) == [pytest.approx(explanation.forward.loss, abs=6e-5)]


def test_numbers_and_pictures_of_convolution(browser, pages, convolution):
    browser.open(pages["conv"])
    loaded = browser.run(
        "return Promise.all([...document.querySelectorAll('image')].map(async e => {"
        "  const image = new Image(); image.src = e.href.baseVal; await image.decode();"
        "  return [image.naturalHeight, image.naturalWidth]; }))"
    )
    assert loaded[:5] == [[128, 128], *(list(result.shape) for result in convolution.by_hand.values())]
    assert loaded.count([5, 5]) == 8
    assert loaded.count([4, 4]) == 16
    sights = browser.run(TABLES)[0]
    assert [row[0] for row in sights] == [f"{layer.path} {layer.kind}" for layer, _ in convolution.sights]
    for row, (layer, field) in zip(sights, convolution.sights):
        counted = [int(cell.replace(",", "")) for cell in row[2:4]]
        assert counted == [layer.parameters, layer.multiply_adds]
        assert row[4] == "x".join(map(str, field.size))
    for table, one in zip(browser.run(TABLES)[1:], convolution.contests, strict=True):
        assert [row[0] for row in table] == [result.name for result in one.results]
        assert [row[0] for row in table if row[4]] == [one.chosen]
        for row, result in zip(table, one.results):
            assert numbers(row[3]) == [pytest.approx(result.multiplications / 1e6, abs=0.06)]


def test_tables_of_pretraining_fit_a_phone(browser, pages):
    browser.open(pages["pretraining"], width=390)
    widths = browser.run(
        "return [...document.querySelectorAll('.wide')].filter(e => e.querySelector('table'))"
        ".map(e => [e.scrollWidth, e.clientWidth])"
    )
    assert len(widths) == 4
    assert all(needed <= there for needed, there in widths)


def test_numbers_of_pretraining(browser, pages, pretraining):
    browser.open(pages["pretraining"])
    shown = [tuple(cell.replace("\u2212", "-") for cell in row) for row in browser.run(TABLES)[-1]]
    assert shown == [tuple(row) for row in amounts(pretraining)]


def test_numbers_of_a_translation(browser, pages, translation):
    browser.open(pages["seq2seq"])
    _, choices, answers = browser.run(TABLES)
    for row, choice in zip(choices, translation.choices, strict=True):
        assert row[:2] == [choice.given, choice.chosen]
        assert numbers(row[2]) == [pytest.approx(choice.log_probability, abs=6e-4)]
    for row, path in zip(answers, translation.answers, strict=True):
        assert row[0].split() == list(translation.words(path)[:-1])
        assert numbers(row[1]) == [pytest.approx(path.total, abs=6e-4)]
    script = "return [...document.querySelectorAll('svg title')].map(t => t.textContent)"
    tips = [float(tip.rpartition(": ")[2]) for tip in browser.run(script)]
    drawn = translation.alignment.mean[translation.alignment.mean >= 0.004]
    assert tips == pytest.approx(drawn.tolist(), abs=6e-4)


@pytest.mark.parametrize("name", ["trace", "scalars", "large"])
def test_numbers_of_a_trace(browser, pages, name, request):
    trace = request.getfixturevalue(name)
    browser.open(pages[name])
    rows = iter(browser.run(TABLES)[-1])
    for step in trace:
        for i, out in enumerate(step.outgoing):
            row = next(rows)
            assert (row[6], numbers(row[7])) == (out.to, [pytest.approx(out.norm, rel=1e-3)])
            if i == 0:
                assert row[0] == str(step.number)
                assert row[2] == step.operation
                assert numbers(row[4]) == [pytest.approx(step.norm, rel=1e-3)]
    assert next(rows, None) is None


def test_picture_of_a_trace_has_every_operation_and_parameter(browser, pages, trace):
    browser.open(pages["trace"])
    texts = browser.run("return [...document.querySelectorAll('svg text')].map(t => t.textContent)")
    leaves = {out.to for step in trace for out in step.outgoing if out.step is None}
    assert leaves <= set(texts)
    for operation in {step.operation for step in trace}:
        assert texts.count(operation) == sum(step.operation == operation for step in trace)
