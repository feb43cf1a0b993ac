# ruff: noqa: S608 -- all of the SQL is written here
"""What people look for in their notes: a table of tasks for any catalogue, and code that does a task in a browser.

A task says what a person remembers, as a query that draws its targets from the catalogue, what they type, where they
click, and what they must see in the end. Only this module says where each thing is on a page.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from extractor.catalogue.kept.file import pages_of, reading
from extractor.catalogue.stored_texts import restored
from extractor.linkcheck import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    Target = Mapping[str, Any]

MOST_CLICKS, MOST_TYPINGS = 3, 1
FACETS = "nav.facets"
HEADER_BOX = "header input[type=search]"
MONTHS = ("", *["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
FEW = 5  # addresses with the same link text
DRAWN = 2000  # revisions from which targets are chosen
# A text that can be typed as it is (no quotes, no colon, no minus before a word), with at least one longer word.
SAYS_MUCH = re.compile(r"(?=.*[^\W\d_]{5})\w[\w,.'()/]*( [\w(][\w,.'()/]*)*")


class Step(Protocol):
    """Something that a person does on a page."""

    def find(self, page: Page, target: Target) -> Locator:
        """The element that it is done with, which may be missing on the page."""


class Link(NamedTuple):
    """A click on a link by its name, in a part of the page."""

    part: str
    name: str
    exact: bool = False

    def find(self, page: Page, target: Target) -> Locator:
        """The links with this name there."""
        return page.locator(self.part).get_by_role("link", name=self.name.format(**target), exact=self.exact)


class Row(NamedTuple):
    """A click in the row of an address in a list, on its name or on something else there."""

    link: str = "a.title"

    def find(self, page: Page, target: Target) -> Locator:
        """The link in the row."""
        text = re.sub(r'(["\\])', r"\\\1", target["url"])
        return page.locator("main li", has=page.locator(f'a.host[title="{text}"]')).locator(self.link)


class Bar(NamedTuple):
    """A click on the bar of a month, or on that of its year if the bars are years."""

    month: str

    def find(self, page: Page, target: Target) -> Locator:
        """The bar; its name begins with its month or year."""
        year, _, month = self.month.format(**target).partition("-")
        name = re.compile(rf"^({MONTHS[int(month)]} )?{year}: ")
        return page.locator(f"{FACETS} .chart").get_by_role("link", name=name)


class Typed(NamedTuple):
    """A text that is typed into a box other than the one on every page."""

    box: str
    text: str

    def find(self, page: Page, target: Target) -> Locator:  # noqa: ARG002 -- as with other steps
        """The box."""
        return page.locator(self.box)


class Task(NamedTuple):
    """`draws` is SQL whose rows are targets; their columns are filled into `typed`, the steps and `seen`.

    `typed` is for the box of the first page.
    """

    draws: str
    typed: str
    steps: tuple[Step, ...]
    seen: tuple[str, ...]


class Version(NamedTuple):
    """A version of a kept page; `text` is as stored."""

    asked: str
    title: str | None
    text: bytes | str
    is_newest: bool


# The order in which targets are drawn: different from that of the rows, but always the same.
SCATTERED = "ORDER BY ({} * 2654435761) % 1000003"
# The name of the notebook itself, from its path.
SHELF = "substr(notebook, 1 + length(rtrim(notebook, replace(notebook, '›', ''))))"
NONE_INSIDE = "NOT EXISTS (SELECT 1 FROM notebooks WHERE path LIKE one.notebook || ' › %')"

# Pages that were kept; no two have the same words.
PAGES = "SELECT * FROM kept"
KEPT = """
SELECT asked, title, text, NOT EXISTS (
  SELECT 1 FROM versions AS later WHERE later.page_id = versions.page_id AND later.kept_at > versions.kept_at
) AS is_newest
FROM versions JOIN pages ON pages.id = page_id
LIMIT 2000
"""
# Texts of few links, so that people can distinguish these from others.
TELLING = f"""
SELECT text
FROM links
WHERE target = 'web' AND says_much(text)
GROUP BY text
HAVING count(DISTINCT url_id) <= {FEW}
"""
SPELLED_ONCE = "SELECT url_id FROM links GROUP BY url_id HAVING count(DISTINCT url) = 1"
NAMED = f"""
SELECT *, link AS words
FROM saved_links
WHERE link IN ({TELLING}) AND url_id IN ({SPELLED_ONCE})
{SCATTERED.format("id")}
"""
# Notes whose name is in the name of no other note.
NOTES = f"""
SELECT id, name AS note, revisions
FROM notes AS one
WHERE state = 'current' AND says_much(name)
  AND NOT EXISTS (SELECT 1 FROM notes WHERE notes.id <> one.id AND instr(notes.name, one.name))
{SCATTERED.format("rowid")}
"""
# Headings under which links once were, each path once.
HEADINGS = f"""
SELECT path, replace(path, ' › ', ' ') AS words, max(removed_at IS NULL) AS is_present
FROM sections
WHERE says_much(replace(path, ' › ', ' ')) AND path IN (
  SELECT section FROM links WHERE removed_at NOT NULL AND target = 'web' AND kind = 'link'
)
GROUP BY path
{SCATTERED.format("min(id)")}
"""
TASKS = {
    "saved in a month, about something": Task(
        f"SELECT *, first_seen_month AS month FROM ({NAMED}) WHERE is_dated",
        "{words}",
        (Bar("{month}"), Row()),
        ("{url}", "{note}", "added by"),
    ),
    "saved in a month, all of it typed": Task(
        f"SELECT *, first_seen_month AS month FROM ({NAMED}) WHERE is_dated",
        "{words} in:{month}",
        (Row(),),
        ("{url}", "{note}", "added by"),
    ),
    "perhaps saved on a day, which is not known": Task(
        f"""
        SELECT one.*, substr(one.first_seen_at, 1, 10) AS day
        FROM ({NAMED}) AS one JOIN links USING (id)
        WHERE NOT one.is_dated AND coalesce(links.absent_at, '') < substr(one.first_seen_at, 1, 10)""",
        "{words} in:{day}",
        (Link(".chips", "perhaps (day not known)"), Row()),
        ("{url}", "{note}"),
    ),
    "what died in a notebook": Task(
        f"""
        SELECT trim({SHELF}) AS shelf,
               count(*) AS number, count(DISTINCT url_id) AS addresses
        FROM (SELECT * FROM saved_links WHERE health = 'dead' AND notebook NOT NULL) AS one
        WHERE {NONE_INSIDE}
        GROUP BY notebook
        HAVING count(DISTINCT url_id) > 1
        {SCATTERED.format("min(id)")}""",
        "",
        (Link(".legend", "dead"), Link(FACETS, "{shelf}")),
        ("{number:,} links to {addresses:,} addresses",),
    ),
    "all that was ever under a heading": Task(
        f"SELECT * FROM ({HEADINGS}) WHERE is_present",
        "{words}",
        (Link("section:has(#g-section)", "{path}", exact=True), Link("main", "past link")),
        ("Only what is here now",),
    ),
    "what was under a heading that is no more": Task(
        f"SELECT * FROM ({HEADINGS}) WHERE NOT is_present",
        "{words}",
        (Link("section:has(#g-section)", "{path}", exact=True),),
        ("only in the past",),
    ),
    "who wrote a post": Task(
        f"""
        SELECT links.url, urls.author, some_words(context) AS words
        FROM links JOIN urls ON urls.id = url_id
        WHERE author NOT NULL AND some_words(context) <> '' AND links.id IN (SELECT id FROM saved_links)
          AND url_id IN ({SPELLED_ONCE})
        {SCATTERED.format("links.id")}""",
        '"{words}"',
        (Row(),),
        ("By {author}",),
    ),
    "who said that": Task(
        f"{PAGES} WHERE is_newest {SCATTERED.format('url_id')}",
        '"{quote}"',
        (Link("section:has(#g-page)", "{title}"),),
        ("{title}", "{quote}"),
    ),
    "a page that no longer says what I saved": Task(
        f"{PAGES} WHERE NOT is_newest {SCATTERED.format('url_id')}",
        '"{quote}"',
        (Link("section:has(#g-page)", "{title}"), Link("table", "since ")),
        ("{title}", "What changed"),
    ),
    "what a dead page said": Task(
        f"SELECT * FROM ({NAMED}) AS one JOIN kept USING (url_id) WHERE health = 'dead' AND is_newest",
        "{words} health:dead",
        (Row("a.host:text('kept page')"),),
        ("{title}", "{quote}"),
    ),
    "a page that is no longer the one I saved": Task(
        f"""
        SELECT saved.link, saved.note, was.title AS was, saved.url
        FROM pages AS now JOIN pages AS was USING (url_id) JOIN saved_links AS saved USING (url_id)
        WHERE now.seen = 'last' AND now.changed AND was.seen = 'first' AND says_much(saved.link)
        {SCATTERED.format("saved.id")}""",
        "",
        (Link(".places", "Queries"), Link("#tables", "Pages that have changed"), Link("tbody", "{link}")),
        ("its title was {was}", "both changed since"),
    ),
    "what a note said at its fifth revision": Task(
        f"SELECT * FROM ({NOTES}) WHERE revisions > 5",
        "{note}",
        (Link("section:has(#g-note)", "{note}"), Link(".timeline", "#5 ")),
        ("#5 of {revisions}", "As it was"),
    ),
    "when the lines of a note were written": Task(
        NOTES, "{note}", (Link("section:has(#g-note)", "{note}"), Link(".meta", "Line by line")), ("{note}", "line")
    ),
    "a note of which only the title is known": Task(
        NOTES, "", (Link(".places", "Notes"), Typed("#find-note", "{note}"), Link("main", "{note}")), ("{note}",)
    ),
    "links to a site in a notebook": Task(
        f"""
        SELECT site, trim({SHELF}) AS shelf,
               count(*) AS number, count(DISTINCT url_id) AS addresses
        FROM (SELECT * FROM saved_links WHERE notebook NOT NULL AND site GLOB '*[a-z]*') AS one
        WHERE {NONE_INSIDE}
        GROUP BY site, notebook
        HAVING count(DISTINCT url_id) > 1
        {SCATTERED.format("min(id)")}""",
        "site:{site}",
        (Link(FACETS, "{shelf}"),),
        ("{number:,} links to {addresses:,} addresses",),
    ),
    "links to a site in notes with a tag": Task(
        f"""
        SELECT site, tags.title AS tag, count(*) AS number, count(DISTINCT url_id) AS addresses
        FROM saved_links JOIN note_tags USING (note_id) JOIN tags ON tags.id = tag_id
        GROUP BY site, tag
        HAVING count(DISTINCT url_id) > 1
        {SCATTERED.format("min(saved_links.id)")}""",
        "site:{site}",
        (Link(FACETS, "{tag}"),),
        ("{number:,} links to {addresses:,} addresses",),
    ),
    "where else a page is": Task(
        f"""
        SELECT *, (SELECT count(DISTINCT note_id) FROM saved_links AS other WHERE other.url_id = one.url_id) AS notes
        FROM ({NAMED}) AS one
        WHERE notes > 1""",
        "{words}",
        (Row(),),
        ("{url}", "Where it is"),
    ),
    "a link that is no longer in any note": Task(
        f"""
        SELECT links.text AS words, links.url, notes.name AS note
        FROM links JOIN notes ON notes.id = note_id
        WHERE links.target = 'web' AND links.kind = 'link' AND removed_at NOT NULL AND says_much(links.text)
          AND url_id IN ({SPELLED_ONCE}) AND NOT EXISTS (
            SELECT 1 FROM links AS other WHERE other.url_id = links.url_id AND other.removed_at IS NULL
          ) AND links.text IN ({TELLING})
        {SCATTERED.format("links.id")}""",
        "{words}",
        (Link(".chips", "no longer there"), Row()),
        ("{url}", "Where it was", "{note}"),
    ),
    "what was written once and is no more": Task(
        f"""
        SELECT note_id, number, words
        FROM (
          SELECT note_id, number, longest_word(text_removed) AS words
          FROM revisions
          WHERE number NOT NULL AND text_removed <> '' AND note_id IN (SELECT id FROM notes WHERE state = 'current')
          {SCATTERED.format("rowid")}
          LIMIT {DRAWN}
        ) AS one
        WHERE words <> '' AND (SELECT count(*) FROM revisions_fts WHERE revisions_fts MATCH '"' || words || '"*') <= 3
          AND NOT EXISTS (SELECT 1 FROM note_bodies_fts WHERE note_bodies_fts MATCH '"' || one.words || '"*')""",
        "{words}",
        (Link("section:has(#g-revision)", "#{number} "),),
        ("{words}", "removed"),
    ),
    "what was written in an attachment": Task(
        f"""
        SELECT title, longest_word(ocr_text) AS words
        FROM resources
        WHERE longest_word(ocr_text) <> ''
        {SCATTERED.format("rowid")}""",
        "{words}",
        (Link("section:has(#g-attachment)", "{title}"),),
        ("{words}",),
    ),
    "pictures whose address has expired": Task(
        "SELECT id FROM images WHERE expires_at < '2026' AND removed_at IS NULL",
        "",
        (Link(".places", "Images"), Link(".chips", "Expired")),
        ("look in the archive",),
    ),
    "what was saved in a year, and what became of links": Task(
        "SELECT 1", "", (Link(".actions", "Digest"), Link(".chips", "A year")), ("Digest",)
    ),
}


@dataclass
class Walk:
    """The cost of a task: `ready_ms` of each page until it was loaded; `lacks` is what was missing, '' if nothing."""

    clicks: int = 0
    typings: int = 0
    ready_ms: list[float] = field(default_factory=list)
    lacks: str = ""


def draw(catalogue: Path, task: Task, most: int) -> list[Target]:
    """At most `most` targets of a task; none if the catalogue has nothing of the kind."""
    with closing(sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        connection.create_function("says_much", 1, lambda text: bool(text and SAYS_MUCH.fullmatch(text)))
        connection.create_function("longest_word", 1, _longest_word)
        connection.create_function("some_words", 1, lambda text: next(iter(_phrases(text)), ""))
        connection.execute(
            "CREATE TEMP TABLE kept (url_id INTEGER, url TEXT, title TEXT, quote TEXT, is_newest INTEGER)"
        )
        connection.executemany("INSERT INTO kept VALUES (?, ?, ?, ?, ?)", _kept(catalogue, connection))
        return [dict(row) for row in islice(connection.execute(task.draws), most)]


def _longest_word(text: str | None) -> str:
    """The longest word of a memorable length; '' if there is none."""
    return max(re.findall(r"\b[A-Za-z]{5,15}\b", text or ""), key=len, default="")


def _phrases(text: str) -> list[str]:
    """All runs of four consecutive words in a text."""
    return re.findall(r"\b[^\W\d_]{3,}(?: \w+){3}\b", text)


def _kept(catalogue: Path, connection: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Yield the kept versions of linked pages, each with a phrase that no other version has."""
    urls = {asked(row["url"]): tuple(row) for row in connection.execute("SELECT url_id, url FROM saved_links")}
    with reading(pages_of(catalogue)) as kept:
        rows = [] if kept is None else [Version(*row) for row in kept.execute(KEPT)]
    texts = [(row, " ".join(restored(row.text).split())) for row in rows if row.asked in urls]
    for row, text in texts:
        quote = next((one for one in _phrases(text) if sum(one in other for _, other in texts) == 1), None)
        if quote and row.title:
            yield *urls[row.asked], row.title, quote, row.is_newest


def walk(page: Page, site: str, task: Task, target: Target) -> Walk:
    """Do a task as a person would, looking at further pages of a list if necessary; stop if something is missing."""
    took = Walk()
    page.goto(site)
    if task.typed:
        _type(page, page.locator(HEADER_BOX), task.typed.format(**target), took)
    for step in task.steps:
        there = step.find(page, target)
        while isinstance(step, Row) and not there.count() and page.locator("main a[rel=next]").count():
            if took.clicks > MOST_CLICKS:
                break
            _click(page, page.locator("main a[rel=next]"), took)
        if not there.count():
            took.lacks = f"{step} on {page.url}"
            return took
        if isinstance(step, Typed):
            _type(page, there, step.text.format(**target), took)
        else:
            _click(page, there.first, took)
    text = " ".join(page.locator("body").inner_text().split())
    took.lacks = ", ".join(one for one in (one.format(**target) for one in task.seen) if one not in text)
    return took


def _type(page: Page, box: Locator, text: str, took: Walk) -> None:
    took.typings += 1
    box.fill(text)
    with page.expect_navigation(wait_until="load"):
        box.press("Enter")
    took.ready_ms.append(_ready(page))


def _click(page: Page, link: Locator, took: Walk) -> None:
    took.clicks += 1
    here, leads_to = page.url.partition("#")[0], link.evaluate("a => new URL(a.getAttribute('href'), a.baseURI).href")
    if leads_to.partition("#")[0] == here:
        link.click()
        return
    with page.expect_navigation(wait_until="load"):
        link.click()
    took.ready_ms.append(_ready(page))


def _ready(page: Page) -> float:
    """Milliseconds from the request for a page until it was completely loaded."""
    time = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    return page.evaluate(f"new Promise((told) => setTimeout(() => told({time})))")
