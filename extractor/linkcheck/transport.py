"""httpx transports: directly to one host over our own connections, or through httpcore's proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpcore
import httpx

from extractor.linkcheck.http11 import HostTransport
from extractor.linkcheck.request import target_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from extractor.linkcheck.http11 import TlsContext
    from extractor.linkcheck.network import Network
    from extractor.linkcheck.options import Options


def transport(options: Options, network: Network, tls: TlsContext) -> httpx.AsyncBaseTransport:
    """The transport for one host, through the proxy if there is one."""
    if options.proxy is None:
        return HostTransport(network, tls, options.per_host)
    proxy = httpx.Proxy(options.proxy)
    return ProxyTransport(
        httpcore.AsyncHTTPProxy(
            proxy_url=httpcore.URL(
                scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/"
            ),
            proxy_auth=proxy.raw_auth,
            ssl_context=tls(),
            proxy_ssl_context=tls() if proxy.url.scheme == "https" else None,
            max_connections=options.per_host,
            network_backend=network,
        )
    )


class ProxyTransport(httpx.AsyncBaseTransport):
    """An httpx transport with a pool that uses our network."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the errors are httpcore's and `Unanswered`."""
        url = request.url
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=target_of(request)),
                headers=request.headers.raw,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions={"network_stream": response.extensions.get("network_stream")},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()
