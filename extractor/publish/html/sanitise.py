"""Sanitising the HTML of a note: a closed list of elements and attributes, nothing that runs, styles or loads."""

from __future__ import annotations

import re

import nh3

TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del"),
    *("details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
    *("i", "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp"),
    *("section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot"),
    *("th", "thead", "time", "tr", "tt", "u", "ul", "var"),
}
ATTRIBUTES = {
    "*": {"id", "name", "title", "dir", "lang", "align", "data-id"},
    "a": {"href", "data-line"},
    "img": {"src", "alt", "width", "height", "data-line"},
    **{f"h{level}": {"data-line", "data-slug"} for level in range(1, 7)},
    "input": {"type", "checked", "disabled"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "details": {"open"},
}
CLASSES = {
    "a": {"footnote-backref"},
    "code": {""},
    "li": {"task-list-item", "footnote-item"},
    "ol": {"footnotes-list"},
    "pre": {"front-matter"},
    "section": {"footnotes"},
    "span": {"math", "inline"},
    "div": {"math", "block"},
    "sup": {"footnote-ref"},
    "ul": {"contains-task-list", "board"},
}
SCHEMES = {"http", "https", "mailto", "tel", "joplin", "data", "file"}
SILENT = {"script", "style", "template", "noscript", "iframe", "object", "embed", "noembed", "noframes", "svg", "math",
          "textarea", "title", "xmp", "select"}  # fmt: skip
OUR_IDS = re.compile(r"line-\d{1,7}|fn(ref)?\d{1,6}(:\d{1,4})?")


_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_NOT_NESTED = frozenset({"p", "li", "br", "hr", "img", "input", "td", "th", "tr", "dd", "dt", "a", "b", "i", "font"})
_DEEPEST = 5000


def is_bottomless(html: str) -> bool:
    """Whether some HTML is nested so deeply that sanitising it would take too long: the time is quadratic."""
    depth = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _NOT_NESTED:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """Keep only ids that the renderer gives; `NoteWriter` renames those of the note itself."""
    if attribute == "data-id":
        return value if OUR_IDS.fullmatch(value) else None
    if tag == "input" and attribute == "type":
        return value if value == "checkbox" else None
    return value


def sanitised(html: str) -> str:
    """The harmless part of some HTML, well-formed; the writer decides where addresses lead."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=SILENT,
        attributes=ATTRIBUTES,
        attribute_filter=_keep,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel=None,
    )
