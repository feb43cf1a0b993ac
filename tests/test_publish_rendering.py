"""Notes as a page shows them: what Joplin shows, and nothing that runs, styles or asks another host."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hostile import HTML, MARKDOWN, VECTORS

from extractor.publish.html.note_parts import KnownLink, Rendered, lookup
from extractor.publish.html.paths import Paths
from extractor.publish.html.rendering import rendered
from extractor.publish.html.sanitise import TAGS

PATHS = Paths("/catalogue")
ID = "0123456789abcdef0123456789abcdef"
DEAD = KnownLink(
    7, 70, "dead", "https://web.archive.org/web/2024/https://dead.example/", canonical="https://dead.example/"
)
ALIVE = KnownLink(8, 80, "alive", canonical="https://alive.example/")
KNOWN = (
    DEAD,
    ALIVE,
    KnownLink(8, 80, "alive", kind="image", canonical="https://pictures.example/a.png"),
)

ATTRIBUTES = {
    "*": {"id", "class", "title", "dir", "lang", "align"},
    "a": {"href", "rel", "target", "data-picture", "data-alt"},
    "img": {"src", "alt", "loading", "width", "height"},
    "input": {"type", "disabled", "checked", "aria-label"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "details": {"open"},
    "time": {"datetime"},
    **{f"h{level}": {"aria-level"} for level in range(2, 7)},
}
ELEMENTS = TAGS - {"h1"}  # the title of the note is that


class Inspector(HTMLParser):
    """Notes everything in some HTML that is not on the list."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.wrong.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()):
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not re.match(r"https?://|mailto:|tel:|#|/catalogue/-/", value or ""):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "src" and not re.match(
                r"/catalogue/-/resource/|data:image/(png|jpeg|gif|webp|avif);base64,", value or ""
            ):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "data-picture" and dict(attrs)["href"] != "/catalogue/-/picture/8":
                self.wrong.append(f"{tag} {name} {attrs}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)

    def handle_pi(self, data: str) -> None:
        self.wrong.append(data)


def shown(body: str, markup: str = "markdown") -> Rendered:
    return rendered(body, markup, PATHS, lookup(KNOWN))


BOARD = (
    '```jsoncanvas\n{"nodes": [{"type": "text", "text": "# C\\n[a](b)", "y": 1}, {"type": "group", "label": "G"},'
    ' {"type": "link", "url": "https://alive.example/", "y": 9}, {"type": "file", "file": "x.pdf", "y": 10}]}\n```'
)
SHOWN_BOARD = (
    '<ul class="board" id="line-1">\n<li><h2 id="heading-1">G</h2></li>\n'
    '<li><h2 id="heading-2">C</h2>\n<p><span class="lost" title="b">a</span></p>\n</li>\n'
    '<li><a href="https://alive.example/" rel="noreferrer noopener" id="link-8">https://alive.example/</a></li>\n'
    "<li>x.pdf</li>\n</ul>\n"
)


def test_there_are_enough_vectors() -> None:
    assert len(set(HTML)) >= 60
    assert len(set(VECTORS)) >= 120


@pytest.mark.parametrize("markup", ["markdown", "html"])
@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_hostile_is_left(vector: str, markup: str) -> None:
    for body in (vector, f"before {vector} after", f"> - {vector}\n\n{vector}{vector}"):
        inspector = Inspector()
        inspector.feed(str(shown(body, markup).html))
        inspector.close()
        assert inspector.wrong == []


@pytest.mark.parametrize("vector", MARKDOWN)
def test_hostile_headings_are_plain_words(vector: str) -> None:
    for heading in shown(f"# {vector}").outline:
        assert re.fullmatch(r"line-\d+|heading-\d+", heading.anchor)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("# A", '<h2 id="line-1">A</h2>\n'),
        ("x\n\n### B *c*", '<p id="line-1">x</p>\n<h4 id="line-3" aria-level="2">B <em>c</em></h4>\n'),
        ("a\nb", '<p id="line-1">a<br>\nb</p>\n'),
        ("==m== ~~s~~", '<p id="line-1"><mark>m</mark> <s>s</s></p>\n'),
        ("[a](https://alive.example/)",
         '<p id="line-1"><a href="https://alive.example/" rel="noreferrer noopener" id="link-8">a</a></p>\n'),
        ("https://other.example/x?a=1&b=2",
         ('<p id="line-1"><a href="https://other.example/x?a=1&amp;b=2" rel="noreferrer noopener">'
          "https://other.example/x?a=1&amp;b=2</a></p>\n")),
        ("[n](:/" + ID + ")", f'<p id="line-1"><a class="inside" href="/catalogue/-/id/{ID}">n</a></p>\n'),
        (f"[n](joplin://x-callback-url/openNote?id={ID})",
         f'<p id="line-1"><a class="inside" href="/catalogue/-/id/{ID}">n</a></p>\n'),
        (f"![r](:/{ID})",
         f'<p id="line-1"><img src="/catalogue/-/resource/{ID}" alt="r" loading="lazy"></p>\n'),
        ("[f](file:///home/me/a.pdf)", '<p id="line-1"><span class="lost" title="file:///home/me/a.pdf">f</span></p>\n'),
        ("[j](javascript:alert(1))", '<p id="line-1">[j](javascript:alert(1))</p>\n'),
        ("[m](mailto:me@example.com)", '<p id="line-1"><a href="mailto:me@example.com">m</a></p>\n'),
        ("# Über Kafka!\n\n[up](#über-kafka)",
         '<h2 id="line-1">Über Kafka!</h2>\n<p id="line-3"><a href="#line-1">up</a></p>\n'),
        ("[nowhere](#nowhere)", '<p id="line-1"><a class="lost" title="#nowhere">nowhere</a></p>\n'),
        ("- [x] done", ('<ul class="contains-task-list" id="line-1">\n<li class="task-list-item">'
                        '<input type="checkbox" disabled aria-label="done" checked> done</li>\n</ul>\n')),
        ("<b>bold</b> <u>u</u><br>x", '<p id="line-1"><b>bold</b> <u>u</u><br>x</p>\n'),
        ("<h1>raw</h1>", "<h2>raw</h2>"),
        ("[n](joplin://" + ID + ")", f'<p id="line-1"><a class="inside" href="/catalogue/-/id/{ID}">n</a></p>\n'),
        ("[o](:/Ab3XyZ0123456789Ab3XyZ0123456789)",
         '<p id="line-1"><a class="inside" href="/catalogue/-/id/Ab3XyZ0123456789Ab3XyZ0123456789">o</a></p>\n'),
        ('<p id="content" name="x">y</p>', '<p id="in-content">y</p>'),
        ('<i id="a"></i><i id="a"></i>', '<p id="line-1"><i id="in-a"></i><i></i></p>\n'),
        (BOARD, SHOWN_BOARD),
        ("```jsoncanvas\n{]\n```", '<pre id="line-1"><code>{]\n</code></pre>\n'),
        ("[toc]\n\n# A\n\n[TOC]",
         '<ul>\n<li><a href="#line-3">A</a></li>\n</ul>\n<h2 id="line-3">A</h2>\n'),
        ("$x<y$", '<p id="line-1"><span class="math inline">x&lt;y</span></p>\n'),
    ],
)  # fmt: skip
def test_markdown_as_joplin_shows_it(body: str, html: str) -> None:
    assert shown(body).html == html


def test_a_dead_link_is_marked_and_its_copy_is_beside_it() -> None:
    html = shown("[old](https://dead.example)").html
    assert 'class="is-dead">old</a>' in html
    assert '<a class="told" href="/catalogue/-/link/7"><span class="badge is-dead">dead</span></a>' in html
    assert (
        'href="https://web.archive.org/web/2024/https://dead.example/" rel="noreferrer noopener">archived copy' in html
    )


def test_a_remote_picture_waits_until_it_is_asked_for() -> None:
    text = shown("![A](https://pictures.example/a.png) ![B](https://unknown.example/b.png)")
    assert "<img" not in text.html
    assert 'href="/catalogue/-/picture/8" data-picture' in text.html
    assert [found.kind for found in text.found] == ["image", "image"]


def test_a_picture_that_is_a_link_stands_beside_the_link() -> None:
    html = shown("[![A](https://pictures.example/a.png)](https://alive.example/)").html
    link, _, picture = html.partition("</a>")
    assert link.endswith(">A")
    assert "data-picture" in picture


@pytest.mark.parametrize(
    ("kind", "shows"), [("png", True), ("jpeg", True), ("webp", True), ("svg+xml", False), ("x", False)]
)
def test_pictures_in_the_note_itself(kind: str, shows: bool) -> None:
    assert (f'<img src="data:image/{kind};base64,AAAA"' in shown(f"![d](data:image/{kind};base64,AAAA)").html) == shows


def test_no_element_that_runs_or_loads_is_on_the_list() -> None:
    runs = {"script", "style", "template", "html", "head", "body", "form", "button", "select", "textarea", "noscript"}
    loads = {"link", "meta", "base", "iframe", "frame", "object", "embed", "svg", "math", "video", "audio", "source"}
    assert not TAGS & (runs | loads)


def test_footnotes_lead_there_and_back() -> None:
    html = str(shown("A claim.[^1]\n\n[^1]: A source.").html)
    assert re.findall(r'(?:href="#|id=")(fn\w+)"', html) == ["fn1", "fnref1", "fn1", "fnref1"]


def test_links_to_one_page_are_told_apart() -> None:
    """By what is written, and where that is the same, too, each in its turn; another spelling is the first."""
    page = "https://docs.example/"
    links = [f"{page}#a", page, page, f"{page}#b"]
    known = [KnownLink(n, 1, "alive", url=url, canonical=page) for n, url in enumerate(links)]
    body = f"[0]({page}#a) [1]({page}) [3]({page}#b) [2]({page}) [4](https://DOCS.example/?utm_source=x)"
    html = str(rendered(body, "markdown", PATHS, lookup(known)).html)
    assert re.findall(r'id="link-(\d)">(\d)', html) == [("0", "0"), ("1", "1"), ("3", "3"), ("2", "2")]


def test_outline_and_links_in_their_order() -> None:
    text = shown("[0](https://alive.example/)\n# A\n[1](https://dead.example/)\n## B\n[2](:/" + ID + ")")
    assert [(one.level, one.title, one.anchor) for one in text.outline] == [(1, "A", "line-2"), (2, "B", "line-4")]
    assert [(one.text, one.anchor, one.known) for one in text.found] == [
        ("0", "", ALIVE),
        ("1", "line-2", DEAD),
        ("2", "line-4", None),
    ]


def test_the_place_of_a_link_has_its_id_once() -> None:
    html = shown("[a](https://alive.example/) [b](https://alive.example)").html
    assert html.count('id="link-8"') == 1


def test_a_text_that_is_too_long_is_shown_as_it_is_written() -> None:
    assert shown("*<b>*" * 300_000).html.startswith('<pre class="as-written">*&lt;b&gt;*')


@pytest.mark.parametrize("markup", ["markdown", "html"])
def test_a_text_that_is_nested_without_end_is_shown_as_it_is_written(markup: str) -> None:
    assert shown("<div>" * 60_000, markup).html.startswith('<pre class="as-written">&lt;div&gt;')
    assert "<pre" not in shown("<div><p><span>x</span></div>" * 10_000, markup).html


def test_an_html_note() -> None:
    text = shown(f'<h2>T</h2><p>a<br>b <a href=":/{ID}">n</a> <a href="https://dead.example/">d</a></p>', "html")
    assert text.html.startswith('<h3 id="heading-1" aria-level="2">T</h3><p>a<br>b <a class="inside"')
    assert text.found[1].known == DEAD


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        ("# A\n\n## B\n\n# C", [2, 3, 2]),
        ("## A\n\n### B\n\n## C", [2, 3, 2]),
        ("# A\n\n### B\n\n## C\n\n###### D\n\n# E", [2, 3, 3, 4, 2]),
        ("#### A\n\n# B", [2, 2]),
        ("<h5>A</h5>\n\n###### B", [2, 3]),
    ],
)
def test_a_screen_reader_hears_no_gaps_between_headings(body: str, levels: list[int]) -> None:
    html = rendered(body, "markdown", PATHS, lambda _kind, _url: None).html
    found = re.findall(r'<h(\d)(?:[^>]* aria-level="(\d)")?', html)
    assert [int(said or shown) for shown, said in found] == levels


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("[](https://a.example/b)", 'rel="noreferrer noopener">a.example/b</a>'),
        ("[ **  ** ](#x)", "</a>"),
        ("#", '<span class="unseen">(no title)</span></h2>'),
        ("[![](https://a.example/b.png)](https://c.example)", "a.example/b.png"),
    ],
)
def test_what_has_no_words_has_a_name(body: str, html: str) -> None:
    shown = rendered(body, "markdown", PATHS, lambda _kind, _url: None).html
    assert html in shown
    assert not re.search(r"<(a|h\d)\b[^>]*>\s*</", shown)
