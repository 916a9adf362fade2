"""urllib3's connections, each opened by the address guard and under the deadline of its exchange."""

import socket
import ssl

import certifi
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from pipeline.scrape.deadline import watch
from pipeline.scrape.guard import Guard


def guarded_pools(guard: Guard, size: int, authorities: ssl.SSLContext | None = None) -> PoolManager:
    """Connections to `size` hosts whose sockets a guard opens; Host header and TLS server name stay those of the name.

    `authorities`: a TLS context that trusts others than the usual certificate authorities; nothing turns the check off.
    """
    context = authorities or ssl.create_default_context(cafile=certifi.where())
    pools = PoolManager(num_pools=size, maxsize=size, ssl_context=context, retries=False)
    pools.pool_classes_by_scheme = _pools(guard)
    return pools


def _pools(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools whose connections ask `guard` for their socket."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _opened(guard, self._dns_host, self.port or 80, self.timeout)

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
            watch(self.sock)
            return super().getresponse()

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _opened(guard, self._dns_host, self.port or 443, self.timeout)

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
            watch(self.sock)
            return super().getresponse()

    plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
    return {"http": plain, "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})}


def _opened(guard: Guard, host: str, port: int, timeout: object) -> socket.socket:
    connection = guard.open(host, port, float(timeout) if isinstance(timeout, int | float) else None)
    watch(connection)
    return connection
