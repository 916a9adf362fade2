"""Substack's JSON: profiles, archives, recommendations, publications and posts. Activity is in substack_activity.py."""

from dataclasses import replace
from typing import Any

from pipeline.scrape.addresses import canonical, origin
from pipeline.scrape.decode import Json, load_json
from pipeline.scrape.fields import mapping, mappings, moment, number, text
from pipeline.scrape.markup import load_html
from pipeline.scrape.reading import Walk, read
from pipeline.scrape.records import EdgeKind, FoundLink, ListedPost, Parsed, Source
from pipeline.scrape.redact import is_free
from pipeline.scrape.substack_body import read_body

CENTRE = "https://substack.com"
PREVIEW = 0.5  # of the words that a post says it has: what holds fewer is cut, for a preview bears no mark (SURFACES A.2)
OWNERS = frozenset(("admin", "owner"))  # roles of who decides on a publication; a contributor is somebody else's guest
WORDY = 50  # words; of shorter posts the share says nothing


def parse_profile(url: str, content: bytes) -> Parsed:
    """An account: `contains` its own publications, `links_to` those it writes for as a guest, `subscribes` to those it shows."""
    profile = _object(load_json(content))
    handle = text(profile, "handle")
    roles = [row for row in mappings(profile.get("publicationUsers")) if row.get("public") is not False]
    own = [mapping(row, "publication") for row in roles if _is_owner(row)] + [mapping(profile, "primaryPublication")]
    guest = [mapping(row, "publication") for row in roles if not _is_owner(row)]
    shown = [mapping(row, "publication") for row in mappings(profile.get("subscriptions"))]
    source = Source("substack", "account", f"{CENTRE}/@{handle}", handle, text(profile, "name"), number(profile, "id")) if handle else None
    remarks = [f"the profile says {name}" for name in ("subscriptionsTruncated", "hasHiddenSubscriptions") if profile.get(name) is True]
    return Parsed(
        title=text(profile, "name"),
        author=handle,
        canonical_url=source.url if source else url,
        links=_roles(own, guest) + _publication_links(shown, "subscribes"),
        rows=len(shown),
        unread=sum(publication(card) is None for card in shown),
        stated=number(profile, "visibleSubscriptionsCount"),
        source=source,
        remarks=tuple(remarks) if handle else ("the profile names no handle",),
    )


def parse_archive(url: str, content: bytes) -> Parsed:
    """The posts that an archive lists, from a bare array or an envelope (profile/posts has one with a cursor)."""
    value = load_json(content)
    rows, remarks = _rows(value, "posts", "rows")
    listed = [post for row in rows if (post := _listed(row, url)) is not None]
    unread = len(rows) - len(listed)
    source = next((found for row in rows if (found := source_of(row, url)) is not None), None)
    return Parsed(
        canonical_url=url,
        listed=tuple(listed),
        rows=len(rows),
        unread=unread,
        stated=_total(value),
        next_cursor=text(value, "nextCursor") or None,
        source=source,
        remarks=remarks + ((f"{unread} posts of the archive could not be read",) if unread else ()),
    )


def parse_recommendations(url: str, content: bytes) -> Parsed:
    """What a publication `recommends`, from a bare array or {rows, total}."""
    value = load_json(content)
    rows, remarks = _rows(value, "rows")
    cards = [mapping(row, "recommendedPublication") | {"_at": row.get("created_at")} for row in rows]
    unread = sum(publication(card) is None for card in cards)
    links = _publication_links(cards, "recommends")
    return Parsed(canonical_url=url, links=links, rows=len(rows), unread=unread, stated=_total(value), remarks=remarks)


def parse_publication(url: str, content: bytes) -> Parsed:
    """A publication's settings from a posts/by-id answer: which source it is, and whether it opted out of training.

    Where the settings are missing, opted_out is "unknown".
    """
    value = _object(load_json(content))
    card, settings = mapping(value, "publication"), mapping(value, "publicationSettings")
    blocks = settings.get("block_ai_crawlers")
    reasons = [name for name, said in (("block_ai_crawlers", blocks), ("no_index", card.get("no_index"))) if said is True]
    if not reasons and not isinstance(blocks, bool):
        reasons = ["unknown"]
    source, post = publication(card), _listed(mapping(value, "post"), url)
    return Parsed(
        title=text(card, "name"),
        listed=(post,) if post is not None else (),
        canonical_url=source.url if source else url,
        opted_out=", ".join(reasons) or None,
        source=source,
        remarks=() if source else ("the answer names no publication",),
    )


def parse_post(url: str, content: bytes, walk: Walk = read) -> Parsed:
    """A post. One that is not for everyone gives its metadata and a remark."""
    return _post(url, _object(load_json(content)), walk, whole=False)


def parse_export(url: str, content: bytes) -> Parsed:
    """A post of the person's own export: whole, also where its readers pay."""
    return _post(url, _object(load_json(content)), read, whole=True)


def _post(url: str, post: dict[str, Any], walk: Walk, whole: bool) -> Parsed:
    address = canonical(text(post, "canonical_url"), url) or url
    bylines = list(mappings(post.get("publishedBylines")))
    known = Parsed(
        title=text(post, "title"),
        author=(text(bylines[0], "handle") or text(bylines[0], "name")) if bylines else "",
        published_at=moment(post.get("post_date")),
        audience=text(post, "audience") or "unknown",
        canonical_url=address,
        source=source_of(post, address),
        section=text(post, "section_name"),
    )
    if not whole and not is_free(post):
        return replace(known, remarks=(f"audience {known.audience}: metadata only",))
    body = post.get("body_html")
    if not isinstance(body, str) or not body.strip():
        return replace(known, remarks=("the post has no body",))
    root = load_html(body)
    words, said = sum(len(part.split()) for part in root.itertext()), number(post, "wordcount") or 0
    if not whole and said >= WORDY and words < PREVIEW * said:
        return replace(known, remarks=(f"{words} of {said} words: a preview, metadata only",))
    found = read_body(root, address, walk)
    return replace(
        known,
        passages=tuple(found.passages),
        pictures=tuple(found.pictures),
        links=tuple(link for link in found.links.values() if link.url != address),
    )


def publication(card: dict[str, Any]) -> Source | None:
    """A publication as a source: its base is the custom domain where there is one, else its name at substack.com."""
    domain, name = text(card, "custom_domain"), text(card, "subdomain")
    base = ""
    if domain and card.get("custom_domain_optional") is not True:
        base = origin(domain if "//" in domain else f"https://{domain}")
    if not base and name:
        base = origin(f"https://{name}.substack.com")
    base = base or origin(text(card, "base_url"))
    return Source("substack", "publication", base, name, text(card, "name"), number(card, "id")) if base else None


def source_of(post: dict[str, Any], address: str) -> Source | None:
    """The publication of a post: by its own `publication`, else by that of its authors with the same id, else by its address."""
    number_ = number(post, "publication_id")
    cards = [mapping(post, "publication")]
    for byline in mappings(post.get("publishedBylines")):
        cards += [mapping(row, "publication") for row in mappings(byline.get("publicationUsers"))]
    for card in cards:
        if number_ is not None and number(card, "id") == number_ and (found := publication(card)) is not None:
            return found
    base = origin(text(post, "canonical_url")) or origin(address)
    return Source("substack", "publication", base, number=number_) if base else None


def _listed(row: dict[str, Any], url: str) -> ListedPost | None:
    slug, address, key = text(row, "slug"), canonical(text(row, "canonical_url"), url), number(row, "id")
    if address is None and slug:
        address = canonical(f"/p/{slug}", url)
    if address is None or key is None or not slug:
        return None
    return ListedPost(
        number=key,
        slug=slug,
        url=address,
        title=text(row, "title"),
        audience=text(row, "audience") or "unknown",
        published_at=moment(row.get("post_date")),
        wordcount=number(row, "wordcount"),
        kind=text(row, "type") or "newsletter",
    )


def _is_owner(row: dict[str, Any]) -> bool:
    return text(row, "role") in OWNERS or row.get("is_primary") is True


def _roles(own: list[dict[str, Any]], guest: list[dict[str, Any]]) -> tuple[FoundLink, ...]:
    """Links to an account's publications; its primary one is its own, whatever its role there is called."""
    contained = _publication_links(own, "contains")
    known = {link.url for link in contained}
    return contained + tuple(link for link in _publication_links(guest, "links_to") if link.url not in known)


def _publication_links(cards: list[dict[str, Any]], kind: EdgeKind) -> tuple[FoundLink, ...]:
    """Links to publications, each once, the first time it is told of."""
    links: dict[str, FoundLink] = {}
    for card in cards:
        source = publication(card)
        if source is not None:
            links.setdefault(source.url, FoundLink(source.url, kind, moment(card.get("_at")), source))
    return tuple(links.values())


def _rows(value: Json, *names: str) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    if isinstance(value, list):
        return list(mappings(value)), ()
    for name in names:
        if isinstance(value, dict) and isinstance(value.get(name), list):
            return list(mappings(value[name])), ()
    return [], ("neither a list nor an envelope with " + " or ".join(names),)


def _total(value: Json) -> int | None:
    return number(value, "total") if isinstance(value, dict) else None


def _object(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
