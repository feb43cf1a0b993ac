"""The rules by which the catalogue was derived from its memory: which ones, and what is made anew when they change.

Memory is what was read or observed: items, bodies, diffs, checks. Revisions as rows, sections, links, addresses,
health, views and triggers follow from it by the code of this program. A digest of that code is kept in the file. Where
it is another one, a build derives everything again; whatever only reads uses the file as it is, and says so.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from extractor import __version__
from extractor.catalogue.sql import upsert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.catalogue.database import Database

PACKAGE = Path(__file__).parents[1]
RULES = (
    *("joplin", "markdown", "timeline", "urls", "chunked.py", "names.py", "texts.py", "times.py"),
    *("linkcheck/answer.py", "linkcheck/health.py", "linkcheck/verdict.py"),
    *(
        f"catalogue/{name}.py"
        for name in (
            "derived",
            "addresses",
            "presence",
            "search",
            "finalise",
            "address_health",
            "conditions",
            "views",
        )
    ),
)
"""Modules and packages that say what follows from the memory."""
INSTALLED = ".dist-info"
LIBRARIES = ("can_ada", "linkify-it-py", "markdown-it-py", "mdit-py-plugins", "publicsuffixlist", "turbohtml")


@cache
def digest() -> str:
    """A digest of the rules of this program: the bytes of their modules, and the versions of what these use."""
    found = hashlib.blake2b(digest_size=16)
    package = str(PACKAGE)
    for rule in RULES:
        for name in _modules(package, rule):
            found.update(f"{name}\0".encode())
            with open(f"{package}/{name}", "rb") as module:  # noqa: PTH123 -- as below
                found.update(module.read())
    for library in LIBRARIES:
        found.update(f"{library} {installed_version(library)}\0".encode())
    return found.hexdigest()


def _modules(package: str, rule: str) -> Iterator[str]:
    """The names below a folder of a module, if it is there, or of those of a package."""
    place = f"{package}/{rule}"  # a Path for each of them takes longer than to read them
    if rule.endswith(".py"):
        if os.path.exists(place):  # noqa: PTH110
            yield rule
    elif os.path.isdir(place):  # noqa: PTH112
        for name in sorted(os.listdir(place)):  # noqa: PTH208
            if name.endswith(".py") or "." not in name:
                yield from _modules(package, f"{rule}/{name}")


def installed_version(library: str) -> str:
    """The version of an installed library, by the folder that says it is installed: NAME-VERSION.dist-info.

    Source: PyPA specifications, Recording installed projects. What `importlib.metadata` needs to read more takes longer
    to import than all rules to read.
    """
    start = f"{re.sub(r'[-_.]+', '_', library).lower()}-"
    for name in _installed():
        if name.lower().startswith(start):
            return name[len(start) : -len(INSTALLED)]
    from importlib.metadata import version  # noqa: PLC0415 -- it finds what is installed in other ways, too

    return version(library)


@cache
def _installed() -> list[str]:
    """The names of all such folders, in the order in which Python looks for modules."""
    found = []
    for place in sys.path:
        with suppress(OSError):
            found += sorted(name for name in os.listdir(place) if name.endswith(INSTALLED))  # noqa: PTH208 -- names alone
    return found


def derived_by(db: Database) -> tuple[str, str]:
    """Digest and version of the rules by which the catalogue was derived; both empty where that was never done."""
    row = db.execute("SELECT digest, version FROM derivation").fetchone()
    return (str(row[0]), str(row[1])) if row else ("", "")


def is_derived_otherwise(db: Database) -> bool:
    """Whether the catalogue was derived by other rules than those of this program."""
    return derived_by(db)[0] != digest()


def record_derivation(db: Database, now: str) -> None:
    """All that is derived follows from the rules of this program."""
    db.execute(
        upsert("derivation", "id, digest, version, derived_at"),
        [1, digest(), __version__, now],
    )


def renew(db: Database) -> None:
    """Make views and triggers anew, and what the triggers keep."""
    from extractor.catalogue.address_health import create_triggers, weigh_all  # noqa: PLC0415 -- of few runs
    from extractor.catalogue.views import create_views  # noqa: PLC0415

    for (view,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        db.execute(f'DROP VIEW "{view}"')
    create_views(db)
    create_triggers(db)
    weigh_all(db)
