"""Passwords and tokens: from the environment, from a file, or typed in; never an argument, and never printed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from extractor.errors import ConfigError
from extractor.keys import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def passwords(file: Path | None) -> tuple[str, ...]:
    """The passwords from the environment and from a file with one per line; raises ConfigError."""
    given = [os.environ.get(PASSWORD, "")]
    if file is not None:
        given += _text(file, "--password-file").splitlines()
    return tuple(filter(None, given))


def ask_for_password() -> Callable[[], str] | None:
    """A function that asks for the password on the terminal; None without a terminal."""
    if not _at_terminal():
        return None
    return lambda: _ask("These notes are encrypted. Joplin's encryption password (press Enter to continue without)")


def token_for(spec: str, file: Path | None) -> str | None:
    """The token of the Data API if `spec` is its address, else None; raises ConfigError."""
    from extractor.sources.api_address import find_token, is_api_address, parse_address  # noqa: PLC0415

    if not is_api_address(spec):
        return None
    address = parse_address(spec)
    token = _text(file, "--token-file").strip() if file is not None else find_token()
    if not token and _at_terminal():
        token = _ask(f"Token of the Joplin at {address.location} (Tools > Options > Web Clipper)").strip()
    return token


def _ask(question: str) -> str:
    answer: str = click.prompt(question, default="", show_default=False, hide_input=True, err=True)
    return answer


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _text(file: Path, option: str) -> str:
    try:
        return file.expanduser().read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"{file} cannot be read: {reason}.", f"It was given with {option}.") from error
