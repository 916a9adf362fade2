"""Masks for what may not be kept in prose and addresses: e-mail addresses, IP addresses, tokens."""

import ipaddress
import re

MASKED_MAIL, MASKED_ADDRESS, MASKED_TOKEN = "[e-mail]", "[IP address]", "masked"
# Begun only where such a run of letters begins: six megabytes of one word took eight seconds. Several that hang together are one.
MAIL = re.compile(
    r"(?<![\w.!#$%'*+=?^`{|}~-])(?:[\w.!#$%'*+=?^`{|}~-]+(?:@|%40|&#0*64;|&#x0*40;|&commat;)(?:[\w-]{1,63}\.){1,8}"
    r"(?!(?:png|jpe?g|gif|webp|svg|avif|css|m?js|html?)\b)[^\W\d_]{2,24}\b)+",
    re.IGNORECASE,
)
REMOTE = re.compile(r"^(?:git|hg|svn)@", re.IGNORECASE)  # git@github.com:owner/name is a repository, the same for everybody
TOKEN = re.compile(
    r"((?:^|[?&;#\s\"'])(?:[\w-]{0,32}(?:token|secret|signature|credential|sess(?:ion)?[_-]?id)|(?:[\w-]{1,32}\.)?sid|session|auth|jwt|sig|"
    r"password|passwd|(?:api|access|auth|private|shared)[_-]?key|awsaccesskeyid)=)"
    r"(?!masked(?:[?&;#/\s\"'<>]|$))[^&\s\"'<>#]+",
    re.IGNORECASE,
)
# In a path a parameter ends with its segment.
PATH_SESSION = re.compile(r"(;(?:jsessionid|phpsessid|sid)=)[^?&;#/\s\"'<>]+", re.IGNORECASE)
# These names also stand for keys of lists, codes of countries, kinds of tickets: masked only in a query, and what looks made by a machine.
VAGUE = re.compile(r"([?&;](?:key|code|ticket)=)(?=[^&\s\"'<>#]{0,40}?\d)(?=[^&\s\"'<>#]{0,40}?[a-z])[^&\s\"'<>#]{10,}", re.IGNORECASE)
USERINFO = re.compile(r"^([a-z][a-z0-9+.-]{0,20}:)?//[^/?#]*@", re.IGNORECASE)
JWT = re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}")
IPV4 = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?!\w|\.\d)")
DOTTED = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")  # a tenth of the time on prose, which has full stops
IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE)
# Four numbers after one of these count something else than a network's hosts.
NUMBERED = re.compile(
    r"(?:\b(?:v|ver|version|versions|release|build|firmware|section|sections|clause|article|chapter|figure|fig|table|step)\b|§)[\s.:#]{0,3}$",
    re.IGNORECASE,
)
BEFORE = 16  # characters before a number in which such a word would stand


def mask(text: str) -> str:
    """A text without e-mail addresses, without IP addresses in its prose, and without tokens in its web addresses.

    Kept: the host of a web address, which is a place and not a person; loopback and net masks; versions and section numbers.
    """
    if "=" in text:
        for secret in (PATH_SESSION, TOKEN, VAGUE):
            text = secret.sub(rf"\g<1>{MASKED_TOKEN}", text)
    if "eyJ" in text:
        text = JWT.sub(MASKED_TOKEN, text)
    if "@" in text or "%40" in text or "&#" in text or "&commat;" in text:
        text = MAIL.sub(lambda found: found.group() if REMOTE.match(found.group()) else MASKED_MAIL, text)
    if text.count(".") > 2 and DOTTED.search(text):
        text = IPV4.sub(_address, text)
    return IPV6.sub(_address, text) if text.count(":") > 1 else text


def mask_url(url: str) -> str:
    """A web address as it may be noted down: `mask`, and without a name or password before its host."""
    return mask(USERINFO.sub(r"\g<1>//", url))


def _address(found: re.Match[str]) -> str:
    said, before = found.group(), found.string[max(0, found.start() - BEFORE) : found.start()]
    product = before.endswith("/") and before[-2:-1].isalnum()  # Chrome/120.0.0.0
    if product or before.endswith(("//", "//[")) or NUMBERED.search(before) or (":" in said and not any(map(str.isdigit, said))):
        return said
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return said
    nobodys = address.is_loopback or address.is_unspecified or said.startswith("255.")
    return said if nobodys else MASKED_ADDRESS
