"""What is kept of each kind of JSON document: an allow-list, so that what a platform adds tomorrow is not stored by accident.

A shape maps the keys that are kept to the shape of their values; None keeps a plain value (text, number, truth value). A list
has the shape of its items. Counts that change by the hour are left out too: they would make a new version of an old page.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.scrape.decode import Json
from pipeline.scrape.records import Kind

Shape = Mapping[str, Any]


def _plain(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names)


PUBLICATION: Shape = _plain(
    "id", "name", "subdomain", "custom_domain", "custom_domain_optional", "language", "base_url", "hostname", "no_index", "no_follow"
)
BYLINE: Shape = _plain("id", "name", "handle") | {"publicationUsers": _plain("publication_id", "is_primary") | {"publication": PUBLICATION}}
POST: Shape = _plain(
    "id", "publication_id", "title", "subtitle", "slug", "type", "audience", "post_date", "updated_at", "canonical_url", "wordcount",
    "language", "cover_image", "restacked_post_id", "restacked_post_slug", "section_name", "is_published", "body_html",
) | {"publishedBylines": BYLINE, "publication": PUBLICATION, "postTags": _plain("id", "name", "slug")}  # fmt: skip
LISTED: Shape = {key: shape for key, shape in POST.items() if key != "body_html"}
ARCHIVE: Shape = {**LISTED, "posts": LISTED, "rows": LISTED, "total": None, "nextCursor": None}
EXPORTED: Shape = _plain(
    "id", "slug", "title", "subtitle", "type", "audience", "post_date", "canonical_url", "body_html", "podcast_url", "is_published"
)
MEMBERSHIP: Shape = _plain("publication_id", "role", "is_primary", "public") | {"publication": PUBLICATION}
PROFILE: Shape = _plain(
    "id", "name", "handle", "profile_disabled", "slug", "previousSlug", "subscriptionsTruncated", "hasHiddenSubscriptions",
    "visibleSubscriptionsCount", "hasLikes", "hasActivity",
) | {
    "publicationUsers": MEMBERSHIP,
    "primaryPublication": PUBLICATION,
    "subscriptions": _plain("id", "visibility", "publication_id") | {"publication": PUBLICATION},
}  # fmt: skip
RECOMMENDED: Shape = _plain("id", "recommended_publication_id", "recommending_publication_id", "created_at") | {
    "recommendedPublication": PUBLICATION
}
RECOMMENDATIONS: Shape = {**RECOMMENDED, "rows": RECOMMENDED, "total": None}
SETTINGS: Shape = {
    "publication": PUBLICATION,
    "publicationSettings": _plain("block_ai_crawlers"),
    "post": _plain("id", "publication_id", "audience", "canonical_url", "slug", "type"),
}
BODY_NODE: dict[str, Any] = _plain("type", "text") | {
    "attrs": _plain("href", "url", "id", "label", "type"),
    "marks": _plain("type") | {"attrs": _plain("href")},
}
BODY_NODE["content"] = BODY_NODE  # a document of nodes within nodes
CARD: Shape = _plain("id", "publication_id", "title", "slug", "type", "audience", "post_date", "canonical_url")
ATTACHMENT: dict[str, Any] = _plain("id", "type", "imageUrl", "imageWidth", "imageHeight") | {
    "linkMetadata": _plain("url"),
    "post": CARD,
    "publication": PUBLICATION,
    "comment": _plain("id"),
}
OWN_NOTE: Shape = _plain("id", "user_id", "body", "date", "type") | {"body_json": BODY_NODE, "attachments": ATTACHMENT}
OTHERS_NOTE: Shape = _plain("id")
ITEM: Shape = _plain("entity_key", "type") | {
    "context": _plain("type", "timestamp"),
    "publication": PUBLICATION,
    "post": CARD,
    "comment": OWN_NOTE,
}
ACTIVITY: Shape = {"items": ITEM, "nextCursor": None}
BOARD: Shape = _plain("id", "name", "description", "url", "privacy", "created_at")
PIN: Shape = _plain(
    "id", "url", "title", "details", "image", "alt", "link", "board_id", "board", "username",
    "created_at", "is_repin", "is_native", "is_video", "private", "remarks",
)  # fmt: skip

FEED: Shape = _plain("title", "left") | {
    "entries": _plain("title", "link", "published") | {"pictures": _plain("url", "alt", "width", "height")}
}

RECORD: Shape = _plain("@type", "datePublished") | {"author": _plain("name")}
LINKED_DATA: Shape = {**RECORD, "@graph": RECORD, "mainEntity": RECORD}  # of a page's JSON-LD: what page_data.py reads
COLLECTED: Shape = _plain("picture", "title", "caption", "alt", "created_at", "origin")

SHAPES: dict[Kind, Shape] = {
    "substack_profile": PROFILE,
    "substack_archive": ARCHIVE,
    "substack_recommendations": RECOMMENDATIONS,
    "substack_activity": ACTIVITY,
    "substack_publication": SETTINGS,
    "substack_post": POST,
    "substack_export_post": EXPORTED,
    "pinterest_board": BOARD,
    "pinterest_pin": PIN,
    "imported_picture": COLLECTED,
    "web_feed": FEED,
    "pinterest_feed": {"items": PIN},
}


def post_of(value: Json) -> Json:
    """A post out of its envelope: what posts/by-id answers holds it beside its publication."""
    if not isinstance(value, dict) or not isinstance(value.get("post"), dict):
        return value
    publication = value.get("publication")
    return value["post"] | ({"publication": publication} if isinstance(publication, dict) else {})


def kept(value: Json, shape: Shape | None) -> Json:
    """The parts of a value that a shape names. Where a plain value was expected and a structure came, null."""
    if isinstance(value, list):
        return [kept(item, shape) for item in value] if shape is not None else [item for item in value if _is_plain(item)]
    if isinstance(value, dict):
        return {key: kept(value[key], inner) for key, inner in shape.items() if key in value} if shape is not None else None
    return value if shape is None or value is None else None


def _is_plain(value: Json) -> bool:
    return not isinstance(value, dict | list)
