"""Redaction before storage: what may not be kept never reaches the disk. A page's sha256 is that of these bytes.

JSON is cut down to the fields that shapes.py names, a feed to JSON of that kind. HTML loses scripts, forms, comments (the
markup's and the readers'), the words of embedded posts and the hidden part of paid ones. E-mail addresses, IP addresses and
tokens are masked in both.
"""

import json
import re
from typing import Any

from lxml.etree import SubElement, XPath
from lxml.html import HtmlElement

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import Json, decode, load_json
from pipeline.scrape.embeds import cut_embeds, without_embeds
from pipeline.scrape.feed import cut_feed
from pipeline.scrape.markup import classes, having, load_html, to_html
from pipeline.scrape.mask_html import mask_body, mask_tree
from pipeline.scrape.masks import mask
from pipeline.scrape.pinterest_feed import cut_pins
from pipeline.scrape.preloads import preloads_of
from pipeline.scrape.reading import names
from pipeline.scrape.records import Kind
from pipeline.scrape.shapes import LINKED_DATA, OTHERS_NOTE, SHAPES, kept, post_of

FORMS = ("form", "input", "textarea", "select", "template", "object")
COMMENTS = names(
    "comments comment-list commentlist comments-area comments-section comment-section comments-container comment-thread comment-body "
    "comment-content comment-text comment-respond post-comments article-comments user-comments"
)
REMARKS = ("span", "code")  # of class `comment` they are a remark in a program
COMMENT_IDS = names("comments comments-section comment-section comments-container commentlist disqus_thread respond")
NUMBERED = re.compile(r"comment-\d+")  # as WordPress numbers them
PAYWALL = XPath(f"//div[{having('paywall')}] | //*[{having('paywall-jump')} or @data-testid='paywall']")
BODY = f"{having('body')} and ({having('markup')} or ancestor::*[{having('single-post')}])"
PAID_BODIES = (XPath(f"//*[{having('available-content', 'paywall-jump')} or {BODY}]"), XPath("//article | //main"), XPath("/html/body"))
LOCKED = "article:content_tier"  # Open Graph's name for whether a page is free, metered or locked


def redact(kind: Kind, content: bytes, *, own: bool = False, own_user: int | None = None, charset: str | None = None) -> bytes:
    """The bytes of a document that may be stored: UTF-8 and deterministic.

    `own`: the document is the person's own, whose paid posts are kept whole. `own_user`: the person's Substack id, without
    which no note of an activity feed counts as theirs. `charset`: the one the HTTP answer declared. Raises DocumentRejected.
    """
    try:
        if kind == "web_page":
            return _page(load_html(content, charset), own).encode("utf-8", "replace")
        return _document(kind, _value(kind, content, charset), own, own_user)
    except RecursionError as error:
        raise DocumentRejected("too_deep", "nested deeper than Python's stack") from error


def is_free(post: dict[str, Any]) -> bool:
    """Whether a post says that everybody may read it. One that says nothing does not."""
    return post.get("audience") == "everyone"


def _value(kind: Kind, content: bytes, charset: str | None) -> Json:
    if kind in ("web_feed", "pinterest_feed"):
        return (cut_feed if kind == "web_feed" else cut_pins)(decode(content, charset))
    return load_json(content, charset)


def _document(kind: Kind, value: Json, own: bool, own_user: int | None) -> bytes:
    if kind == "substack_post":
        value = post_of(value)
    if kind == "substack_activity":
        value = _activity(value, own_user)
    elif kind == "substack_profile":
        value = _public_only(value)
    elif kind == "substack_post" and isinstance(value, dict) and not own and not is_free(value):
        value = {key: inner for key, inner in value.items() if key != "body_html"}
    value = kept(value, SHAPES[kind])
    if isinstance(value, dict) and isinstance(value.get("body_html"), str):
        value["body_html"] = mask_body(without_embeds(value["body_html"]))
    return json.dumps(_masked(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


def _masked(value: Json) -> Json:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return {key: _masked(item) for key, item in value.items()} if isinstance(value, dict) else value


def _public_only(profile: Json) -> Json:
    """A profile with the subscriptions and the roles that its owner shows to everybody: that is where their consent ends."""
    if not isinstance(profile, dict):
        return profile
    subscriptions, roles = profile.get("subscriptions"), profile.get("publicationUsers")
    if isinstance(subscriptions, list):
        shown = [row for row in subscriptions if isinstance(row, dict) and row.get("visibility") == "public"]
        profile = profile | {"subscriptions": shown}
    if isinstance(roles, list):
        profile = profile | {"publicationUsers": [row for row in roles if isinstance(row, dict) and row.get("public") is not False]}
    return profile


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


def _page(root: HtmlElement, own: bool) -> str:
    locked = not own and _is_locked(root)
    for script in list(root.iter("script", "style")):
        # JSON-LD is where an article says its date and its author; it may hold its text and its readers' comments too.
        said = _linked_data(script.text or "") if (script.get("type") or "").strip().lower() == "application/ld+json" else ""
        if said:
            script.text = said
        else:
            script.drop_tree()
    if locked:
        _lock(root)
    for tag in list(root.iter("embed")):
        tag.drop_tag()  # to lxml an <embed> is no empty element: what follows it stands inside
    for tag in [*_inside(root, *FORMS), *filter(_is_comments, _inside(root))]:
        tag.drop_tree()
    cut_embeds(root)
    mask_tree(root)
    return to_html(root)


def _inside(root: HtmlElement, *tags: str) -> list[HtmlElement]:
    """What stands in the head and in the body, of these tags where some are named."""
    return [tag for part in root for tag in part.iterdescendants(*tags)]


def _is_comments(tag: HtmlElement) -> bool:
    """Whether a tag holds readers' comments, by its class, its id or its microdata."""
    of, name = classes(tag), tag.get("id")
    if of and (not COMMENTS.isdisjoint(of) or ("comment" in of and tag.tag not in REMARKS)):
        return True
    return (name is not None and (name in COMMENT_IDS or NUMBERED.fullmatch(name) is not None)) or tag.get("itemprop") == "comment"


def _linked_data(text: str) -> str:
    """What is kept of a page's JSON-LD; empty where that is nothing. No `<`, which could end the script."""
    try:
        said = kept(load_json(text), LINKED_DATA)
    except DocumentRejected:
        return ""
    return json.dumps(said, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c") if said else ""


def _is_locked(root: HtmlElement) -> bool:
    """Whether a page is a paid post's: by its preloaded data, its paywall, its meta tag or its JSON-LD."""
    tiers = (tag.get("content") or "" for tag in root.iter("meta") if tag.get("property") == LOCKED)
    if next(tiers, "").strip().lower() == "locked" or PAYWALL(root):
        return True
    texts = [script.text or "" for script in root.iter("script")]
    if any(re.search(r'"isAccessibleForFree"\s*:\s*"?false', text, re.IGNORECASE) for text in texts):
        return True
    return any(_preloads_paid(text) for text in texts if "_preloads" in text)


def _preloads_paid(script: str) -> bool:
    """Whether `window._preloads = JSON.parse("...")` holds a post that is not for everyone. What cannot be read counts as paid."""
    try:
        post = preloads_of(script).get("post")
    except DocumentRejected:
        return "only_paid" in script or "founding" in script
    return isinstance(post, dict) and not is_free(post)


def _lock(root: HtmlElement) -> None:
    for body in next(filter(None, (find(root) for find in PAID_BODIES)), []):
        body.text = None
        del body[:]
    for meta in list(root.iter("meta")):
        if meta.get("content") is not None and "description" in f"{meta.get('name')} {meta.get('property')}":
            meta.drop_tree()
    head = next(root.iterfind("head"), None)
    SubElement(root if head is None else head, "meta", {"property": LOCKED, "content": "locked"})
