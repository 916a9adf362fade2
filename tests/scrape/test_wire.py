"""Answers as no server should give them, one row each: what is sent byte by byte, what was wanted, and what comes of it."""

import gzip
import zlib

import pytest
from scripted_server import HANG, RESET, drip, served

from pipeline.scrape.body import Patience
from pipeline.scrape.fetched import DOCUMENT_BYTES, IMAGE_BYTES, ROBOTS_BYTES, Ask
from pipeline.scrape.guard import Guard
from pipeline.scrape.outcomes import OUTCOMES, REASONS
from pipeline.scrape.wire import ACCEPT, Wire

IMPATIENT = Patience(read=0.3, total=0.6, grace=0.15)
PAGE = b"<html><body><p>words</p></body></html>"
JSON = b'{"a": [1, 2]}'
CHECK = b"<html><head><title>Just a moment...</title></head><body></body></html>"
KEPT, LATER, REJECTED, QUARANTINED, UNCHANGED = "kept", "retry_later", "rejected", "quarantined", "unchanged"


def head(status="200 OK", **fields):
    fields = {"Connection": "close"} | fields  # else the next row may be asked on a connection that is about to end
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def answer(body=PAGE, status="200 OK", kind="text/html", **fields):
    return head(status, Content_Type=kind, Content_Length=len(body), **fields) + body


def chunked(*parts, kind="text/html", end=b"0\r\n\r\n"):
    sizes = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return head(Content_Type=kind, Transfer_Encoding="chunked") + sizes + end


def packed(body, names="gzip", **fields):
    return answer(body, Content_Encoding=names, **fields)


def raw_deflate(body):
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


GZIP = gzip.compress(PAGE)
BOMB = gzip.compress(b" " * (DOCUMENT_BYTES + 1_000_000), 9)
OPEN = head(Content_Type="text/html")
CHUNKED, PACKED = OPEN[:-2] + b"Transfer-Encoding: chunked\r\n\r\n", OPEN[:-2] + b"Content-Encoding: gzip\r\n\r\n"
MISSING = b"<Error><Code>AccessDenied</Code></Error>"

# name, what is sent, what was wanted, outcome, reason
ROWS = [
    # as it should be
    ("a page", [answer()], "html", KEPT, ""),
    ("a page in chunks", [chunked(PAGE[:9], PAGE[9:])], "html", KEPT, ""),
    ("a page in chunks with extensions", [CHUNKED, b"26;a=b\r\n" + PAGE + b"\r\n0\r\n\r\n"], "html", KEPT, ""),
    ("a page without length, to its end", [OPEN + PAGE], "html", KEPT, ""),
    ("a page of HTTP/1.0", [b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE], "html", KEPT, ""),
    ("no content type", [head(Content_Length=len(PAGE)) + PAGE], "html", KEPT, ""),
    ("JSON", [answer(JSON, kind="application/json")], "json", KEPT, ""),
    ("JSON after a byte order mark", [answer(b"\xef\xbb\xbf" + JSON, kind="application/json")], "json", KEPT, ""),
    ("JSON about captchas", [answer(b'{"title": "Just a moment: the captcha"}', kind="application/json")], "json", KEPT, ""),
    ("a feed", [answer(b"<?xml version='1.0'?><rss/>", kind="application/rss+xml")], "feed", KEPT, ""),
    ("one Continue before the answer", [b"HTTP/1.1 100 Continue\r\n\r\n" + answer()], "html", KEPT, ""),
    ("a Refresh header, which is not followed", [answer(Refresh="0; url=http://127.0.0.1/")], "html", KEPT, ""),
    ("a hundred cookies' worth of headers", [answer(**{f"Set_Cookie{n}": "x" * 50 for n in range(90)})], "html", KEPT, ""),
    ("a cookie of 60 kB", [answer(Set_Cookie="a=" + "x" * 60_000)], "html", KEPT, ""),
    # statuses
    ("no content", [head("204 No Content")], "html", REJECTED, "http_error"),
    ("reset content", [head("205 Reset Content", Content_Length=0)], "html", REJECTED, "http_error"),
    ("part of it, unasked", [answer(status="206 Partial Content", Content_Range="bytes 0-9/100")], "html", REJECTED, "http_error"),
    ("not modified, unasked", [head("304 Not Modified")], "html", REJECTED, "http_error"),
    ("multiple choices", [answer(status="300 Multiple Choices", Location="/b")], "html", REJECTED, "http_error"),
    ("use a proxy", [head("305 Use Proxy", Location="http://127.0.0.1:3128/", Content_Length=0)], "html", REJECTED, "http_error"),
    ("an unknown 3xx", [answer(status="399 What")], "html", REJECTED, "http_error"),
    ("moved", [answer(status="301 Moved Permanently", Location="/b")], "html", REJECTED, "moved"),
    ("moved, with a bomb for a body", [packed(BOMB, status="302 Found", Location="/b")], "html", REJECTED, "moved"),
    ("moved, with a body that never comes", [head("302 Found", Location="/b", Content_Length=1000), HANG], "html", REJECTED, "moved"),
    ("moved to what is no address", [answer(status="302 Found", Location="http://[::1")], "html", REJECTED, "moved"),
    ("moved to bytes", [answer(status="302 Found", Location="/caf\xe9")], "html", REJECTED, "moved"),
    ("bad request", [answer(b"", "400 Bad Request")], "html", REJECTED, "http_error"),
    ("unauthorized", [answer(b"", "401 Unauthorized", WWW_Authenticate="Basic")], "html", REJECTED, "unauthorized"),
    ("payment required", [answer(b"", "402 Payment Required")], "html", REJECTED, "paid"),
    ("forbidden", [answer(b"Not authorized", "403 Forbidden", "text/plain")], "json", REJECTED, "forbidden"),
    ("forbidden by a bot check", [answer(CHECK, "403 Forbidden")], "html", LATER, "blocked"),
    ("a bucket without the object", [answer(MISSING, "403 Forbidden")], "image", REJECTED, "not_found"),
    ("a bucket without the object, packed", [packed(gzip.compress(MISSING), status="403 No")], "image", REJECTED, "not_found"),
    ("not found", [answer(b"", "404 Not Found")], "html", REJECTED, "not_found"),
    ("not found, at length", [answer(b"x" * 200_000, "404 Not Found")], "html", REJECTED, "not_found"),
    ("not found, cut short", [head("404 Not Found", Content_Length=100) + b"x"], "html", REJECTED, "not_found"),
    ("proxy authentication", [answer(b"", "407 Proxy Authentication Required")], "html", REJECTED, "http_error"),
    ("request timeout", [answer(b"", "408 Request Timeout")], "html", LATER, "server_error"),
    ("gone", [answer(b"", "410 Gone")], "html", REJECTED, "gone"),
    ("teapot", [answer(b"", "418 Teapot")], "html", REJECTED, "http_error"),
    ("too many requests", [answer(b"<pre>Too Many Requests</pre>", "429 Too Many Requests")], "json", LATER, "rate_limited"),
    ("legal reasons", [answer(b"", "451 Unavailable")], "html", REJECTED, "forbidden"),
    ("internal error", [answer(b"", "500 Internal Server Error")], "html", LATER, "server_error"),
    ("bad gateway", [answer(b"", "502 Bad Gateway")], "html", LATER, "server_error"),
    ("unavailable", [answer(b"", "503 Service Unavailable")], "html", LATER, "server_error"),
    ("unavailable by a bot check", [answer(CHECK, "503 Service Unavailable")], "html", LATER, "blocked"),
    ("gateway timeout", [answer(b"", "504 Gateway Timeout")], "html", LATER, "server_error"),
    ("a CDN's own error", [answer(b"", "522 Timed Out")], "html", LATER, "server_error"),
    ("a status beyond all", [answer(status="999 No")], "html", LATER, "server_error"),
    # what came is not what was asked for
    ("a bot check for a page", [answer(CHECK)], "html", LATER, "blocked"),
    ("a bot check for JSON", [answer(CHECK)], "json", LATER, "blocked"),
    ("a captcha for JSON", [answer(b"<html>captcha</html>")], "json", LATER, "blocked"),
    ("HTML for JSON", [answer()], "json", QUARANTINED, "not_json"),
    ("half of JSON", [answer(b'{"a": [1, 2')], "json", QUARANTINED, "not_json"),
    ("a bare text for JSON", [answer(b'"text"')], "json", QUARANTINED, "not_json"),
    ("nothing for JSON", [answer(b"")], "json", QUARANTINED, "empty"),
    ("nothing for a page", [answer(b"")], "html", QUARANTINED, "empty"),
    ("white space for a page", [answer(b" \r\n ")], "html", QUARANTINED, "empty"),
    ("a PDF for a page", [answer(b"%PDF" * 9, kind="application/pdf")], "html", REJECTED, "wrong_type"),
    ("a video for a page", [answer(b"x", kind="video/mp4")], "html", REJECTED, "wrong_type"),
    ("JSON for a feed", [answer(JSON, kind="application/json")], "feed", QUARANTINED, "wrong_type"),
    # lengths
    ("fewer bytes than told", [head(Content_Type="text/html", Content_Length=1000) + PAGE], "html", LATER, "truncated"),
    ("more bytes than told", [head(Content_Type="text/html", Content_Length=5) + PAGE], "html", KEPT, ""),
    ("a length of minus one", [head(Content_Type="text/html", Content_Length=-1) + PAGE], "html", KEPT, ""),
    ("a length that is no number", [head(Content_Type="text/html", Content_Length="many") + PAGE], "html", KEPT, ""),
    ("two lengths that differ", [head(Content_Type="text/html", Content_Length="5, 10") + PAGE], "html", REJECTED, "bad_headers"),
    ("a length of terabytes", [head(Content_Type="text/html", Content_Length=10**13) + PAGE], "html", LATER, "truncated"),
    ("no length, and no end of the page", [OPEN + PAGE[:-10]], "html", LATER, "truncated"),
    ("reset before anything", [RESET], "html", LATER, "connection"),
    ("closed before anything", [], "html", LATER, "connection"),
    ("reset within the headers", [b"HTTP/1.1 200 OK\r\nConten", 0.02, RESET], "html", LATER, "connection"),
    ("closed within the headers", [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConten"], "html", LATER, "truncated"),
    ("reset within the body", [head(Content_Type="text/html", Content_Length=1000) + PAGE, 0.02, RESET], "html", LATER, "connection"),
    # sizes
    ("a page too large, as told", [answer(b"x" * (DOCUMENT_BYTES + 1))], "html", REJECTED, "too_large"),
    ("a page too large, in chunks", [chunked(*[b"x" * 1_000_000] * 9)], "html", REJECTED, "too_large"),
    ("a page too large, without end", [OPEN, drip(b"x" * 1_000_000, 0.0, 30)], "html", REJECTED, "too_large"),
    ("a picture too large", [answer(b"x" * (IMAGE_BYTES + 100_000), kind="image/png")], "image", REJECTED, "too_large"),
    ("rules too large are read as far as they go", [answer(b"#\n" * ROBOTS_BYTES)], "robots", KEPT, ""),
    # encodings
    ("gzip", [packed(GZIP)], "html", KEPT, ""),
    ("gzip by its old name", [packed(GZIP, "x-gzip")], "html", KEPT, ""),
    ("gzip in capitals", [packed(GZIP, "GZIP")], "html", KEPT, ""),
    ("gzip in chunks", [chunked(GZIP[:20], GZIP[20:]).replace(b"Transfer", b"Content-Encoding: gzip\r\nTransfer")], "html", KEPT, ""),
    ("gzip without length", [PACKED + gzip.compress(b"<p>no end tag")], "html", KEPT, ""),
    ("gzip in two parts", [packed(gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:]))], "html", KEPT, ""),
    ("gzip, and rubbish after it", [packed(GZIP + b"\0" * 50)], "html", KEPT, ""),
    ("gzip of gzip", [packed(gzip.compress(GZIP), "gzip, gzip")], "html", KEPT, ""),
    ("deflate", [packed(zlib.compress(PAGE), "deflate")], "html", KEPT, ""),
    ("deflate without its header", [packed(raw_deflate(PAGE), "deflate")], "html", KEPT, ""),
    ("identity", [packed(PAGE, "identity")], "html", KEPT, ""),
    ("an empty encoding", [packed(PAGE, "")], "html", KEPT, ""),
    ("an empty body under gzip", [packed(b"")], "html", QUARANTINED, "empty"),
    ("gzip that is none", [packed(b"no gzip at all")], "html", LATER, "bad_encoding"),
    ("gzip with a flipped bit", [packed(GZIP[:-6] + bytes([GZIP[-6] ^ 1]) + GZIP[-5:])], "html", LATER, "bad_encoding"),
    ("gzip cut short under a correct length", [packed(GZIP[:-12])], "html", LATER, "truncated"),
    ("gzip cut short by its checksum", [packed(GZIP[:-8])], "html", LATER, "truncated"),
    ("gzip cut short in its second part", [packed(GZIP + GZIP[:-9])], "html", LATER, "truncated"),
    ("the outer gzip is whole, the inner is cut", [packed(gzip.compress(GZIP[:-12]), "gzip, gzip")], "html", LATER, "truncated"),
    ("deflate cut short", [packed(zlib.compress(PAGE)[:-6], "deflate")], "html", LATER, "truncated"),
    ("gzip cut short without a length", [PACKED + GZIP[:-12]], "html", LATER, "truncated"),
    ("br, which we did not ask for", [packed(PAGE, "br")], "html", REJECTED, "bad_encoding"),
    ("zstd, which we did not ask for", [packed(PAGE, "zstd")], "html", REJECTED, "bad_encoding"),
    ("an encoding that nobody knows", [packed(PAGE, "rot13")], "html", REJECTED, "bad_encoding"),
    ("three encodings", [packed(gzip.compress(gzip.compress(GZIP)), "gzip, gzip, gzip")], "html", REJECTED, "bad_encoding"),
    ("an encoding of transfer", [OPEN[:-2] + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + GZIP], "html", REJECTED, "bad_encoding"),
    ("a bomb", [packed(BOMB)], "html", REJECTED, "too_large"),
    ("a bomb in a bomb", [packed(gzip.compress(BOMB, 9), "gzip, gzip")], "html", REJECTED, "too_large"),
    ("a bomb of empty parts", [packed(gzip.compress(b"") * 300_000)], "html", LATER, "bad_encoding"),
    # chunks
    ("a chunk's size that is no number", [CHUNKED + b"zz\r\nabc\r\n"], "html", LATER, "truncated"),
    ("a negative chunk", [CHUNKED + b"-5\r\nabc\r\n"], "html", LATER, "truncated"),
    ("a chunk longer than what comes", [CHUNKED + b"ffff\r\nabc"], "html", LATER, "truncated"),
    ("a chunk of exabytes", [CHUNKED + b"ffffffffffffffff\r\nabc"], "html", LATER, "truncated"),
    ("no last chunk", [chunked(PAGE, end=b"")], "html", LATER, "truncated"),
    ("a chunk's size of a megabyte", [CHUNKED + b"0" * 1_000_000 + b"5\r\nabcde\r\n"], "html", REJECTED, "bad_headers"),
    ("trailers", [chunked(PAGE, end=b"0\r\nX-Sum: 1\r\n\r\n")], "html", KEPT, ""),
    ("trailers without end", [chunked(PAGE, end=b"0\r\n"), drip(b"X-More: 1\r\n", 0.01)], "html", LATER, "too_slow"),
    # headers
    ("a header of 100 kB", [head(X_Huge="a" * 100_000, Content_Length=5) + b"words"], "html", REJECTED, "bad_headers"),
    ("five hundred headers", [head(**{f"X-{n}": "a" for n in range(500)}) + PAGE], "html", REJECTED, "bad_headers"),
    ("headers without end", [b"HTTP/1.1 200 OK\r\n", drip(b"X-More: 1\r\n" * 20, 0.0, 100)], "html", REJECTED, "bad_headers"),
    ("a first line without end", [b"HTTP/1.1 200 " + b"O" * 100_000], "html", REJECTED, "bad_headers"),
    ("HTTP/0.9", [PAGE], "html", REJECTED, "bad_headers"),
    ("another protocol", [b"SSH-2.0-OpenSSH_9.6\r\n"], "html", REJECTED, "bad_headers"),
    ("a version that nobody speaks", [b"HTTP/9.9 200 OK\r\n\r\n"], "html", REJECTED, "bad_headers"),
    ("a status that is no number", [b"HTTP/1.1 OK 200\r\n\r\n"], "html", REJECTED, "bad_headers"),
    ("a status of five digits", [b"HTTP/1.1 20000 OK\r\n\r\n"], "html", REJECTED, "bad_headers"),
    ("bytes of noise", [bytes(range(256)) * 4 + b"\r\n"], "html", REJECTED, "bad_headers"),
    ("an early hint, taken for the answer", [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer()], "html", REJECTED, "http_error"),
    ("switching protocols", [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"], "html", REJECTED, "http_error"),
    # time
    ("silence", [HANG], "html", LATER, "timeout"),
    ("silence after the headers", [head(Content_Type="text/html", Content_Length=1000), HANG], "html", LATER, "timeout"),
    ("silence within the body", [head(Content_Type="text/html", Content_Length=1000) + PAGE, HANG], "html", LATER, "timeout"),
    ("headers that drip", [b"HTTP/1.1 200 OK\r\nX-Slow: ", drip(b"a")], "html", LATER, "too_slow"),
    ("Continue for ever", [drip(b"HTTP/1.1 100 Continue\r\n\r\n", 0.005, 400)], "html", LATER, "too_slow"),
    ("a body that drips", [head(Content_Type="text/html", Content_Length=1000), drip(b".")], "html", LATER, "too_slow"),
    ("chunks that drip", [chunked(end=b""), drip(b"1\r\n.\r\n")], "html", LATER, "too_slow"),
    ("a body without length that drips", [OPEN, drip(b".")], "html", LATER, "too_slow"),
    ("a body faster than the least rate, but not in time", [OPEN, drip(b"." * 500)], "html", LATER, "too_slow"),
    ("gzip that drips empty parts", [PACKED, drip(gzip.compress(b""))], "html", LATER, "too_slow"),
]  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with served() as server:
        for place, row in enumerate(ROWS):
            server.scripts[f"/{place}"] = row[1]
        yield server


@pytest.fixture(scope="module")
def wire(server):
    return Wire(Guard(server.origin), "Rhizome/test", Patience())


@pytest.fixture(scope="module")
def impatient(server):
    return Wire(Guard(server.origin), "Rhizome/test", IMPATIENT)


@pytest.mark.parametrize(
    ("place", "want", "outcome", "reason"), [(n, *row[2:]) for n, row in enumerate(ROWS)], ids=[row[0] for row in ROWS]
)
def test_every_answer_has_its_outcome(wire, impatient, place, want, outcome, reason):
    found = (impatient if reason in ("timeout", "too_slow") else wire).send(Ask(f"https://a.example/{place}", want))
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.outcome in OUTCOMES
    assert found.reason in REASONS
    assert bool(found.content) is (outcome == KEPT)


def test_what_is_unpacked_is_what_was_packed(server, wire):
    body = bytes(range(256)) * 5000
    for place, (pack, name) in enumerate([(gzip.compress, "gzip"), (zlib.compress, "deflate"), (raw_deflate, "deflate")]):
        server.scripts[f"/same{place}"] = [packed(pack(body), name)]
        assert wire.send(Ask(f"https://a.example/same{place}", "image")).content == body


def test_nothing_is_advertised_that_is_not_unpacked_here_whatever_is_installed(server, wire):
    for want in ACCEPT:
        wire.send(Ask("https://a.example/0", want))
        heads = dict(line.split(": ", 1) for line in server.asked[-1].decode().split("\r\n")[1:] if line)
        assert heads["Accept-Encoding"] == "gzip"
        assert "Cookie" not in heads


def test_a_304_that_was_asked_for_is_unchanged(server, wire):
    server.scripts["/held"] = [head("304 Not Modified", ETag='"x"')]
    found = wire.send(Ask("https://a.example/held", "html", etag='"x"'))
    assert (found.outcome, found.reason, found.status) == (UNCHANGED, "", 304)


def test_bytes_left_over_are_not_taken_for_the_next_answer(server, wire):
    server.scripts["/more"] = [answer(PAGE[:-7], Connection="keep-alive") + answer(b"smuggled")]
    server.scripts["/next"] = [answer()]
    assert wire.send(Ask("https://a.example/more", "html")).content == PAGE[:-7]
    asked = (wire.send(Ask("https://a.example/next", "html")) for _ in range(3))  # the server closes, sooner or later than we ask
    assert next(found for found in asked if found.outcome != LATER).content == PAGE


def test_a_server_that_is_gone_is_a_row_too():
    with served() as server:
        origin = server.origin
    found = Wire(Guard(origin), "Rhizome/test", Patience()).send(Ask("https://a.example/", "html"))
    assert (found.outcome, found.reason, found.status) == (LATER, "connection", None)
