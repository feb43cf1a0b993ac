"""A command loads what it needs, and no more: what each has in `sys.modules` when it has run."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from catalogues import EXAMPLE

from extractor.cli.main import COMMANDS, main

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.cli.lazy import LazyCommand

HEAVY = {
    "cryptography",
    "datasette",
    "email",
    "extractor.joplin.items",
    "httpx",
    "jinja2",
    "markdown_it",
    "sqlite_utils",
    "turbohtml",
    "uvicorn",
    "watchfiles",
    "yaml",
}
PROGRAM = """
import json, sys
from extractor.cli import main
try:
    main(sys.argv[1:])
finally:
    print(json.dumps(list(sys.modules)), file=sys.stderr)
"""


def loaded(*words: str) -> set[str]:
    """The heavy modules that a command has loaded when it ends."""
    result = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=False)
    return HEAVY & set(json.loads(result.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["shwo"], [], ["serve", "--help"]])
def test_the_program_itself_loads_nothing_heavy(words: list[str]) -> None:
    assert loaded(*words) == set()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_list_of_commands_says_what_each_says_itself(command: LazyCommand) -> None:
    itself = command.load()
    assert itself.name == command.name
    assert itself.get_short_help_str(limit=100) == command.short_help


def test_commands_are_listed_in_the_order_in_which_people_need_them() -> None:
    assert main.list_commands(click.Context(main)) == [command.name for command in COMMANDS]


def test_a_build_that_finds_nothing_changed_loads_nothing_heavy(tmp_path: Path) -> None:
    words = ["build", str(EXAMPLE), "--db", str(tmp_path / "catalogue.db"), "--quiet"]
    assert "markdown_it" in loaded(*words)
    assert loaded(*words) == set()
