"""Odd input of every kind, made from good input: readers must report what is wrong by their own errors, and in time."""

from __future__ import annotations

import base64
import hashlib
import json
import tarfile
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from extractor.errors import CatalogueError
from extractor.joplin.encryption import KeyRing, decrypt_item, unlock
from extractor.joplin.item_reader import parse_item
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import EncryptedItem, MasterKey
from extractor.joplin.patch import parse_patch
from extractor.markdown import parse
from extractor.redaction import without_tokens, without_userinfo
from extractor.sources.jex import ArchiveSource
from extractor.sources.remote import RemoteSource
from extractor.sources.sync_info import parse_sync_info
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SLOW = 5.0  # seconds of CPU for one input of at most a few thousand characters
PIECES = (
    *(
        "",
        "\0",
        "\ud800",
        "é",
        "𝗞",
        "\r\n",
        "\n\n",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "<",
        ">",
        "&",
        "%",
        "#",
        "|",
        "`",
        "$$",
    ),
    *(
        "9" * 400,
        "-1",
        "1e999",
        "NaN",
        "null",
        "true",
        "\\u0000",
        "\\ud800",
        "JED01",
        "ffffff",
        "00",
        "type_: ",
        "id: ",
    ),
    *("](", "http://", "https://[", "//@", "%25", "\t", " " * 50, "a" * 300, "- " * 100, "> " * 60, "* " * 99),
)
ITEM = "Log\n\n# Harbour\n\n[a](https://e.example/)\n\nid: " + "a" * 32 + "\nparent_id: \nupdated_time: " \
       "2024-01-02T00:00:00.000Z\nmarkup_language: 1\nis_todo: 0\ntype_: 1"  # fmt: skip # noqa: ISC002
INFO = json.dumps({
    "version": 3,
    "e2ee": {"value": True, "updatedTime": 1},
    "activeMasterKeyId": {"value": "a" * 32, "updatedTime": 1},
    "masterKeys": [{"id": "a" * 32, "content": "{}", "encryption_method": 4, "checksum": "", "enabled": 1}],
    "revisionServiceEnabled": {"value": True, "updatedTime": 1},
    "revisionServiceTtlDays": {"value": 90, "updatedTime": 1},
})  # fmt: skip
DIFF = json.dumps([{"diffs": [[0, "abcd"], [1, "new"], [-1, "old"], [0, "efgh"]], "start1": 3, "start2": 3,
                    "length1": 11, "length2": 11}])  # fmt: skip
KEY, SECRET = "a" * 32, b"5ec4e7" * 8
SALT, IV = bytes(32), bytes(12)
SEALED = AESGCM(hashlib.pbkdf2_hmac("sha512", SECRET, SALT, 3, 32)).encrypt(IV, ITEM.encode("utf-16-le"), None)
CHUNK = json.dumps(
    {name: base64.b64encode(value).decode() for name, value in (("salt", SALT), ("iv", IV), ("ct", SEALED))}
)
CIPHER = json.dumps({"iv": "AAAAAAAAAAAAAAAAAAAAAA==", "v": 1, "iter": 1, "ks": 128, "ts": 64, "mode": "ccm",
                     "adata": "", "cipher": "aes", "ct": "AAAAAAAAAAAAAAAAAAAA"})  # fmt: skip
JED = f"JED01000022{10:02x}{KEY}{len(CHUNK):06x}{CHUNK}"
URL = "https://me:pw@www.example.com:8080/a/../b?c=d&utm_source=x&t=%C3%BC#frag"


def run(seconds: float, chance: Random) -> tuple[Counter[str], list[str]]:
    """Try odd input for so many seconds; returns figures and failures."""
    figures: Counter[str] = Counter()
    failed: list[str] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, (read, good) in TARGETS.items():
            text = _odd(good, chance)
            start = time.process_time()
            try:
                read(text, chance)
            except CatalogueError:
                figures["refused"] += 1
            except Exception as error:  # noqa: BLE001 -- which is what is looked for
                failed.append(f"{name}: {type(error).__name__}: {error} for {text[:200]!r}")
            else:
                figures["read"] += 1
            if time.process_time() - start > SLOW:
                failed.append(f"{name}: {time.process_time() - start:.0f} s for {text[:200]!r}")
    return figures, failed[:50]


def _odd(text: str, chance: Random) -> str:
    """A good text with a few pieces removed, inserted, doubled or reversed."""
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 1, 2, 8, 60)))
        piece = chance.choice(
            (chance.choice(PIECES), text[start:end] * chance.choice((0, 2, 40)), text[start:end][::-1])
        )
        text = text[:start] + piece + text[end:]
    return text[:20_000]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _item(text: str, _: Random) -> None:
    parse_item(_bytes(text).decode("utf-8", "replace"), [])


def _encrypted(text: str, _: Random) -> None:
    decrypt_item(EncryptedItem("b" * 32, ItemType.NOTE, 1, text), KeyRing({KEY: SECRET}))


def _sealed_key(text: str, _: Random) -> None:
    unlock([MasterKey(id="a" * 32, updated_time=1, content=text, encryption_method=4)], ["password"])


FACTS = ("size", "ETag", "LastModified", "modified", "mtime")


class Listing:
    """A file system with given listings, like those of WebDAV and S3 servers."""

    def __init__(self, rows: object) -> None:
        self.rows = rows

    def invalidate_cache(self) -> None:
        """Do nothing."""

    def ls(self, _path: str, *, detail: bool) -> Any:  # noqa: ANN401 -- whatever a server says
        """Return the listing."""
        assert detail  # noqa: S101 -- as it is always called
        return self.rows

    def info(self, _path: str) -> Any:  # noqa: ANN401 -- likewise
        """Return the first entry."""
        return self.rows[0] if isinstance(self.rows, list) and self.rows else {}

    def cat_file(self, _path: str, *, end: int) -> bytes:
        """Return an item."""
        return ITEM.encode()[:end]


def _listing(text: str, chance: Random) -> None:
    times = (datetime.max.replace(tzinfo=UTC), datetime.now(UTC), 10**12)
    values = (None, -1, 10**30, float("nan"), float("inf"), text[:50], True, [], *times)
    names = (f"x/{'a' * 32}.md", text[:80], "", f"{'b' * 32}.md")
    rows: Any = [
        {key: chance.choice(values) for key in FACTS if chance.getrandbits(1)}
        | {"name": chance.choice(names), "type": chance.choice(("file", text[:9]))}
        for _ in range(3)
    ]
    with tempfile.TemporaryDirectory() as cache:
        source = RemoteSource(Listing(rows), "x", "webdav://h/x", cache=Path(cache))
        list(source.read(source.entries()))


def _archive(text: str, chance: Random) -> None:
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        content = _bytes(text)
        info = tarfile.TarInfo(f"{'a' * 32}.md")
        info.size = len(content)
        archive.addfile(info, BytesIO(content))
    whole = bytearray(packed.getvalue()[: chance.choice((None, 600, 1024))])
    for _ in range(chance.randrange(4)):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    with tempfile.NamedTemporaryFile(suffix=".jex") as file:
        file.write(whole)
        file.flush()
        source = ArchiveSource(file.name)
        try:
            list(source.read(source.entries()))
        finally:
            source.close()


TARGETS: dict[str, tuple[Callable[[str, Random], object], str]] = {
    "item": (_item, ITEM),
    "diff": (lambda text, _: parse_patch(text), DIFF),
    "info.json": (lambda text, _: parse_sync_info(text), INFO),
    "JED01": (_encrypted, JED),
    "master key": (_sealed_key, CIPHER),
    "Markdown": (lambda text, _: parse(text), ITEM * 2),
    "HTML": (lambda text, _: parse(text, "html"), "<h1>a</h1><p><a href='https://e.example'>b</a><svg><title>c"),
    "address": (lambda text, _: read_address(text), URL),
    "redaction": (lambda text, _: without_tokens(without_userinfo(text)), URL),
    "listing": (_listing, "aé"),
    "JEX": (_archive, ITEM),
}
