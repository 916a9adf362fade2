"""Saved pages and recordings in the shapes of Pinterest and Substack, made anew."""

import base64
import json
from typing import Any

SIGNATURE = "9d29ae946e0d786d9a9ecc12e1f19c72"
PIN_URL = "https://www.pinterest.com/pin/7/"
POST_URL = "https://maker.substack.com/p/tale"
UPLOAD = "https://substack-post-media.s3.amazonaws.com/public/images/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f_1456x816.jpeg"
CDN = "https://substackcdn.com/image/fetch/$s_!aB3d!,w_1456,c_limit,f_auto/" + UPLOAD.replace(":", "%3A").replace("/", "%2F")


def page(head: str = "", body: str = "", url: str = "") -> str:
    saved = f"<!-- saved from url=({len(url):04d}){url} -->\n" if url else ""
    return f"<!DOCTYPE html>\n{saved}<html><head>{head}</head><body>{body}</body></html>"


def script(value: object, attributes: str) -> str:
    return f"<script {attributes}>{json.dumps(value)}</script>"


def image(size: str = "736x") -> str:
    return f"https://i.pinimg.com/{size}/9d/29/ae/{SIGNATURE}.jpg"


def camel(number: int = 7, user: str = "maker", **fields: Any) -> dict[str, Any]:
    """A pin as relay tells it."""
    return {
        "__typename": "Pin", "id": base64.b64encode(f"Pin:{number}".encode()).decode(), "entityId": str(number), "title": "A tree",
        "closeupUnifiedDescription": "Roots & rabbits", "imageSignature": SIGNATURE, "imageSpec_orig": {"url": image("originals")},
        "link": "https://a.example/tree", "createdAt": "Sat, 19 Jun 2021 21:37:04 +0000", "pinner": {"username": user, "entityId": "1"},
        "board": {"entityId": "5", "name": "Night skies", "url": f"/{user}/night-skies/", "privacy": "public"}, "isPromoted": False,
        "aggregatedPinData": {"comments": ["someone@mail.invalid"]},
    } | fields  # fmt: skip


def snake(number: int = 7, user: str = "maker", board: str = "night-skies", **fields: Any) -> dict[str, Any]:
    """A pin as the endpoints and the redux state tell it."""
    return {
        "id": str(number), "type": "pin", "title": "", "grid_title": f"Pin {number}", "description": " ", "image_signature": SIGNATURE,
        "images": {"236x": {"url": image("236x")}, "orig": {"url": image("originals")}}, "link": None, "is_promoted": False,
        "board": {"id": "5", "name": board.replace("-", " "), "url": f"/{user}/{board}/", "privacy": "public"},
        "pinner": {"username": user}, "created_at": "Sat, 19 Jun 2021 21:37:04 +0000",
    } | fields  # fmt: skip


def relay(*pins: dict[str, Any]) -> str:
    answers = ({"response": {"data": {"v3GetPinQuery": {"data": pin}}}} for pin in pins)
    return "".join(script(answer, 'data-relay-response="true" type="application/json"') for answer in answers)


def redux(*pins: dict[str, Any]) -> str:
    state = {"initialReduxState": {"pins": {pin["id"]: pin for pin in pins}, "boards": {}, "users": {}}}
    return script(state, 'id="__PWS_INITIAL_PROPS__" type="application/json"')


def linked_data(number: int = 7, **fields: Any) -> str:
    record = {
        "@type": "SocialMediaPosting", "headline": "By JSON-LD", "articleBody": "Roots",
        "image": image("originals"), "datePublished": "2021-06-19",
        "author": {"@type": "Person", "name": "M", "url": "https://www.pinterest.com/maker/"},
        "mainEntityOfPage": {"@id": f"/pin/{number}/"},
        "sharedContent": {"@type": "WebPage", "url": "https://a.example/tree"},
    } | fields  # fmt: skip
    return script(record, 'type="application/ld+json" data-test-id="leaf-snippet"')


def tags(number: int = 7) -> str:
    said = {
        "og:type": "pinterestapp:pin", "og:url": f"https://www.pinterest.com/pin/{number}/", "og:title": "By og", "og:description": "Roots",
        "og:image": image(), "pinterestapp:source": "https://a.example/tree", "pinterestapp:pinner": "https://www.pinterest.com/maker/",
    }  # fmt: skip
    return "".join(f'<meta property="{name}" content="{value}">' for name, value in said.items())


def post(slug: str = "tale", name: str = "maker", audience: str = "everyone", body: str = "", **fields: Any) -> dict[str, Any]:
    text = body or f'<p>Once upon a time.</p><figure><img src="{CDN}" alt="a fox" data-attrs="{{}}"></figure>'
    return {
        "id": 11, "publication_id": 3, "slug": slug, "title": "A tale", "type": "newsletter", "audience": audience, "body_html": text,
        "canonical_url": f"https://{name}.substack.com/p/{slug}", "post_date": "2025-03-01T10:00:00.000Z", "wordcount": 4,
        "publishedBylines": [{"id": 1, "name": "M", "handle": name, "bio": "b"}],
    } | fields  # fmt: skip


def preloads(**told: Any) -> str:
    return f"<script>window._preloads        = JSON.parse({json.dumps(json.dumps(told))})</script>"


def entry(url: str, body: bytes | str, kind: str = "text/html", encoded: bool = False, status: int = 200, **more: Any) -> dict[str, Any]:
    """An answer as Chrome's developer tools record it, with what may not be kept."""
    raw = body.encode() if isinstance(body, str) else body
    text = base64.b64encode(raw).decode() if encoded or isinstance(body, bytes) else body
    content = {"size": len(raw), "mimeType": kind, "text": text} | ({"encoding": "base64"} if encoded or isinstance(body, bytes) else {})
    headers = [{"name": "Cookie", "value": "substack.sid=PLANTED-COOKIE"}, {"name": "Authorization", "value": "Bearer PLANTED-TOKEN"}]
    return {
        "startedDateTime": "2026-01-01T00:00:00Z", "serverIPAddress": "203.0.113.9", "connection": "443", "_resourceType": "document",
        "request": {"method": "GET", "url": url, "headers": headers, "cookies": [{"name": "sid", "value": "PLANTED-COOKIE"}]},
        "response": {
            "status": status, "content": content,
            "headers": [{"name": "Set-Cookie", "value": "x=PLANTED-COOKIE"}, *more.pop("headers", [])], "cookies": [],
        },
    } | more  # fmt: skip


def har(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "pages": [], "entries": list(entries)}}).encode()
