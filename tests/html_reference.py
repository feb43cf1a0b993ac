"""The headings, links and images that html5lib, which follows the standard to the letter, finds in HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import html5lib
from hypothesis import strategies as st

from extractor.markdown import Document, parse
from extractor.markdown.addresses import is_allowed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

UNSEEN = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}
TEXTAREA = "{http://www.w3.org/1999/xhtml}textarea"
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
Seen = list[tuple[str, str, str]]


def seen_by_html5lib(body: str) -> Seen:
    """(name, address, text without white space) of each heading, link and image, in order.

    A link that is split into several elements with the same address counts as one: all addresses in `body` must differ.
    Joplin's pages have a doctype, so that a table ends a paragraph.
    """
    found: dict[tuple[str, object], list[str]] = {}
    for at, element in enumerate(elements(html5lib.parse("<!doctype html>" + body))):
        name = local(element)
        if name in HEADINGS:
            alts = [one.get("alt") or "" for one in element.iter() if local(one) == "img" and address(one, "src")]
            title = text(element) or text(element, alts=True) or next((solid(alt) for alt in alts if alt), "")
            found[name, at] = ["", title]
        elif name == "a" and (url := address(element, "href")):
            known = found.setdefault((name, url), [url, ""])
            known[1] += text(element, alts=True)
        elif name == "img" and (url := address(element, "src")):
            found[name, at] = [url, solid(element.get("alt") or "")]
    return [(name, url, words) for (name, _), (url, words) in found.items()]


def seen_here(body: str) -> Seen:
    """The same from the document that this project's parser returns."""
    document: Document = parse(body, "html")
    links = iter(document.links)
    found: Seen = []
    pending = next(links, None)
    for index, heading in enumerate(document.headings):
        while pending is not None and (pending.section is None or pending.section < index):
            found.append(shown(pending))
            pending = next(links, None)
        found.append((f"h{heading.level}", "", solid(heading.title)))
    return found + [shown(link) for link in ([pending] if pending else []) + list(links)]


def shown(link) -> tuple[str, str, str]:
    return ("a" if link.kind == "link" else "img", link.url, solid(link.text))


def elements(element: Element) -> Iterator[Element]:
    """The elements in order, without those in a <textarea>, where html5lib reopens unclosed ones: it has only text."""
    yield element
    for child in element:
        if child.tag != TEXTAREA:
            yield from elements(child)


def local(element: Element) -> str:
    """The name of an element without its namespace; '' for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def address(element: Element, attribute: str) -> str:
    url = (element.get(attribute) or "").strip("\t\n\f\r ")
    return url if is_allowed(url) else ""


def text(element: Element, *, alts: bool = False) -> str:
    """The text of an element without white space; with `alts`, including the alt texts of images."""
    parts = [element.text or ""] if local(element) not in UNSEEN else []
    for child in element:
        if local(child) and child.tag != TEXTAREA:
            parts.append(text(child, alts=alts))
        if local(child) == "img" and alts and address(child, "src"):
            parts.append(child.get("alt") or "")
        if local(element) not in UNSEEN:
            parts.append(child.tail or "")
    return solid("".join(parts))


def solid(words: str) -> str:
    return "".join(words.split())


NAMES = [
    "a", "a", "a", "a", "p", "p", "div", "h1", "h2", "h3", "h6", "b", "i", "font", "span", "table", "tr", "td",
    "th", "tbody", "ul", "li", "dl", "dd", "br", "hr", "img", "img", "svg", "title", "style", "script", "math",
    "mi", "mtext", "foreignObject", "desc", "textarea", "pre", "form", "button", "nobr", "center", "body",
    "html", "head", "em", "section", "iframe", "noframes", "noembed", "xmp", "noscript", "applet", "object",
    "caption", "colgroup", "col", "option", "marquee", "image", "input", "table",
]  # fmt: skip
ATTRIBUTES = [
    "class=x", 'class="x"="y"', 'rel="s"=" "', "=", "= x", "/", '"', "'", "alt=j", "alt='two words'", "id", "a=b c",
    "<", "href", "href=", 'x/y="', "name=q", "type=hidden", "encoding=text/html", "&amp", "title='&lt;&copy=1&copy'",
    "\n", "\t", "\f", "\r\n",
]  # fmt: skip
TEXTS = [
    "text", "more words", "&amp;", "&", "&lt", "&notit;", "&#x41;", "&#0;", "&#128;", "<", "< ", "</", "</ ", "<!",
    "<!-- c -->", "<!-- c --!>", "<!-->", "<!--->", "<!--", "-->", "--", "<![CDATA[ x ]]>", "<![CDATA[", "]]>", "<?x?>",
    "<!doctype html>", ">", "\n", " ", "é", '"', "'", "<!-- <!-- --> ", "<!--a--!b-->", "</script", "</style ", "<a",
    '</x ="">', "\f",
]  # fmt: skip

_starts = st.tuples(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.sampled_from([" ", " ", " ", "", "/", "\n"]), st.sampled_from(ATTRIBUTES)), max_size=3),
    st.sampled_from([*">>>>>>>", "/>", " >", ""]),
    st.booleans(),
)
_ends = st.tuples(st.sampled_from(NAMES), st.sampled_from([*">>>>>>", " >", "/>", " x=y>", ""])).map(
    lambda end: f"</{end[0]}{end[1]}"
)
pieces = st.lists(_starts | _starts | _ends | st.sampled_from(TEXTS), max_size=14)


def soup(parts: list) -> str:
    """Compose a text in which all addresses differ."""
    written = []
    for number, part in enumerate(parts):
        if isinstance(part, str):
            written.append(part)
            continue
        name, attributes, end, has_address = part
        where = {"a": f" href=u{number}", "img": f" src='i{number}'", "image": f' src="i{number}"'}.get(name, "")
        written.append(f"<{name}{where * has_address}{''.join(map(''.join, attributes))}{end}")
    return "".join(written)


def html5lib_is_wrong(body: str) -> bool:
    """Whether html5lib may be behind the standard, in which `</p>` and `</br>` have ended an `<svg>` since 2020."""
    lowered = body.lower()
    return ("<svg" in lowered or "<math" in lowered) and ("</p" in lowered or "</br" in lowered)
