"""What was already fetched from a remote source, so that an interrupted fetch goes on where it stopped.

One private folder for each source, below the user's cache folder. It holds what the last build fetched, and nothing
older: the build after it throws away what it does not ask for again.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from extractor.sources.protocol import Entry


def cache_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Name the folder for caches of this user's."""
    if platform == "win32" and (local := environ.get("LOCALAPPDATA")):
        return Path(local) / "joplin-catalogue" / "Cache"
    if platform == "darwin":
        return Path.home() / "Library" / "Caches" / "joplin-catalogue"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "joplin-catalogue"


class Fetched:
    """The contents fetched from `location`. A cache that cannot be written is none: everything is fetched again."""

    def __init__(self, location: str, below: Path | None = None) -> None:
        name = hashlib.blake2b(location.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        self.folder = (below or cache_folder()) / name

    def get(self, entry: Entry) -> bytes | None:
        """Give the content of an entry as it stands, None if it was not fetched."""
        try:
            return self._path(entry).read_bytes() if entry.stamp else None
        except OSError:
            return None

    def put(self, entry: Entry, content: bytes) -> None:
        """Keep the content of an entry, whole or not at all."""
        if not entry.stamp:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                try:
                    file.write(content)
                except OSError:
                    Path(file.name).unlink()
                    raise
            Path(file.name).replace(self._path(entry))

    def keep_only(self, entries: Iterable[Entry]) -> None:
        """Throw away everything but these entries as they stand now."""
        wanted = {self._path(entry).name for entry in entries if entry.stamp}
        with suppress(OSError):
            for path in self.folder.iterdir():
                if path.name not in wanted:
                    path.unlink()

    def _path(self, entry: Entry) -> Path:
        key = f"{entry.name}\0{entry.stamp}".encode("utf-8", "surrogatepass")
        return self.folder / hashlib.blake2b(key, digest_size=20).hexdigest()
