"""Every example in the help of a command, in the README and in docs/ does what it says on the example catalogue."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from extractor.catalogue.backups import take
from extractor.cli import main
from tests.test_readme import GENERATED, PAGES, commands, help_of

if TYPE_CHECKING:
    from pathlib import Path

NOT_RUN = {
    "build ~/Joplin": "the notes of whoever runs the tests",
    "serve": "runs for ever",
    "serve --open": "likewise",
    "serve -m mine.yml": "likewise",
    "serve --example --open": "likewise",
    "watch": "likewise",
    "watch ~/Nextcloud/Joplin": "the notes of whoever runs the tests",
    "schedule install": "writes where the system looks",
    "schedule install --build daily --check-links weekly --db ~/notes/catalogue.db": "likewise",
    "digest": "tells nothing of a time in which nothing happened",
    "digest --since 30d": "likewise",
    "digest --since 30d --format html": "likewise",
    "check-links": "asks the web",
    'forget "Doctor\'s letters"': "asks before it deletes",
}
EXAMPLE = re.compile(r"^ *joplin-catalogue (\S+(?: \S+)*)", re.MULTILINE)  # what it is good for is two blanks away


def examples() -> dict[str, list[str]]:
    """Where they stand, and what stands there, in order: one may need what another has done."""
    texts = {" ".join(path): help_of(path) for path in [(), ("export",), *(path for path, _ in commands())]}
    texts |= {page.name: GENERATED.sub("", page.read_text(encoding="utf-8")) for page in PAGES}
    found = {name: EXAMPLE.findall(text) for name, text in texts.items()}
    return {name: lines for name, lines in found.items() if lines}


def test_there_are_some() -> None:
    found = examples()
    assert {"", "show", "diff", "ignore", "share", "export bookmarks", "README.md", "commands.md"} <= found.keys()
    assert set(NOT_RUN) <= {line for lines in found.values() for line in lines}


@pytest.mark.parametrize("where", examples())
def test_examples(where: str, example_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(example_db, tmp_path / "catalogue.db")
    take(tmp_path / "catalogue.db", datetime.now(UTC))
    monkeypatch.chdir(tmp_path)
    for line in examples()[where]:
        if line in NOT_RUN:
            continue
        before = set(tmp_path.iterdir())
        result = CliRunner().invoke(main, shlex.split(line, comments=True))
        assert result.exit_code == 0, (line, result.output)
        assert result.stdout or set(tmp_path.iterdir()) > before, line
