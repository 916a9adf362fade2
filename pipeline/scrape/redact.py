"""Redaction before storage: what may not be kept never reaches the disk. A page's sha256 is that of these bytes.

JSON is cut down to the fields that shapes.py names, a feed to JSON of that kind. HTML loses scripts, forms, comments (the
markup's and the readers') and the hidden part of paid posts. E-mail addresses, IP addresses and tokens are masked in both.
"""

import json
import re
from typing import Any

from bs4 import BeautifulSoup, Comment
from bs4.element import NavigableString, PreformattedString

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import Json, decode, load_html, load_json
from pipeline.scrape.feed import cut_feed
from pipeline.scrape.masks import mask
from pipeline.scrape.pinterest_feed import cut_pins
from pipeline.scrape.records import Kind
from pipeline.scrape.shapes import OTHERS_NOTE, SHAPES, kept

DROPPED = (
    "form, input, textarea, select, template, object, #comments, .comments, .comment-list, .commentlist, .comments-area, #disqus_thread"
)
PAID_BODY = ".available-content, .body.markup, .paywall-jump, .single-post .body"
LOCKED = "article:content_tier"  # Open Graph's name for whether a page is free, metered or locked


def redact(kind: Kind, content: bytes, *, own: bool = False, own_user: int | None = None, charset: str | None = None) -> bytes:
    """The bytes of a document that may be stored: UTF-8 and deterministic.

    `own`: the document is the person's own, whose paid posts are kept whole. `own_user`: the person's Substack id, without
    which no note of an activity feed counts as theirs. `charset`: the one the HTTP answer declared. Raises DocumentRejected.
    """
    try:
        if kind == "web_page":
            return _page(load_html(decode(content, charset)), own).encode("utf-8", "replace")
        return _document(kind, _value(kind, content, charset), own, own_user)
    except RecursionError as error:
        raise DocumentRejected("unreadable", "nested too deep") from error


def is_free(post: dict[str, Any]) -> bool:
    """Whether a post says that everybody may read it. One that says nothing does not."""
    return post.get("audience") == "everyone"


def _value(kind: Kind, content: bytes, charset: str | None) -> Json:
    if kind in ("web_feed", "pinterest_feed"):
        return (cut_feed if kind == "web_feed" else cut_pins)(decode(content, charset))
    return load_json(content, charset)


def _document(kind: Kind, value: Json, own: bool, own_user: int | None) -> bytes:
    if kind == "substack_activity":
        value = _activity(value, own_user)
    elif kind == "substack_profile":
        value = _public_only(value)
    elif kind == "substack_post" and isinstance(value, dict) and not own and not is_free(value):
        value = {key: inner for key, inner in value.items() if key != "body_html"}
    masked = _masked(kept(value, SHAPES[kind]))
    return json.dumps(masked, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


def _masked(value: Json) -> Json:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return {key: _masked(item) for key, item in value.items()} if isinstance(value, dict) else value


def _public_only(profile: Json) -> Json:
    """A profile with the subscriptions that its owner shows to everybody: that is where their consent ends."""
    subscriptions = profile.get("subscriptions") if isinstance(profile, dict) else None
    if not isinstance(subscriptions, list):
        return profile
    shown = [row for row in subscriptions if isinstance(row, dict) and row.get("visibility") == "public"]
    return profile | {"subscriptions": shown}


def _activity(feed: Json, own_user: int | None) -> Json:
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return feed
    return feed | {"items": [_item(item, own_user) for item in items if isinstance(item, dict)]}


def _item(item: dict[str, Any], own_user: int | None) -> dict[str, Any]:
    """An item of activity. Words stay only where the person wrote them."""
    note = item.get("comment")
    if not isinstance(note, dict):
        return item
    theirs = own_user is not None and note.get("user_id") == own_user
    return item | {"comment": note if theirs else kept(note, OTHERS_NOTE)}


def _page(soup: BeautifulSoup, own: bool) -> str:
    locked = not own and _is_locked(soup)
    for script in soup.find_all(["script", "style"]):
        # JSON-LD is where an article says its date and its author; a paid one may hold its text there too.
        if locked or str(script.get("type")).lower() != "application/ld+json":
            script.decompose()
    if locked:
        _lock(soup)
    for tag in soup.find_all("embed"):
        tag.unwrap()  # to lxml an <embed> is no empty element: what follows it stands inside
    for tag in soup.select(DROPPED):
        if not tag.decomposed:
            tag.decompose()
    _mask_html(soup)
    return str(soup)


def _is_locked(soup: BeautifulSoup) -> bool:
    """Whether a page is a paid post's: by its preloaded data, its paywall, its meta tag or its JSON-LD."""
    tier = soup.find("meta", attrs={"property": LOCKED})
    if tier is not None and str(tier.get("content")).strip().lower() == "locked":
        return True
    if soup.select_one("div.paywall, .paywall-jump, [data-testid=paywall]"):
        return True
    texts = [script.string or "" for script in soup.find_all("script")]
    if any(re.search(r'"isAccessibleForFree"\s*:\s*"?false', text, re.IGNORECASE) for text in texts):
        return True
    return any(_preloads_paid(text) for text in texts if "_preloads" in text)


def _preloads_paid(script: str) -> bool:
    """Whether `window._preloads = JSON.parse("...")` holds a post that is not for everyone. What cannot be read counts as paid."""
    found = re.search(r'JSON\.parse\((".*")\)', script, re.DOTALL)
    try:
        preloads = load_json(load_json(found.group(1))) if found else {}
    except (DocumentRejected, TypeError):
        return "only_paid" in script or "founding" in script
    post = preloads.get("post") if isinstance(preloads, dict) else None
    return isinstance(post, dict) and not is_free(post)


def _lock(soup: BeautifulSoup) -> None:
    for body in soup.select(PAID_BODY) or soup.select("article, main") or soup.select("body"):
        if not body.decomposed:
            body.clear()
    for meta in soup.find_all("meta", attrs={"content": True}):
        if "description" in f"{meta.get('name')} {meta.get('property')}":
            meta.decompose()
    if soup.head is not None and soup.find("meta", attrs={"property": LOCKED}) is None:
        soup.head.append(soup.new_tag("meta", attrs={"property": LOCKED, "content": "locked"}))


def _mask_html(soup: BeautifulSoup) -> None:
    for text in list(soup.find_all(string=True)):
        if isinstance(text, Comment):
            text.extract()
        elif not isinstance(text, PreformattedString) and (masked := mask(str(text))) != text:
            text.replace_with(type(text)(masked) if isinstance(text, NavigableString) else masked)
    for tag in soup.find_all(True):
        for name, value in list(tag.attrs.items()):
            if name.lower().startswith("on"):
                del tag[name]
            elif isinstance(value, str) and (masked := mask(value)) != value:
                tag[name] = masked
