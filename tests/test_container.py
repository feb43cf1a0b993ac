"""The image is made of the project and nothing else: above all of no catalogue."""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from pathlib import Path

TOP = Path(__file__).parent.parent
CONTAINERFILE = (TOP / "Containerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
IGNORED = [
    line
    for line in (TOP / ".containerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def goes_in(name: str) -> bool:
    """Whether a file or folder at the top is copied: the last line that meets it decides."""
    taken = True
    for line in IGNORED:
        if fnmatch.fnmatch(name, line.removeprefix("!")):
            taken = line.startswith("!")
    return taken


def test_what_goes_into_the_image() -> None:
    assert goes_in("extractor")
    assert not any(
        map(goes_in, ("catalogue.db", "catalogue.db.backups", "example.db", ".venv", ".git", "tests", "notes"))
    )


def test_the_package_can_be_built_of_it() -> None:
    hatch = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    carried = [*hatch.get("packages", []), *hatch.get("force-include", {}), PROJECT["project"]["readme"]]
    needed = {Path(name).parts[0] for name in (*carried, *PROJECT["project"]["license-files"], "pyproject.toml")}
    assert "extractor" in needed
    assert all(map(goes_in, needed)), [name for name in needed if not goes_in(name)]
    assert all((TOP / line.removeprefix("!")).exists() for line in IGNORED if line.startswith("!"))


def test_what_it_runs() -> None:
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", CONTAINERFILE, re.MULTILINE)
    assert json.loads(entry) == list(PROJECT["project"]["scripts"])
    (extras,) = re.findall(r"\$1\[([a-z0-9,]+)\]", CONTAINERFILE)
    assert set(extras.split(",")) <= set(PROJECT["project"]["optional-dependencies"])
    assert re.search(r"^USER \d+$", CONTAINERFILE, re.MULTILINE)
