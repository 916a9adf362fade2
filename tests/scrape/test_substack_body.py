import html
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st
from properties import holds_for

from pipeline.scrape.reading import Reading, glance
from pipeline.scrape.substack_body import read_body

BASE = "https://river.substack.com/p/reeds"
UPLOADS = "https://substack-post-media.s3.amazonaws.com/public/images"
OLD = "https://bucketeer-e05bbc84-baa3-437e-9518-adb32be77984.s3.amazonaws.com/public/images"
FIRST = f"{UPLOADS}/52784fae-8082-44d2-abac-11a5c5663133_326x448.jpg"
SECOND = f"{UPLOADS}/b13a9d7a-e121-4791-a8ea-840ff4e18734_1200x800.png"


def attrs(data: dict[str, Any], single: bool = False) -> str:
    text = json.dumps(data)
    return f"data-attrs='{text.replace(chr(39), '&#39;')}'" if single else f'data-attrs="{html.escape(text)}"'


def picture(address: str = FIRST, alt: str = "A boat", caption: str = "", single: bool = False) -> str:
    proxy = f"https://substackcdn.com/image/fetch/$s_!x!,w_1456,c_limit/{address.replace(':', '%3A').replace('/', '%2F')}"
    words = f'<figcaption class="image-caption">{caption}</figcaption>' if caption else ""
    return (
        f'<div class="captioned-image-container"><figure><a class="image-link image2" href="{proxy}"><div class="image2-inset"><picture>'
        f'<source srcset="{proxy} 424w"><img src="{proxy}" {attrs({"src": address, "width": 1456}, single)} alt="{alt}"></picture>'
        f'<div class="image-link-expand"><svg></svg>Expand</div></div></a>{words}</figure></div>'
    )


def texts(found: Reading) -> list[str]:
    return [passage.text for passage in found.passages]


def order(markup: str) -> list[str]:
    found = read_body(markup, BASE)
    items = [*found.passages, *found.pictures]
    assert len({item.position for item in items}) == len(items)
    return [getattr(item, "text", "") or "picture" for item in sorted(items, key=lambda item: item.position)]


def test_pictures_stand_in_their_place() -> None:
    assert order(f"<p>One two three.</p>{picture()}<p>Four five six.</p>{picture(SECOND)}") == [
        "One two three.", "picture", "Four five six.", "picture",
    ]  # fmt: skip


@pytest.mark.parametrize("single", [False, True])
def test_a_picture_has_the_originals_address_its_alt_its_caption_and_true_size(single: bool) -> None:
    found = read_body(picture(caption="By <em>the</em> river", single=single), BASE)
    assert [(p.image_url, p.alt, p.caption, p.width, p.height) for p in found.pictures] == [(FIRST, "A boat", "By the river", 326, 448)]
    assert texts(found) == []
    assert found.links == {}


def test_broken_data_attrs_fall_back_to_the_proxys_address() -> None:
    found = read_body(picture().replace("data-attrs=", "data-attrs='{not json' data-was="), BASE)
    assert [picture.image_url for picture in found.pictures] == [FIRST]


def test_a_gallery_gives_its_pictures_but_not_the_composite() -> None:
    gallery = {
        "images": [{"src": FIRST, "alt": "a"}, {"src": SECOND}],
        "caption": "Both",
        "alt": "",
        "staticGalleryImage": {"src": f"{UPLOADS}/c.png"},
    }
    found = read_body(f'<div class="image-gallery-embed" {attrs({"gallery": gallery})}><img src="{UPLOADS}/c.png"></div>', BASE)
    assert [(p.image_url, p.alt, p.caption) for p in found.pictures] == [(FIRST, "a", "Both"), (SECOND, "", "Both")]


@pytest.mark.parametrize(
    "address", [f"{UPLOADS}/attachment_icon.svg", 'https://a.example/dot.gif" width="1" height="1', "data:image/png;base64,AAAA"]
)
def test_icons_are_no_pictures(address: str) -> None:
    assert read_body(f'<img src="{address}">', BASE).pictures == []


def test_headings_widgets_and_buttons_are_no_passages() -> None:
    markup = (
        '<h3>Heading</h3><p>Words of the letter.</p><div class="subscription-widget-wrap-editor"><p class="cta-caption">Thanks!</p>'
        '<form><input type=submit></form></div><p class="button-wrapper"><a href="/subscribe"><span>Share</span></a></p>'
        '<div class="paywall-jump">Paywall</div><div><hr></div>'
    )
    found = read_body(markup, BASE)
    assert texts(found) == ["Words of the letter."]
    assert found.links == {}


def test_verse_keeps_its_lines_and_spaces() -> None:
    found = read_body(
        '<div class="preformatted-block"><label class="hide-text">Text within</label><pre class="text">\nOne\n   two\n\nthree</pre></div>',
        BASE,
    )
    assert texts(found) == ["One\n   two\n\nthree"]


def test_lists_and_quotes() -> None:
    items = "<ol><li><p>Mix flour.</p></li><li><p>Bake <b>it</b>.</p><ul><li>well</li></ul></li></ol>"
    assert order(f"{items}<blockquote><p>So it is.</p></blockquote>") == ["Mix flour.\nBake it.\nwell", "So it is."]


def test_a_picture_in_a_list_keeps_its_place() -> None:
    assert order(f"<ul><li>First item</li><li>{picture()}</li><li>Last item</li></ul>") == ["First item", "picture", "Last item"]


def test_footnotes_have_their_role_and_no_numbers() -> None:
    note = '<div class="footnote"><a class="footnote-number" href="#a">1</a><div class="footnote-content"><p>A note below.</p></div></div>'
    found = read_body(f'<p>Words<a class="footnote-anchor" href="#footnote-1">1</a> go on.</p>{note}<p>And end.</p>', BASE)
    assert [(p.text, p.role) for p in found.passages] == [("Words go on.", "body"), ("A note below.", "footnote"), ("And end.", "body")]
    assert found.links == {}


def test_links_embeds_and_mentions() -> None:
    markup = (
        '<p>See <a href="https://a.example/x?utm_source=y">this</a> by '
        f'<span class="mention-wrap" {attrs({"name": "Ends", "id": 8, "type": "pub", "url": "https://ends.example"})}></span>, and '
        '<a href="https://open.substack.com/pub/other/p/slug?r=1">that</a>, <a href="javascript:alert(1)">no</a>.</p>'
        f'<div class="digest-post-embed" {attrs({"canonical_url": "https://b.example/p/one", "title": "Their title"})}>Their title</div>'
        f'<div class="embedded-post-wrap" {attrs({"url": "https://b.example/p/two"})}><a href="x">Their words</a></div>'
        f'<div class="embedded-publication-wrap" {attrs({"base_url": "https://c.example", "name": "C", "id": 4})}></div>'
        f'<div class="youtube-wrap" {attrs({"videoId": "abc"})}><iframe></iframe></div>'
    )
    found = read_body(markup, BASE)
    assert texts(found) == ["See this by Ends, and that, no."]
    assert list(found.links) == [
        ("https://a.example/x", "links_to"), ("https://ends.example/", "mentions"), ("https://other.substack.com/p/slug", "links_to"),
        ("https://b.example/p/one", "embeds"), ("https://b.example/p/two", "embeds"), ("https://c.example/", "embeds"),
        ("https://www.youtube.com/watch?v=abc", "embeds"),
    ]  # fmt: skip
    to = found.links["https://c.example/", "embeds"].to
    assert to is not None
    assert (to.url, to.title, to.number) == ("https://c.example", "C", 4)


def data(called: str, value: dict[str, Any], inner: str = "", tag: str = "div") -> str:
    return f'<{tag} class="{called}" {attrs(value)}>{inner}</{tag}>'


def upload(name: str) -> str:
    """An image as editors write it: the original in data-attrs, a smaller one shown."""
    original = f"{UPLOADS}/{name}"
    return f'<img src="{PROXY}/w_1456,c_limit,f_auto/{quote(original, safe="")}" {attrs({"src": original, "width": 1456})}>'


PROXY = "https://substackcdn.com/image/fetch"
UUID = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
FAR = "https://a.example/p/one"
Seen = tuple[list[str], list[tuple[str, int | None]], list[tuple[str, str]]]  # texts, pictures with their width, links with their kind
WORDS: Seen = (["Words."], [], [])
SHOWN: Seen = ([], [(FIRST, 326)], [])
VOCABULARY: list[tuple[str, str, Seen]] = [
    ("image2", picture(), SHOWN),
    ("image2 of an export, in single quotes", picture(single=True), SHOWN),
    ("a proxied address alone",
     f'<img src="{PROXY}/$s_!x!,w_1456,c_limit,f_auto,q_auto:good,fl_progressive:steep/{quote(FIRST, safe="")}">', SHOWN),
    ("a proxied address without a signature", f'<img src="{PROXY}/w_424,c_limit/{quote(FIRST, safe="")}">', SHOWN),
    ("a proxy of a proxy", f'<img src="{PROXY}/w_9/{quote(f"{PROXY}/w_8/" + quote(FIRST, safe=""), safe="")}">', SHOWN),
    ("the older bucket", f'<img src="{OLD}/52784fae-8082-44d2-abac-11a5c5663133_326x448.jpeg">',
     ([], [(f"{OLD}/52784fae-8082-44d2-abac-11a5c5663133_326x448.jpeg", 326)], [])),
    ("an upload whose name tells no size", f'<img src="{UPLOADS}/52784fae-8082-44d2-abac-11a5c5663133.png" width="700" height="300">',
     ([], [(f"{UPLOADS}/52784fae-8082-44d2-abac-11a5c5663133.png", 700)], [])),
    ("the size in the name before the size as shown", data("x", {"src": FIRST, "width": 1456, "height": 900}, tag="img"), SHOWN),
    ("image3", data("image3", {"src": FIRST, "alt": "A boat"}), SHOWN),
    ("image3 around its image", data("image3", {"src": FIRST}, f'<img src="{FIRST}">'), SHOWN),
    ("a bare figure", f'<figure><img src="{FIRST}"></figure>', SHOWN),
    ("an image with a link of its author's",
     picture().replace('class="image-link image2" href="', f'class="image-link image2" href="{FAR}" x="'),
     ([], [(FIRST, 326)], [(FAR, "links_to")])),
    ("an image whose link is its file", f'<a class="image-link image2" href="{FIRST}"><img src="{FIRST}"></a>', SHOWN),
    ("an image whose link is another file", f'<a class="image-link" href="https://a.example/x.JPG?y=1"><img src="{FIRST}"></a>', SHOWN),
    ("what opens an image", '<div class="image-link-expand"><svg></svg><button>View image</button></div><p>Words.</p>', WORDS),
    ("a gallery", data("image-gallery-embed", {"gallery": {"images": [{"src": FIRST, "type": "image/jpeg"}, {"src": SECOND}], "caption": "",
     "staticGalleryImage": {"src": f"{UPLOADS}/c.png"}}, "isEditorNode": True}), ([], [(FIRST, 326), (SECOND, 1200)], [])),
    ("a gallery as the web shows it",
     f'<div class="ImageGallery-module__imageGallery--x"><picture><img src="{FIRST}"></picture><img src="{SECOND}"></div>',
     ([], [(FIRST, 326), (SECOND, 1200)], [])),
    ("a gallery of nothing", data("image-gallery-embed", {"gallery": {"images": None}}), ([], [], [])),
    ("a post among posts", data("digest-post-embed", {"canonical_url": FAR, "title": "T", "cover_image": SECOND}, "<p>Their words"),
     ([], [], [(FAR, "embeds")])),
    ("a post, embedded", data("embedded-post-wrap", {"url": FAR, "publication_name": "A"},
     f'<a class="embedded-post" href="{FAR}">Their words</a>'),
     ([], [], [(FAR, "embeds")])),
    ("a publication, embedded", data("embedded-publication-wrap",
     {"id": 3, "name": "A", "base_url": "https://a.example"}, "<p>Their words</p>"),
     ([], [], [("https://a.example/", "embeds")])),
    ("a publication, mentioned", "<p>By " + data("mention-wrap",
     {"name": "Ends", "id": 8, "type": "pub", "url": "https://ends.example"}, tag="span") + ".</p>",
     (["By Ends."], [], [("https://ends.example/", "mentions")])),
    ("a person, mentioned", "<p>By " + data("mention-wrap",
     {"name": "R. Iver", "id": 8, "type": "user", "url": None}, tag="span") + ".</p>",
     (["By R. Iver."], [], [])),
    ("a person, mentioned by their address", "<p>By " + data("mention-wrap",
     {"name": "R. Iver", "id": 8, "type": "user", "url": "https://open.substack.com/users/8-r-iver?utm_source=mentions"},
     tag="span") + ".</p>",
     (["By R. Iver."], [], [("https://open.substack.com/users/8-r-iver", "mentions")])),
    ("a post at Bluesky", data("bluesky-wrap", {"postId": "3lb", "authorHandle": "r.iver", "text": "Theirs",
     "uri": "at://did:plc:ab12/app.bsky.feed.post/3lb"}, "<p>Theirs</p>"),
     ([], [], [("https://bsky.app/profile/did:plc:ab12/post/3lb", "embeds")])),
    ("a post at Bluesky of no address", data("bluesky-wrap", {"uri": "at://../x/app.bsky.feed.post/3lb"}), ([], [], [])),
    ("a mention that is written out", "<p>By " + data("mention-wrap", {"name": "R. Iver"}, "R. I.", "span") + ".</p>",
     (["By R. I.."], [], [])),
    ("a stock", "<p>Of " + data("cashtag-wrap", {"symbol": "$REED"}, tag="span") + ".</p>", (["Of $REED."], [], [])),
    ("a footnote's sign", '<p>Words<a class="footnote-anchor" id="footnote-anchor-1" href="#footnote-1">1</a>.</p>', WORDS),
    ("footnotes", '<div class="footnote"><a class="footnote-number" href="#footnote-anchor-1">1</a>'
     '<div class="footnote-content"><p>Words.</p></div></div>', WORDS),
    ("poetry", '<div class="preformatted-block" data-component-name="PreformattedTextBlockToDOM">'
     '<label class="hide-text">Text within</label>'
     '<pre class="text">One\n  two\n\n\tthree  \n</pre></div>', (["One\n  two\n\n\tthree"], [], [])),
    ("code", "<pre><code>if a:\n    b()</code></pre>", (["if a:\n    b()"], [], [])),
    ("code in a line", "<p>Say <code>b()</code>.</p>", (["Say b()."], [], [])),
    ("a pull quote", '<div class="pullquote"><p>Words.</p><cite>R. Iver</cite></div>', (["Words.", "R. Iver"], [], [])),
    ("a callout", '<div class="callout-block"><p>Words.</p></div>', WORDS),
    ("a quote", "<blockquote><p>Words.</p></blockquote>", WORDS),
    ("a formula", data("latex-rendered", {"persistentExpression": "E=mc^2", "id": "X"}) + "<p>Words.</p>", WORDS),
    *((f"{called} with an address", data(called, {"url": FAR}, "<p>Their words</p>"), ([], [], [(FAR, "embeds")])) for called in (
        "tweet", "twitter-embed", "spotify-wrap", "tiktok-wrap", "bluesky-wrap", "apple-podcast-container", "youtube-wrap", "instagram")),
    ("a film", data("youtube-wrap", {"videoId": "aB_-9"}, "<iframe></iframe>"),
     ([], [], [("https://www.youtube.com/watch?v=aB_-9", "embeds")])),
    ("a film elsewhere", data("vimeo-wrap", {"videoId": "123"}), ([], [], [("https://vimeo.com/123", "embeds")])),
    ("a film of no number", data("youtube-wrap", {"videoId": "a b/../c"}), ([], [], [])),
    ("a post elsewhere", data("instagram", {"instagram_id": "Cx1", "title": "Theirs"}, "<p>Theirs</p>"),
     ([], [], [("https://www.instagram.com/p/Cx1", "embeds")])),
    *((f"{called} says nothing", data(called, {"mediaUploadId": "x", "url": "https://a.example/f"},
     f'<img src="{SECOND}"><p>Their words</p>') + "<p>Words.</p>", WORDS)
      for called in ("native-video-embed", "native-audio-embed", "poll-embed", "datawrapper-wrap", "community-chat",
                     "install-substack-app-embed")),
    ("a file and its sign",
    '<div class="file-embed-wrapper"><img class="file-embed-thumbnail-default" src="https://substackcdn.com/image/fetch/'
     'https%3A%2F%2Fsubstack.com%2Fimg%2Fattachment_icon.svg"><div>Notes.pdf</div>'
     '<a href="https://a.example/f.pdf">Download</a></div><p>Words.</p>', WORDS),
    *((f"{called} is furniture", f'<div class="{called}"><p>Type your email</p><form><input></form></div><p>Words.</p>',
     WORDS) for called in (
        "subscription-widget-wrap", "subscription-widget-wrap-editor", "subscription-widget", "captioned-button-wrap", "paywall-jump",
        "header-anchor-parent")),
    ("a button",
     f'<p class="button-wrapper" {attrs({"url": "https://a.example/s?utm_source=x", "text": "Share", "action": None, "class": None})}>'
     '<a class="button primary" href="https://a.example/s"><span>Share</span></a></p><p>Words.</p>', WORDS),
    ("a call to act", '<p class="cta-caption">Thanks for reading!</p><p>Words.</p>', WORDS),
    ("forms, buttons and drawings", "<form><p>x</p></form><button>x</button><svg><text>x</text></svg><p>Words.</p>", WORDS),
    ("the paywall's place in an export", '<div class="paywall-jump" data-component-name="PaywallToDOM"></div><p>Words.</p>', WORDS),
    ("headings", "<h1>No</h1><h2>No</h2><h3>No</h3><p>Words.</p>", WORDS),
    ("a rule", "<p>Words.</p><div><hr></div>", WORDS),
    ("a link with what follows people about",
     '<p><a href="https://a.example/p/one?utm_source=substack&amp;r=abc&amp;s=w&amp;token=eyJ">Words.</a></p>',
     (["Words."], [], [(FAR, "links_to")])),
    ("a link through the app", '<p><a href="https://open.substack.com/pub/a/p/one?r=1">Words.</a></p>',
     (["Words."], [], [("https://a.substack.com/p/one", "links_to")])),
    ("a link to comments", '<p><a href="https://a.substack.com/p/one/comments">Words.</a></p>',
     (["Words."], [], [("https://a.substack.com/p/one", "links_to")])),
    *((f"an original {why}: what the page shows of it", "<p>Words.</p>" + upload(UUID + ending), (
        ["Words."], [(f"{PROXY}/w_1456,c_limit,f_auto/{quote(f'{UPLOADS}/{UUID}{ending}', safe='')}", 1456)], []))
      for why, ending in (("of 54 megapixels", "_9000x6000.jpeg"), ("of a telephone's format", "_4000x3000.heic"))),
    ("an original of a telephone's format that is shown nowhere", f'<p>Words.</p><img src="{UPLOADS}/{UUID}_4000x3000.heic">',
     (["Words."], [(f"{UPLOADS}/{UUID}_4000x3000.heic", 4000)], [])),
    ("an original that can be kept", "<p>Words.</p>" + upload(f"{UUID}_4000x3000.jpeg"),
     (["Words."], [(f"{UPLOADS}/{UUID}_4000x3000.jpeg", 4000)], [])),
    ("an avatar", f'<p>Words.</p><img src="{PROXY}/w_36,h_36,c_fill,f_auto/{quote(SECOND, safe="")}">', WORDS),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "seen"), [row[1:] for row in VOCABULARY], ids=[row[0] for row in VOCABULARY])
def test_the_vocabulary_of_bodies(markup: str, seen: Seen) -> None:
    found = read_body(markup, BASE)
    assert (texts(found), [(p.image_url, p.width) for p in found.pictures], list(found.links)) == seen


PARTS = [
    "<p>", "</p>", "<ul><li>", "</ul>", "word ", "<b>", "<pre>", "</pre>", "<br>", "<figure>", "<h2>", "</h2>", "<img src=/a.png>",
    "<figcaption>",
    '<div class="footnote">', "</div>", "<table><tr><td>", "</table>", "<", "&amp;", "&#x110000;", "&#99999999999;", "&nosuch;", "&#0;",
    attrs({}), attrs({"gallery": {"images": [{"src": FIRST}, None, 3]}}), attrs({"gallery": [1]}), attrs({"src": SECOND, "width": "1e999"}),
    attrs({"canonical_url": "//[", "url": 3}), attrs({"name": ["x"], "id": 2**80, "type": "pub", "url": "https://a.example"}, single=True),
    "data-attrs='{", 'data-attrs="&quot;&lt;"', "<div class=image-gallery-embed ", "<div class=digest-post-embed ",
    "<span class=mention-wrap ",
    "<div class=embedded-publication-wrap ", "<div class=bluesky-wrap ", "<div class=youtube-wrap ", "<img class=image3 ",
    "<div class=image3 ", ">",
    "<img srcset='/a.jpg 1x, /b.jpg 99999w'>", "<a href='//[::1'>", "<a href=https://a.substack.com/p/x/comments>",
    "<time datetime=9999-99-99>",
]  # fmt: skip


@holds_for(st.lists(st.sampled_from(PARTS), max_size=40), light=150)
def test_any_markup_is_read_in_order(parts: list[str]) -> None:
    markup = "".join(parts)
    found = read_body(markup, BASE)
    places = [item.position for item in (*found.passages, *found.pictures)]
    assert len(set(places)) == len(places)
    assert len(found.pictures) <= markup.count("<img") + markup.count("image3") + markup.count("&quot;src&quot;")


@holds_for(st.lists(st.sampled_from(PARTS), max_size=40), light=150)
def test_a_glance_finds_the_links_that_reading_finds(parts: list[str]) -> None:
    read, glanced = read_body("".join(parts), BASE), read_body("".join(parts), BASE, glance)
    assert list(glanced.links.items()) == [(key, replace(link, position=None)) for key, link in read.links.items()]
    assert (glanced.passages, glanced.pictures) == ([], [])


def test_a_heading_takes_a_place_so_that_what_it_parts_is_not_adjacent():
    found = read_body('<p>One.</p><h2>Two</h2><img src="https://images.example/a.png"><p>Three.</p>', BASE)
    assert [item.position for item in (*found.passages, *found.pictures)] == [0, 3, 2]


def test_a_link_stands_at_the_place_of_its_passage_also_in_a_paragraph_that_was_split():
    long = "The sea was calm that day. " * 30
    found = read_body(f'<p>First.</p><p>{long}<a href="https://a.example/late">late</a> in it.</p><p>Last.</p>', BASE)
    (link,) = found.links.values()
    assert next(passage.text for passage in found.passages if passage.position == link.position).endswith("late in it.")


def test_a_link_outside_any_passage_stands_where_the_next_thing_does():
    markup = '<p>First.</p><div class="digest-post-embed" data-attrs=\'{"canonical_url":"https://a.example/p/x"}\'></div><p>Second.</p>'
    found = read_body(markup, BASE)
    assert [link.position for link in found.links.values()] == [1]
