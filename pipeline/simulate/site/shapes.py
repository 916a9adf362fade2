"""The world's people, publications and posts in the JSON shapes of Substack's web API."""

from datetime import UTC, datetime

from pipeline.simulate.model import Person, Post, Publication, World, post_url
from pipeline.simulate.site.addresses import upload_url
from pipeline.simulate.site.body import is_paid, web_body, word_count


def timestamp(moment: datetime) -> str:
    """UTC in the API's form: 2024-05-01T08:00:00.000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def base_url(publication: Publication) -> str:
    """The publication's origin."""
    return f"https://{publication.subdomain}.substack.com"


def _author(world: World, publication: Publication) -> dict[str, object]:
    person = world.people[publication.author]
    return {"id": person.user_id, "name": person.handle.capitalize(), "handle": person.handle, "bio": None, "photo_url": None}


def card(world: World, publication: Publication) -> dict[str, object]:
    """A publication as other objects mention it."""
    author = _author(world, publication)
    return {
        "id": publication.publication_id, "name": publication.name, "subdomain": publication.subdomain, "custom_domain": None,
        "custom_domain_optional": False, "hero_text": "", "logo_url": None, "author_id": author["id"], "language": "en",
        "explicit": False, "payments_state": "disabled", "is_personal_mode": False, "author": author,
    }  # fmt: skip


def brief(world: World, publication: Publication, post: Post) -> dict[str, object]:
    """An archive item: everything but the body."""
    author, when = _author(world, publication), timestamp(post.published_at)
    membership = {
        "publication_id": publication.publication_id, "role": "admin", "is_primary": True, "publication": card(world, publication),
    }  # fmt: skip
    return {
        "id": post.post_id, "publication_id": publication.publication_id, "title": post.title, "subtitle": post.subtitle,
        "description": post.subtitle, "social_title": None, "search_engine_title": None, "slug": post.slug, "type": "newsletter",
        "post_date": when, "audience": post.audience, "canonical_url": post_url(publication, post),
        "cover_image": upload_url(post.pictures[0].picture) if post.pictures else None, "cover_image_is_square": True,
        "cover_image_is_explicit": False, "wordcount": word_count(post), "truncated_body_text": None, "body_html": None, "body_json": None,
        "reactions": {"❤": 0}, "reaction_count": 0, "comment_count": 0, "child_comment_count": 0, "restacks": 0,
        "restacked_post_id": None, "postTags": [], "section_id": None, "language": "en", "podcast_url": None, "hidden": None,
        "is_geoblocked": False, "publishedBylines": [{**author, "is_guest": False, "publicationUsers": [membership]}],
    }  # fmt: skip


def full(world: World, publication: Publication, post: Post) -> dict[str, object]:
    """One post with the body that anybody gets."""
    more = {"body_html": web_body(post), "updated_at": timestamp(post.published_at), "is_published": True}
    return {**brief(world, publication, post), **more, "should_send_free_preview": is_paid(post)}


def by_id(world: World, publication: Publication, post: Post) -> dict[str, object]:
    """One post with its publication and the publication's settings, the opt-out from training among them."""
    more = {"base_url": base_url(publication), "no_index": False, "no_follow": False, "has_recommendations": bool(publication.recommends)}
    settings = {"block_ai_crawlers": publication.opted_out == "block_ai_crawlers", "enable_restacking": True}
    return {"post": full(world, publication, post), "publication": {**card(world, publication), **more}, "publicationSettings": settings}


def recommendations(world: World, publication: Publication) -> list[dict[str, object]]:
    """Whom a publication recommends. Each row carries a token, as the real ones do, that nobody should keep."""
    rows: list[dict[str, object]] = []
    for number, subdomain in enumerate(publication.recommends):
        there = world.publications[subdomain]
        rows.append({
            "id": publication.publication_id * 100 + number, "recommended_publication_id": there.publication_id,
            "recommending_publication_id": publication.publication_id, "created_at": "2024-01-01T00:00:00.000Z",
            "updated_at": "2024-01-01T00:00:00.000Z", "description": None, "blurb_active": False, "email_sent_at": None, "list_ids": [],
            "subscribe_auth_token": f"simulated-secret-{publication.publication_id}-{number}",
            "recommendedPublication": card(world, there),
        })  # fmt: skip
    return rows


def profile(world: World, person: Person) -> dict[str, object]:
    """A public profile: the person's own publication and the subscriptions they show."""
    own = world.publications.get(person.publication)
    subscriptions = [_subscription(world, person, world.publications[subdomain]) for subdomain in person.subscribes]
    membership = [] if own is None else [
        {"publication_id": own.publication_id, "role": "admin", "public": True, "is_primary": True, "publication": card(world, own)}
    ]  # fmt: skip
    return {
        "id": person.user_id, "name": person.handle.capitalize(), "handle": person.handle, "slug": person.handle, "previousSlug": None,
        "previous_name": None, "bio": None, "photo_url": None, "profile_disabled": False, "publicationUsers": membership,
        "primaryPublication": None if own is None else card(world, own), "subscriptions": subscriptions, "subscriptionsTruncated": False,
        "hasHiddenSubscriptions": False, "visibleSubscriptionsCount": len(subscriptions), "userLinks": [], "lists": [], "hasLikes": False,
        "hasActivity": False,
    }  # fmt: skip


def _subscription(world: World, person: Person, there: Publication) -> dict[str, object]:
    return {
        "id": person.user_id * 10_000 + there.publication_id % 10_000, "user_id": person.user_id, "visibility": "public",
        "membership_state": "free_signup", "type": None, "is_founding": False, "publication": card(world, there),
    }  # fmt: skip


def activity() -> dict[str, object]:
    """A page of notes and restacks: nobody in the simulated world writes any."""
    return {"items": [], "originalCursorTimestamp": None, "nextCursor": None}
