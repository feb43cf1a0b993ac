"""A schedule of this user's: which commands run by themselves, how often, and what the system has to be told.

Nothing here writes or runs anything: a plan says what to write, and what to run after it. No file of a plan holds a
secret; passwords and tokens are named by their files.
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
    """One command (with absolute paths) that runs `every` so often; `kind` is one of KINDS, `about` is for people."""

    kind: str
    command: tuple[str, ...]
    every: Every
    about: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Files to write, by their paths; `start` is to be run after that, `stop` before they are removed.

    `files` of earlier plans of the same name may be at `others`, too. `hint` says what else to know.
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
    """The commands for a catalogue at an absolute path; `every` says how often those of KINDS run that are to."""
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
    """Raise ConfigError for a name that the files of a schedule cannot have."""
    if not NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is not a valid name for a schedule.", "Use letters, digits, - and _.")


def refuse_secret(file: Path, option: str) -> None:
    """Raise ConfigError where a file with a password or token is not there, or others may read it."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", f"See {option}.") from error
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"Others can read {file}.", f"Make it readable only by you: chmod 600 {file}")
