"""`check-links` from the command to the tables, against a server on this machine."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from catalogues import make, rows
from click.testing import CliRunner, Result

from extractor.catalogue.checks import Recorder
from extractor.cli import main
from extractor.errors import CatalogueLocked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import click

FAST = ("--allow-private", "--host-delay", "0", "--retries", "0", "--timeout", "5")


class Server(ThreadingHTTPServer):
    """Answers `answers[path]` = (status, headers); 200 to what it does not know. `asked` holds every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.latency = 0.0
        self.answering = threading.Event()  # while it is clear, nobody gets an answer
        self.answering.set()
        self.bodies: dict[str, str] = {}  # pages; "" is what is said to all other paths
        self.missing: str | None = None  # how the paths begin that are not there

    @property
    def paths(self) -> set[str]:
        return {path for _, path, _ in self.asked}

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.server.asked.append((self.command, path, {name.lower(): value for name, value in self.headers.items()}))
        time.sleep(self.server.latency)
        self.server.answering.wait()
        missing = self.server.missing is not None and path.startswith(self.server.missing)
        status, headers = self.server.answers.get(path, (404 if missing else 200, {}))
        body = b"" if status in {204, 304} else b"some words"
        kind = "text/plain"
        if (html := self.server.bodies.get(path, self.server.bodies.get(""))) is not None:
            body, kind = html.encode(), "text/html; charset=utf-8"
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def note(name: str, title: str, body: str, notebook: str = "") -> tuple[str, str]:
    properties = f"id: {name * 32}\nparent_id: {notebook * 32}\nupdated_time: 2024-01-01T00:00:00.000Z\ntype_: 1"
    text = f"{title}\n\n{body}\n\n{properties}"
    return f"{name * 32}.md", text


def notebook(name: str, title: str, parent: str = "") -> tuple[str, str]:
    text = f"{title}\n\nid: {name * 32}\nparent_id: {parent * 32}\nupdated_time: 2024-01-01T00:00:00.000Z\ntype_: 2"
    return f"{name * 32}.md", text


def catalogue(folder: Path, *items: tuple[str, str]) -> Path:
    source = folder / "joplin"
    source.mkdir(exist_ok=True)
    for name, text in items:
        (source / name).write_text(text)
    make(folder / "catalogue.db", source)
    return folder / "catalogue.db"


def links(server: Server, *paths: str) -> str:
    return "\n".join(f"- [{path}]({server.url(path)})" for path in paths)


def run(db: Path, *arguments: object, command: str = "check-links", env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, [command, "--db", str(db), *map(str, arguments)], env=env)


def verdicts(db: Path) -> dict[str, str]:
    return {
        url.rpartition("/")[2]: verdict
        for url, verdict in rows(db, "SELECT url, verdict FROM checks JOIN urls ON urls.id = url_id ORDER BY checks.id")
    }


def age(db: Path, days: int) -> None:
    """Make all checks so many days older."""
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute(f"UPDATE checks SET checked_at = strftime('%Y-%m-%dT%H:%M:%fZ', checked_at, '-{days} days')")  # noqa: S608 -- a number


def test_every_address_once_and_only_what_is_due(tmp_path: Path, server: Server) -> None:
    server.answers = {
        "tagged": (200, {"ETag": '"1"'}),
        "away": (301, {"Location": "/there"}),
        "dead": (404, {}),
        "gone": (410, {}),
        "walled": (403, {}),
        "ill": (500, {}),
    }
    names = ["fine", "tagged", "away", "dead", "gone", "walled", "ill"]
    body = f"# Reading\n\n{links(server, *names)}\n\nagain: {server.url('fine')}#part"
    db = catalogue(tmp_path, note("a", "Links", body))
    result = run(db, *FAST)
    assert result.exit_code == 0, result.output
    assert verdicts(db) == {
        "fine": "ok",
        "tagged": "ok",
        "away": "moved",
        "dead": "dead",
        "gone": "gone",
        "walled": "blocked",
        "ill": "server_error",
    }
    assert "7 of 7 addresses checked" in result.stdout
    assert "Died since last time" in result.stdout
    assert f"{server.url('away')} → {server.url('there')}" in result.stdout
    assert dict(rows(db, "SELECT health, count(*) FROM link_health GROUP BY health")) == {
        "alive": 2,
        "moved": 1,
        "dead": 2,
        "blocked": 1,
        "failing": 1,
    }
    assert rows(db, "SELECT link, note, section, line, verdict FROM dead_links ORDER BY link") == [
        ("dead", "Links", "Reading", 6, "dead"),
        ("gone", "Links", "Reading", 7, "gone"),
    ]
    # Nothing is due.
    server.asked.clear()
    assert "0 of 0 addresses checked" in run(db, *FAST).stdout
    assert server.asked == []
    # A day later the failing one is; after a week all are, by a conditional request where the server gave a tag.
    age(db, 1)
    run(db, *FAST)
    assert server.paths == {"ill", "dead", "gone"}
    server.asked.clear()
    server.answers["tagged"] = (304, {})
    server.answers["dead"] = (200, {})
    age(db, 7)
    again = run(db, *FAST)
    assert set(names) <= server.paths
    assert {headers.get("if-none-match") for _, path, headers in server.asked if path == "tagged"} == {'"1"'}
    assert verdicts(db)["tagged"] == "ok"
    assert f"Came back:\n  {server.url('dead')}" in again.stdout
    assert run(db, *FAST, "--recheck").exit_code == 0


def test_this_machine_is_not_asked_unless_that_is_wanted(tmp_path: Path, server: Server) -> None:
    db = catalogue(tmp_path, note("a", "Links", links(server, "x")))
    run(db)
    assert server.asked == []
    assert verdicts(db) == {"x": "skipped"}


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        (["127.0.0.1"], ["127.0.0.1 is not public"]),
        (["127.0.0.1"] * 3, ["127.0.0.1 is not public (3 addresses)"]),
        (["10.0.0.1", *["10.0.0.2"] * 2], ["10.0.0.2 is not public (2 addresses)", "10.0.0.1 is not public"]),
        (
            [f"10.0.0.{last}" for last in (1, 1, 2, 2, 3, 3, 4)],
            [
                *(f"10.0.0.{last} is not public (2 addresses)" for last in (1, 2, 3)),
                "... more reasons in the column `evidence` of `checks`",
            ],
        ),
    ],
)
def test_why_addresses_were_skipped(tmp_path: Path, hosts: list[str], said: list[str]) -> None:
    addresses = " ".join(f"<http://{host}/{number}>" for number, host in enumerate(hosts))
    lines = run(catalogue(tmp_path, note("a", "Links", addresses))).stdout.splitlines()
    assert lines[1].split() == ["skipped", str(len(hosts))]
    assert sorted(line.removeprefix("    ") for line in lines[2:]) == sorted(said)


@pytest.fixture
def chosen(tmp_path: Path, server: Server) -> Path:
    return catalogue(
        tmp_path,
        notebook("d", "Work"),
        notebook("e", "Kafka", "d"),
        note("a", "First", f"# One\n\n{links(server, 'a1')}\n\n## Two\n\n{links(server, 'a2')}", "d"),
        note("b", "Second", links(server, "b1", "b2?x=1"), "e"),
        note("c", "Third", links(server, "c1")),
    )


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], "a1 a2 b1 b2?x=1 c1"),
        (["--note", "first"], "a1 a2"),
        (["--note", "a" * 32, "--note", "Third"], "a1 a2 c1"),
        (["--notebook", "Work"], "a1 a2 b1 b2?x=1"),
        (["--notebook", "Work › Kafka"], "b1 b2?x=1"),
        (["--notebook", "work/kafka", "--note", "Third"], "b1 b2?x=1 c1"),
        (["--notebook", "Kafka"], "b1 b2?x=1"),
        (["--section", "One"], "a1 a2"),
        (["--section", "One › Two"], "a2"),
        (["--section", "óne/𝗧𝘄𝗼"], "a2"),
        (["--notebook", "wörk › 𝗞𝗮𝗳𝗸𝗮"], "b1 b2?x=1"),
        (["--only", "/b"], "b1 b2?x=1"),
        (["--only", "http://*1"], "a1 b1 b2?x=1 c1"),
        (["--exclude", "/B"], "a1 a2 c1"),
        (["--host", "127.0.0.1", "--exclude", "1"], ""),
        (["--host", "127.0.0.1", "--only", "c1"], "c1"),
    ],
)
def test_choice(chosen: Path, server: Server, options: list[str], asked: str) -> None:
    assert run(chosen, *FAST, *options).exit_code == 0
    assert server.paths == set(asked.split())


def test_addresses_that_differ_in_their_fragments_alone_get_one_answer(tmp_path: Path, server: Server) -> None:
    db = catalogue(tmp_path, note("1", "Drawings", links(server, "draw#json=A,k", "draw#json=B,k", "man#a", "man#b")))
    assert rows(db, "SELECT count(*) FROM urls") == [3]
    first = run(db, *FAST)
    assert "3 of 3 addresses checked" in first.stdout
    assert sorted(path for _, path, _ in server.asked) == ["draw", "man"]
    assert rows(db, "SELECT count(*) FROM checks WHERE verdict = 'ok'") == [3]
    # One more drawing: it is due, and what it tells holds for those before.
    age(db, 1)
    catalogue(tmp_path, note("2", "More", links(server, "draw#json=C,k")))
    server.asked.clear()
    assert "3 of 3 addresses checked in" in run(db, *FAST).stdout
    assert [path for _, path, _ in server.asked] == ["draw"]
    assert rows(db, "SELECT count(*) FROM checks GROUP BY url_id ORDER BY 1") == [1, 1, 2, 2]


def test_limit_takes_the_most_wanted(chosen: Path, server: Server) -> None:
    run(chosen, *FAST, "--only", "/a")
    run(chosen, *FAST, "--recheck", "--limit", 3)
    assert Counter(path for _, path, _ in server.asked) == Counter(["a1", "a2", "b1", "b2?x=1", "c1"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--note", "Nothing"], "No note 'Nothing'"),
        (["--note", "0"], "No note '0'"),
        (["--tag", "Nothing"], "No tag 'Nothing'"),
        (["--notebook", "Nothing"], "No notebook"),
        (["--section", "Nothing"], "No section"),
        (["--section", "One › Tow"], "Did you mean 'One › Two'?"),
        (["--notebook", "Kafak"], "There are: Work, Work › Kafka. Did you mean 'Work › Kafka'?"),
        (["--note", "Secnd"], "Did you mean 'Second'?"),
        (["--host", "elsewhere.example"], "No address of 'elsewhere.example'"),
        (["--host", "127.0.0.1", "--host", "elsewhere.example"], "No address of 'elsewhere.example'"),
    ],
)
def test_a_choice_that_means_nothing(chosen: Path, options: list[str], words: str) -> None:
    result = run(chosen, *options)
    assert (result.exit_code, words in result.stderr) == (1, True)


def test_what_is_ignored(chosen: Path, server: Server) -> None:
    assert "2 addresses" in run(chosen, "/b", "--reason", "needs the VPN", command="ignore").stdout
    assert "needs the VPN" in run(chosen, command="ignore").stdout
    assert "2 ignored" in run(chosen, *FAST).stdout
    assert server.paths == {"a1", "a2", "c1"}
    run(chosen, "/b", "--take-back", command="ignore")
    run(chosen, *FAST)
    assert {"b1", "b2?x=1"} <= server.paths
    assert run(chosen, "/b", "--take-back", command="ignore").exit_code == 1
    none = run(chosen, command="ignore")
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "No addresses are excluded from link checks.\n")


def test_formats(chosen: Path, server: Server) -> None:
    server.answers["a2"] = (404, {})
    told = json.loads(run(chosen, *FAST, "--format", "json").stdout)
    (dead,) = [one for one in told["results"] if one["health"] == "dead"]
    assert dead["url"] == server.url("a2")
    assert dead["places"] == [{"note_id": "a" * 32, "note": "First", "section": "One › Two", "line": 7}]
    assert told["verdicts"] == {"ok": 4, "dead": 1}
    lines = run(chosen, *FAST, "--recheck", "--format", "jsonl").stdout.splitlines()
    assert sorted(json.loads(line)["verdict"] for line in lines) == ["dead", "ok", "ok", "ok", "ok"]
    table = list(csv.DictReader(run(chosen, *FAST, "--recheck", "--format", "csv").stdout.splitlines()))
    assert {row["section"] for row in table if row["health"] == "dead"} == {"One › Two"}
    suite = ET.fromstring(run(chosen, *FAST, "--recheck", "--format", "junit").stdout)  # noqa: S314 -- our own
    assert (suite.get("tests"), suite.get("failures")) == ("5", "1")


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv", "junit"])
def test_one_document_whatever_else_is_asked_for(tmp_path: Path, server: Server, format_: str) -> None:
    server.answers["dead"] = (404, {})
    server.missing = "archive/"
    title = "=1 \x0b \x1b[31m \x08"
    db = catalogue(tmp_path, note("a", title, f"# A\x0bB\n\n{links(server, 'dead', 'fine')}"))
    result = run(db, *FAST, "--format", format_, "--archive", "--archive-service", server.url("archive"))
    read = {
        "json": json.loads,
        "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
        "csv": lambda text: {len(row) for row in csv.reader(io.StringIO(text))} == {14} or pytest.fail(text),
        "junit": ET.fromstring,
    }[format_]
    assert read(result.stdout)
    assert "1 not archived" in result.stderr


def test_each_death_is_told_with_its_place(tmp_path: Path, server: Server) -> None:
    server.answers["dead"] = (404, {})
    db = catalogue(tmp_path, note("a", "Links", f"# Reading\n\n{links(server, 'dead')}"))
    said = run(db, *FAST).stdout
    assert f"Died since last time:\n  {server.url('dead')}\n    in Links › Reading\n" in said
    assert said.endswith(f"with their notes: `make serve DB={db}`, view dead_links\n")


def test_fail_on_speaks_of_what_is_on_record(chosen: Path, server: Server) -> None:
    server.answers["a2"] = (404, {})
    run(chosen, *FAST)
    server.asked.clear()
    assert run(chosen, *FAST, "--fail-on", "dead").exit_code == 3
    assert server.asked == []
    assert run(chosen, *FAST, "--fail-on", "dead", "--note", "Third").exit_code == 0
    assert run(chosen, *FAST, "--fail-on", "new-dead").exit_code == 0


def test_what_is_skipped_is_no_answer(tmp_path: Path, server: Server) -> None:
    db = catalogue(tmp_path, note("a", "Links", links(server, "x")))
    for _ in range(3):
        assert "0 of 1 addresses checked" in (said := run(db).stdout)
        assert "1 not public: --allow-private checks them, too" in said
    assert rows(db, "SELECT verdict FROM checks") == ["skipped"]
    assert "1 of 1" in run(db, *FAST).stdout
    assert rows(db, "SELECT verdict FROM checks ORDER BY id") == ["skipped", "ok"]


def test_what_was_left_out_comes_first_in_the_next_run(tmp_path: Path, server: Server) -> None:
    names = [f"p{i}" for i in range(8)]
    server.answers = {name: (403, {}) for name in names}
    db = catalogue(tmp_path, note("a", "Links", links(server, *names)))
    said = run(db, *FAST, "--per-host", "1").stdout
    assert "3 not checked in this run; they come first in the next one" in said
    assert dict(rows(db, "SELECT verdict, count(*) FROM checks GROUP BY verdict")) == {"blocked": 5}
    left_out = set(names) - server.paths
    assert dict(rows(db, "SELECT health, count(*) FROM link_health GROUP BY health")) == {"blocked": 5, "unknown": 3}
    server.asked.clear()
    run(db, *FAST, "--per-host", "1", "--recheck", "--limit", "3")
    assert server.paths == left_out
    assert rows(db, "SELECT count(*) FROM left_out") == [0]


def test_a_host_is_given_up_by_its_port(tmp_path: Path, server: Server) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = [f"http://127.0.0.1:{unused.getsockname()[1]}/old/{i}" for i in range(6)]
        body = "\n".join(f"<{url}>" for url in closed) + f"\n{links(server, 'a', 'b', 'c', 'd')}"
        db = catalogue(tmp_path, note("a", "Links", body))
        for _ in range(4):
            run(db, *FAST, "--recheck")
            age(db, 4)
    assert set(rows(db, "SELECT health FROM link_health WHERE url NOT LIKE '%/old/%'")) == {"alive"}
    assert rows(db, "SELECT count(*) FROM checks WHERE method IS NULL") == [0]


def test_three_old_pages_that_lead_to_one_have_not_moved(tmp_path: Path, server: Server) -> None:
    names = ["one", "two", "three"]
    server.answers = {name: (301, {"Location": "/archive"}) for name in names} | {
        "alone": (301, {"Location": "/new"}),
        "slash": (301, {"Location": "/slash/"}),
    }
    db = catalogue(tmp_path, note("a", "Links", links(server, *names[:2], "alone", "slash")))
    run(db, *FAST)
    assert set(rows(db, "SELECT health FROM link_health")) == {"moved"}
    catalogue(tmp_path, note("a", "Links", links(server, *names, "alone", "slash")))
    said = run(db, *FAST).stdout
    assert "In doubt since last time" in said
    assert dict(rows(db, "SELECT health, count(*) FROM link_health GROUP BY health")) == {"suspect": 3, "moved": 2}


def test_two_runs_at_once_share_the_work(tmp_path: Path, server: Server) -> None:
    names = [f"p{i}" for i in range(60)]
    db = catalogue(tmp_path, note("1", "Links", links(server, *names)))
    server.answering.clear()
    command = [sys.executable, "-m", "extractor", "check-links", "--db", str(db), *FAST, "--timeout", "60"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as other:
        while not server.asked and other.poll() is None:
            time.sleep(0.01)
        assert "60 left to another run" in run(db, *FAST).stdout
        server.answering.set()
        other.wait(60)
    assert rows(db, "SELECT count(*) FROM checks") == [60]
    assert rows(db, "SELECT count(*) FROM claims") == [0]


def test_a_claim_lapses_with_its_process_or_after_a_while(tmp_path: Path, server: Server) -> None:
    db = catalogue(tmp_path, note("1", "Links", links(server, "a", "b", "c")))
    now, long_ago = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", "'2001-01-01T00:00:00.000Z'"
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        for name, process, at in (("a", 2**22 + 1, now), ("b", os.getpid(), long_ago), ("c", os.getpid(), now)):
            connection.execute(
                f"INSERT INTO claims VALUES (?, ?, ?, ?, {at})",  # noqa: S608 -- a time
                [server.url(name), f"run {name}", socket.gethostname(), process],
            )
    run(db, *FAST)
    assert server.paths == {"a", "b"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("ctrl_c", ["obeyed", "ignored"])  # the latter in jobs that a script puts into the background
def test_sigterm_is_as_tidy_as_ctrl_c(tmp_path: Path, server: Server, ctrl_c: str) -> None:
    db = catalogue(tmp_path, note("a", "Links", links(server, *(f"p{i}" for i in range(200)))))
    server.latency = 0.2
    command = [sys.executable, "-m", "extractor", "check-links", "--db", str(db), *FAST, "--format", "json"]
    handler = signal.SIG_IGN if ctrl_c == "ignored" else signal.default_int_handler
    before = signal.signal(signal.SIGINT, handler)
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        while len(server.asked) < 20 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        told = json.loads(process.communicate(timeout=120)[0])
    assert (process.returncode, told["interrupted"]) == (1, True)
    assert rows(db, "SELECT count(*) FROM checks") == [len(told["results"])]


def test_exit_codes_only_where_asked_for(chosen: Path, server: Server) -> None:
    server.answers["a2"] = (404, {})
    assert run(chosen, *FAST, "--fail-on", "new-dead").exit_code == 3
    assert run(chosen, *FAST, "--recheck", "--fail-on", "new-dead").exit_code == 0
    assert run(chosen, *FAST, "--recheck", "--fail-on", "moved", "--fail-on", "dead").exit_code == 3
    assert run(chosen, *FAST, "--recheck").exit_code == 0


def test_settings_from_a_file_and_from_the_environment(chosen: Path, server: Server, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[check-links]\nallow-private = true\nhost-delay = 0\nexclude = ["/a", "/b"]\n')
    run(chosen, "--config", config)
    assert server.paths == {"c1"}
    run(chosen, "--config", config, "--exclude", "nothing", "--recheck", "--limit", 5)
    assert server.paths == {"a1", "a2", "b1", "b2?x=1", "c1"}
    run(chosen, "--recheck", *FAST[1:], env={"JOPLIN_CATALOGUE_CHECK_LINKS_ALLOW_PRIVATE": "0"})
    assert set(verdicts(chosen).values()) == {"skipped"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[check-links]\ntimeuot = 3", "has no option 'timeuot'"),
        ("[check-links", "not a TOML file"),
        ("check-links = 1", "Write [check-links] on a separate line"),
        ("[check-links]\nformat = 'xml'", "'xml' is not one of"),
    ],
)
def test_settings_that_are_wrong(chosen: Path, tmp_path: Path, text: str, words: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    result = run(chosen, "--config", config)
    assert (result.exit_code in {1, 2}, words in result.stderr) == (True, True), result.output


OPTIONS = [option for option in main.commands["check-links"].params if option.name not in {"config", "help", "db"}]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.opts[-1])
def test_every_option_can_be_set_in_the_file_by_the_name_it_has(
    chosen: Path, tmp_path: Path, option: click.Option
) -> None:
    config = tmp_path / "config.toml"
    value = {True: "true"}.get(option.is_flag, "[]" if option.multiple else "1")
    config.write_text(f"[check-links]\n{option.opts[-1].removeprefix('--')} = {value}\n")
    assert "knows no" not in run(chosen, "--config", config, "--limit", 1, "--exclude", ".").output


def test_without_a_network_nothing_counts(tmp_path: Path) -> None:
    body = "\n".join(f"- <http://host-{i}.invalid/>" for i in range(5))
    db = catalogue(tmp_path, note("a", "Links", body))
    result = run(db, "--retries", "0", "--allow-private")
    assert "The network seems to be down" in result.stdout
    assert set(rows(db, "SELECT verdict FROM checks")) <= {"dns_error", "connection_error"}
    assert rows(db, "SELECT DISTINCT health FROM link_health") == ["unknown"]
    # ... and they are due at once.
    assert "5 of 5" in run(db, "--retries", "0", "--allow-private").stdout


@pytest.mark.parametrize(
    ("checks", "health"),
    [
        ([(0, "server_error")], "failing"),
        ([(0, "timeout"), (4, "dns_error"), (6, "tls_error")], "failing"),
        ([(0, "timeout"), (8, "timeout")], "failing"),
        ([(0, "timeout"), (4, "dns_error"), (7, "tls_error")], "dead"),
        ([(0, "timeout"), (4, "ok"), (5, "timeout"), (8, "timeout")], "failing"),
        ([(0, "dead"), (1, "timeout")], "dead"),
        ([(0, "ok"), (1, "skipped")], "alive"),
        ([(0, "ok"), (1, "blocked")], "blocked"),
        ([(0, "dead"), (1, "moved")], "moved"),
    ],
)
def test_health_weighs_all_checks(tmp_path: Path, checks: list[tuple[int, str]], health: str) -> None:
    db = catalogue(tmp_path, note("a", "Links", "<https://a.example/>"))
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.executemany(
            "INSERT INTO checks (url_id, checked_at, verdict) SELECT id, ?, ? FROM urls",
            [(f"2024-01-{day + 1:02}T00:00:00.000Z", verdict) for day, verdict in checks],
        )
    assert rows(db, "SELECT health FROM link_health") == [health]


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, server: Server) -> None:
    total = 240
    db = catalogue(tmp_path, note("a", "Links", links(server, *(f"p{i}" for i in range(total)))))
    server.latency = 0.01
    command = [sys.executable, "-m", "extractor", "check-links", "--db", str(db), *FAST, "--per-host", "4"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while len(server.asked) < total // 2 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    done = rows(db, "SELECT count(*) FROM checks")[0]
    assert 0 < done < total
    assert run(db, *FAST).exit_code == 0
    assert rows(db, "SELECT count(*), count(DISTINCT url_id) FROM checks") == [(total, total)]


def test_a_recorder_says_what_keeps_it_from_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.catalogue.checks.WAIT_FOR_LOCK", 0.1)
    db = catalogue(tmp_path, note("a", "Links", "https://one.example/"))
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CatalogueLocked), Recorder(db) as recorder:
            recorder.record_snapshot(1, "https://a.example/", None, None, 0)


def test_archived_copies_of_the_dead(tmp_path: Path, server: Server) -> None:
    server.answers["dead"] = (404, {})
    server.missing = "archive/"
    db = catalogue(tmp_path, note("a", "Links", links(server, "dead", "fine")))
    result = run(db, *FAST, "--archive", "--archive-service", server.url("archive"))
    assert result.exit_code == 0, result.output
    # The service knows of none: that is kept, and not asked for again at once.
    assert "1 not archived" in result.stdout
    assert rows(db, "SELECT snapshot_url FROM snapshots") == [None]
    asked = len(server.asked)
    run(db, *FAST, "--archive", "--archive-service", server.url("archive"))
    assert len(server.asked) == asked
