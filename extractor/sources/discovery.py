"""Where Joplin's apps keep their profiles on this machine (determineBaseAppDirs.ts, services/profileConfig)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from extractor.errors import SourceNotFound
from extractor.sources.protocol import DATABASE

App = Literal["desktop", "terminal", "portable"]

_DEFAULT_ID: Final = "default"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile. `current`: its app opens it; `changed_at`: the time of the database in ms."""

    name: str
    app: App
    path: Path
    current: bool
    changed_at: int

    @property
    def label(self) -> str:
        """A label that distinguishes it for people, and that select_profile accepts."""
        return f"{self.app}: {self.name}"


def places(
    home: Path | None = None, environ: Mapping[str, str] = os.environ, here: Path | None = None
) -> list[tuple[App, Path]]:
    """The root profile folders to search, most likely first; those given by a pattern only if they exist.

    Linux, macOS and Windows are the same: `.config` below the home folder. Flatpak uses the same home, snap
    its own. The portable app for Windows keeps its profile beside itself, so the current folder is searched, too.
    """
    home = home or Path.home()
    config = home / ".config"
    found: list[tuple[App, Path]] = [("desktop", config / "joplin-desktop")]
    found += [("desktop", path) for path in sorted(config.glob("joplin-desktop-*"))]
    found += [("desktop", path) for path in sorted(home.glob("snap/joplin*/current/.config/joplin-desktop*"))]
    found.append(("terminal", config / "joplin"))
    if portable := environ.get("PORTABLE_EXECUTABLE_DIR"):
        found.append(("portable", Path(portable) / "JoplinProfile"))
    found.append(("portable", (here or Path.cwd()) / "JoplinProfile"))
    return found


def find_profiles(
    home: Path | None = None, environ: Mapping[str, str] = os.environ, here: Path | None = None
) -> list[Profile]:
    """The profiles of this user; raises SourceNotFound, which lists where it looked."""
    looked_at = places(home, environ, here)
    found = [profile for app, root in looked_at for profile in _profiles_below(app, root)]
    if not found:
        raise SourceNotFound(
            f"No Joplin profile was found. Looked in: {', '.join(str(path) for _, path in looked_at)}.",
            "Give a SOURCE: the folder that Joplin synchronises with, a profile folder or a JEX export.",
        )
    return found


def select_profile(profiles: list[Profile], name: str | None = None) -> Profile:
    """The only profile, or the one with this name, label or folder; raises SourceNotFound unless there is exactly one.

    Letter case is ignored.
    """
    wanted = profiles if name is None else [profile for profile in profiles if _is_called(profile, name)]
    if len(wanted) == 1:
        return wanted[0]
    names = ", ".join(f'"{profile.label}"' for profile in profiles)
    said = f'No single profile is named "{name}"' if name is not None else "There are several profiles"
    raise SourceNotFound(f"{said}: {names}.", "Choose one with --profile-name.")


def _is_called(profile: Profile, name: str) -> bool:
    names = (profile.name, profile.label, profile.path.name, str(profile.path), profile.app)
    return name.casefold() in (known.casefold() for known in names)


def _profiles_below(app: App, root: Path) -> list[Profile]:
    """The profiles of one app: the root one, and those in profiles.json."""
    config = _config(root / "profiles.json")
    found = []
    for profile_id, name in _named(config):
        path = root if profile_id == _DEFAULT_ID else root / f"profile-{profile_id}"
        try:
            changed_at = (path / DATABASE).stat().st_mtime_ns // 1_000_000
        except (OSError, ValueError):
            continue
        found.append(Profile(name, app, path, _current_id(config) == profile_id, changed_at))
    return found


def _named(config: Mapping[str, object]) -> list[tuple[str, str]]:
    """(id, name) of the profiles in profiles.json, always including the default one."""
    rows = config.get("profiles")
    known = [(_profile_id(row), str(row.get("name") or "")) for row in _mappings(rows)]
    named = {profile_id: name or profile_id for profile_id, name in known if profile_id}
    return list(({_DEFAULT_ID: "Default"} | named).items())


def _profile_id(row: Mapping[str, object]) -> str:
    """The id, which version 1 of profiles.json wrote as the path `.` or `profile-<id>`."""
    written = str(row.get("id") or row.get("path") or "")
    profile_id = _DEFAULT_ID if written == "." else written.rpartition("-")[2]
    return profile_id if profile_id.isalnum() else ""


def _current_id(config: Mapping[str, object]) -> str:
    """The id of the profile that the app opens."""
    if isinstance(current := config.get("currentProfileId"), str):
        return current
    rows = _mappings(config.get("profiles"))
    turn = config.get("currentProfile")
    return _profile_id(rows[turn]) if isinstance(turn, int) and 0 <= turn < len(rows) else _DEFAULT_ID


def _mappings(rows: object) -> list[Mapping[str, object]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _config(path: Path) -> Mapping[str, object]:
    """Read profiles.json; an unreadable one counts as missing."""
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return config if isinstance(config, Mapping) else {}
