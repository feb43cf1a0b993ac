from __future__ import annotations

import asyncio
import socket
import threading
from datetime import UTC, datetime

import pytest

from extractor.linkcheck.pace import Pace, retry_after
from extractor.linkcheck.resolve import NotPublic, Resolver, is_local_name, is_public, look_up


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *((address, True) for address in ("1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "192.88.99.1")),
        *((address, False) for address in ("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1")),  # noqa: S104
        *((address, False) for address in ("192.168.1.1", "169.254.169.254", "100.64.0.1", "255.255.255.255")),
        *((address, False) for address in ("192.0.2.1", "198.18.0.1", "240.0.0.1", "224.0.0.1", "239.255.255.250")),
        *((address, False) for address in ("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1")),
        *((address, False) for address in ("2001:db8::1", "100::1", "64:ff9b:1::1")),
        *((address, False) for address in ("::7f00:1", "3fff::1", "5f00::1", "4000::1", "fec0::1")),
        # another address within
        *((address, False) for address in ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::")),
        *((address, False) for address in ("2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe")),
        *((address, True) for address in ("::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1")),
    ],
)
def test_is_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *((host, True) for host in ("localhost", "a.localhost", "printer.local", "db.internal", "router.home.arpa")),
        *((host, True) for host in ("127.0.0.1", "::1", "10.0.0.1")),
        *((host, False) for host in ("example.com", "localhost.example.com", "notlocalhost", "1.1.1.1")),
    ],
)
def test_is_local_name(host, local):
    assert is_local_name(host) is local


def info(*addresses: str) -> list:
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 80)) for address in addresses]


@pytest.mark.parametrize(
    ("answer", "allow_private", "expected"),
    [
        (["1.1.1.1"], False, ["1.1.1.1"]),
        (["10.0.0.1", "1.1.1.1", "127.0.0.1", "8.8.8.8"], False, ["1.1.1.1", "8.8.8.8"]),
        (["10.0.0.1", "1.1.1.1"], True, ["10.0.0.1", "1.1.1.1"]),
    ],
)
async def test_only_public_addresses_get_through(answer, allow_private, expected):
    async def lookup(_host: str, _port: int) -> list:
        return info(*answer)

    resolver = Resolver(allow_private=allow_private, lookup=lookup)
    assert [found[4][0] for found in await resolver.addresses("a.test", 80)] == expected


async def test_not_public():
    async def lookup(_host: str, _port: int) -> list:
        return info("10.0.0.1", "127.0.0.1", "10.0.0.1")

    with pytest.raises(NotPublic, match=r"^a\.test \(10\.0\.0\.1, 127\.0\.0\.1\) is not public$"):
        await Resolver(lookup=lookup).addresses("a.test", 80)


@pytest.mark.parametrize(("errno", "asked"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3), (None, 1)])
async def test_a_name_is_asked_for_once_unless_that_may_pass(errno, asked):
    times = 0

    async def lookup(_host: str, _port: int) -> list:
        nonlocal times
        times += 1
        await asyncio.sleep(0)
        if errno is not None:
            raise socket.gaierror(errno, "no")
        return info("1.1.1.1")

    resolver = Resolver(lookup=lookup)
    for _ in range(3):
        await asyncio.gather(*(resolver.addresses("a.test", 80) for _ in range(5)), return_exceptions=True)
    assert times == asked


async def test_the_deadline_of_one_is_not_that_of_the_next():
    answered = asyncio.Event()

    async def lookup(_host: str, _port: int) -> list:
        await answered.wait()
        return info("1.1.1.1")

    resolver = Resolver(lookup=lookup)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await resolver.addresses("a.test", 80)
    answered.set()
    assert await resolver.addresses("a.test", 80) == info("1.1.1.1")


async def test_a_resolver_that_hangs_holds_up_nobody(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) and info("1.1.1.1"))
    task = asyncio.create_task(look_up("slow.test", 80))
    assert await look_up("127.0.0.1", 80) == info("127.0.0.1")
    assert (await look_up("::1", 80))[0][4] == ("::1", 80, 0, 0)
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "resolve slow.test"] in ([], [True])
    released.set()
    assert await task == info("1.1.1.1")


async def test_a_name_that_idna_turns_away(monkeypatch):
    def refuse(*_args: object, **_more: object) -> None:
        raise UnicodeError("label too long")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(socket.gaierror, match="label too long"):
        await look_up("a" * 64 + ".test", 80)


NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("99999999999999999999", 999_999_999.0),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60.0),
        ("Sunday, 22-Nov-26 12:01:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 12:01:00", 60.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2026 13:01:00 +0100", 60.0),
        *((value, None) for value in ("", "soon", "-5", "1.5", "²")),
        *((value, None) for value in ("Sun, 99 Nov 2026 12:01:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT")),
    ],
)
def test_retry_after(value, seconds):
    assert retry_after({"retry-after": value}, NOW) == seconds


def test_no_retry_after():
    assert retry_after({}, NOW) is None


async def test_a_pause_may_be_prolonged_but_not_cut_short():
    pace = Pace(0)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    pace.pause(0.05)
    pace.pause(0.01)
    waiting = asyncio.create_task(pace.turn())
    await asyncio.sleep(0)
    pace.pause(0.1)
    await waiting
    assert loop.time() - begun >= 0.1
    assert not pace.paused
