"""Where items are: a sync target, an export, a profile, the Data API; all with the same small protocol."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from extractor.errors import ConfigError, SourceNotFound, SourceUnreadable
from extractor.sources.api_address import find_token, is_api_address, parse_address
from extractor.sources.protocol import DATABASE, Blob, Entry, NoteLookup, Reading, Source, SourceKind

__all__ = ["Blob", "Entry", "NoteLookup", "Reading", "Source", "SourceKind", "is_remote", "known_as", "open_source"]


def is_remote(spec: str) -> bool:
    """Whether a source is the address of a remote folder."""
    scheme, separator, _ = spec.partition("://")
    return bool(separator) and scheme.isalnum()


def known_as(spec: str) -> tuple[str, ...]:
    """The locations under which a source may be known; it need not exist any more."""
    with suppress(ConfigError, ValueError):
        if is_api_address(spec):
            return (parse_address(spec).location,)
        if is_remote(spec):
            from extractor.sources.remote_address import remote_location  # noqa: PLC0415 - few need it

            return (remote_location(spec),)
    path = os.path.realpath(os.path.expanduser(spec))  # noqa: PTH111 - Path.expanduser raises for an unknown user
    return path, f"{path}{os.sep}{DATABASE}"


def open_source(spec: str, *, token: str | None = None) -> Source:
    """Open the source at a path or an address; raises SourceNotFound, SourceUnreadable, SourceEmpty or ConfigError.

    `token` is for the Data API; by default it is taken from the environment (see find_token).
    """
    source = _open(spec, token)
    if not source.location.isprintable():
        # The catalogue identifies the source by it, and could neither store nor show it.
        source.close()
        shown = source.location.encode("utf-8", "backslashreplace").decode()
        raise SourceUnreadable(f"{shown}: its name is not valid UTF-8.", "Rename it, then try again.")
    return source


def _open(spec: str, token: str | None) -> Source:
    if is_api_address(spec):
        from extractor.sources.api import ApiSource  # noqa: PLC0415 - httpx takes a tenth of a second to import

        return ApiSource(spec, find_token() if token is None else token)
    if is_remote(spec):
        from extractor.sources.remote_address import open_remote  # noqa: PLC0415 - few need it

        return open_remote(spec)
    path = Path(os.path.expanduser(spec))  # noqa: PTH111 - Path.expanduser raises for an unknown user
    try:
        return _at(path)
    except (OSError, ValueError) as error:
        raise SourceNotFound(f"{spec} cannot be accessed: {error}.") from error


def _at(path: Path) -> Source:
    """Open what is at a path; raises SourceNotFound if nothing is, and OSError. Each kind is imported when opened."""
    from extractor.sources.folder import FolderSource, is_sync_target  # noqa: PLC0415

    if path.is_dir() and (is_sync_target(path) or not (path / DATABASE).is_file()):
        return FolderSource(path)
    from extractor.sources.file import FileSource  # noqa: PLC0415
    from extractor.sources.jex import ArchiveSource, is_archive  # noqa: PLC0415
    from extractor.sources.profile import ProfileSource  # noqa: PLC0415
    from extractor.sources.snapshot import is_database  # noqa: PLC0415

    if path.is_dir() or is_database(path):
        return ProfileSource(path)
    if path.is_file() and is_archive(path):
        return ArchiveSource(path)
    if path.exists():
        return FileSource(path)
    raise SourceNotFound(
        f"{path} does not exist.",
        "Give the folder that Joplin synchronises with, its profile folder, a JEX export or one item file.",
    )
