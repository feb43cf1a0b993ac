"""`serve`: what it says, where it listens, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import published
import pytest
from catalogues import copy_of
from click.testing import CliRunner
from published import example, query

from extractor.cli import main, serving
from extractor.publish.pages import topics
from extractor.publish.plugin.warm_up import warm_up_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = re.compile(r"Serving (http://127\.0\.0\.1:(\d+)/) \(Ctrl-C to stop\)\n")


@contextmanager
def served(folder: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address at which `serve` says that it serves, run in an empty folder."""
    # Its modules are found by where they are: this tests what is in the checkout.
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-m", "extractor", "serve", *words]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = ADDRESS.fullmatch(said)
        assert found, said + process.stdout.read()
        yield found[1], process
    finally:
        process.kill()
        process.communicate()


def refused(*words: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(main, ["serve", *words], prog_name="joplin-catalogue")
    return result.exit_code, result.stderr.splitlines()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_the_example_needs_nothing_and_leaves_nothing(tmp_path: Path, sent: signal.Signals) -> None:
    with served(tmp_path, "--example", "--port", "0") as (address, process):
        start = httpx.get(address, follow_redirects=True, trust_env=False)
        assert "<h1>Joplin catalogue</h1>" in start.text
        assert "links_by_section" in start.text
        assert len(list(tmp_path.iterdir())) == 1
        process.send_signal(sent)
        assert process.communicate(timeout=120)[0] == ""
        assert process.returncode == (0 if sent == signal.SIGINT else 128 + sent)
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_with_what_its_owner_says_of_it(tmp_path: Path) -> None:
    copy_of(example(), tmp_path).rename(tmp_path / "mine.db")
    (tmp_path / "more.yml").write_text("databases: {mine: {title: Mine, queries: {all: {sql: select 1, title: All}}}}")
    with served(tmp_path, "--db", "mine.db", "--port", "0", "-m", "more.yml") as (address, _):
        page = httpx.get(f"{address}mine", trust_env=False).text
        assert "<h1>Mine</h1>" in page
        assert ">All</a>" in page
        assert "links_by_section" in page
        assert httpx.get(f"{address}-/settings.json", trust_env=False).json()["sql_time_limit_ms"] == 3000


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (
            ["--db", "none.db"],
            1,
            r"There is no catalogue at none\.db\. Build one first: .*, or look at the example: .*",
        ),
        (["--db", "text.db"], 1, r"text\.db is not a SQLite file; .*"),
        (["--db", "other.db"], 1, r"other\.db is another program's SQLite file; .*"),
        (["--db", "damaged.db"], 1, r"damaged\.db is damaged: .*"),
        (["--db", "half.db"], 1, r"half\.db is damaged: .*"),
        (["-m", "none.yml"], 1, r"none\.yml cannot be read: .*"),
        (["-m", "text.db"], 1, r"text\.db is not a mapping .*"),
        (["-m", "bad.yml"], 1, r"bad\.yml is neither YAML nor JSON\. .*"),
        (["--port", "65536"], 2, r"Error: Invalid value for '--port': 65536 is not in the range .*"),
        (["--port", "http"], 2, r"Error: Invalid value for '--port': 'http' is not a valid integer .*"),
        (["--db", "x.db", "--example"], 2, r"Error: Give --db or --example, not both\."),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = example().read_bytes()
    Path("text.db").write_text("no database")
    query(Path("other.db"), "CREATE TABLE t (a)")
    Path("half.db").write_bytes(whole[: len(whole) // 2])
    Path("damaged.db").write_bytes(whole[:40_960] + b"\xff" * 8192 + whole[49_152:])
    Path("bad.yml").write_text("[")
    code, lines = refused(*words, *([] if "--port" in words else ["--port", "0"]))
    assert code == status
    if status == 1:
        assert len(lines) == 1
    assert re.fullmatch(says, lines[-1].removeprefix("joplin-catalogue: ")), lines


@pytest.mark.parametrize(
    ("what", "page"), [("tree", "/-/topics"), ("read_topic_names", "/-/topics"), ("past_topics", "/-/topics?q=kafka")]
)
async def test_what_pages_count_is_counted_beforehand(monkeypatch: pytest.MonkeyPatch, what: str, page: str) -> None:
    ds = await published.served(example())
    await warm_up_pages(ds)
    monkeypatch.setattr(topics, what, lambda *_: pytest.fail("counted again"))
    assert (await ds.client.get(f"/catalogue{page}")).status_code == 200


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, lines = refused("--example", "--port", port)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(f"joplin-catalogue: Port {port} is in use. Choose another")


def test_without_a_port_it_takes_the_next_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(serving, "USUAL_PORT", taken.getsockname()[1])
        with serving.listen(None) as listening:
            assert listening.getsockname()[0] == "127.0.0.1"
            assert listening.getsockname()[1] != taken.getsockname()[1]


def test_open_opens_the_browser(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > "$(dirname "$0")/opened"\n')
    browser.chmod(0o755)
    copy_of(example(), tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROWSER", f"{browser} %s")
        with served(tmp_path, "--open", "--port", "0") as (address, _):
            for _attempt in range(100):
                if (tmp_path / "opened").exists() and (tmp_path / "opened").read_text():
                    break
                httpx.get(address, trust_env=False)
            assert (tmp_path / "opened").read_text() == f"{address}\n"
