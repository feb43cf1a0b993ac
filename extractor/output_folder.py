"""Writing a folder of files for others, completely or not at all.

The new files are written to a folder beside the destination, which is renamed when it is complete. A file in it,
MARKER, lists what was written: a folder is only replaced if it contains nothing else. Nothing here depends on the
content.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.errors import OutputError
from extractor.output import TRIES, cannot_write, hold

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = ".joplin-catalogue-pages.json"
GROWING = ".joplin-catalogue-{}.parts"
IS_GROWING = re.compile(r"\.joplin-catalogue-[0-9a-f]{8}\.parts")
ANOTHER = "Choose another folder."


@contextmanager
def placing_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A new, empty folder to write to, which is moved to `path` when the block ends without an error.

    Its files have the usual permissions. If killed at any moment, the old folder is still at `path`, or beside it
    while the two are swapped. Raises OutputError.
    """
    try:
        place = path.resolve()
        refuse_to_replace_folder(path, overwrite=overwrite)
        sweep_folders(place.parent)
        growing, descriptor = _new(place.parent)
    except (OSError, RuntimeError) as error:  # RuntimeError: a circle of symbolic links
        raise cannot_write(path, error) from error
    try:
        yield growing
        _mark(growing)
        _change_places(growing, place)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(growing, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _new(parent: Path) -> tuple[Path, int | None]:
    """A new folder with a lock: before it is locked, another writer may take it for a leftover and remove it."""
    for tries_left in reversed(range(TRIES)):
        growing = parent / GROWING.format(os.urandom(4).hex())
        growing.mkdir()
        descriptor = _held(growing)
        if (descriptor is not None and growing.is_dir()) or not tries_left:  # some systems have no such locks
            break
        if descriptor is not None:
            os.close(descriptor)
        with suppress(OSError):
            growing.rmdir()
    return growing, descriptor


def refuse_to_replace_folder(path: Path, *, overwrite: bool) -> None:
    """Refuse to replace what must stay, or to write where that is impossible; raises OutputError."""
    try:
        _refuse(path.resolve(), path, overwrite=overwrite)
    except (OSError, RuntimeError) as error:  # RuntimeError: a circle of symbolic links
        raise cannot_write(path, error) from error


def _refuse(place: Path, path: Path, *, overwrite: bool) -> None:
    if not place.parent.is_dir():
        raise OutputError(f"{path} cannot be written.", "Choose a folder inside an existing one.")
    if not place.exists():
        return
    if not place.is_dir():
        raise OutputError(f"{path} is a file.", ANOTHER)
    if not any(place.iterdir()):
        return
    others = _others(place)
    if others:
        raise OutputError(f"{path} contains files that `share` did not write: {others[0]}.", ANOTHER)
    if not overwrite:
        raise OutputError(f"{path} already exists and was left unchanged.", "Choose another folder, or use --force.")


def sweep_folders(folder: Path) -> None:
    """Remove folders left by killed writers; running ones hold a lock on theirs."""
    for path in folder.iterdir():
        if IS_GROWING.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            descriptor = _held(path)
            if descriptor is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)


def _files(folder: Path) -> list[str]:
    """The names of all files and empty folders in a folder, recursively."""
    found = []
    for root, folders, files in os.walk(folder):
        here = Path(root)
        links = [name for name in folders if (here / name).is_symlink()]
        found += [(here / name).relative_to(folder).as_posix() for name in [*files, *links]]
        if not folders and not files and here != folder:
            found.append(here.relative_to(folder).as_posix())
    return sorted(found)


def _mark(folder: Path) -> None:
    marker = {"made by": "joplin-catalogue share --html", "files": _files(folder)}
    (folder / MARKER).write_text(json.dumps(marker, indent=0), encoding="utf-8")


def _others(folder: Path) -> list[str]:
    """What is in a folder but was not written by this module; everything if the marker cannot be read."""
    try:
        known = {MARKER, *json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        known = set()
    return [name for name in _files(folder) if name not in known]


def _change_places(growing: Path, place: Path) -> None:
    """Move the new folder into place, and remove the old one."""
    if not place.exists():
        growing.rename(place)
        return
    gone = place.parent / GROWING.format(os.urandom(4).hex())
    descriptor = _held(place)  # so that no other writer takes it for a leftover before the new one is in its place
    place.rename(gone)
    try:
        growing.rename(place)
    except OSError:
        gone.rename(place)
        raise
    finally:
        if descriptor is not None:
            os.close(descriptor)
    shutil.rmtree(gone, ignore_errors=True)


def _held(folder: Path) -> int | None:
    """A descriptor with a lock on a folder; None if there are no such locks, as on Windows."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        if hold(descriptor):
            return descriptor
        os.close(descriptor)
    return None
