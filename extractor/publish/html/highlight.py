"""Marking the matches of a search. Pure."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from extractor.catalogue.queries.search_words import END, START, WORD, words_of
from extractor.names import folded

# [text](address), also cut off at the edge of a snippet; tags; marks of headings, lists, emphasis, code.
ADDRESS = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s[^()]*)?(?:\)|(?=…?$))|\]\([^()\s]*\)")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
MARKUP = re.compile(r"\|(?:\s?:?-{2,}:?\s?\|)+|(?<!\w)[#>*`~=|]+(?!\w)|[*`]{1,3}|^[-+]\s|\s[-+](?=\s)")
# Endings, each with the length of the shortest stem that may be left: `client` does not become `cli`.
ENDINGS = {
    **dict.fromkeys(("encies", "ences", "ency", "ence", "ents", "ent"), 5),
    **dict.fromkeys(("ations", "ation", "ings", "ing", "edly", "ies", "ed", "es", "ly", "s", "e", "y"), 3),
}


def marked(snippet: str) -> Markup:
    """The result of snippet(), escaped, without its markup, and with the matches marked."""
    text = escape(reading_text(snippet))
    return text.replace(START, Markup("<mark>")).replace(END, Markup("</mark>"))


def marked_text(snippet: str) -> Markup:
    """Like `marked`, for a plain text, in which nothing is markup."""
    text = escape(" ".join(snippet.split()))
    return text.replace(START, Markup("<mark>")).replace(END, Markup("</mark>"))


def reading_text(snippet: str) -> str:
    """A piece of Markdown or HTML without addresses and marks; but for an address that has a match."""
    text = TAG.sub(_without_tag, ADDRESS.sub(_without_address, snippet))
    text = " ".join(MARKUP.sub(" ", text).split())
    return text if START in text or START not in snippet else " ".join(snippet.split())


def _without_address(link: re.Match[str]) -> str:
    """The text of a link, and its address only if what was found is there."""
    text, address = link[1] or "", link[0].rpartition("](")[2].removesuffix(")")
    return f"{text} {address}" if START in address else text


def _without_tag(tag: re.Match[str]) -> str:
    return tag[0] if START in tag[0] else " "


def highlighted(text: str, query: str) -> Markup:
    """A short text with the words of the query marked, whatever their case, accents or mathematical letters."""
    stems = [stem(folded(word)) for word in words_of(query)]
    shown = Markup()
    at = 0
    for match in WORD.finditer(text):
        word = folded(match[0])
        if any(word.startswith(one) for one in stems):
            shown += escape(text[at : match.start()]) + Markup("<mark>{}</mark>").format(match[0])
            at = match.end()
    return shown + escape(text[at:])


def stem(word: str) -> str:
    """A word without its ending, similar enough to the stemming of the index (Porter)."""
    for ending, shortest in ENDINGS.items():
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word.removesuffix(ending)
    return word
