"""Joplin's Data API on the loopback interface, from a profile's database, with the same queries as in Joplin.

(services/rest/routes, models/utils/paginatedFeed.ts; test_source_api.py compares it with recorded answers.)
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

TOKEN = "s3cret-t0ken&=%"  # noqa: S105 - of this test service


TYPES = {"notes": 1, "folders": 2, "resources": 4, "tags": 5, "revisions": 13}


class JoplinService:
    """The service; `before` is called with each path and query, and may change the database or return an answer."""

    def __init__(self, database):
        self.db = sqlite3.connect(":memory:", check_same_thread=False)
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as source:
            source.backup(self.db)
        source.close()
        self.db.row_factory = sqlite3.Row
        self.lock = threading.Lock()
        self.asked = []
        self.before = lambda _path, _query: None

    def answer(self, path, query):
        """Return (status, content type, body) of a GET."""
        with self.lock:
            self.asked.append((path, {name: value for name, value in query.items() if name != "token"}))
            try:
                special = self.before(path, query)
            except sqlite3.OperationalError as problem:
                return error(500, f"Internal Server Error: Error: SQLITE_ERROR: {problem}: ")
            if special is not None:
                return special
            if path == "/ping":
                return 200, "text/plain", b"JoplinClipperServer"
            if query.get("token") != TOKEN:
                kind = "Invalid" if query.get("token") else "Missing"
                return error(403, f'{kind} "token" parameter: ')
            try:
                return self.route(path.strip("/").split("/"), query)
            except sqlite3.OperationalError as problem:
                return error(500, f"Internal Server Error: Error: SQLITE_ERROR: {problem}: ")

    def route(self, parts, query):
        table, *rest = parts
        if table not in ("notes", "folders", "tags", "resources", "revisions"):
            return error(404, "Not Found: ")
        if not rest:
            return self.page(table, query)
        if rest[1:] == ["notes"]:
            notes = self.db.execute(
                "SELECT notes.id FROM note_tags JOIN notes ON notes.id = note_id WHERE tag_id = ? AND is_conflict = 0",
                rest[:1],
            )
            return self.cut([dict(row) for row in notes], query)
        if rest[1:] == ["file"]:
            return 200, "image/png", b"\x89PNG of " + rest[0].encode()
        fields = self.fields(table, query)
        row = self.db.execute(f"SELECT {fields} FROM {table} WHERE id = ?", rest).fetchone()  # noqa: S608 - a test's
        return error(404, "Not Found: ") if row is None else good(dict(row) | {"type_": TYPES[table]})

    def page(self, table, query):
        limit = int(query.get("limit", 100))
        if not 0 <= limit <= 100:
            return error(400, f"Limit out of bond: {limit}: ")
        where = ["deleted_time = 0"] if table == "folders" else []
        if table == "notes":
            where += ["deleted_time = 0"] * (query.get("include_deleted") != "1")
            where += ["is_conflict = 0"] * (query.get("include_conflicts") != "1")
        order, fields = query.get("order_by", "updated_time"), self.fields(table, query)
        rows = self.db.execute(
            f"SELECT {fields} FROM {table} WHERE {' AND '.join(where) or 1} "  # noqa: S608 - a test's
            f'ORDER BY "{order}" COLLATE NOCASE ASC, id ASC LIMIT ? OFFSET ?',
            (limit, (int(query.get("page", 1)) - 1) * limit),
        ).fetchall()
        return good({"items": [dict(row) for row in rows], "has_more": len(rows) >= limit})

    def cut(self, rows, query):
        limit = int(query.get("limit", 100))
        start = (int(query.get("page", 1)) - 1) * limit
        return good({"items": rows[start : start + limit], "has_more": len(rows) - start >= limit})

    def fields(self, table, query):
        default = {"revisions": "id", "resources": "id,title", "notes": "id,parent_id,title,deleted_time"}
        return ", ".join(
            f"`{name}`" for name in (query.get("fields") or default.get(table, "id,parent_id,title")).split(",")
        )

    @contextmanager
    def running(self):
        """Serve on a free port; yields the address."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else the second packet of an answer would wait for an acknowledgement

            def do_GET(self):
                url = urlsplit(self.path)
                given = service.answer(url.path, dict(parse_qsl(url.query)))
                if callable(given):
                    given(self)
                    return
                status, kind, body = given
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            self.db.close()


def good(value):
    return 200, "application/json", json.dumps(value).encode()


def error(status, message):
    return status, "application/json", json.dumps({"error": message}).encode()


def first_words(content):
    """The message of an error without its place in the source code."""
    return json.loads(content)["error"].partition("\n")[0].rstrip(": ")
