"""The options for choosing notes, shared by several commands."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click

from extractor.catalogue.choice import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS = (
    click.option(
        "--notebook",
        metavar="NAME",
        multiple=True,
        help="Notes in this notebook and the notebooks inside it: its name, path (Engineering/Backend) or id.",
    ),
    click.option(
        "--tag",
        metavar="NAME",
        multiple=True,
        help="Notes with this tag; with --notebook, only those in it.",
    ),
    click.option(
        "--note",
        metavar="NAME",
        multiple=True,
        help="This note, in addition to the others: its full title or its id.",
    ),
)


def choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --notebook, --tag and --note, and call it with `choice`."""

    @functools.wraps(command)
    def chosen(
        *args: Any,  # noqa: ANN401 -- what click passes
        notebook: tuple[str, ...],
        tag: tuple[str, ...],
        note: tuple[str, ...],
        **options: Any,  # noqa: ANN401 -- likewise
    ) -> None:
        command(*args, choice=Choice(notebook, tag, note), **options)

    for option in reversed(OPTIONS):
        chosen = option(chosen)
    return chosen
