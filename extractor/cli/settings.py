"""Options that come from a configuration file, and how long things are good for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import click

from extractor.errors import ConfigError

CONFIG = Path("~/.config/joplin-catalogue/config.toml")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
DAY = 86_400_000


class Duration(click.ParamType[int]):
    """`7d`, `12h`, `30m`, `90s`; a plain number is days. Gives milliseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 -- click's
        """Read a duration."""
        if isinstance(value, int):
            return value * DAY
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no duration: write 7d, 12h or 30m.", param, ctx)
        return int(float(found[1]) * UNITS[found[2] or "d"] * 1000)


def configure(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Take defaults from the table [check-links] of a TOML file; raises ConfigError."""
    del param
    path = value or CONFIG.expanduser()
    if value is None and not path.is_file():
        return None
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8")).get("check-links", {})
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Name another file with --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML file: {error}.", "Mend it, or name another with --config.") from error
    if not isinstance(settings, dict):
        raise ConfigError(f"{path}: `check-links` is no table.", "Write [check-links] on a line of its own.")
    options = {option.name for option in ctx.command.params} - {"config"}
    names = {name.replace("-", "_"): setting for name, setting in settings.items()}
    if unknown := sorted(set(names) - options):
        known = ", ".join(sorted(name.replace("_", "-") for name in options if name))
        raise ConfigError(f"{path}: [check-links] knows no {unknown[0]!r}.", f"It knows {known}.")
    ctx.default_map = {**names, **(ctx.default_map or {})}
    return path
