"""Options from a configuration file, and types of options."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from extractor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = Path("~/.config/joplin-catalogue/config.toml")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
HOST = re.compile(r"[a-z0-9._:-]+", re.IGNORECASE)
DAY = 86_400_000
LONGEST = 1000 * 365 * DAY  # ms; a thousand years
COUNT = click.IntRange(min=1, max=1_000_000)


class Duration(click.ParamType[int]):
    """`7d`, `12h`, `30m`, `90s`; a plain number is days. Converts to milliseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 -- click's
        """Read a duration."""
        if isinstance(value, int) and abs(value) <= LONGEST // DAY:
            return value * DAY
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", str(value).strip())
        if found is None:
            self.fail(f"{str(value)[:20]!r} is not a duration: write 7d, 12h or 30m.", param, ctx)
        milliseconds = float(found[1]) * UNITS[found[2] or "d"] * 1000
        if milliseconds > LONGEST:
            self.fail(f"{str(value)[:20]!r} is too long.", param, ctx)
        return int(milliseconds)


class Seconds(click.FloatRange):
    """Seconds, from a minimum up to a day; `nan` and `inf` are invalid."""

    name = "seconds"

    def __init__(self, least: float) -> None:
        super().__init__(min=least, max=UNITS["d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 -- click's
        """Read a number of seconds."""
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


class ProxyAddress(click.ParamType[str]):
    """The address of an http or https proxy."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401 -- click's
        """Read an address."""
        try:
            parts = urlsplit(str(value))
            well_formed = (
                parts.scheme in {"http", "https"} and HOST.fullmatch(parts.hostname or "") and (parts.port or 1)
            )
        except ValueError:
            well_formed = False
        if not well_formed or not str(value).isascii() or not str(value).isprintable():
            # Do not show the address: it may contain a password.
            self.fail("not the address of a proxy: write http://host:port.", param, ctx)
        return str(value)


def configure(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Take defaults from the table [check-links] of a TOML file; raises ConfigError."""
    del param
    path = value or CONFIG.expanduser()
    if value is None and not path.is_file():
        return None
    settings = _table(path)
    options = {option.name for option in ctx.command.params} - {"config"}
    names = {name.replace("-", "_"): setting for name, setting in settings.items()}
    if unknown := sorted(set(names) - options):
        known = ", ".join(sorted(name.replace("_", "-") for name in options if name))
        raise ConfigError(f"{path}: [check-links] has no option {unknown[0]!r}.", f"Its options are {known}.")
    ctx.default_map = {**names, **(ctx.default_map or {})}
    return path


def _table(path: Path) -> Mapping[str, Any]:
    """The table [check-links] of a TOML file, empty if there is none; raises ConfigError."""
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8")).get("check-links", {})
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Choose another file with --config.") from error
    except (
        ValueError,
        RecursionError,
    ) as error:  # TOMLDecodeError is a ValueError, as is a number with thousands of digits
        raise ConfigError(
            f"{path} is not a TOML file: {error}.", "Correct it, or choose another with --config."
        ) from error
    if not isinstance(settings, dict):
        raise ConfigError(f"{path}: `check-links` is not a table.", "Write [check-links] on a separate line.")
    return settings
