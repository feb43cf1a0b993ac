"""What the rooms below warn of, as lines for people."""

from __future__ import annotations

import logging

import click


class Warnings(logging.Handler):
    """Prints each warning on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print it."""
        click.echo(f"joplin-catalogue: {record.getMessage()}", err=True)


def show_warnings() -> None:
    """Print warnings from now on; to ask for it twice does no harm."""
    logger = logging.getLogger("extractor")
    if not any(isinstance(handler, Warnings) for handler in logger.handlers):
        logger.addHandler(Warnings(logging.WARNING))
