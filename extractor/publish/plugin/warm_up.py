"""What the first pages of a server would have to wait for: templates, parsers, and a list that is read when needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.garbage import collect_seldom_for_good
from extractor.publish.html.paths import Paths
from extractor.publish.html.rendering import rendered
from extractor.publish.html.text_parts import long_text
from extractor.publish.plugin.catalogues import catalogue_names, start_of
from extractor.publish.plugin.page_templates import environment_of, folder
from extractor.urls import read_address

if TYPE_CHECKING:
    from extractor.publish.plugin.datasette_types import Datasette

# In the order in which people come to them.
COUNTING = ("", "/-/search", "/-/notes", "/-/topics", "/-/images", "/-/topics?q=a", "/-/search?q=section:a")
NOTE = "# Heading\n\n- [link](https://example.org/) and *words*\n\n![](https://example.org/a.png)\n"


def warm_up(datasette: Datasette) -> None:
    """Do beforehand what is done once in a process: 0.5 s of CPU, of which the first page of a note would take 0.2.

    It is for a process that does nothing but serve.
    """
    environment = environment_of(datasette)
    for name in template_names():
        environment.get_template(name)
    read_address("https://example.org/")  # reads the list of public suffixes
    rendered(NOTE, "markdown", Paths("/"), lambda _kind, _url: None)
    long_text(NOTE * 1000)
    collect_seldom_for_good()


async def warm_up_pages(datasette: Datasette) -> None:
    """Ask for the pages that count all of a catalogue: they remember that until its file changes.

    Of 20,000 revisions, that takes 2 s of CPU; pages that are asked for meanwhile wait for what they need of it alone.
    """
    for name in catalogue_names(datasette):
        for page in COUNTING:
            await datasette.client.get(f"{start_of(datasette, name)}{page}")


@cache
def template_names() -> tuple[str, ...]:
    """The names of our templates, those of most pages first."""
    return tuple(sorted({path.name for path in Path(folder()).rglob("*.html")}, key=_by_need))


def _by_need(name: str) -> tuple[bool, str]:
    return name not in {"frame.html", "start.html", "note.html"}, name
