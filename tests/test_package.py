"""The wheel and the source archive carry all that is needed, and what is installed from them works anywhere."""

from __future__ import annotations

import ast
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from contextlib import contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from installed import TOP, Installed, installed
from published import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HIDDEN = re.compile(r">(address_health|encrypted_revisions|source_items|note_bodies)<")


@pytest.fixture(scope="module")
def package() -> Installed:
    return installed()


@pytest.fixture(scope="module")
def catalogue(package: Installed) -> Path:
    """Own notes, built by the installed command: under a name that metadata.yml does not know."""
    shutil.copytree(TOP / "examples" / "joplin", package.folder / "notes")
    result = package.run("joplin-catalogue", "build", "notes", "--db", "mine.db")
    assert result.returncode == 0, result.stderr
    return package.folder / "mine.db"


@contextmanager
def serving(package: Installed, name: str, *words: str) -> Iterator[str]:
    """The address at which a command serves."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [package.command(name), *words, "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=package.folder, env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        said = ""
        while not re.search(r"http://[\d.]+:\d", said):
            line = process.stdout.readline()
            assert line, said
            said += line
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=120)


def get(address: str) -> Any:
    return httpx.get(address, follow_redirects=True, trust_env=False, timeout=120)


def test_what_the_archives_hold(package: Installed) -> None:
    wheel = set(zipfile.ZipFile(package.wheel).namelist())
    with tarfile.open(package.sdist) as archive:
        sdist = {name.partition("/")[2] for name in archive.getnames()}
    assert {"metadata.yml", "Makefile", "README.md", "CHANGELOG.md", "tests/test_package.py", "docs/schema.md"} <= sdist
    assert {"extractor/py.typed", "extractor/included_files/metadata.yml"} <= wheel
    assert not [name for name in wheel | sdist if name.endswith((".db", ".whl", ".pyc"))]
    example = "examples/joplin"
    for folder, prefix in {"extractor": "extractor", example: f"extractor/included_files/{example}"}.items():
        files = [path.relative_to(TOP / folder).as_posix() for path in (TOP / folder).rglob("*") if path.is_file()]
        assert {f"{prefix}/{name}" for name in files if "__pycache__" not in name} <= wheel


def test_it_is_found_as_a_plugin_of_datasette(package: Installed) -> None:
    assert "Framework :: Datasette" in PROJECT["classifiers"]
    assert '"joplin-catalogue"' in package.run("python", "-m", "datasette", "plugins").stdout


def test_the_modules_are_those_of_the_wheel(package: Installed) -> None:
    where = package.run("python", "-c", "import extractor; print(extractor.__file__)").stdout
    assert Path(where).is_relative_to(package.environment)


@pytest.mark.parametrize(
    ("name", "words", "database"),
    [
        ("joplin-catalogue", ["serve", "--db", "mine.db"], "mine"),
        ("joplin-catalogue", ["serve", "--example"], "example"),
        ("python", ["-m", "datasette", "serve", "mine.db"], "mine"),
    ],
)
def test_it_is_whole_wherever_it_is_served(
    package: Installed, catalogue: Path, name: str, words: list[str], database: str
) -> None:
    del catalogue
    with serving(package, name, *words) as address:
        start = get(address).text
        assert "<h1>Joplin catalogue</h1>" in start
        assert f'href="/{database}/links_by_section"' in start
        assert not HIDDEN.search(start)
        assert get(f"{address}/-/settings.json").json()["sql_time_limit_ms"] == 3000
        table = get(f"{address}/{database}/notes").text
        assert 'id="facet-state"' in table
        assert METADATA["databases"]["catalogue"]["tables"]["notes"]["description"] in table
        assert get(f"{address}/{database}/links_by_section.json?_shape=array").json()
        css = re.findall(r'<link rel="stylesheet" href="([^"]*)"', table)
        assert [get(address + one).status_code for one in css] == [200] * len(css) != []


def test_each_step_that_build_names_works(package: Installed, catalogue: Path) -> None:
    said = package.run("joplin-catalogue", "build", "--db", catalogue.name).stdout
    steps = re.findall(r"^  (\S*joplin-catalogue .*?)  ", said.partition("Next:")[2], re.MULTILINE)
    assert [re.sub(r"^\S+ ", "", step).split()[0] for step in steps] == ["serve", "show", "check-links"]
    assert f"serve --db {catalogue.name}" in steps[0]


def declared() -> set[str]:
    """The distributions that the project says it needs, those for remote sources and kept pages included."""
    more = PROJECT["optional-dependencies"]
    needed = [*PROJECT["dependencies"], *more["s3"], *more["webdav"], *more["keep"]]
    return {normal(re.split(r"[<>=\[; ]", one)[0]) for one in needed}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_all_that_is_imported_is_declared() -> None:
    imported = set()
    for path in (TOP / "extractor").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])
    known = packages_distributions()
    for module in imported - {"extractor", "compression", *sys.stdlib_module_names}:  # which Python 3.14 has
        assert declared() & {normal(name) for name in known.get(module, [module])}, module
