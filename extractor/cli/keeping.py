"""The options of `check-links` for keeping pages, and the report on it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import click

from extractor.cli.check_summary import show_some, with_places
from extractor.cli.settings import Duration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from extractor.keeping import Keeping
    from extractor.link_check_run import Outcome

OFF, TEXT, HTML = "off", "text", "html"
SAID = {"true": TEXT, "yes": TEXT, "on": TEXT, "1": TEXT, "false": OFF, "no": OFF, "0": OFF, "": OFF}
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
TEXTUAL = re.compile(r"(\d{1,12}(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
LEAST_SIZE = 1 << 10
TEXT_CHANGED = "text changed:"  # the beginning of the evidence (extractor.keeping)


class Form(click.Choice[str]):
    """`off`, `text` or `html`; in a configuration file also true and false."""

    name = "form"

    def __init__(self) -> None:
        super().__init__([OFF, TEXT, HTML])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401 -- click's
        """Read a form."""
        said = str(value).strip().lower()
        return str(super().convert(SAID.get(said, said), param, ctx))


class Size(click.ParamType[int]):
    """`500KB`, `1.5MB`, `2G`; a plain number is bytes, and 1 KB is 1,024 bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 -- click's
        """Read a number of bytes."""
        found = TEXTUAL.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{str(value)[:20]!r} is not a size: write 500KB, 20MB or 1GB.", param, ctx)
        size = int(float(found[1]) * UNITS[found[2].lower()])
        if size < LEAST_SIZE:
            self.fail(f"{str(value)[:20]!r} is less than 1KB.", param, ctx)
        return size


TOTAL = click.option(
    "--keep-total", type=Size(), default="1GB", show_default=True, help="Maximum size of all kept pages."
)
AGE = click.option(
    "--keep-age",
    type=Duration(),
    default="365d",
    show_default=True,
    help="How long to keep versions other than the first and the newest of each page.",
)
OPTIONS = (
    click.option(
        "--keep",
        type=Form(),
        is_flag=False,
        flag_value=TEXT,
        default=OFF,
        show_default=True,
        help="Keep the readable text of living pages, with html also their HTML, in pages.db beside the catalogue.",
    ),
    click.option(
        "--keep-page", type=Size(), default="1MB", show_default=True, help="Maximum HTML to read from one page."
    ),
    TOTAL,
    AGE,
)


def keeping(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the --keep options, and call it with `keep`: Keeping or None."""

    @functools.wraps(command)
    def with_keep(*args: Any, **options: Any) -> None:  # noqa: ANN401 -- what click passes
        given = [options.pop(name) for name in ("keep", "keep_page", "keep_total", "keep_age")]
        command(*args, keep=_keeping(options["db"], *given), **options)

    for option in reversed(OPTIONS):
        with_keep = option(with_keep)
    return with_keep


def _keeping(catalogue: Path, form: str, page: int, total: int, age: int) -> Keeping | None:
    if form == OFF:
        return None
    from extractor.catalogue.kept.file import pages_of  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.kept.pruning import Bounds, in_notes  # noqa: PLC0415
    from extractor.catalogue.store import reading  # noqa: PLC0415
    from extractor.errors import ConfigError  # noqa: PLC0415
    from extractor.keeping import Keeping  # noqa: PLC0415
    from extractor.pagetext.readable import is_available  # noqa: PLC0415

    if not is_available():
        raise ConfigError(
            "The HTML reader for --keep is not installed.", "Install it: pip install 'joplin-catalogue[keep]'"
        )
    with reading(catalogue) as db:
        wanted = in_notes(db)
    return Keeping(pages_of(catalogue), Bounds(page, total, age), form == HTML, wanted)


def say_kept(outcome: Outcome, keep: Keeping | None, *, quiet: bool) -> None:
    """Report what was kept; errors go to standard error even with `quiet`."""
    kept = outcome.kept
    if kept is None or keep is None:
        return
    if kept.trouble is not None:
        click.echo(f"joplin-catalogue: {kept.trouble} The checks continue without keeping pages.", err=True)
    if quiet:
        return
    parts = [f"{kept.new:,} new", f"{len(kept.changed):,} changed", f"{kept.same:,} unchanged"]
    click.echo(f"\nPages kept in {keep.path}: {', '.join(parts)}")
    if kept.unread:
        click.echo(f"  {kept.unread:,} could not be read in time")
    if kept.full:
        click.echo(
            f"  {kept.full:,} not kept: --keep-total is used up (`joplin-catalogue pages prune --unlinked` frees space)"
        )
    show_some(
        "Changed since last kept",
        (with_places(one) for one in outcome.results if TEXT_CHANGED in (one.check.evidence or "")),
    )
