"""Files at the top of the project that are also part of the installed package."""

from __future__ import annotations

from pathlib import Path

FOLDER = "included_files"  # their place in a wheel (pyproject.toml)


def included(name: str) -> Path:
    """The path of such a file or folder, in the installed package or at the top of a checkout."""
    here = Path(__file__).parent
    installed = here / FOLDER / name
    return installed if installed.exists() else here.parent / name
