"""What urllib3, http.client and ssl raise, as reasons of the closed list."""

import http.client
import socket
import ssl

import urllib3

from pipeline.scrape.outcomes import Reason

FAULTS = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)
FOR_GOOD: frozenset[Reason] = frozenset({"bad_headers", "bad_certificate", "bad_tls"})  # asking again at once would not help
BAD_HEADERS = (http.client.LineTooLong, http.client.UnknownProtocol, urllib3.exceptions.InvalidHeader)
CUT_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
LATE = (TimeoutError, urllib3.exceptions.TimeoutError)
CUT = (http.client.IncompleteRead, urllib3.exceptions.IncompleteRead)


def reason_of(error: BaseException) -> Reason:
    """Why an exchange failed."""
    chain = _causes(error)
    if any(isinstance(one, socket.gaierror) for one in chain):
        return "unresolvable"
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in chain):
        return "bad_certificate"
    if any(map(_is_bad_header, chain)):
        return "bad_headers"
    if any(isinstance(one, LATE) for one in chain):
        return "timeout"
    if any(map(_is_bad_tls, chain)):
        return "bad_tls"
    return "truncated" if any(isinstance(one, CUT) for one in chain) else "connection"


def _is_bad_header(error: BaseException) -> bool:
    """Whether what came was no HTTP: an endless header, a hundred headers, a first line that is none."""
    if isinstance(error, http.client.BadStatusLine):
        return not isinstance(error, http.client.RemoteDisconnected)
    return isinstance(error, BAD_HEADERS) or (type(error) is http.client.HTTPException and "headers" in str(error))


def _is_bad_tls(error: BaseException) -> bool:
    """Whether OpenSSL found fault with what came, rather than nothing more coming; Python's own SSLErrors name no library."""
    return isinstance(error, ssl.SSLError) and not isinstance(error, CUT_TLS) and getattr(error, "library", None) is not None


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    rest: list[object] = [error]
    while rest and len(found) < 20:
        one = rest.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            rest += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
