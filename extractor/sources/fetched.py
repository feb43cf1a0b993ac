"""A cache of what was fetched from a remote source, so that an interrupted fetch can continue.

One private folder per source, below the user's cache folder. It contains what the last build fetched and nothing older:
the next build deletes what it does not request again.
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
    """The cache folder of this user."""
    if platform == "win32" and (local := environ.get("LOCALAPPDATA")):
        return Path(local) / "joplin-catalogue" / "Cache"
    if platform == "darwin":
        return Path.home() / "Library" / "Caches" / "joplin-catalogue"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "joplin-catalogue"


class Fetched:
    """The contents fetched from `location`. Without a writable cache, everything is fetched again."""

    def __init__(self, location: str, below: Path | None = None) -> None:
        name = hashlib.blake2b(location.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        self.folder = (below or cache_folder()) / name

    def get(self, entry: Entry) -> bytes | None:
        """The content of an entry with its current stamp, None if it was not fetched."""
        try:
            return self._path(entry).read_bytes() if entry.stamp else None
        except OSError:
            return None

    def put(self, entry: Entry, content: bytes) -> None:
        """Store the content of an entry, completely or not at all."""
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
        """Delete everything except these entries with their current stamps."""
        wanted = {self._path(entry).name for entry in entries if entry.stamp}
        with suppress(OSError):
            for path in self.folder.iterdir():
                if path.name not in wanted:
                    path.unlink()

    def _path(self, entry: Entry) -> Path:
        key = f"{entry.name}\0{entry.stamp}".encode("utf-8", "surrogatepass")
        return self.folder / hashlib.blake2b(key, digest_size=20).hexdigest()
