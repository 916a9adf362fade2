"""A post's body in Substack's own HTML vocabulary, as its web API gives it and as its export holds it.

The two differ in how attributes are quoted, and in what a paid post shows: the web cuts it, the export has it whole.
"""

import html
import json
from collections.abc import Callable, Mapping

from pipeline.simulate.drawing import SIZE
from pipeline.simulate.model import Inline, Picture, Post
from pipeline.simulate.site.addresses import proxied_url, upload_url

PREVIEW_SHARE = 0.3  # of a paid post's paragraphs, at least one
WIDTHS = (424, 848, 1272, 1456)
_QUALITY = "q_auto:good,fl_progressive:steep"

Attributes = Callable[[Mapping[str, object]], str]

_SUBSCRIBE = (
    '<div class="subscription-widget-wrap-editor" {attributes} data-component-name="SubscribeWidgetToDOM">'
    '<div class="subscription-widget show-subscribe"><div class="preamble"><p class="cta-caption">Subscribe for free.</p></div>'
    '<form class="subscription-widget-subscribe"><input type="email" class="email-input" name="email" placeholder="Type your email">'
    '<input type="submit" class="button primary" value="Subscribe"></form></div></div>'
)
_SHARE = '<p class="button-wrapper" {attributes}><a class="button primary" href="{url}"><span>Share</span></a></p>'
_PAYWALL = '<div class="paywall-jump" data-component-name="PaywallToDOM"></div>'
_EXPAND = (
    '<div class="image-link-expand"><div class="icon-container view-image">'
    '<svg viewBox="0 0 20 20"><path d="M2 9h7"></path></svg></div></div>'
)


def is_paid(post: Post) -> bool:
    """Whether strangers see only the opening."""
    return post.audience != "everyone"


def web_body(post: Post) -> str:
    """`body_html` as anybody gets it: the whole post, or a paid one's opening, cut without a mark."""
    return _opening(post, _cut(post) if is_paid(post) else len(post.paragraphs), _escaped)


def export_body(post: Post) -> str:
    """The whole body as the author's export holds it; a paid post has a mark where strangers are stopped."""
    cut = _cut(post) if is_paid(post) else len(post.paragraphs)
    parts = _parts(post, _single_quoted)
    return "".join(part + (_PAYWALL if index + 1 == cut < len(parts) else "") for index, part in enumerate(parts))


def word_count(post: Post) -> int:
    """Words of the whole post, whoever may read it."""
    return sum(len(paragraph.split()) for paragraph in post.paragraphs)


def _cut(post: Post) -> int:
    return max(1, int(len(post.paragraphs) * PREVIEW_SHARE))


def _opening(post: Post, paragraphs: int, attributes: Attributes) -> str:
    return "".join(_parts(post, attributes)[:paragraphs])


def _parts(post: Post, attributes: Attributes) -> list[str]:
    """One piece of HTML per paragraph: its text, then the pictures after it; widgets after the second and the last one."""
    parts, shown = [], 0
    for index, text in enumerate(post.paragraphs):
        links = post.links if index == len(post.paragraphs) - 1 else ()
        part = f"<p>{_linked(text, links)}</p>"
        for inline in (inline for inline in post.pictures if inline.after == index):
            part += _figure(inline, shown == 0, attributes)
            shown += 1
        parts.append(part + _widget(index, len(post.paragraphs), attributes))
    return parts


def _widget(index: int, count: int, attributes: Attributes) -> str:
    """What Substack's editor puts between paragraphs and no reader wants."""
    if index == count - 1:
        return _SHARE.format(attributes=attributes({"url": "%%share_url%%", "text": "Share", "action": None}), url="%%share_url%%")
    return _SUBSCRIBE.format(attributes=attributes({"url": "%%checkout_url%%", "text": "Subscribe"})) if index == 1 else ""


def _linked(text: str, links: tuple[str, ...]) -> str:
    """The paragraph with its last words turned into links, one word each, so that its text stays as it is."""
    words = [html.escape(word, quote=False) for word in text.split(" ")]
    for place, url in enumerate(links, start=max(0, len(words) - len(links))):
        words[place] = f'<a href="{html.escape(url)}?utm_source=post&amp;utm_medium=web">{words[place]}</a>'
    return " ".join(words)


def _figure(inline: Inline, first: bool, attributes: Attributes) -> str:
    """One captioned image as the editor writes it, with the original's address in `data-attrs` and the proxy's elsewhere."""
    picture, alt = inline.picture, html.escape(inline.alt)
    caption = f'<figcaption class="image-caption">{html.escape(inline.caption, quote=False)}</figcaption>' if inline.caption else ""
    return (
        '<div class="captioned-image-container"><figure><a class="image-link image2 is-viewable-img" target="_blank" '
        f'href="{proxied_url(picture, f"f_auto,{_QUALITY}")}" data-component-name="Image2ToDOM"><div class="image2-inset"><picture>'
        f'<source type="image/webp" srcset="{_srcset(picture, "f_webp")}" sizes="100vw">'
        f'<img src="{proxied_url(picture, f"w_1456,c_limit,f_auto,{_QUALITY}")}" width="{SIZE}" height="{SIZE}" '
        f'{attributes(_described(inline, first))} class="sizing-normal" alt="{alt}" srcset="{_srcset(picture, "f_auto")}" sizes="100vw">'
        f"</picture>{_EXPAND}</div></a>{caption}</figure></div>"
    )


def _srcset(picture: Picture, form: str) -> str:
    return ", ".join(f"{proxied_url(picture, f'w_{width},c_limit,{form},{_QUALITY}')} {width}w" for width in WIDTHS)


def _described(inline: Inline, first: bool) -> dict[str, object]:
    """What an image's `data-attrs` say."""
    return {
        "src": upload_url(inline.picture), "srcNoWatermark": None, "fullscreen": None, "imageSize": None, "height": SIZE, "width": SIZE,
        "resizeWidth": None, "bytes": None, "alt": inline.alt or None, "title": None, "type": "image/jpeg", "href": None,
        "belowTheFold": not first, "topImage": first, "internalRedirect": None, "isProcessing": False, "align": None, "offset": False,
    }  # fmt: skip


def _escaped(data: Mapping[str, object]) -> str:
    """`data-attrs` as the web has it."""
    return f'data-attrs="{html.escape(json.dumps(data, ensure_ascii=False))}"'


def _single_quoted(data: Mapping[str, object]) -> str:
    """`data-attrs` as exports have it: JSON as it is, between single quotes."""
    text = json.dumps(data, ensure_ascii=False).replace("&", "&amp;").replace("'", "&#39;")
    return f"data-attrs='{text}'"
