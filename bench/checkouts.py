"""An earlier commit to compare with, in a separate folder and with a separate Python environment."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Checkout:
    """A state of the project: its name, its folder, and the Python in whose environment it is installed."""

    name: str
    folder: Path
    python: str

    def command(self, *words: str) -> tuple[str, ...]:
        """A command of `joplin-catalogue`."""
        return (self.python, "-m", "extractor", *words)


def here() -> Checkout:
    """The project as it is in this folder."""
    return Checkout("now", TOP, sys.executable)


@contextmanager
def checkout(revision: str) -> Iterator[Checkout]:
    """A commit in a temporary folder, installed there for the same version of Python; it is removed at the end."""
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--short", f"{revision}^{{commit}}"],  # noqa: S607 -- whichever git there is
        cwd=TOP, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode:
        sys.exit(f"BENCH_AGAINST={revision}: git knows no such commit here")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "project"
        _run("git", "-C", str(TOP), "worktree", "add", "--quiet", "--detach", str(folder), revision)
        try:
            print(f"Setting up {found.stdout.strip()} to measure against ...", file=sys.stderr)
            python = folder / ".venv" / "bin" / "python"
            _run(sys.executable, "-m", "venv", str(folder / ".venv"))
            _run(str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "install", "--editable", str(folder))
            yield Checkout(found.stdout.strip(), folder, str(python))
        finally:
            _run("git", "-C", str(TOP), "worktree", "remove", "--force", str(folder))


def _run(*command: str) -> None:
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{' '.join(command)} failed")
