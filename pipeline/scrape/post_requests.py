"""Which address is asked for what a publication has: its archive, its settings, its recommendations, its posts."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from pipeline.scrape.frontier import Request
from pipeline.scrape.records import ListedPost, Source

CENTRE = "https://substack.com"
RECOMMENDED_AT_ONCE = 50
LISTED_AT_ONCE = 25  # of at most 50 (SURFACES A.1)


def archive_url(source: Source, offset: int) -> str:
    """A page of a publication's archive, newest first."""
    return f"{source.url}/api/v1/archive?sort=new&search=&offset={offset}&limit={LISTED_AT_ONCE}"


def post_url(source: Source, slug: str) -> str:
    """A post's JSON."""
    return f"{source.url}/api/v1/posts/{quote(slug, safe='')}"


def profile_url(handle: str) -> str:
    """An account's public profile."""
    return f"{CENTRE}/api/v1/user/{quote(handle, safe='')}/public_profile"


def by_id_url(number: int) -> str:
    """A post with its publication and that publication's settings."""
    return f"{CENTRE}/api/v1/posts/by-id/{number}"


def archive_request(source: Source, source_id: str, hop: int, found_via: str, offset: int) -> Request:
    """Asks for a page of an archive."""
    url = archive_url(source, offset)
    return Request(url, url, "substack_archive", source_id, hop, found_via, context_of(source) | {"offset": offset})


def recommendations_request(source: Source, source_id: str, hop: int, offset: int = 0, page: int = 0) -> Request:
    """Asks for what a publication, whose number is known, recommends: all, or what comes after a first part (SURFACES A.4)."""
    url = f"{source.url}/api/v1/recommendations/from/{source.number}"
    if offset:
        url += f"?paginate=true&offset={offset}&limit={RECOMMENDED_AT_ONCE}"
    context = context_of(source) | ({"offset": offset, "page": page} if offset else {})
    return Request(url, url, "substack_recommendations", source_id, hop, source.url, context)


def most_recommendation_pages(cap: int) -> int:
    """How many pages of recommendations are asked for: twice what a cap on sources needs, for pages may be short."""
    return 1 + 2 * -(-cap // RECOMMENDED_AT_ONCE)


def settings_address(source: Source) -> str:
    """What stands for a publication's settings, by whichever of its posts they are asked."""
    return f"{source.url}/#settings"


def settings_request(source: Source, asked_by: Request, listed: tuple[ListedPost, ...], rows: int) -> Request:
    """Asks for a publication's settings by way of one of its posts; what else is listed waits in the context."""
    asked = next((post for post in listed if post.audience == "everyone"), listed[0])
    context = context_of(source) | {"listed": [row_of(post) for post in listed], "rows": rows}
    address = settings_address(source)
    return Request(address, by_id_url(asked.number), "substack_publication", asked_by.source_id, asked_by.hop, source.url, context)


def post_request(source: Source, asked_by: Request, post: ListedPost) -> Request:
    """Asks for a listed post; somebody else's paid one carries what the archive told of it, and nothing will be asked."""
    paid = {"paid": row_of(post)} if post.audience != "everyone" and asked_by.hop > 0 else {}
    context = context_of(source) | {"listed": True, "words": post.wordcount} | paid
    return Request(post.url, post_url(source, post.slug), "substack_post", asked_by.source_id, asked_by.hop, source.url, context)


def context_of(source: Source) -> dict[str, Any]:
    """What a request keeps of its publication."""
    return {"base": source.url, "number": source.number, "handle": source.handle, "title": source.title}


def publication_of(context: dict[str, Any]) -> Source:
    """The publication that a request's context keeps."""
    return Source("substack", "publication", context["base"], context["handle"], context["title"], context["number"])


def row_of(post: ListedPost) -> dict[str, Any]:
    """A listed post as a row of an archive's JSON."""
    date = post.published_at.isoformat() if post.published_at else None
    return {
        "id": post.number, "slug": post.slug, "canonical_url": post.url, "title": post.title, "audience": post.audience,
        "post_date": date, "wordcount": post.wordcount, "type": post.kind,
    }  # fmt: skip


def listed_of(row: dict[str, Any]) -> ListedPost:
    """The listed post that such a row tells of."""
    date = datetime.fromisoformat(row["post_date"]) if row["post_date"] else None
    return ListedPost(row["id"], row["slug"], row["canonical_url"], row["title"], row["audience"], date, row["wordcount"], row["type"])
