"""A catalogue of the example, built once, and Datasette serving it."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from catalogues import NAME, catalogue_of, copy_of
from datasette.app import Datasette
from datasette.plugins import pm
from jinja2 import FileSystemBytecodeCache
from shared import shared

import extractor.publish

if TYPE_CHECKING:
    from collections.abc import Mapping

TOP = Path(__file__).parent.parent
METADATA: Mapping[str, Any] = yaml.safe_load((TOP / "metadata.yml").read_text(encoding="utf-8"))
IS_DATASETTE_0 = hasattr(Datasette, "metadata")  # 0.65, and not 1.0
ASKED = "/catalogue{}?" if IS_DATASETTE_0 else "/catalogue/-/query{}?"  # the address for SQL queries, with the format
VERDICTS = (
    *("ok", "ok", "ok", "moved", "dead", "gone", "blocked", "rate_limited", "server_error", "timeout", "dns_error"),
    *("connection_error", "tls_error", "suspect", "expired", "skipped"),
)


def example() -> Path:
    """The catalogue of the sample notes; read only."""
    return catalogue_of("example")


def checked() -> Path:
    """The same with checks over six months, with every verdict; read only."""
    return shared("catalogue-checked", _check) / NAME


def _check(made: Path) -> None:
    connection = sqlite3.connect(copy_of(example(), made))
    urls = [row[0] for row in connection.execute("SELECT id FROM urls ORDER BY id")]
    connection.executemany(
        "INSERT INTO checks (url_id, checked_at, verdict, status, method, final_url, error, evidence) "
        "VALUES (?, ?, ?, ?, 'HEAD', ?, ?, ?)",
        [
            (
                url_id,
                f"2026-{month:02d}-{1 + place % 28:02d}T10:00:00.000Z",
                verdict,
                {"ok": 200, "moved": 301, "dead": 404, "gone": 410, "blocked": 403}.get(verdict),
                "https://new.example/<here>" if verdict == "moved" else None,
                "<no answer>" if verdict == "timeout" else None,
                '{"why": "<because>"}' if month % 2 else "plain <words>",
            )
            for place, url_id in enumerate(urls)
            for verdict in [VERDICTS[place % len(VERDICTS)]]
            for month in range(3, 9)
        ],
    )
    connection.execute(
        "INSERT INTO snapshots (url_id, snapshot_url, snapshot_at, looked_up_at) "
        "SELECT id, 'https://web.archive.org/web/2024/' || url, '2024', '2026' FROM urls WHERE id % 2"
    )
    connection.commit()
    connection.close()


async def served(
    catalogue: Path, metadata: Mapping[str, Any] | None = None, *beside: Path, **options: Any
) -> Datasette:
    """Datasette with the plugin, serving a catalogue and the files `beside` it; `metadata` is as if given with -m."""
    if not pm.has_plugin("joplin_catalogue"):
        pm.register(extractor.publish, "joplin_catalogue")  # another plugin's tests may have kept entry points away
    files = [str(catalogue), *map(str, beside)]
    datasette = Datasette(files, metadata=copy.deepcopy(metadata), **options)
    await datasette.invoke_startup()
    return with_compiled_templates(datasette)


_serving: dict[tuple[Path, str], Datasette] = {}


async def served_to_all(catalogue: Path, metadata: Mapping[str, Any] | None = None) -> Datasette:
    """The same, started once for all tests of a process that only request pages; read only."""
    key = (catalogue, json.dumps(metadata))
    if key not in _serving:
        # In the context of a test, Datasette 1.0 would be closed with that test.
        _serving[key] = await asyncio.create_task(served(catalogue, metadata), context=contextvars.Context())
    return _serving[key]


def with_compiled_templates(datasette: Datasette) -> Datasette:
    """Let Datasette find its templates compiled: compiling takes longer than a page, and is done once per run."""
    environment = datasette.jinja_env if IS_DATASETTE_0 else datasette._jinja_env  # noqa: SLF001 -- has no other name
    environment.bytecode_cache = FileSystemBytecodeCache(str(shared("templates", lambda _: None)))
    return datasette


def query(catalogue: Path, sql: str, *values: object) -> list[Any]:
    """Rows of a catalogue."""
    connection = sqlite3.connect(catalogue)
    try:
        with connection:
            return connection.execute(sql, values).fetchall()
    finally:
        connection.close()
