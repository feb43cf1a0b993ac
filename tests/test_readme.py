"""The README and the pages beside it say what the commands, the Makefile and the catalogue say themselves.

Commands and tables are generated: `.venv/bin/python tests/test_readme.py` writes them anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml
from click.testing import CliRunner
from sqlite_utils import Database

from extractor.catalogue.schema import HIDDEN
from extractor.catalogue.store import open_to_write
from extractor.cli import main
from extractor.cli.lazy import LazyCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlite_utils.db import Column

TOP = Path(__file__).parent.parent
README = TOP / "README.md"
COMMANDS = TOP / "docs" / "commands.md"
SCHEMA = TOP / "docs" / "schema.md"
PAGES = [README, TOP / "CONTRIBUTING.md", TOP / "SECURITY.md", *sorted((TOP / "docs").glob("*.md"))]
GENERATED = re.compile(r"(<!-- (?:commands|schema): .*? -->\n).*?(<!-- /(?:commands|schema) -->)", re.DOTALL)
WIDTH = 100
INTERNAL = re.compile(r"_search|_fts|^_|^sqlite_")
SAYS = yaml.safe_load((TOP / "metadata.yml").read_text(encoding="utf-8"))["databases"]["catalogue"]


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


def with_commands(page: str) -> str:
    """The page of the commands with the help of each as it is now."""
    parts = [f"```text\n{help_of(())}\n```\n"]
    for path, command in commands():
        name, says = " ".join(path), command.get_short_help_str(WIDTH)
        head = f"<details><summary><code>{name}</code>: {says}</summary>"
        parts.append(f"{head}\n\n```text\n{help_of(path)}\n```\n\n</details>\n")
    return _with(page, parts)


def with_schema(page: str) -> str:
    """The page of the tables with their columns as they are now, and what metadata.yml says of them."""
    with tempfile.TemporaryDirectory() as folder, open_to_write(Path(folder) / "catalogue.db") as made:
        db = Database(made.conn)
        tables = {name: db.table(name).columns for name in sorted(db.table_names())}
        views = {name: db.view(name).columns for name in sorted(db.view_names())}
    own = {name: columns for name, columns in tables.items() if not INTERNAL.search(name) and name not in HIDDEN}
    parts = ["## Tables\n", *(_described(name, columns) for name, columns in own.items())]
    parts += ["## Views\n", *(_described(name, columns) for name, columns in views.items())]
    hidden = [f"| `{name}` | {SAYS['tables'].get(name, {}).get('description', '')} |" for name in sorted(HIDDEN)]
    parts.append("\n".join(["## Hidden tables\n", "| table | what it is for |", "|---|---|", *hidden]) + "\n")
    queries = [f"| `{name}` | {query['title']} | {_line(query)} |" for name, query in SAYS["queries"].items()]
    parts.append("\n".join(["## Queries\n", "| query | title | what it lists |", "|---|---|---|", *queries]) + "\n")
    return _with(page, parts)


def _described(name: str, columns: list[Column]) -> str:
    known = SAYS["tables"].get(name, {})
    says = known.get("columns", {})
    rows = [f"| `{column.name}` | {column.type} | {_cell(says.get(column.name, ''))} |" for column in columns]
    head = f"### `{name}`\n\n{_line(known)}\n" if known.get("description") else f"### `{name}`\n"
    return "\n".join([head, "| column | type | what it is |", "|---|---|---|", *rows]) + "\n"


def _line(known: dict[str, Any]) -> str:
    return _cell(re.sub(r"<[^>]+>", "", known.get("description") or known.get("description_html") or ""))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _with(page: str, parts: list[str]) -> str:
    generated = "\n" + "\n".join(parts) + "\n"
    return GENERATED.sub(lambda block: block[1] + generated + block[2], page)


@pytest.mark.parametrize(("page", "made"), [(COMMANDS, with_commands), (SCHEMA, with_schema)])
def test_generated_pages_are_up_to_date(page: Path, made: Callable[[str], str]) -> None:
    text = page.read_text(encoding="utf-8")
    assert made(text) == text, f"{page.name} is out of date: python tests/test_readme.py"


def test_each_command_says_what_it_is_for() -> None:
    for path, command in commands():
        assert command.get_short_help_str(WIDTH).endswith("."), path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (path, parameter.name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_names_only_commands_that_exist(page: Path) -> None:
    known = {" ".join(path[:length]) for path, _ in commands() for length in (1, 2)}
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"^ *(?:\.venv/bin/)?joplin-catalogue ((?:export )?[a-z][a-z-]+)", text, re.MULTILINE)
    assert set(named) <= known
    assert named or page not in {README, COMMANDS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_names_only_targets_that_exist(page: Path) -> None:
    known = re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= set(known)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_it_links_to_is_there(page: Path) -> None:
    text = GENERATED.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_it_names_are_there(page: Path) -> None:
    for name in re.findall(r"`((?:extractor|tests|examples|docs)/[^`*]*)`", page.read_text(encoding="utf-8")):
        assert (TOP / name).exists(), name


def test_each_page_can_be_reached() -> None:
    links = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in re.findall(r"\]\(([^)]+\.md)\)", page.read_text(encoding="utf-8"))
    }
    assert set(PAGES) - {README} <= links


if __name__ == "__main__":
    for written, anew in ((COMMANDS, with_commands), (SCHEMA, with_schema)):
        written.write_text(anew(written.read_text(encoding="utf-8")), encoding="utf-8")
