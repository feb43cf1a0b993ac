"""The address of a remote sync target, and how to reach it."""

from __future__ import annotations

import os
from functools import partial
from http import HTTPStatus
from netrc import NetrcParseError
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from extractor.errors import ConfigError
from extractor.sources.remote import PASSWORD, USER, RemoteSource

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_SECONDS: Final = 60.0
_WEBDAV: Final = {"webdav": "http", "webdavs": "https", "http": "http", "https": "https"}


def open_remote(spec: str, environ: Mapping[str, str] = os.environ) -> RemoteSource:
    """Open `webdavs://host/path`, `https://host/path` (the same), `s3://bucket/path` or any other fsspec address.

    Credentials come from JOPLIN_CATALOGUE_WEBDAV_USER and _PASSWORD or ~/.netrc; for S3 from where all AWS tools look.
    Raises ConfigError.
    """
    scheme = spec.partition("://")[0].lower()
    extra = "webdav" if scheme in _WEBDAV else "s3" if scheme == "s3" else ""
    try:
        if urlsplit(spec).password is not None or (extra and "@" in spec):
            # The shell saves command lines, and every user of the machine can see them.
            raise ConfigError("Do not put name and password in the address.", f"For WebDAV: {USER} and {PASSWORD}.")
        if extra == "webdav":
            return _open_webdav(spec, environ)
        import fsspec  # noqa: PLC0415 - an extra that few have

        files, root = fsspec.core.url_to_fs(spec, skip_instance_cache=True, use_listings_cache=False)
    except ImportError as error:
        what = f"pip install 'joplin-catalogue[{extra}]'" if extra else "See https://filesystem-spec.readthedocs.io/"
        raise ConfigError(f"Reading {scheme}:// needs a package that is not installed ({error.name}).", what) from error
    except ValueError as error:
        raise ConfigError(f"{spec} cannot be read as an address: {error}.") from error
    return RemoteSource(files, root, remote_location(spec))


def remote_location(spec: str) -> str:
    """The canonical location of a remote folder, however its address is written; raises ValueError."""
    scheme, _, rest = spec.partition("://")
    if scheme.lower() not in _WEBDAV:
        return f"{scheme.lower()}://{rest.rstrip('/')}"
    parts = urlsplit(spec)
    secure = "s" if _WEBDAV[scheme.lower()] == "https" else ""
    return f"webdav{secure}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _open_webdav(spec: str, environ: Mapping[str, str]) -> RemoteSource:
    from webdav4.fsspec import WebdavFileSystem  # noqa: PLC0415 - an extra that few have

    parts = urlsplit(spec)
    scheme, path = _WEBDAV[parts.scheme.lower()], parts.path.rstrip("/")
    files = WebdavFileSystem(
        urlunsplit((scheme, parts.netloc, path, "", "")),
        auth=_webdav_auth(environ),
        timeout=_TIMEOUT_SECONDS,
        skip_instance_cache=True,
    )
    return RemoteSource(files, "", remote_location(spec), fetch=partial(_get, files.client))


def _get(client: Any, path: str, end: int) -> bytes:  # noqa: ANN401 - webdav4 has no types
    """The bytes of a file before `end`, in one request; webdav4 makes two, to check first for a folder."""
    content = bytearray()
    with client.http.stream("GET", client.join_url(path), follow_redirects=True) as response:
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise FileNotFoundError(path)
        response.raise_for_status()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) >= end:
                break
    return bytes(content[:end])


def _webdav_auth(environ: Mapping[str, str]) -> object:
    """Take name and password from the environment, or let httpx find them in the user's netrc file."""
    import httpx  # noqa: PLC0415 - as above

    if environ.get(USER):
        return environ[USER], environ.get(PASSWORD, "")
    path = Path(environ.get("NETRC") or Path.home() / ".netrc")
    try:
        return httpx.NetRCAuth(str(path)) if path.is_file() else None
    except (OSError, NetrcParseError) as error:
        raise ConfigError(f"{path} cannot be read.", f"Put name and password in {USER} and {PASSWORD}.") from error
