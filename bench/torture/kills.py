"""Processes that are killed at any moment: the catalogue must be in the state before the command, or after it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from click.testing import CliRunner
from joplin_items import serialize

from extractor.catalogue.backups import take
from extractor.cli import main
from extractor.joplin.items import Note

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

LINKS = 400  # in each note: enough for a commit to take a while
NOTES = 20
COMMIT = 0.02  # seconds that it takes to write the changed pages
JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"  # the first bytes of a journal (https://sqlite.org/fileformat2.html)
COMMANDS = (
    ["build"],
    ["build"],
    ["build", "--no-backup"],
    ["ignore", "x.example"],
    ["check-links", "--exclude", ".", "-q"],
    ["export", "bookmarks", "-o", "{folder}/out"],
    ["share", "{folder}/out.db", "--force", "--note", "Note 1"],
    ["restore"],
)


def run(count: int, chance: Random, folder: Path, notes: int = NOTES) -> tuple[Counter[str], list[str]]:
    """Kill `count` processes that work on `notes` notes; returns figures and failures."""
    figures: Counter[str] = Counter()
    failed: list[str] = []
    original = folder / "original"
    _make(original, notes)
    known: dict[tuple[str, ...], tuple[set[str], float]] = {}
    for place in range(count):
        command = COMMANDS[chance.randrange(len(COMMANDS))]
        if tuple(command) not in known:
            known[tuple(command)] = _outcomes(original, folder / "work", command)
        allowed, seconds = known[tuple(command)]
        work = _fresh(original, folder / "work")
        process = subprocess.Popen(_words(command, work), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait(process, work / "catalogue.db-journal", seconds, chance)
        figures["killed in time" if process.poll() is None else "had ended"] += 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        hot = (work / "catalogue.db-journal").exists()
        figures["left a journal"] += hot
        told, content = _content(work)
        if content not in allowed:
            failed.append(f"{' '.join(command)}, kill {place}: {told}")
        figures["rolled back"] += "rolled back" in told
        out = work / "out"
        if out.exists() and out.read_bytes() not in {b"before", _whole(original, folder / "other")}:
            failed.append(f"{' '.join(command)}, kill {place}: half a file")
    return figures, failed


def _wait(process: subprocess.Popen[bytes], journal: Path, seconds: float, chance: Random) -> None:
    """Wait for a random moment; half of the time, for one in which the file is being changed."""
    if chance.getrandbits(1):
        time.sleep(chance.random() * seconds)
        return
    end = time.monotonic() + 10 * seconds
    while process.poll() is None and not _is_hot(journal) and time.monotonic() < end:
        time.sleep(0.0002)
    time.sleep(chance.random() * COMMIT)


def _is_hot(journal: Path) -> bool:
    """Whether a journal is complete, which it is before the first page of the file is changed."""
    try:
        with journal.open("rb") as file:
            return file.read(len(JOURNAL)) == JOURNAL
    except OSError:
        return False


def _make(folder: Path, notes: int) -> None:
    source = folder / "joplin"
    source.mkdir(parents=True)
    for number in range(notes):
        _write(source, number, "one")
    subprocess.run(_words(["build", "{folder}/joplin"], folder), check=True, capture_output=True)
    for number in range(0, notes, 2):
        _write(source, number, "two")
    # A backup to restore; the changes above are not in the catalogue yet.
    take(folder / "catalogue.db", datetime.now(UTC))
    (folder / "out").write_bytes(b"before")


def _write(source: Path, number: int, word: str) -> None:
    body = "\n".join(f"- [{word}](https://{word}.example/{number}/{link})" for link in range(LINKS))
    note = Note(id=f"{number:032x}", updated_time=1_700_000_000_000, title=f"Note {number}", body=body)
    (source / f"{note.id}.md").write_text(serialize(note), encoding="utf-8")
    os.utime(source / f"{note.id}.md", (1_700_000_000 + len(word) + (word == "two"), 1_700_000_000))


def _fresh(original: Path, work: Path) -> Path:
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(original, work)
    return work


def _words(command: list[str], folder: Path) -> list[str]:
    words = [word.format(folder=folder) for word in command]
    return [sys.executable, "-m", "extractor", *words, "--db", str(folder / "catalogue.db")]


def _content(folder: Path) -> tuple[str, str]:
    """What a command reports, and what it finds; not by a direct connection, which would itself roll back a change."""
    found = CliRunner().invoke(main, ["export", "bookmarks", "--db", str(folder / "catalogue.db")])
    return found.stderr, found.stdout if found.exit_code == 0 else found.stderr


def _outcomes(original: Path, work: Path, command: list[str]) -> tuple[set[str], float]:
    """The contents allowed after a kill (before the command, and after all of it), and how long the command takes."""
    before = _content(_fresh(original, work))[1]
    start = time.monotonic()
    subprocess.run(_words(command, work), check=True, capture_output=True)
    seconds = time.monotonic() - start
    return {before, _content(work)[1]}, seconds


def _whole(original: Path, work: Path) -> bytes:
    if not (work / "out").exists():
        _fresh(original, work)
        subprocess.run(_words(["export", "bookmarks", "-o", "{folder}/out"], work), check=True, capture_output=True)
    return (work / "out").read_bytes()
