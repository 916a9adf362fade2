"""requests' transport with every socket opened by the address guard and under the deadline of its exchange."""

import socket
import ssl

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

from pipeline.scrape.deadline import watch
from pipeline.scrape.guard import Guard


class GuardedAdapter(HTTPAdapter):
    """requests' transport with every socket opened by a guard; Host header and TLS server name stay those of the name.

    `authorities`: a TLS context that trusts others than the usual certificate authorities; nothing turns the check off.
    """

    def __init__(self, guard: Guard, pool_size: int, authorities: ssl.SSLContext | None = None) -> None:
        self._guard, self._authorities = guard, authorities
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: object) -> None:
        """Called by requests; puts the guarded pools in place of urllib3's."""
        if self._authorities is not None:
            kwargs["ssl_context"] = self._authorities
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard)


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
