"""`serve`: the catalogue in a browser, on this computer only."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import errno
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extractor.cli.options import DB
from extractor.errors import CatalogueError, CatalogueMissing, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from datasette.app import Datasette

HOST = "127.0.0.1"
USUAL_PORT = 8001
TRIED = 20  # ports tried from the usual one on, before any free one
PATIENCE = 2.0  # seconds; the limit for checking a large file for damage


@click.command()
@DB
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help=f"The port to serve on. By default {USUAL_PORT}, or the next free one.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open it in your browser.")
@click.option("--example", is_flag=True, help="Serve a small example instead of your own catalogue.")
@click.option(
    "-m",
    "--metadata",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your own titles, queries or settings (YAML or JSON), in Datasette's metadata format.",
)
@click.pass_context
def serve(
    ctx: click.Context, db: Path, port: int | None, open_browser: bool, example: bool, metadata: Path | None
) -> None:
    """Browse the catalogue in Datasette, on this computer only.

    Runs until you press Ctrl-C. Results of builds and link checks appear immediately.

    \b
    joplin-catalogue serve --open
    joplin-catalogue serve --example --open
    """  # noqa: D301 -- \b keeps click from rewrapping
    if example and ctx.get_parameter_source("db") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("Give --db or --example, not both.")
    said = _read_metadata(metadata) if metadata else {}
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listen(port))
        if example:
            db = _build_example(Path(stack.enter_context(_folder())))
        else:
            _refuse_what_cannot_be_served(db)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve(db, said, listening, open_browser=open_browser))


def _refuse_what_cannot_be_served(db: Path) -> None:
    """Raise CatalogueFileError, with a one-line message, where Datasette would print a traceback."""
    from extractor.catalogue.backups import refuse_damaged  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.store import reading  # noqa: PLC0415

    try:
        with reading(db):
            pass
    except CatalogueMissing as error:
        raise CatalogueMissing(
            error.message, f"{error.hint}, or look at the example: joplin-catalogue serve --example"
        ) from error
    refuse_damaged(db, PATIENCE)


def _build_example(folder: Path) -> Path:
    from extractor.build import build  # noqa: PLC0415 -- heavy imports only where used
    from extractor.included import included  # noqa: PLC0415
    from extractor.sources import open_source  # noqa: PLC0415

    db = folder / "example.db"
    with contextlib.closing(open_source(str(included("examples/joplin")))) as source:
        build([source], db, workers=1)
    return db


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """A temporary folder that is removed however the program ends."""

    def end(number: int, frame: object) -> None:
        del frame
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):  # Windows has only one of them
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
    with tempfile.TemporaryDirectory(prefix="joplin-catalogue-", ignore_cleanup_errors=True) as folder:
        yield folder


def _read_metadata(path: Path) -> Mapping[str, Any]:
    from datasette.utils import BadMetadataError, parse_metadata  # noqa: PLC0415 -- heavy imports only where used

    try:
        said = parse_metadata(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Choose another file with -m.") from error
    except (BadMetadataError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is neither YAML nor JSON.", "Correct it, or choose another with -m.") from error
    if not isinstance(said, dict):
        raise ConfigError(f"{path} is not a mapping of names to values.", "Write it in the format of metadata.yml.")
    return said


def listen(port: int | None) -> socket.socket:
    """A socket that listens on the port, or on the first free one; raises CatalogueError."""
    wanted = [port] if port is not None else [*range(USUAL_PORT, USUAL_PORT + TRIED), 0]
    for one in wanted:
        try:
            return socket.create_server((HOST, one))
        except OSError as error:
            failed = error
    if failed.errno == errno.EADDRINUSE:
        raise CatalogueError(f"Port {port} is in use.", "Choose another with --port, or omit --port to use a free one.")
    raise CatalogueError(f"Port {port} cannot be used: {failed.strerror}.", "Choose another with --port.") from failed


async def _serve(db: Path, said: Mapping[str, Any], listening: socket.socket, *, open_browser: bool) -> None:
    import uvicorn  # noqa: PLC0415 -- heavy imports only where used
    from datasette.utils import StartupError  # noqa: PLC0415

    from extractor.publish.plugin.warm_up import warm_up, warm_up_pages  # noqa: PLC0415

    datasette = _datasette(db, said)
    try:
        await datasette.invoke_startup()
    except StartupError as error:
        raise CatalogueError(str(error)) from error
    port = listening.getsockname()[1]
    address = f"http://{HOST}:{port}/"
    click.echo(f"Serving {address} (Ctrl-C to stop)")
    sys.stdout.flush()
    threading.Thread(target=warm_up, args=(datasette,), daemon=True).start()  # nobody waits for it
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    config = uvicorn.Config(datasette.app(), log_level="warning", lifespan="on")
    counting = asyncio.create_task(warm_up_pages(datasette))
    await uvicorn.Server(config).serve([listening])
    counting.cancel()


def _datasette(db: Path, said: Mapping[str, Any]) -> Datasette:
    from datasette.app import Datasette  # noqa: PLC0415 -- heavy imports only where used

    # Since 1.0, queries and table settings are read from the configuration instead of the metadata.
    more = {} if hasattr(Datasette, "metadata") else {"config": copy.deepcopy(said)}
    return Datasette([str(db)], metadata=copy.deepcopy(said), **more)
