"""The addresses of a catalogue's pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from extractor.catalogue.queries.finder_words import query_of_choice

FAR = 200  # lines; a line further down may be in another part of a long text


@dataclass(frozen=True, slots=True)
class Paths:
    """Addresses of pages; `base` is the path of the database in Datasette, such as `/catalogue`."""

    base: str

    def start(self) -> str:
        """The start page, if it is not at `base`."""
        return self._page("start")

    def note(
        self,
        note_id: str,
        at: str | int | None = None,
        anchor: str = "",
        *,
        line: int | None = None,
        form: str = "",
    ) -> str:
        """The page of a note, now or at a revision (number, id) or date; with the form `.md`, its text as a file.

        Of a long text, the page shows the part with `line`.
        """
        return self._page(f"note/{quote(note_id, safe='')}{form}", at=at, line=line) + (f"#{anchor}" if anchor else "")

    def in_note(self, note_id: str, line: int | None, at: str | int | None = None, anchor: str = "") -> str:
        """A line of a note, or an anchor on it; the note itself if the line is unknown."""
        far = line if line and line > FAR else None
        return self.note(note_id, at, anchor or (f"line-{line}" if line else ""), line=far)

    def notes(self, *, form: str = "", **choice: str | int | None) -> str:
        """The notes, the last changed first; `notebook` and `tag` limit them; `form` is `.json` or `.csv`."""
        return self._page(f"notes{form}", **choice)

    def blame(self, note_id: str, page: int | None = None) -> str:
        """The current note, each line with the revision that it came with."""
        return self._page(f"note/{quote(note_id, safe='')}/blame", page=page)

    def changes(self, note_id: str, old: str | int | None = None, new: str | int | None = None) -> str:
        """What changed between two moments of a note."""
        return self._page(f"note/{quote(note_id, safe='')}/changes", **{"from": old, "to": new})

    def revision(self, revision_id: str) -> str:
        """What one revision changed."""
        return self._page(f"revision/{quote(revision_id, safe='')}")

    def topics(self, **choice: str | None) -> str:
        """The tree of topics; or topics `by` name, those with one `letter`, or those that contain `q`."""
        return self._page("topics", **choice)

    def topic(self, path: str, *, form: str = "", **choice: str | None) -> str:
        """Everything under a path of headings, in all notes; `form` is `.json` or `.csv`."""
        return self._page(f"topic{form}", path=path, **choice)

    def kept(self, url_id: int, version: int | None = None, since: int | None = None, *, form: str = "") -> str:
        """The kept text of the page at an address: its newest version, another one, or what changed since one."""
        return self._page(f"kept/{url_id}{form}", version=version, **{"from": since})

    def links(self, **choice: str | int | None) -> str:
        """The saved links, newest first; `topic`, `site`, `year` and others limit them."""
        return self.search(query_of_choice(choice))

    def link(self, link_id: int) -> str:
        """The page of a link, at one of the places where it is."""
        return self._page(f"link/{link_id}")

    def address(self, url_id: int) -> str:
        """The page of a web address."""
        return self._page(f"address/{url_id}")

    def tag(self, title: str) -> str:
        """The notes with a tag."""
        return self.notes(tag=title)

    def images(self, **choice: str | int | None) -> str:
        """The gallery."""
        return self._page("images", **choice)

    def picture(self, link_id: int) -> str:
        """A page with one remote picture and nothing else."""
        return self._page(f"picture/{link_id}")

    def resource(self, resource_id: str) -> str:
        """The file of an attachment."""
        return self._page(f"resource/{quote(resource_id, safe='')}")

    def within(self, joplin_id: str, heading: str = "") -> str:
        """The target of `:/` and an id: a note, a heading in it (by its anchor in Joplin), or an attachment."""
        return self._page(f"id/{quote(joplin_id, safe='')}", heading=heading or None)

    def search(self, text: str = "", *, form: str = "", **choice: str | None) -> str:
        """The finder, with the results for a query, if given; `choice` may have an order, and a key to start from.

        `form` is `.json` or `.csv` for the results as data.
        """
        return self._page(f"search{form}", q=text or None, **choice)

    def names(self) -> str:
        """The qualifiers that the box of the finder offers, as JSON."""
        return self._page("names.json")

    def digest(self, **choice: str | None) -> str:
        """What is new; `since` says how far back."""
        return self._page("digest", **choice)

    def looking_back(self) -> str:
        """Writing, topics and sites over the years."""
        return self._page("looking-back")

    def feed(self) -> str:
        """The Atom feed of newly saved links."""
        return self._page("new-links.atom")

    def deaths(self) -> str:
        """The Atom feed of links that died."""
        return self._page("died.atom")

    def table(self, name: str, **query: str | int | None) -> str:
        """A table, a view or a canned query."""
        return f"{self.base}/{name}" + _query(query)

    def row(self, table: str, key: str | int) -> str:
        """One row of a table."""
        return f"{self.base}/{table}/{key}"

    def sql(self, statement: str) -> str:
        """The results of a statement, which can be edited there."""
        return self.base + _query({"sql": statement})

    def _page(self, name: str, **query: str | int | None) -> str:
        return f"{self.base}/-/{name}" + _query(query)


def _query(query: dict[str, str | int | None]) -> str:
    given = {key: value for key, value in query.items() if value is not None}
    return "?" + urlencode(given) if given else ""
