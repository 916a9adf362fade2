"""requests' transport with every socket opened by the address guard."""

import socket

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

from pipeline.scrape.deadline import answer_within
from pipeline.scrape.guard import Guard


class GuardedAdapter(HTTPAdapter):
    """requests' transport with every socket opened by a guard; Host header and TLS server name stay those of the name."""

    def __init__(self, guard: Guard, pool_size: int, headers_within: float) -> None:
        self._guard, self._headers_within = guard, headers_within
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: object) -> None:
        """Called by requests; puts the guarded pools in place of urllib3's."""
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard, self._headers_within)


def _pools(guard: Guard, headers_within: float) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools whose connections ask `guard` for their socket and have `headers_within` seconds until the headers are there."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return guard.open(self._dns_host, self.port or 80, _seconds(self.timeout))

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
            with answer_within(self.sock, headers_within):
                return super().getresponse()

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return guard.open(self._dns_host, self.port or 443, _seconds(self.timeout))

        def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
            with answer_within(self.sock, headers_within):
                return super().getresponse()

    plain = type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
    return {"http": plain, "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})}


def _seconds(timeout: object) -> float | None:
    return float(timeout) if isinstance(timeout, int | float) else None
