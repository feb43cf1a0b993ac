"""One measured run of this project's link check, in a separate process: see linkcheck.py."""

from __future__ import annotations

import json
import resource
import socket
import sys
from pathlib import Path

import httpcore

from extractor.linkcheck import Options, Target, run_checks
from extractor.linkcheck.head import LenientStream
from extractor.linkcheck.network import Network
from extractor.linkcheck.resolve import AddrInfo, look_up


async def lookup(host: str, port: int) -> list[AddrInfo]:
    """Resolve the names of the bench to the loopback address."""
    if host.endswith(".bench.test"):
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]
    return await look_up(host, port)


def peak_mb() -> float:
    """The peak memory of this process in MB (macOS counts bytes, Linux KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


async def connect_by_anyio(self: Network, host: str, port: int, *_: object) -> LenientStream:
    """Connect as httpcore does by default, to an address that was checked."""
    (_, _, _, _, address), *_ = await self._resolver.connectable(host, port)
    return LenientStream(await httpcore.AnyIOBackend().connect_tcp(address[0], address[1]))


def main(listed: str, options: str, network: str = "") -> None:
    """Check the addresses in a JSON file and print the memory and the verdicts."""
    if network == "anyio":
        Network.connect_tcp = connect_by_anyio
    targets = [Target(number, url) for number, url in enumerate(json.loads(Path(listed).read_text()))]
    start = peak_mb()
    summary = run_checks(targets, Options(**json.loads(options)), lambda _: None, lookup=lookup)
    verdicts = {verdict.value: count for verdict, count in summary.verdicts.items()}
    print(json.dumps({"start_mb": start, "peak_mb": peak_mb(), "verdicts": verdicts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
