"""The templates of catalogues, in an environment of their own: no other page sees them, or what they ask for."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from datasette.utils import to_css_class
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, Template, TemplateNotFound

from extractor.publish.plugin.catalogues import is_catalogue
from extractor.publish.plugin.frame import template_globals

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from extractor.publish.plugin.datasette_types import Datasette

OF_DATASETTE = ("table", "row", "query", "database")  # Datasette's pages that catalogues have in their own dress

_theirs: WeakKeyDictionary[Datasette, Environment] = WeakKeyDictionary()
_ours: WeakKeyDictionary[Datasette, Environment] = WeakKeyDictionary()


@cache
def folder() -> str:
    """Where they lie. A folder called `templates` would be searched for the pages of every database."""
    return str(files("extractor.publish") / "page_templates")


def template_of_catalogue(datasette: Datasette, name: str) -> Template:
    """A template of ours."""
    return environment_of(datasette).get_template(name)


def environment_of(datasette: Datasette) -> Environment:
    """Where our templates are found, and after them those of Datasette, of other plugins and of the user."""
    environment = _ours.get(datasette)
    if environment is None:  # and all plugins have said by now what templates may ask for
        theirs = _theirs[datasette]
        assert theirs.loader is not None  # noqa: S101 -- Datasette gives it one
        folders = FileSystemLoader([folder(), f"{folder()}/of_datasette"])
        environment = theirs.overlay(loader=ChoiceLoader([folders, theirs.loader]))
        environment.globals = {**theirs.globals, **template_globals(datasette)}
        _ours[datasette] = environment
    return environment


def dress_pages(datasette: Datasette, theirs: Environment) -> None:
    """Have Datasette's own pages of catalogues drawn by our templates; the environment is that of this Datasette."""
    assert theirs.loader is not None  # noqa: S101 -- Datasette gives it one
    _theirs[datasette] = theirs
    theirs.loader = DressedPages(datasette, theirs.loader)


class DressedPages(BaseLoader):
    """Offers our templates for Datasette's own pages of catalogues, by the names that are meant for one database.

    Datasette looks for `table-DATABASE-TABLE.html` before `table.html`. Where the user's --template-dir has either,
    it is taken.
    """

    has_source_access = False

    def __init__(self, datasette: Datasette, theirs: BaseLoader) -> None:
        self.datasette = datasette
        self.theirs = theirs

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 -- as Jinja has it
    ) -> Template:
        """A template by its name; raises TemplateNotFound."""
        try:
            return self.theirs.load(environment, name, globals)
        except TemplateNotFound:
            kind = name.partition("-")[0]
            page = f"{kind}.html"
            if kind not in OF_DATASETTE or not self._is_of_catalogue(name, kind) or self._is_of_user(page):
                raise
        return template_of_catalogue(self.datasette, page)

    def list_templates(self) -> list[str]:
        """All names but those that are ours, of which there is one for each table."""
        return self.theirs.list_templates()

    def _is_of_catalogue(self, name: str, kind: str) -> bool:
        """Whether a name is meant for a catalogue; the longest name of a database counts that it begins with."""
        meant = ""
        for database in self.datasette.databases:
            begin = f"{kind}-{to_css_class(database)}"
            if name == f"{begin}.html" or name.startswith(f"{begin}-"):
                meant = max(meant, database, key=len)
        return is_catalogue(self.datasette, meant)

    def _is_of_user(self, name: str) -> bool:
        theirs = self.datasette.template_dir
        return theirs is not None and (Path(theirs) / name).is_file()
