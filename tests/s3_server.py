"""The part of S3 that readers need: lists, page by page, and objects (source: the API Reference of Amazon S3)."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Buckets = dict[str, dict[str, bytes]]
A_PAGE = 50  # entries of a list; S3 has 1,000
MODIFIED = "Fri, 01 Nov 2024 17:34:04 GMT"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    buckets: Buckets

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        objects = self.buckets.get(bucket)
        if objects is None:
            self._refuse("NoSuchBucket")
        elif not key:
            asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            self._answer(200, _listed(objects, asked), {"Content-Type": "application/xml"})
        elif key not in objects:
            self._refuse("NoSuchKey")
        else:
            self._send(objects[key])

    do_HEAD = do_GET  # noqa: N815 -- as the base class calls it

    def _send(self, content: bytes) -> None:
        headers = {"ETag": _etag(content), "Last-Modified": MODIFIED}
        wanted = self.headers.get("Range", "").removeprefix("bytes=")
        if not wanted:
            self._answer(200, content, headers)
            return
        first, _, last = wanted.partition("-")
        part = content[int(first) : int(last) + 1 if last else None]
        told = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
        self._answer(206, part, {**headers, "Content-Range": told})

    def _refuse(self, code: str) -> None:
        self._answer(404, f"<Error><Code>{code}</Code></Error>".encode(), {"Content-Type": "application/xml"})

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _listed(objects: Mapping[str, bytes], asked: Mapping[str, str]) -> bytes:
    """The entries below a prefix, up to the next delimiter, after those of the last page."""
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    found: dict[str, str] = {}
    for key, content in sorted(objects.items()):
        if not key.startswith(prefix):
            continue
        name, cut, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key[len(prefix) :], "", "")
        known = prefix + name + cut
        found[known] = (
            f"<CommonPrefixes><Prefix>{escape(known)}</Prefix></CommonPrefixes>"
            if cut
            else f"<Contents><Key>{escape(known)}</Key><LastModified>2024-11-01T17:34:04.000Z</LastModified>"
            f"<ETag>{escape(_etag(content))}</ETag><Size>{len(content)}</Size></Contents>"
        )
    names = [name for name in sorted(found) if name > asked.get("continuation-token", "")]
    page = names[: min(A_PAGE, int(asked.get("max-keys", A_PAGE)))]
    more = len(page) < len(names)
    token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
    rows = "".join(found[name] for name in page)
    return (
        f"<ListBucketResult><KeyCount>{len(page)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>"
        f"{token}{rows}</ListBucketResult>"
    ).encode()


@contextmanager
def s3_server(buckets: Buckets) -> Iterator[str]:
    """Serve these buckets while the block runs; yields the address."""
    handler = type("Answers", (_Answers,), {"buckets": buckets})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
