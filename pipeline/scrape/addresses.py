"""Addresses: one spelling for one document, and the original behind a picture's address."""

import re
from contextlib import suppress
from functools import lru_cache
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

LONGEST = 8000  # characters; beyond this servers answer 414, and a stranger's page may hold anything
TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|twclid|yclid|igshid|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|vero_id|oly_.*|token)$",
    re.IGNORECASE,
)
SUBSTACK_TRACKING = frozenset({"r", "s", "action", "isfreemail", "triedredirect", "triedsigningin", "publication_id", "post_id"})
POST_PATH = re.compile(r"^/p/[\w-]+/?$")  # of publications, also on domains of their own; of shops too
# What tells a post's address that was shared from a shop's, whose `r` and `s` may be all that tells two things apart.
SHARED = re.compile(
    r"(?:^|&)(?:utm_\w+=|isfreemail=|tried\w+=|publication_id=\d|s=[rw](?:&|$)|action=share|r=(?=[a-z]*\d)(?=\d*[a-z])[0-9a-z]{4,7}(?:&|$))",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
PROXY = re.compile(r"^https://(?:substackcdn\.com|cdn\.substack\.com)/image/fetch/(?:.*?/)??(https?(?::|%(?:25)*3A).+)$", re.IGNORECASE)
UPLOAD = re.compile(
    r"^https://[^/]+\.amazonaws\.com/public/images/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:_(\d{1,6})x(\d{1,6}))?", re.I
)
PINTEREST = re.compile(r"^(?:[\w-]+\.)*pinterest\.(?:[a-z]{2,3}|com?\.[a-z]{2})$")  # with its country hosts (SURFACES B.1)
PIN_PATH = re.compile(r"^/pin/(?:[^/]*--)?(\d{1,24})/?$")
PIN_IMAGE = re.compile(r"^https://(?:[\w-]+\.)?pinimg\.com/[\w-]+/(?:[0-9a-f]{2}/){3}([0-9a-f]{32})\.\w+", re.IGNORECASE)
WHOLE = re.compile(r"https?://[^/?#]", re.IGNORECASE)  # needs no base
PORT = re.compile(r":\d+$")
SIGNATURE = re.compile(r"^[0-9a-f]{32}$")
IMPORTED = re.compile(r"^import:[0-9a-f]{64}$")
NESTING = 10  # a fetch of a fetch of ... ; seen twice deep


def canonical(url: str, base: str = "") -> str | None:
    """The one spelling of an http(s) address, absolute and https, or None for anything that is not one.

    Host in lower case and IDNA, default port, fragment and tracking parameters dropped, path and last slash kept. A pin has one
    address, whatever the country and the words in it.
    `base` resolves relative addresses. canonical(canonical(x)) == canonical(x).
    """
    return _canonical(str(url), str(base))  # an attribute that XPath found holds its whole page, and the cache would hold it with it


def origin(url: str) -> str:
    """Scheme, host and port of a canonical address: `https://host`. Empty for what is no address."""
    address = canonical(url)
    return "/".join(address.split("/", 3)[:3]) if address else ""


def host(url: str) -> str:
    """The host of an address, in lower case and IDNA, without port. Empty for what is no address."""
    return PORT.sub("", origin(url).removeprefix("https://"))


@lru_cache(maxsize=16_384)  # a crawl asks for the same few addresses again and again: a fifth of its time, uncached
def _canonical(url: str, base: str) -> str | None:
    url = url.strip(" \t\n\r\f")
    if FORBIDDEN.search(url) or len(url) > LONGEST:
        return None
    try:
        parts = parse_url(urljoin(base, url) if base and not WHOLE.match(url) else url)
        port = parts.port
    except (LocationParseError, ValueError):
        return None
    host = (parts.host or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or parts.auth is not None or host.startswith("."):
        return None
    path = parts.path or "/"
    if PINTEREST.match(host) and (pin := PIN_PATH.match(path)):
        return f"https://www.pinterest.com/pin/{pin.group(1)}/"
    query = _without_tracking(parts.query or "", _is_substack(host, path, parts.query or ""))
    where = host if port in (None, 443 if parts.scheme == "https" else 80) else f"{host}:{port}"
    return f"https://{where}{path}{'?' + query if query else ''}"


def redirect_target(url: str, location: str) -> str:
    """Where a redirect from `url` leads, spelled as it can be sent, for the guard to judge. Its bytes are UTF-8 on today's
    servers, whatever http.client takes them for."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        target = urljoin(url, location.strip())
        return target if FORBIDDEN.search(target) else parse_url(target).url.partition("#")[0]
    except (LocationParseError, ValueError):
        return location


def unwrap_image(url: str) -> tuple[str, int | None, int | None]:
    """(the original's address, width, height): Substack's image proxy unwrapped, however nested.

    The size is the one in the upload's name (`..._1456x816.png`), None where the name has none.
    """
    address = canonical(url) or url
    for _ in range(NESTING):
        inner = _inner(address)
        if inner is None:
            break
        address = inner
    upload = UPLOAD.match(address)
    width, height = (upload.group(2), upload.group(3)) if upload else (None, None)
    return address, int(width) if width else None, int(height) if height else None


def pin_image(signature: str) -> str:
    """The address of a pin's picture, 736 pixels wide (`originals` answers 403 to many)."""
    return f"https://i.pinimg.com/736x/{signature[:2]}/{signature[2:4]}/{signature[4:6]}/{signature}.jpg"


def is_signature(text: str) -> bool:
    """Whether a text is an image signature of Pinterest: 32 hexadecimal digits."""
    return SIGNATURE.fullmatch(text) is not None


def imported_address(sha256: str) -> str:
    """The address of a picture that an archive brought without one: by its content. Nothing ever asks for it."""
    return f"import:{sha256}"


def is_imported(address: str) -> bool:
    """Whether an address is one of `imported_address`."""
    return IMPORTED.fullmatch(address) is not None


def image_key(url: str) -> str | None:
    """The platform's own key of a picture, the same at every size: an upload's uuid or a pin's signature. None elsewhere."""
    address = unwrap_image(url)[0]
    if upload := UPLOAD.match(address):
        return f"substack:{upload.group(1).lower()}"
    pinned = PIN_IMAGE.match(address)
    return f"pinterest:{pinned.group(1).lower()}" if pinned else None


def srcset(text: str) -> list[tuple[str, int]]:
    """(address as written, width) of each candidate of a srcset; width 0 where it gives none or a density."""
    found = []
    for candidate in re.finditer(r"\s*([^\s,]\S*[^\s,]|[^\s,])(?:\s+([\d.]+)([wxh]))?\s*(?:,|$)", text[:65536]):
        address, number, unit = candidate.groups()
        found.append((address, int(float(number)) if unit == "w" and number.count(".") < 2 and number != "." else 0))
    return found


def _is_substack(name: str, path: str, query: str) -> bool:
    if name == "substack.com" or name.endswith(".substack.com"):
        return True
    return POST_PATH.match(path) is not None and SHARED.search(query) is not None


def _without_tracking(query: str, substack: bool) -> str:
    kept = []
    for field in query.split("&"):
        name = unquote(field.split("=", 1)[0]).lower()
        if field and not TRACKING.match(name) and not (substack and name in SUBSTACK_TRACKING):
            kept.append(field)
    return "&".join(kept)


def _inner(address: str) -> str | None:
    found = PROXY.match(address)
    if not found:
        return None
    inner = found.group(1)
    while inner[:12].lower().startswith(("http%", "https%")):
        inner = unquote(inner)
    return canonical(inner)
