"""Log warnings of the packages below, printed as lines."""

from __future__ import annotations

import logging

import click


class Warnings(logging.Handler):
    """Prints each warning on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print it."""
        click.echo(f"joplin-catalogue: {record.getMessage()}", err=True)


def show_warnings() -> None:
    """Print warnings from now on; calling it twice is harmless."""
    logger = logging.getLogger("extractor")
    if not any(isinstance(handler, Warnings) for handler in logger.handlers):
        logger.addHandler(Warnings(logging.WARNING))
