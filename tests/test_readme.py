"""The README says what the commands, the Makefile and the catalogue say themselves.

Its commands are generated: `.venv/bin/python tests/test_readme.py` writes them anew.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from extractor.catalogue.schema import HIDDEN
from extractor.catalogue.store import open_to_write
from extractor.cli import main
from extractor.cli.lazy import LazyCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parent.parent
README = TOP / "README.md"
GENERATED = re.compile(r"(<!-- commands: .*? -->\n).*?(<!-- /commands -->)", re.DOTALL)
WIDTH = 100


def commands(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with its name as it is typed, in the order of the help."""
    command = command.load() if isinstance(command, LazyCommand) else command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from commands(subcommand, (*path, name))
    elif not command.hidden:
        yield path, command


def help_of(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(main, [*path, "--help"], prog_name="joplin-catalogue", terminal_width=WIDTH)
    assert result.exit_code == 0
    return result.output.rstrip()


def with_commands(readme: str) -> str:
    """The README with the help of each command as it is now."""
    parts = [f"```text\n{help_of(())}\n```\n"]
    for path, command in commands():
        name, says = " ".join(path), command.get_short_help_str(WIDTH)
        head = f"<details><summary><code>{name}</code>: {says}</summary>"
        parts.append(f"{head}\n\n```text\n{help_of(path)}\n```\n\n</details>\n")
    generated = "\n" + "\n".join(parts) + "\n"
    return GENERATED.sub(lambda block: block[1] + generated + block[2], readme)


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


def test_the_commands_are_as_they_say_themselves(readme: str) -> None:
    assert with_commands(readme) == readme, "the README is out of date: python tests/test_readme.py"


def test_each_command_says_what_it_is_for() -> None:
    for path, command in commands():
        assert command.get_short_help_str(WIDTH).endswith("."), path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (path, parameter.name)


def test_it_names_only_commands_that_exist(readme: str) -> None:
    known = {" ".join(path[:length]) for path, _ in commands() for length in (1, 2)}
    named = re.findall(r"^ *joplin-catalogue ((?:export )?[a-z][a-z-]+)", readme, re.MULTILINE)
    assert named
    assert set(named) <= known


def test_it_names_only_targets_that_exist(readme: str) -> None:
    known = re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", readme, re.MULTILINE)) <= set(known)


def test_it_names_each_table_and_view(readme: str, tmp_path: Path) -> None:
    with open_to_write(tmp_path / "catalogue.db") as db:
        names = {*db.table_names(), *db.view_names()}
    own = {name for name in names if not re.search(r"_search|_fts|^_|^sqlite_", name)} - set(HIDDEN)
    section = readme.split("## What is in catalogue.db")[1].split("\n## ", maxsplit=1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == own


def test_what_it_links_to_is_there(readme: str) -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in target]
    assert targets
    for target in targets:
        assert (TOP / target).exists(), target


if __name__ == "__main__":
    README.write_text(with_commands(README.read_text(encoding="utf-8")), encoding="utf-8")
