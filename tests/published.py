"""A catalogue of the example, built once, and Datasette over it."""

from __future__ import annotations

import atexit
import re
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from datasette.app import Datasette
from datasette.plugins import pm

import extractor.publish
from extractor.build import build
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Mapping

TOP = Path(__file__).parent.parent
METADATA: Mapping[str, Any] = yaml.safe_load((TOP / "metadata.yml").read_text(encoding="utf-8"))
# As `make serve` has them.
SETTINGS = {
    name: {"off": False, "on": True}.get(value, value) if not value.isdigit() else int(value)
    for name, value in re.findall(r"--setting (\w+) (\w+)", (TOP / "Makefile").read_text(encoding="utf-8"))
}
NAME = "catalogue.db"


@cache
def example() -> Path:
    """The catalogue of the sample notes; read only."""
    return catalogue_of(TOP / "examples" / "joplin")


def catalogue_of(source: Path) -> Path:
    """A catalogue of these notes, in a folder that goes when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="published-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build([open_source(str(source))], folder / NAME, workers=1)
    return folder / NAME


def copy_of(catalogue: Path, folder: Path) -> Path:
    """A copy to write into."""
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(catalogue, folder / NAME))


async def served(catalogue: Path, metadata: Mapping[str, Any] = METADATA) -> Datasette:
    """Datasette over a catalogue, with the plugin, as `make serve` starts it."""
    if not pm.has_plugin("joplin_catalogue"):
        pm.register(extractor.publish, "joplin_catalogue")  # another plugin's tests may have kept entry points away
    datasette = Datasette([str(catalogue)], metadata=metadata, settings=SETTINGS)
    await datasette.invoke_startup()
    return datasette


def query(catalogue: Path, sql: str, *values: object) -> list[Any]:
    """Rows of a catalogue."""
    connection = sqlite3.connect(catalogue)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()
