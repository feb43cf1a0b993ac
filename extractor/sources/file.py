"""A single item file with any name: a note or a revision picked out of a sync target."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.errors import SourceEmpty, SourceNotFound, SourceUnreadable
from extractor.sources.folder import file_stamp, read_file
from extractor.sources.protocol import Entry, Reading, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.joplin.items import MasterKey
    from extractor.sources.protocol import Blob


class FileSource:
    """One item file at `path`; raises SourceNotFound."""

    kind: SourceKind = "file"
    has_history = True
    history_days = None

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))
        if not self.path.exists():
            raise SourceNotFound(f"{self.path} does not exist.")
        self.location = str(self.path)

    def entries(self) -> list[Entry]:
        """The only entry; raises SourceEmpty if the file is not an item, and SourceUnreadable."""
        try:
            entry = Entry(self.path.name, None, file_stamp(self.path.stat()))
            reading = read_file(self.location, entry)
        except FileNotFoundError:
            raise SourceNotFound(f"{self.path} no longer exists.") from None
        except OSError as error:
            raise SourceUnreadable(f"{self.path} cannot be read: {error.strerror}.") from error
        if reading.item is None:
            # Among a thousand files, a damaged one is a row in `problems`; if it is the only one requested,
            # there is nothing to build.
            why = reading.problem or "The catalogue does not store items of its type."
            raise SourceEmpty(
                f"{self.path} is not a Joplin item. {why}",
                "Give an item file, a sync target, a profile folder, a database.sqlite or a JEX export.",
            )
        return [reading.entry]

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Read the item."""
        for entry in entries:
            try:
                yield read_file(self.location, entry)
            except FileNotFoundError:
                raise SourceNotFound(f"{self.path} no longer exists.") from None

    def master_keys(self) -> tuple[MasterKey, ...]:
        """None."""
        return ()

    def blob(self, resource_id: str, extension: str = "") -> Blob | None:  # noqa: ARG002 - the protocol's
        """None: an item contains no attachments."""
        return None

    def close(self) -> None:
        """Do nothing: no file stays open."""
