"""Files that people read and edit at the top of the project, and that the installed package carries."""

from __future__ import annotations

from pathlib import Path

FOLDER = "included_files"  # where a wheel has them (pyproject.toml)


def included(name: str) -> Path:
    """Where such a file or folder lies: in the installed package, or at the top of a checkout."""
    here = Path(__file__).parent
    installed = here / FOLDER / name
    return installed if installed.exists() else here.parent / name
