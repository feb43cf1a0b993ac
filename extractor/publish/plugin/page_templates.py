"""The templates of catalogues, in a separate environment: other pages see neither them nor their global names."""

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

OF_DATASETTE = ("table", "row", "query", "database")  # Datasette's pages that have their own template for catalogues

_theirs: WeakKeyDictionary[Datasette, Environment] = WeakKeyDictionary()
_ours: WeakKeyDictionary[Datasette, Environment] = WeakKeyDictionary()


@cache
def folder() -> str:
    """Their folder. Datasette would use a folder named `templates` for the pages of every database."""
    return str(files("extractor.publish") / "page_templates")


def template_of_catalogue(datasette: Datasette, name: str) -> Template:
    """One of our templates."""
    return environment_of(datasette).get_template(name)


def environment_of(datasette: Datasette) -> Environment:
    """The environment with our templates, then those of Datasette, other plugins and the user."""
    environment = _ours.get(datasette)
    if environment is None:  # and by now, all plugins have added their global names
        theirs = _theirs[datasette]
        assert theirs.loader is not None  # noqa: S101 -- Datasette gives it one
        folders = FileSystemLoader([folder(), f"{folder()}/of_datasette"])
        environment = theirs.overlay(loader=ChoiceLoader([folders, theirs.loader]))
        environment.globals = {**theirs.globals, **template_globals(datasette)}
        _ours[datasette] = environment
    return environment


def dress_pages(datasette: Datasette, theirs: Environment) -> None:
    """Use our templates for Datasette's own pages of catalogues, in the environment of this Datasette."""
    assert theirs.loader is not None  # noqa: S101 -- Datasette gives it one
    _theirs[datasette] = theirs
    theirs.loader = DressedPages(datasette, theirs.loader)


class DressedPages(BaseLoader):
    """Loads our templates for Datasette's own pages of catalogues, under the names for one database.

    Datasette looks for `table-DATABASE-TABLE.html` before `table.html`. If the user's --template-dir has either, that
    is used.
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
        """All names except ours, of which there is one per table."""
        return self.theirs.list_templates()

    def _is_of_catalogue(self, name: str, kind: str) -> bool:
        """Whether a name is meant for a catalogue, by the longest database name that it begins with."""
        meant = ""
        for database in self.datasette.databases:
            begin = f"{kind}-{to_css_class(database)}"
            if name == f"{begin}.html" or name.startswith(f"{begin}-"):
                meant = max(meant, database, key=len)
        return is_catalogue(self.datasette, meant)

    def _is_of_user(self, name: str) -> bool:
        theirs = self.datasette.template_dir
        return theirs is not None and (Path(theirs) / name).is_file()
