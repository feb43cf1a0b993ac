"""From a host name to the addresses that may be connected to.

Names are looked up in daemon threads: the system's resolver may hang for half a minute, and neither other hosts nor
Ctrl-C should wait for it (asyncio's own executor is joined at exit).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from extractor.linkcheck.failures import Failure, Unanswered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AddrInfo: TypeAlias = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
"""As `socket.getaddrinfo` has it: family, type, protocol, canonical name, socket address."""

if TYPE_CHECKING:
    Lookup: TypeAlias = Callable[[str, int], Awaitable[list[AddrInfo]]]

_LOOKUPS_AT_ONCE = 64
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291 section 2.4; older Pythons miss some of the rest
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")  # RFC 9637, likewise
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".home.arpa")  # RFC 6761, 6762, 9476 and ICANN's, 8375
# likewise RFC 6761 and 7686, and names that networks use unofficially: ICANN keeps them out of the DNS
_OUTSIDE = (*_LOCAL_NAMES, ".test", ".example", ".invalid", ".onion", ".lan", ".corp", ".home")


class NotPublic(Exception):
    """The name has only addresses that are not globally routable."""


def is_public(address: str) -> bool:
    """Whether an IP address is globally routable, also where it wraps another one (mapped, NAT64, 6to4, Teredo)."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST or ip in _DOCUMENTATION:
            return False
    return ip.is_global and not ip.is_multicast


def is_local_name(host: str) -> bool:
    """Whether a host is known not to be public by its name alone, for use with a proxy."""
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(_LOCAL_NAMES)


def not_in_dns(host: str) -> str | None:
    """Why a name is not in the public DNS, so that its failure proves nothing; None if it can be."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        if host.endswith(".onion"):
            return f"{host} can only be reached through Tor"
        if host.endswith(_OUTSIDE) or ("." not in host.rstrip(".") and host != "localhost"):
            return f"{host} is not public: such names are outside the public DNS"
    else:
        return None if is_public(host) else f"{host} is not public"
    return None


async def look_up(host: str, port: int) -> list[AddrInfo]:
    """Resolve a name, or a literal address, with the system's resolver; raises socket.gaierror."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return await _in_daemon_thread(host, port)
    if version == 4:  # noqa: PLR2004 - IPv4
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))]
    return [(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0))]


async def _in_daemon_thread(host: str, port: int) -> list[AddrInfo]:
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[AddrInfo]] = loop.create_future()

    def tell(result: list[AddrInfo] | Exception) -> None:
        if found.done():  # nobody is waiting any more
            return
        if isinstance(result, Exception):
            found.set_exception(result)
        else:
            found.set_result(result)

    def work() -> None:
        try:
            result: list[AddrInfo] | Exception = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # type: ignore[assignment]
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that IDNA rejects
            result = error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, str(error))
        with suppress(RuntimeError):  # the run has ended, and nobody is waiting
            loop.call_soon_threadsafe(tell, result)

    threading.Thread(target=work, name=f"resolve {host}", daemon=True).start()
    return await found


class Resolver:
    """Looks up each name once in a run, and allows only permitted addresses.

    Because one answer is used for the whole run, a different second answer cannot let in a private address, and not
    every connection needs a lookup. Each connection goes to an address that was checked.
    """

    def __init__(self, *, allow_private: bool = False, lookup: Lookup = look_up) -> None:
        self._allow_private = allow_private
        self._lookup = lookup
        self._answers: dict[tuple[str, int], asyncio.Task[list[AddrInfo]]] = {}
        self.refusals: dict[str, tuple[Failure, str]] = {}  # names that do not exist or must not be used
        self._gate = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

    async def addresses(self, host: str, port: int) -> list[AddrInfo]:
        """The addresses to connect to; raises socket.gaierror, NotPublic."""
        answer = self._answers.get((host, port))
        if answer is None or (answer.done() and _may_pass(answer)):
            answer = self._answers[host, port] = asyncio.create_task(self._look_up(host, port))
            answer.add_done_callback(_seen)
        # shielded: if one waiter times out, the others can still use the lookup
        found = await asyncio.shield(answer)
        if self._allow_private:
            return found
        public = [info for info in found if is_public(info[4][0])]
        if not public:
            private = ", ".join(dict.fromkeys(info[4][0] for info in found))
            raise NotPublic(f"{host if host == private else f'{host} ({private})'} is not public")
        return public

    async def connectable(self, host: str, port: int) -> list[AddrInfo]:
        """Like `addresses`; raises Unanswered, and remembers lasting failures."""
        try:
            return await self.addresses(host, port)
        except NotPublic as error:
            self.refusals[host] = Failure.NOT_PUBLIC, str(error)
            raise Unanswered(*self.refusals[host]) from error
        except socket.gaierror as error:
            said = f"{host}: {error.strerror or error}"
            if error.errno == socket.EAI_AGAIN:
                raise Unanswered(Failure.NAME_SERVER, said) from error
            self.refusals[host] = Failure.NO_SUCH_HOST, said
            raise Unanswered(*self.refusals[host]) from error

    async def _look_up(self, host: str, port: int) -> list[AddrInfo]:
        async with self._gate:
            return await self._lookup(host, port)

    def close(self) -> None:
        """Abandon pending lookups."""
        for answer in self._answers.values():
            answer.cancel()


def _seen(answer: asyncio.Task[list[AddrInfo]]) -> None:
    """Retrieve an error, which asyncio would otherwise report if no waiter is left."""
    if not answer.cancelled():
        answer.exception()


def _may_pass(answer: asyncio.Task[list[AddrInfo]]) -> bool:
    """Whether to retry: only failures that the resolver itself calls temporary."""
    if answer.cancelled():
        return True
    error = answer.exception()
    return isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
