"""Pages are self-contained and escape what they are given."""

from html.parser import HTMLParser

from chainrule.inspect import page


class _Checker(HTMLParser):
    """Collects tags, and whether they are closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def checked(text):
    checker = _Checker()
    checker.feed(text)
    assert not checker.open
    return checker


def test_text_is_escaped_and_markup_is_not():
    assert page.paragraph("a < b & ", page.emphasis("c > d")) == "<p>a &lt; b &amp; <strong>c &gt; d</strong></p>"
    assert (
        page.element("text", "x", class_="a", text_anchor="end", x=1.0)
        == '<text class="a" text-anchor="end" x="1">x</text>'
    )
    assert page.element("a", title='"quoted"') == '<a title="&quot;quoted&quot;"></a>'


def test_a_document_is_well_formed_and_asks_nobody():
    body = page.section("A <title>", page.table(("a", "b"), [("x", 1.0)]), page.block("1 < 2"), number=1)
    found = checked(page.document("Title", "lead", body))
    assert "A <title>" in found.text
    tags = {tag for tag, _ in found.seen}
    assert "script" not in tags
    addresses = [value for _, attributes in found.seen for name, value in attributes.items() if name in ("src", "href")]
    assert addresses == ["data:,"]
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in found.seen


def test_dark_mode_is_in_the_style():
    assert "prefers-color-scheme: dark" in page.document("t", "l")
    assert "url(http" not in page.document("t", "l")
