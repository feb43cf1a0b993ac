"""The Makefile does what it says, wherever the project lies and whatever the folders are called."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
SAMPLE = "This is the example. To build your own notes: make SOURCE=/path/to/joplin\n"
TARGETS = {"build", "serve", "check-links", "test", "test-datasette-1", "lint", "bench", "torture", "clean", "help"}

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = re.compile("MAKE|MFLAGS|(PYTHON|SOURCE|DB|PORT)$")
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    return subprocess.run(
        ["make", *words], cwd=folder, env=kept | environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project in a folder whose name has blanks, set up already: its commands only say how they were called."""
    folder = tmp_path / "my notes' catalogue"
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(TOP / name, folder)
    for name in ("joplin-catalogue", "python"):
        (commands / name).write_text(f'#!/bin/sh\nprintf "%s|" {name} "$@"\n')
        (commands / name).chmod(0o755)
    for stamp in ("ready", "ready-to-test", "ready-to-lint", "ready-to-bench"):
        (folder / ".venv" / stamp).touch()
    return folder


def use_real_python(project: Path) -> None:
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(sys.executable)


def test_help_lists_every_target() -> None:
    listed = re.findall(r"^make ([a-z0-9-]+) +\S", make(TOP, "help").stdout, re.MULTILINE)
    phony = re.findall(r"^\.PHONY: (.+)$", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(listed) == set(phony) == TARGETS


@pytest.mark.parametrize(
    ("words", "files", "called"),
    [
        ([], [], f"joplin-catalogue|build|--db|catalogue.db|--|examples/joplin|{SAMPLE}"),
        ([], ["catalogue.db"], "joplin-catalogue|build|--db|catalogue.db|--|"),
        (["SOURCE=/a b/c'd"], [], "joplin-catalogue|build|--db|catalogue.db|--|/a b/c'd|"),
        (["SOURCE=$$HOME`x`", "DB=my own.db"], ["my own.db"], "joplin-catalogue|build|--db|my own.db|--|$HOME`x`|"),
        (
            ["bench", "BENCH_SOURCE=/a b"],
            [],
            (
                "python|bench/build.py|/a b|python|bench/size.py|/a b|python|bench/pages.py|/a b|"
                "python|bench/finding.py|/a b|python|bench/growth.py|python|bench/scale.py|python|bench/history.py|"
                "python|bench/linkcheck.py|"
            ),
        ),
        (["check-links", "DB=x.db"], [], "joplin-catalogue|check-links|--db|x.db|"),
    ],
)
def test_what_the_command_is_told(project: Path, words: list[str], files: list[str], called: str) -> None:
    for name in files:
        (project / name).touch()
    result = make(project, *words)
    assert (result.stdout, result.stderr) == (called, "")


@pytest.mark.parametrize(
    ("files", "sources", "words", "held", "said"),
    [
        # A catalogue of the example makes room for own notes, with what belongs to it.
        (
            ["catalogue.db.sample", "catalogue.db-journal"],
            ["/x/examples/joplin"],
            ["SOURCE=/own"],
            {"example.db", "example.db-journal"},
            (
                "catalogue.db was the example, which is now example.db.\n"
                "joplin-catalogue|build|--db|catalogue.db|--|/own|"
            ),
        ),
        # Own notes never do, wherever they lie, and whatever was built without make.
        (
            [],
            ["/x/examples/joplin"],
            ["SOURCE=/own"],
            {"catalogue.db"},
            "joplin-catalogue|build|--db|catalogue.db|--|/own|",
        ),
        (
            ["catalogue.db.sample"],
            ["/x/examples/joplin", "/own"],
            ["SOURCE=/other"],
            {"catalogue.db"},
            "joplin-catalogue|build|--db|catalogue.db|--|/other|",
        ),
        (
            ["catalogue.db.sample"],
            ["/own"],
            ["SOURCE=/own"],
            {"catalogue.db"},
            "joplin-catalogue|build|--db|catalogue.db|--|/own|",
        ),
        # Without SOURCE it is brought up to date.
        (
            ["catalogue.db.sample"],
            ["/x/examples/joplin"],
            [],
            {"catalogue.db", "catalogue.db.sample"},
            f"joplin-catalogue|build|--db|catalogue.db|--|{SAMPLE}",
        ),
    ],
)
def test_the_example_makes_room(
    project: Path, files: list[str], sources: list[str], words: list[str], held: set[str], said: str
) -> None:
    use_real_python(project)
    with closing(sqlite3.connect(project / "catalogue.db")) as connection, connection:
        connection.execute("CREATE TABLE sources (location TEXT)")
        connection.executemany("INSERT INTO sources VALUES (?)", [(source,) for source in sources])
    for name in files:
        (project / name).touch()
    result = make(project, *words)
    assert (result.stdout, result.stderr) == (said, "")
    assert {path.name for path in project.iterdir()} == {".venv", "Makefile", "pyproject.toml", *held}


def test_the_example_replaces_nothing(project: Path) -> None:
    (project / "catalogue.db.sample").touch()
    for name in ("catalogue.db", "example.db"):
        (project / name).write_text(name)
    result = make(project, "SOURCE=/own")
    assert "catalogue.db is the example, and example.db already exists" in result.stderr
    assert (result.returncode, result.stdout) == (2, "")
    assert (project / "example.db").read_text() == "example.db"


def test_a_stamp_without_its_catalogue_says_nothing(project: Path) -> None:
    (project / "catalogue.db.sample").touch()
    assert make(project, "SOURCE=/own").stdout == "joplin-catalogue|build|--db|catalogue.db|--|/own|"
    assert not (project / "catalogue.db.sample").exists()


@pytest.mark.parametrize(
    ("words", "called"),
    [
        ([], "joplin-catalogue|serve|--db|catalogue.db|"),
        (["PORT=8002"], "joplin-catalogue|serve|--db|catalogue.db|--port|8002|"),
        (["DB=my own.db"], "joplin-catalogue|serve|--db|my own.db|"),
    ],
)
def test_serve(project: Path, words: list[str], called: str) -> None:
    for name in ("catalogue.db", "my own.db"):
        (project / name).touch()
    assert make(project, "serve", *words).stdout == called


def test_serve_builds_a_catalogue_first_where_there_is_none(project: Path) -> None:
    called = make(project, "serve").stdout
    assert called.startswith("joplin-catalogue|build|")
    assert called.endswith("joplin-catalogue|serve|--db|catalogue.db|")


def test_a_changed_pyproject_sets_up_again(project: Path) -> None:
    assert "Setting up" not in make(project).stdout
    later = (project / ".venv" / "ready").stat().st_mtime + 10
    os.utime(project / "pyproject.toml", (later, later))
    again = make(project).stdout
    assert again.startswith("Setting up .venv")
    assert "|-m|pip|" in again


def test_python_that_is_too_old_is_named(project: Path, tmp_path: Path) -> None:
    shutil.rmtree(project / ".venv")
    only = tmp_path / "bin"
    only.mkdir()
    make_path, shell = shutil.which("make"), shutil.which("sh")
    assert make_path
    assert shell
    (only / "make").symlink_to(make_path)
    (only / "sh").symlink_to(shell)
    (only / "python3").write_text(f"#!{shell}\nexit 1\n")
    (only / "python3").chmod(0o755)
    result = make(project, PATH=str(only))
    assert result.returncode == 2
    assert "needs Python 3.11 or newer" in result.stderr
    assert not (project / ".venv").exists()


def test_clean_leaves_the_catalogue(project: Path) -> None:
    (project / "catalogue.db").touch()
    for folder in ("extractor/__pycache__", "tests/__pycache__", "build"):
        (project / folder).mkdir(parents=True)
    assert make(project, "clean").returncode == 0
    assert {path.name for path in project.iterdir()} == {
        "catalogue.db",
        "Makefile",
        "pyproject.toml",
        "extractor",
        "tests",
    }
    assert not list(project.rglob("__pycache__"))


def test_ci_runs_what_the_readme_says() -> None:
    script = TOP / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.findall(r"^make .+$", script.read_text(encoding="utf-8"), re.MULTILINE) == [
        *("make test", "make test-datasette-1", "make lint")
    ]
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_dependencies_are_in_order() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for names in (project["dependencies"], *project["optional-dependencies"].values()):
        assert names == sorted(names, key=lambda name: re.split("[<>=[;]", name)[0].lower())


def test_no_group_is_possessive() -> None:
    """Python before 3.11.5 matches them wrongly (python/cpython#106052); atomic groups say the same."""
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{\{?[0-9]+,?[0-9]*\}\}?)\+(?!\s*\))")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((TOP / "extractor").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if possessive.search(line) and "possessive" not in line and "&'()*+" not in line
    ]
    assert found == []
