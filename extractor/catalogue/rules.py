"""The rules by which the catalogue is derived from its memory: a digest of them, and what is renewed if they change.

The memory is what was read or observed: items, bodies, diffs, checks. The rows of revisions, sections, links,
addresses, health, and views and triggers follow from it by the code of this program. A digest of that code is kept in
the file. If it differs, a build derives everything again; commands that only read use the file as it is, and say so.
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
"""The modules and packages that determine what follows from the memory."""
INSTALLED = ".dist-info"
LIBRARIES = ("can_ada", "linkify-it-py", "markdown-it-py", "mdit-py-plugins", "publicsuffixlist", "turbohtml")


@cache
def digest() -> str:
    """A digest of the rules of this program: of their modules' bytes, and of the versions of libraries they use."""
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
    """The path of a module below the folder `package`, if it exists, or the paths of the modules in a package."""
    place = f"{package}/{rule}"  # making a Path for each of them takes longer than reading them
    if rule.endswith(".py"):
        if os.path.exists(place):  # noqa: PTH110
            yield rule
    elif os.path.isdir(place):  # noqa: PTH112
        for name in sorted(os.listdir(place)):  # noqa: PTH208
            if name.endswith(".py") or "." not in name:
                yield from _modules(package, f"{rule}/{name}")


def installed_version(library: str) -> str:
    """The version of an installed library, from the name of its folder NAME-VERSION.dist-info.

    Source: PyPA specifications, Recording installed projects. Importing `importlib.metadata` takes longer than reading
    all rules.
    """
    start = f"{re.sub(r'[-_.]+', '_', library).lower()}-"
    for name in _installed():
        if name.lower().startswith(start):
            return name[len(start) : -len(INSTALLED)]
    from importlib.metadata import version  # noqa: PLC0415 -- it also finds what is installed in other ways

    return version(library)


@cache
def _installed() -> list[str]:
    """The names of all such folders, in the order in which Python searches for modules."""
    found = []
    for place in sys.path:
        with suppress(OSError):
            found += sorted(name for name in os.listdir(place) if name.endswith(INSTALLED))  # noqa: PTH208 -- names alone
    return found


def derived_by(db: Database) -> tuple[str, str]:
    """The digest of the rules by which the catalogue was derived, and their version; both '' if it never was."""
    row = db.execute("SELECT digest, version FROM derivation").fetchone()
    return (str(row[0]), str(row[1])) if row else ("", "")


def is_derived_otherwise(db: Database) -> bool:
    """Whether the catalogue was derived by other rules than those of this program."""
    return derived_by(db)[0] != digest()


def record_derivation(db: Database, now: str) -> None:
    """Record that everything was derived by the rules of this program."""
    db.execute(
        upsert("derivation", "id, digest, version, derived_at"),
        [1, digest(), __version__, now],
    )


def renew(db: Database) -> None:
    """Create views and triggers again, and the rows that the triggers maintain."""
    from extractor.catalogue.address_health import create_triggers, weigh_all  # noqa: PLC0415 -- of few runs
    from extractor.catalogue.views import create_views  # noqa: PLC0415

    for (view,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        db.execute(f'DROP VIEW "{view}"')
    create_views(db)
    create_triggers(db)
    weigh_all(db)
