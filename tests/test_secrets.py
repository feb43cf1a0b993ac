"""No file for others has names, passwords or tokens in it, in whatever column and form."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue, rows
from click.testing import CliRunner, Result

from extractor.cli import main
from extractor.cli.reports import _defused
from extractor.joplin.items import Note, Notebook

if TYPE_CHECKING:
    from pathlib import Path

NAME, TOKEN = "sesame", "t0ken0secret0"
BODY = f"""
# Heading https://{NAME}@h.example/ and https://h.example/?sig={TOKEN}

- [one](https://{NAME}:{NAME}@x.example/one)
- [two https://me:{NAME}@t.example/ ?token={TOKEN}](https://x.example/two "https:{NAME}@y.example")
- https:/{NAME}@x.example/three
- <https:\\\\{NAME}:x@x.example/four>
- https://x.example/five?u=https%3A%2F%2F{NAME}%3Apw%40y.example%2F
- https://x.example/six#access_token={TOKEN}
- https://x.example/seven?access_token={TOKEN}
- [eight](https://x.example/eight?X-Amz-Signature={TOKEN})
- ![nine](https://x.example/nine.png?key={TOKEN})
"""
SHARED = {"one", "two", "five", "six"}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return catalogue(
        tmp_path_factory.mktemp("secrets"),
        Notebook(id="a" * 32, updated_time=1, title=f"Links https://me:{NAME}@b.example"),
        Note(id="b" * 32, updated_time=1, parent_id="a" * 32, title=f"Note https://{NAME}@n.example/?token={TOKEN}",
             body=BODY),
    )  # fmt: skip


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


FORMS = [("export", "bookmarks"), ("export", "markdown"), ("share",), ("share", "--with-context", "--with-tags")]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_nothing_secret_leaves(db: Path, tmp_path: Path, form: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    result = run(*form, *(["-o"] if form[0] == "export" else ["--note", "b" * 32]), out, "--db", db)
    assert result.exit_code == 0, result.output
    written = out.read_bytes()
    assert (NAME.encode() in written, TOKEN.encode() in written) == (False, False)
    assert TOKEN not in result.output + result.stderr
    for name in SHARED:
        assert f"x.example/{name}".encode() in written
    for name in ("seven", "eight"):
        assert f"https://x.example/{name}?".encode() not in written
        assert f"  https://x.example/{name}?" in result.stderr
    assert "--with-tokens includes them" in result.stderr


@pytest.mark.parametrize("form", FORMS[:3], ids=" ".join)
def test_tokens_go_along_where_that_is_meant(db: Path, tmp_path: Path, form: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    result = run(*form, "--with-tokens", *(["-o"] if form[0] == "export" else ["--note", "b" * 32]), out, "--db", db)
    written = out.read_bytes()
    assert (NAME.encode() in written, f"seven?access_token={TOKEN}".encode() in written) == (False, True)
    assert "held a token" not in result.stderr


def test_tokens_are_listed_before_anything_is_written(db: Path, tmp_path: Path) -> None:
    result = run("share", tmp_path / "no such folder" / "out.db", "--note", "b" * 32, "--db", db)
    assert result.exit_code == 1
    out = tmp_path / "out.db"
    assert run("share", out, "--note", "b" * 32, "--db", db).exit_code == 0
    assert rows(out, "SELECT count(*) FROM urls WHERE url LIKE '%seven%' OR canonical LIKE '%seven%'") == [0]
    assert rows(out, "SELECT count(*) FROM links WHERE url_id NOT NULL AND url_id NOT IN (SELECT id FROM urls)") == [0]


@pytest.mark.parametrize(
    ("cell", "defused"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(1)", "'@SUM(1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        ("a=1", "a=1"), ("", ""), (-1, -1), (None, None),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: object, defused: object) -> None:
    assert _defused(cell) == defused
    file = io.StringIO()
    csv.writer(file).writerow([_defused(cell)])
