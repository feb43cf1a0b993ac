"""A schedule for this user: which commands run automatically, how often, and the files that the system needs.

Nothing here writes or runs anything: a plan says what to write, and what to run after it. No file of a plan contains a
secret; passwords and tokens are given by the names of their files.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from extractor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Every = Literal["hourly", "daily", "weekly"]
EVERY: Final[tuple[Every, ...]] = ("hourly", "daily", "weekly")
KINDS: Final = ("build", "check-links")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")


@dataclass(frozen=True, slots=True)
class Job:
    """One command (with absolute paths), how often it runs (`every`), its `kind` (one of KINDS), and a description."""

    kind: str
    command: tuple[str, ...]
    every: Every
    about: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Files to write, by path; run `start` after writing them and `stop` before removing them.

    Earlier plans with the same name may have written files at `others`, too. `hint` is further advice.
    """

    files: Mapping[Path, bytes]
    others: tuple[Path, ...]
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    hint: str = ""


def jobs(
    program: Sequence[str],
    db: Path,
    every: Mapping[str, Every],
    *,
    password_file: Path | None = None,
    token_file: Path | None = None,
) -> list[Job]:
    """The commands for a catalogue at an absolute path; `every` says which of KINDS run, and how often."""
    secrets = {"--password-file": password_file, "--token-file": token_file}
    options = {
        "build": [word for option, file in secrets.items() if file is not None for word in (option, str(file))],
        "check-links": [],
    }
    return [
        Job(kind, (*program, kind, "--quiet", "--db", str(db), *options[kind]), every[kind], f"{kind} of {db}")
        for kind in KINDS
        if kind in every
    ]


def refuse_name(name: str) -> None:
    """Raise ConfigError for a name that cannot be used in file names."""
    if not NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is not a valid name for a schedule.", "Use letters, digits, - and _.")


def refuse_secret(file: Path, option: str) -> None:
    """Raise ConfigError if a password or token file does not exist, or others can read it."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", f"See {option}.") from error
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"Others can read {file}.", f"Make it readable only by you: chmod 600 {file}")
