"""The address of the Data API, and its token."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from extractor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT: Final = 41184

ASK_JOPLIN: Final = (
    "Joplin shows it under Tools > Options > Web Clipper > Advanced options: put it into JOPLIN_CATALOGUE_TOKEN, or "
    "into a file named by JOPLIN_CATALOGUE_TOKEN_FILE."
)


@dataclass(frozen=True, slots=True)
class Address:
    """The address of the Data API as given."""

    host: str
    port: int

    @property
    def location(self) -> str:
        """The canonical address."""
        return f"http://{self.host}:{self.port}"


def is_api_address(spec: str) -> bool:
    """Whether a source is an address without a path, not a file path or a WebDAV folder."""
    return re.match(r"https?://[^/]*/?(?:\?.*)?$", spec, re.IGNORECASE) is not None


def parse_address(spec: str) -> Address:
    """Read `http://host:port`; raises ConfigError."""
    try:
        parts = urlsplit(spec)
        host, port = parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:
        raise ConfigError("The address of the Data API cannot be read.", "Give http://127.0.0.1:41184") from None
    if not host or parts.scheme.lower() != "http":
        raise ConfigError("Joplin's Data API is at an address of this machine.", "Give http://127.0.0.1:41184")
    if parts.query or parts.username or parts.password:
        # The shell saves command lines, and every user of the machine can see them.
        raise ConfigError("Do not put the token in the address.", ASK_JOPLIN)
    # Joplin listens on 127.0.0.1 only; `localhost` may also be ::1, and would count as another source.
    return Address("127.0.0.1" if host == "localhost" else f"[{host}]" if ":" in host else host, port)


def find_token(environ: Mapping[str, str] = os.environ) -> str:
    """Take the token from JOPLIN_CATALOGUE_TOKEN or the file JOPLIN_CATALOGUE_TOKEN_FILE; '' if neither is set.

    Raises ConfigError if the file cannot be read.
    """
    if token := environ.get("JOPLIN_CATALOGUE_TOKEN", "").strip():
        return token
    path = environ.get("JOPLIN_CATALOGUE_TOKEN_FILE", "")
    if not path:
        return ""
    try:
        return Path(path).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        raise ConfigError(f"The token file {path} cannot be read.", "See JOPLIN_CATALOGUE_TOKEN_FILE.") from error
