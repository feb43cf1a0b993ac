"""A command whose module is imported only when it runs, not for the list of commands."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class LazyCommand(click.Command):
    """A stand-in for the command at `where` (`module:name`), whose help begins with `summary`."""

    def __init__(self, name: str, where: str, summary: str) -> None:
        super().__init__(name, short_help=summary)
        self.where = where

    def load(self) -> click.Command:
        """Import the command itself."""
        module, _, name = self.where.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def make_context(self, *args: Any, **options: Any) -> click.Context:  # noqa: ANN401 -- as click has it
        """Read the arguments of the command itself, which the context then runs."""
        return self.load().make_context(*args, **options)
