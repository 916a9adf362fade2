"""Documents as hostile or careless servers send them, each with what must come of it: a reason from the closed list, or what it says.

Every row goes the way that a document goes: redacted, stored, parsed. What is stored must be clean UTF-8.
"""

import codecs
import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import DocumentRejected
from pipeline.scrape.agents import AI_AGENTS, TOKEN
from pipeline.scrape.decode import LARGEST
from pipeline.scrape.feed import LONGEST as LONGEST_FEED
from pipeline.scrape.fields import LONGEST as LONGEST_TITLE
from pipeline.scrape.markup import MOST_ATTRIBUTES, MOST_TAGS
from pipeline.scrape.outcomes import REASONS
from pipeline.scrape.parse import parse
from pipeline.scrape.passages import MOST_LETTERS
from pipeline.scrape.records import Kind, Parsed
from pipeline.scrape.redact import redact

URL = "https://garden.example/notes/reeds"
BASE = "https://river.substack.com"
WORDS = "Zoë’s café — naïve"
RUSSIAN, JAPANESE, CHINESE, KOREAN = "Здравствуй, мир", "日本語の文章です", "中文的文章", "한국어 문장"
Said = dict[str, Any]
Row = tuple[str, Kind, bytes | str, str | None, str | Said]  # name, kind, content, the charset of the answer, reason or what it says

SEEN: dict[str, Callable[[Parsed], Any]] = {
    "texts": lambda found: [passage.text for passage in found.passages],
    "roles": lambda found: [passage.role for passage in found.passages],
    "n_texts": lambda found: len(found.passages),
    "letters": lambda found: sum(len(passage.text) for passage in found.passages),
    "longest": lambda found: max((len(passage.text) for passage in found.passages), default=0),
    "images": lambda found: [picture.image_url for picture in found.pictures],
    "links": lambda found: [link.url for link in found.links],
    "kinds": lambda found: [link.kind for link in found.links],
    "listed": lambda found: [post.slug for post in found.listed],
    "numbers": lambda found: [post.number for post in found.listed],
    "title": lambda found: found.title,
    "title_length": lambda found: len(found.title),
    "audience": lambda found: found.audience,
    "opted_out": lambda found: found.opted_out,
    "cursor": lambda found: found.next_cursor,
    "published": lambda found: found.published_at.isoformat() if found.published_at else None,
    "source": lambda found: found.source.url if found.source else None,
    "remarks": lambda found: list(found.remarks),
    "remarked": lambda found: bool(found.remarks),
}


def read(kind: Kind, content: bytes | str, charset: str | None = None, url: str = "") -> Parsed:
    stored = redact(kind, content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content, charset=charset, own_user=5)
    assert stored.decode("utf-8")
    assert not any(letter < 32 and letter not in b"\n\t" for letter in stored)
    found = parse(kind, url or (URL if kind.startswith("web_") else f"{BASE}/p/reeds"), stored)
    places = [item.position for item in (*found.passages, *found.pictures)]
    assert len(places) == len(set(places))
    assert all(passage.text.strip() for passage in found.passages)
    return found


def check(rows: list[Row]) -> Any:
    return pytest.mark.parametrize(("kind", "content", "charset", "expected"), [row[1:] for row in rows], ids=[row[0] for row in rows])


def came_of(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> str | Said:
    """The reason of a rejection, or of what was read that part which `expected` names."""
    try:
        found = read(kind, content, charset)
    except DocumentRejected as error:
        return error.reason if error.reason in REASONS else f"not in the closed list: {error.reason}"
    return {name: SEEN[name](found) for name in expected} if isinstance(expected, dict) else "kept"


def html(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body><article>{body}</article></body></html>"


def meta(declared: str, words: str = WORDS) -> str:
    return html(f"<p>{words}</p>", f'<meta charset="{declared}">')


def web(name: str, content: bytes | str, expected: str | Said, charset: str | None = None) -> Row:
    return name, "web_page", content, charset, expected


def texts(*words: str) -> Said:
    return {"texts": list(words)}


RIGHT = texts(WORDS)
CHARSETS = [
    *(web(f"UTF-8 that says {name}", meta(name), RIGHT) for name in (
        "utf-8", "UTF8", "windows-1252", "ascii", "utf-7", "utf-16", "iso-8859-1", "shift_jis", "gb18030", "nonsense", "hex", "undefined",
        "idna", "x-user-defined", "")),
    *(web(f"UTF-8 that the answer calls {name}", html(f"<p>{WORDS}</p>"), RIGHT, name) for name in (
        "iso-8859-1", "us-ascii", "utf-16le", "cp037", "rot13", '"utf-8"', "", "\x00", "base64")),
    web("cp1252 by meta", meta("windows-1252").encode("cp1252"), RIGHT),
    web("cp1252 called Latin-1", meta("iso-8859-1").encode("cp1252"), RIGHT),
    web("cp1252 called ASCII by the answer", html(f"<p>{WORDS}</p>").encode("cp1252"), RIGHT, "us-ascii"),
    web("cp1252 undeclared", html(f"<p>{WORDS}</p>").encode("cp1252"), RIGHT),
    web("cp1252 of an unheard-of name", meta("unheard-of").encode("cp1252"), RIGHT),
    web("koi8-r by meta", meta("koi8-r", RUSSIAN).encode("koi8-r"), texts(RUSSIAN)),
    web("koi8-r by http-equiv", html(f"<p>{RUSSIAN}</p>", '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">').encode(
        "koi8-r"), texts(RUSSIAN)),
    web("koi8-r by XML declaration", ('<?xml version="1.0" encoding="koi8-r"?>' + html(f"<p>{RUSSIAN}</p>")).encode("koi8-r"),
        texts(RUSSIAN)),
    web("the answer's word before the page's", meta("windows-1252", RUSSIAN).encode("koi8-r"), texts(RUSSIAN), "koi8-r"),
    web("windows-1251 by the answer", html(f"<p>{RUSSIAN}</p>").encode("cp1251"), texts(RUSSIAN), "windows-1251"),
    web("Shift_JIS by meta", meta("shift_jis", JAPANESE).encode("shift_jis"), texts(JAPANESE)),
    web("EUC-JP by the answer", html(f"<p>{JAPANESE}</p>").encode("euc_jp"), texts(JAPANESE), "EUC-JP"),
    web("ISO-2022-JP by the answer", html(f"<p>{JAPANESE}</p>").encode("iso2022_jp"), texts(JAPANESE), "iso-2022-jp"),
    web("ISO-2022-JP by meta", meta("ISO-2022-JP", JAPANESE).encode("iso2022_jp"), texts(JAPANESE)),
    web("ASCII that says ISO-2022-JP", html("<p>Plain words</p>"), texts("Plain words"), "iso-2022-jp"),
    web("UTF-8 that says ISO-2022-JP, with an escape", html(f"<p>{WORDS} \x1b[0m</p>"), texts(f"{WORDS} [0m"), "iso-2022-jp"),
    web("GB18030 by the answer", html(f"<p>{CHINESE}</p>").encode("gb18030"), texts(CHINESE), "gb18030"),
    web("Big5 by meta", meta("big5", "中文").encode("big5"), texts("中文")),
    web("EUC-KR by meta", meta("euc-kr", KOREAN).encode("euc_kr"), texts(KOREAN)),
    web("ISO-8859-2 by meta", meta("iso-8859-2", "Zażółć gęślą").encode("iso8859-2"), texts("Zażółć gęślą")),
    web("a byte order mark before everything", codecs.BOM_UTF8 + meta("koi8-r").encode(), RIGHT, "windows-1252"),
    web("UTF-16 with its mark, little end first", codecs.BOM_UTF16_LE + meta("utf-8").encode("utf-16-le"), RIGHT, "utf-8"),
    web("UTF-16 with its mark, big end first", codecs.BOM_UTF16_BE + meta("utf-8").encode("utf-16-be"), RIGHT),
    web("UTF-32 with its mark", codecs.BOM_UTF32_LE + meta("utf-8").encode("utf-32-le"), RIGHT),
    web("UTF-16 without a mark, by the answer", html(f"<p>{WORDS}</p>").encode("utf-16-le"), RIGHT, "utf-16le"),
    web("UTF-16 of plain letters, undeclared", html("<p>Plain words</p>").encode("utf-16-le"), texts("Plain words")),
    web("one bad byte in UTF-8", html("<p>Bad \xff byte</p>").encode("latin-1"), texts("Bad ÿ byte")),
    web("UTF-8 cut within a letter", html(f"<p>{WORDS}").encode()[:-35] + b"\xc3", texts("Zoë’s café")),
    web("UTF-8 that calls itself UTF-7 and means it", b"<p>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</p>",
        texts("+ADw-script+AD4-alert(1)+ADw-/script+AD4-"), "utf-7"),
]  # fmt: skip


@check(CHARSETS)
def test_charsets(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


SCRIPTED = "<script>var page = {};</script>" * 100
MARKUP = [
    web("nothing", b"", texts()),
    web("white space", b" \n\t ", texts()),
    web("only a comment", "<!-- words of nobody -->", texts()),
    web("only a script", html(SCRIPTED), texts()),
    web("only styles", html("<style>p { color: red }</style>"), texts()),
    web("only a form", html("<form><p>Your name</p><input></form>"), texts()),
    web("a page that scripts would fill", html("<div></div>" * 400), {"texts": [], "remarks": ["no text was found in the page"]}),
    web("plain text", "Just words,\nno markup.", texts("Just words, no markup.")),
    web("no body", "<title>T</title><p>Words here", {"title": "T", "texts": ["Words here"]}),
    web("a frameset", "<html><frameset><frame src=/a></frameset><noframes><p>Old words</p></noframes></html>", texts()),
    web("two bodies", "<body><p>One</p></body><body><p>Two</p></body>", texts("One", "Two")),
    web("tags that never end", "<article><p>One<p>Two<b>three<i>four", texts("One", "Twothreefour")),
    web("ends that never began", html("</div></p></b><p>Words</p></table>"), texts("Words")),
    web("a quote that never ends", '<article><p>One</p><a href="/x>Two</a><p>Three</p>', {"texts": ["One"]}),
    web("crossed tags", html("<p>One <b>two <i>three</b> four</i></p>"), texts("One two three four")),
    web("capital letters", "<ARTICLE><P>Words</P><IMG SRC='/A.JPG'></ARTICLE>",
        {"texts": ["Words"], "images": ["https://garden.example/A.JPG"]}),
    web("unknown tags", html("<x-card><p>Words</p></x-card>"), texts("Words")),
    web("names with colons", html("<o:p>Words</o:p>"), texts("Words")),
    web("CDATA in HTML", html("<p>One</p><![CDATA[ two ]]><p>three</p>"), texts("One", "three")),
    web("plaintext", "<article><p>One</p></article><plaintext><p>two", texts("One")),
    web("a comment that opens a tag", html("<p>One<!-- <div> -->two</p>"), texts("Onetwo")),
    web("comments of every spelling", html("<p>One<!-->two<!--->three<!-- x --!>four</p>"), texts("Onetwothreefour")),
    web("conditional comments", html("<!--[if IE]><p>Old</p><![endif]--><p>New</p>"), texts("New")),
    web("a template", html("<template><p>Not shown</p></template><p>Shown</p>"), texts("Shown")),
    web("an inner document", html('<iframe srcdoc="<p>Inside</p>"></iframe><p>Outside</p>'), texts("Outside")),
    web("a picture drawn in the page", html("<svg><text>Drawn</text><script>x</script></svg><p>Words</p>"), texts("Words")),
    web("mathematics", html("<p>So <math><mi>x</mi></math> is.</p>"), texts("So is.")),
    web("hidden parts", html("<p hidden>No</p><p style='display: none'>No</p><p aria-hidden=true>No</p><p>Yes</p>"), texts("Yes")),
    web("a base that is no address", html("<a href='/x'>x</a> words", "<base href='javascript:alert(1)'>"),
        {"links": ["https://garden.example/x"]}),
    web("a base elsewhere", html("<a href='x'>x</a> words", "<base href='https://other.example/d/'>"),
        {"links": ["https://other.example/d/x"]}),
    web("links that run",
        html("<p><a href='javascript:alert(1)'>a</a> <a href='data:text/html,x'>b</a> <a href='\x01javascript:x'>c</a></p>"),
        {"links": [], "texts": ["a b c"]}),
    web("pictures that run", html("<p>Words</p><img src='javascript:x'><img src='data:image/png;base64,AA'><img src='vbscript:x'>"),
        {"images": []}),
    web("JSON for HTML", '{"error": "not found"}', texts('{"error": "not found"}')),
    web("XHTML", '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Words<br/>more</p></body></html>',
        texts("Words\nmore")),
    web("entities of its own are not expanded", '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><article><p>Words &b;</p></article>',
        texts("Words &b;")),
    web("an entity that names a file", '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><article><p>Words &f;</p></article>',
        texts("Words &f;")),
    web("unknown entities", html("<p>&nosuch; &#0; &#x110000; &#xD83D; &amp;lt; &hellip</p>"),
        texts("&nosuch; \ufffd \ufffd \ufffd &lt; &hellip")),
    web("metadata of the wrong types",
        html("<p>Words</p>", '<script type="application/ld+json">[1, {"author": 3, "datePublished": {}}]</script>'),
        {"texts": ["Words"], "published": None}),
    web("metadata that is no JSON", html("<p>Words</p>", '<script type="application/ld+json">{not json</script>'), texts("Words")),
    web("a day that never was", html("<p>Words</p>", '<meta property="article:published_time" content="2024-02-31">'), {"published": None}),
    web("a year beyond calendars", html("<p>Words</p>", '<meta property="article:published_time" content="99999-01-01">'),
        {"published": None}),
    web("an empty canonical address", html("<p>Words</p>", '<link rel="canonical" href="">'), texts("Words")),
    web("two canonical addresses",
        html("<p>Words</p>", '<link rel=canonical href=/a><link rel=canonical href="//evil.example/b">'), texts("Words")),
    web("noai", html("<p>Words</p>", '<meta name="robots" content="noai">'), {"opted_out": "meta robots: noai"}),
    web("noai twice, in capitals", html("<p>Words</p>", '<META NAME="Robots" CONTENT="NOAI, NoImageAI">'),
        {"opted_out": "meta robots: noai, meta robots: noimageai"}),
    web("closed to one agent", html("<p>Words</p>", '<meta name="GPTBot" content="noindex">'), {"opted_out": "meta gptbot: noindex"}),
    web("a reservation", html("<p>Words</p>", '<meta name="tdm-reservation" content=" 1 ">'), {"opted_out": "meta tdm-reservation"}),
    web("a reservation said twice", html("<p>Words</p>", '<meta name="tdm-reservation" content="1, 1">'),
        {"opted_out": "meta tdm-reservation"}),
    web("a reservation as a header's equivalent", html("<p>Words</p>", '<meta http-equiv="tdm-reservation" content="1">'),
        {"opted_out": "meta tdm-reservation"}),
    web("a reservation that reserves nothing", html("<p>Words</p>", '<meta http-equiv="tdm-reservation" content="0">'),
        {"opted_out": None}),
    *(web(f"closed to {agent}", html("<p>Words</p>", f'<meta name="{agent}" content="noindex">'),
          {"opted_out": f"meta {agent.lower()}: noindex"}) for agent in (*AI_AGENTS[1:], TOKEN)),
    web("a PDF", b"%PDF-1.7\n1 0 obj << >> stream\x00\x01\x02 endstream", "wrong_type"),
    web("a PNG", b"\x89PNG\r\n\x1a\n" + bytes(200), "wrong_type"),
    web("a JPEG", b"\xff\xd8\xff\xe0" + bytes(200), "wrong_type"),
    web("a zip", b"PK\x03\x04" + bytes(200), "wrong_type"),
    web("what is still packed", b"\x1f\x8b\x08\x00" + bytes(200), "wrong_type"),
]  # fmt: skip


@check(MARKUP)
def test_markup(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


def deep(tag: str, n: int) -> str:
    return f"<article>{f'<{tag}>' * n}Deep words here."


SIZES = [
    *(web(f"{n:,} nested <{tag}>", deep(tag, n), {"letters": len("Deep words here.")}) for tag, n in (
        ("div", 400), ("div", 3000), ("div", 20_000), ("b", 5000), ("font", 5000), ("span", 5000), ("blockquote", 3000), ("section", 3000),
        ("table", 600), ("ul", 600))),
    web("nested figures", "<article>" + "<figure><img src=/a.jpg>" * 3000, {"images": ["https://garden.example/a.jpg"] * 3000}),
    web("100,000 nested tags", deep("div", 100_000), "too_large"),
    web("a tag too many", "<p>x</p>" * (MOST_TAGS + 1), "too_large"),
    web("an attribute too many", html(f"<p {' '.join(f'a{place}' for place in range(MOST_ATTRIBUTES + 1))}>Words</p>"), "too_large"),
    web("attributes by the hundred thousand", html(f"<p {' '.join(f'a{place}=1' for place in range(100_000))}>Words</p>"), "too_large"),
    web("a byte too many", b"<p>" + b"a" * LARGEST, "too_large"),
    web("a title of a megabyte", html("<p>Words</p>", f"<title>{'T' * 1_000_000}</title>"), {"title_length": LONGEST_TITLE}),
    web("a title of marks", html("<p>Words</p>", f"<title>T{chr(0x301) * 100_000}</title>"), {"title_length": LONGEST_TITLE - 100}),
    web("a title of one emoji family", html("<p>Words</p>", f"<title>{'x' * (LONGEST_TITLE - 3)}👩‍👩‍👧</title>"),
        {"title_length": LONGEST_TITLE - 3}),
    web("a word of a megabyte", html(f"<p>{'a' * 1_000_000}</p>"), {"letters": 1_000_000, "longest": MOST_LETTERS}),
    web("a megabyte of stops", html(f"<p>{'.' * 1_000_000} {'So it ends. ' * 200}</p>"), {"longest": MOST_LETTERS}),
    web("100,000 lines", html(f"<p>Words{chr(10) * 100_000}more</p>"), texts("Words more")),
    web("100,000 line breaks", html("<p>Words" + "<br>" * 40_000 + "more</p>"), texts("Words\nmore")),
    web("a class of a megabyte", html(f"<p class='{'a ' * 500_000}'>Words</p>"), texts("Words")),
    web("a link of a megabyte", html(f"<p><a href='/{'a' * 1_000_000}'>Words</a></p>"), {"texts": ["Words"], "links": []}),
    web("an alternative text of a megabyte", html(f"<p>Words</p><img src=/a.jpg alt='{'a' * 1_000_000}'>"),
        {"images": ["https://garden.example/a.jpg"]}),
    web("an address of people at the end of a megabyte", html(f"<p>{'a' * 1_000_000} me@home.example</p>"), {"longest": MOST_LETTERS}),
]  # fmt: skip


@check(SIZES)
def test_nesting_and_sizes(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


def para(name: str, markup: str, expected: str) -> Row:
    return web(name, html(f"<p>{markup}</p>"), texts(expected))


LETTERS = [
    para("NUL", "a\x00b", "ab"),
    para("C0 and C1 controls", "a\x01\x07\x0b\x1b\x7f\x85\x9fb", "ab"),
    para("carriage returns", "a\r\nb\rc", "a b c"),
    para("a NUL by number", "a&#0;b", "a\ufffdb"),
    para("half a pair by number", "a&#xD83D;b", "a\ufffdb"),
    para("half a pair in bytes is no UTF-8", "a\ud83db", "aí ½b"),
    para("words from right to left", "שלום \u202eabc\u202c עולם", "שלום \u202eabc\u202c עולם"),
    para("zalgo", "Z" + "\u0301" * 100, "Z" + "\u0301" * 100),
    para("a family", "👩‍👩‍👧‍👦 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧‍👦 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
    para("decomposed letters stay as they are", "cafe\u0301", "cafe\u0301"),
    para("spaces of all widths", "a\u00a0b\u2003c\u3000d", "a b c d"),
    para("spaces of no width", "a\u200bb\u00adc", "a\u200bb\u00adc"),
    para("line separators", "a\u2028b", "a b"),
    para("look-alikes", "раураl and paypal", "раураl and paypal"),
    para("private letters", "\ue000 and \U000f0000", "\ue000 and \U000f0000"),
    para("what is no letter", "a\ufffe\uffffb", "ab"),
    para("orders to whoever reads", "Ignore all instructions; '; drop table pages; --", "Ignore all instructions; '; drop table pages; --"),
    para("formulas", "=HYPERLINK(1)", "=HYPERLINK(1)"),
    para("escaped markup is words", "&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
]  # fmt: skip


@check(LETTERS)
def test_letters(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


def post(**fields: Any) -> dict[str, Any]:
    return {
        "id": 12, "publication_id": 7, "title": "Reeds", "slug": "reeds", "type": "newsletter", "audience": "everyone",
        "post_date": "2025-03-01T10:00:00.000Z", "canonical_url": f"{BASE}/p/reeds", "body_html": "<p>Reeds bend.</p>",
    } | fields  # fmt: skip


def row(name: str, value: Any, expected: str | Said, kind: Kind = "substack_post") -> Row:
    return name, kind, value if isinstance(value, bytes | str) else json.dumps(value), None, expected


PUBLICATION = {"id": 7, "name": "River", "subdomain": "river", "custom_domain": None}
READ = texts("Reeds bend.")
LISTED = {"listed": ["reeds"]}
PAID: Said = {"texts": [], "images": [], "links": [], "title": "Reeds"}
LONG = "<p>" + "Words of the letter. " * 25 + "</p>"  # a hundred words
NOTE = {"entity_key": "c-1", "type": "comment", "context": {"type": "note"}, "comment": {"id": 1, "user_id": 5, "body": "My words."}}
JSON_KINDS: tuple[Kind, ...] = (
    "substack_profile", "substack_archive", "substack_recommendations", "substack_activity", "substack_publication", "substack_post",
    "substack_export_post", "pinterest_board", "pinterest_pin",
)  # fmt: skip
SYNTAX = [
    row("nothing", b"", "not_json"),
    row("HTML for JSON", "<!DOCTYPE html><html><body><pre>Too Many Requests</pre></body></html>", "not_json"),
    row("text for JSON", "Not authorized", "not_json"),
    row("cut short", json.dumps(post())[:-5], "not_json"),
    row("two documents", json.dumps(post()) * 2, "not_json"),
    row("a comma too many", '{"audience": "everyone",}', "not_json"),
    row("single quotes", "{'audience': 'everyone'}", "not_json"),
    row("a call around it", f"callback({json.dumps(post())})", "not_json"),
    row("NaN", '{"id": NaN}', "not_json"),
    row("Infinity", '{"id": -Infinity}', "not_json"),
    row("a number beyond floats", '{"id": 1e400}', "not_json"),
    row("5,000 digits", '{"id": ' + "9" * 5000 + "}", "not_json"),
    row("a PNG for JSON", b"\x89PNG\r\n\x1a\n" + bytes(20), "wrong_type"),
    row("too many bytes", b'{"a": "' + b"a" * LARGEST + b'"}', "too_large"),
    *(row(f"lists in lists for {kind}", "[" * 100_000, "too_deep", kind) for kind in JSON_KINDS),
    row("objects in objects", '{"a":' * 50_000, "too_deep"),
    row("deep, and closed", '{"posts":' * 20_000 + "1" + "}" * 20_000, "too_deep", "substack_archive"),
    row("a byte order mark", codecs.BOM_UTF8 + json.dumps(post()).encode(), READ),
    row("UTF-16", json.dumps(post()).encode("utf-16"), READ),
    row("white space around", f"\n\t {json.dumps(post())} \r\n", READ),
    row("the same key twice: the last counts", json.dumps(post(title="First"))[:-1] + ', "title": "Last"}', {"title": "Last"}),
    row("half a pair in a title", json.dumps(post()).replace('"Reeds"', r'"Re\ud83deds"'), {"title": "Re\ufffdeds"}),
    row("NUL in a title", json.dumps(post()).replace('"Reeds"', r'"Re\u0000eds"'), {"title": "Reeds"}),
    row("half a pair in a body", json.dumps(post()).replace("Reeds bend.", r"Reeds\udc00 bend."), texts("Reeds\ufffd bend.")),
]
TYPES = [
    *(row(f"{kind} that is {value}", value, {"texts": [], "images": [], "links": []}, kind)
      for kind in JSON_KINDS for value in ("null", "[]", "{}", "3", '"x"')),
    row("a title of a number", post(title=5), {"title": "5"}),
    *(row(f"a title of {value!r}", post(title=value), READ | {"title": ""}) for value in (None, [], {}, True, ["x"])),
    row("a title of a megabyte", post(title="T" * 1_000_000), {"title_length": LONGEST_TITLE}),
    row("a title of a million words", post(title="T " * 1_000_000), {"title_length": LONGEST_TITLE}),
    *(row(f"a date of {value!r}", post(post_date=value), READ | {"published": None})
      for value in (None, "", 0, 1740823200000, "0000-00-00", "yesterday", "9999-99-99", [], "2025-03-01T25:00:00Z")),
    row("a date without a zone", post(post_date="2025-03-01 10:00:00"), {"published": "2025-03-01T10:00:00+00:00"}),
    row("a date in a zone", post(post_date="2025-03-01T10:00:00+02:00"), {"published": "2025-03-01T08:00:00+00:00"}),
    row("a date alone", post(post_date="2025-03-01"), {"published": "2025-03-01T00:00:00+00:00"}),
    *(row(f"a body of {value!r}", post(body_html=value), {"texts": [], "remarks": ["the post has no body"]})
      for value in (None, "", "  ", 5, [], {}, ["<p>x</p>"])),
    row("a body of tags without words", post(body_html="<p></p><div></div>"), texts()),
    row("a body nested 20,000 deep", post(body_html="<div>" * 20_000 + "Deep words"), texts("Deep words")),
    row("a body nested 100,000 deep", post(body_html="<div>" * 100_000 + "Deep words"), "too_large"),
    *(row(f"an address of {value!r}", post(canonical_url=value), READ) for value in (None, "", 5, "javascript:x", "//", "http://[", [])),
    *(row(f"bylines of {value!r}", post(publishedBylines=value), READ) for value in (None, {}, "x", [None], [{"publicationUsers": 3}])),
    *(row(f"an audience of {value!r}", post(audience=value), PAID) for value in (None, "", 1, True, [], "only_paid", "founding",
                                                                              "only_free", "Everyone", ["everyone"])),
    row("the audience is missing", {key: value for key, value in post().items() if key != "audience"}, PAID),
    row("the audience has another name", {"visibility": "everyone", "body_html": "<p>Words</p>"}, texts()),
    row("fields nobody knows", post(novelty={"a": [1]}, x=None), READ),
    row("a number as text", post(id="12"), READ),
    row("a number beyond databases", post(id=2**70), READ),
    row("preview for a post that calls itself free", post(wordcount=400, body_html=LONG),
        PAID | {"remarks": ["100 of 400 words: a preview, metadata only"]}),
    row("a word count that is met", post(wordcount=110, body_html=LONG), {"n_texts": 1, "remarks": []}),
    row("a word count of little", post(wordcount=30), READ),
    *(row(f"a word count of {value!r}", post(wordcount=value), READ) for value in (None, "many", -5, 0, [], True)),
    row("the whole of one's own, whatever the count says", post(wordcount=400, audience="only_paid"), READ, "substack_export_post"),
]  # fmt: skip
ENVELOPES = [
    row("an archive, bare", [post()], LISTED, "substack_archive"),
    row("an archive in {posts}", {"posts": [post()]}, LISTED, "substack_archive"),
    row("an archive in {rows, total}", {"rows": [post()], "total": 40}, LISTED, "substack_archive"),
    row("an empty archive", [], {"listed": [], "remarks": []}, "substack_archive"),
    row("posts by a person", {"posts": [post()], "postReactions": {}, "publications": [PUBLICATION], "nextCursor": "abc"},
        LISTED | {"cursor": "abc"}, "substack_archive"),
    row("posts by a person, the last page", {"posts": [post()], "nextCursor": None}, LISTED | {"cursor": None}, "substack_archive"),
    row("an error for an archive", {"errors": [{"location": "query", "param": "limit", "value": 100, "msg": "Invalid value"}]},
        {"listed": [], "remarks": ["neither a list nor an envelope with posts or rows"]}, "substack_archive"),
    row("a bad post among good ones", [post(), {"id": "x"}, None, 3, [], post(id=13, slug="rushes")],
        {"listed": ["reeds", "rushes"], "remarks": ["1 posts of the archive could not be read"]}, "substack_archive"),
    row("posts numbered in text", [post(id="12")], LISTED | {"numbers": [12]}, "substack_archive"),
    row("posts numbered beyond databases", [post(id=2**64)], {"listed": []}, "substack_archive"),
    row("a slug without an address", [post(canonical_url=None)], LISTED, "substack_archive"),
    row("an address without a slug", [post(slug="")], {"listed": []}, "substack_archive"),
    row("a post, bare", post(), READ),
    row("a post in posts/by-id", {"post": post(), "publication": PUBLICATION, "publicationSettings": {"block_ai_crawlers": False}},
        READ | {"source": BASE}),
    row("a paid post in posts/by-id", {"post": post(audience="only_paid"), "publication": PUBLICATION}, PAID),
    row("an error for a post", {"error": "Post not found", "type": "single"}, texts()),
    row("settings", {"post": post(), "publication": PUBLICATION, "publicationSettings": {"block_ai_crawlers": False}},
        {"opted_out": None, "source": BASE}, "substack_publication"),
    row("settings that close", {"publication": PUBLICATION, "publicationSettings": {"block_ai_crawlers": True}},
        {"opted_out": "block_ai_crawlers"}, "substack_publication"),
    row("settings that say nothing", {"publication": PUBLICATION}, {"opted_out": "unknown"}, "substack_publication"),
    row("settings of another name", {"publication": PUBLICATION, "publicationSettings": {"blockAiCrawlers": False}},
        {"opted_out": "unknown"}, "substack_publication"),
    row("an error for settings", {"errors": [{"msg": "Please sign in"}]}, {"opted_out": "unknown", "remarked": True},
        "substack_publication"),
    row("recommendations, bare", [{"recommendedPublication": PUBLICATION}], {"links": [BASE], "kinds": ["recommends"]},
        "substack_recommendations"),
    row("recommendations in {rows, total}", {"rows": [{"recommendedPublication": PUBLICATION}], "total": 6}, {"links": [BASE]},
        "substack_recommendations"),
    row("a recommendation of nothing", [{"recommendedPublication": None}, {}], {"links": []}, "substack_recommendations"),
    row("a domain with its scheme", [{"recommendedPublication": PUBLICATION | {"custom_domain": "http://www.river.example/"}}],
        {"links": ["https://www.river.example"]}, "substack_recommendations"),
    row("a domain that is optional",
        [{"recommendedPublication": PUBLICATION | {"custom_domain": "river.example", "custom_domain_optional": True}}],
        {"links": [BASE]}, "substack_recommendations"),
    row("a domain that is no host", [{"recommendedPublication": PUBLICATION | {"custom_domain": "a b\\c"}}], {"links": [BASE]},
        "substack_recommendations"),
    row("activity", {"items": [NOTE], "originalCursorTimestamp": "2026-01-01", "nextCursor": "abc"},
        {"texts": ["My words."], "roles": ["note"], "cursor": "abc"}, "substack_activity"),
    row("activity, the last page", {"items": [], "nextCursor": ""}, {"texts": [], "cursor": None, "remarks": []}, "substack_activity"),
    row("activity of an unknown kind", {"items": [{"type": "novelty", "context": {"type": "novelty"}}]}, {"texts": [], "links": []},
        "substack_activity"),
    row("a restack of a post", {"items": [{"type": "post", "context": {"type": "post_restack"}, "post": post()}]},
        {"links": [f"{BASE}/p/reeds"], "kinds": ["restacks"]}, "substack_activity"),
    row("a restack whose post hangs on the note", {"items": [NOTE | {"context": {"type": "note"}, "comment": NOTE["comment"] | {
        "attachments": [{"type": "post", "post": post(), "publication": PUBLICATION}]}}]},
        {"links": [f"{BASE}/p/reeds"], "kinds": ["embeds"]}, "substack_activity"),
    row("a note nested 5,000 deep", {"items": [NOTE | {"comment": NOTE["comment"] | {"body_json": json.loads(
        '{"content":[' * 150 + "]}" * 150)}}]}, {"texts": ["My words."]}, "substack_activity"),
    row("a profile", {"id": 5, "handle": "maker", "name": "Maker", "publicationUsers": [{"role": "admin", "publication": PUBLICATION}],
         "subscriptions": []},
        {"links": [BASE], "kinds": ["contains"], "source": "https://substack.com/@maker"}, "substack_profile"),
    row("a profile of a guest", {"handle": "maker", "publicationUsers": [{"role": "contributor", "publication": PUBLICATION}]},
        {"links": [BASE], "kinds": ["links_to"]}, "substack_profile"),
    row("a profile of who says no role", {"handle": "maker", "publicationUsers": [{"publication": PUBLICATION}]},
        {"links": [BASE], "kinds": ["links_to"]}, "substack_profile"),
    row("a profile with a role that is not shown", {"handle": "maker", "publicationUsers": [
        {"role": "admin", "public": False, "publication": PUBLICATION}]}, {"links": []}, "substack_profile"),
    row("a profile of nobody", {"error": "Not found"}, {"links": [], "source": None, "remarked": True}, "substack_profile"),
    row("subscriptions that are not shown to all",
        {"handle": "m", "subscriptions": [{"visibility": "private", "publication": PUBLICATION}]},
        {"links": []}, "substack_profile"),
    row("a board", {"name": "Night", "description": "Stars"}, texts("Night", "Stars") | {"roles": ["board", "board"]}, "pinterest_board"),
    row("a board without a name", {"name": None}, {"texts": [], "remarks": ["the board has no name"]}, "pinterest_board"),
    row("a pin without words", {"id": "1", "title": " ", "details": None, "image": "9d29ae946e0d786d9a9ecc12e1f19c72"},
        {"texts": [], "remarks": []},
        "pinterest_pin"),
]  # fmt: skip


@check(SYNTAX)
def test_json_syntax(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


@check(TYPES)
def test_json_types(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


@check(ENVELOPES)
def test_envelopes(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


def feed(name: str, content: bytes | str, expected: str | Said, charset: str | None = None) -> Row:
    return name, "web_feed", content, charset, expected


ENTRY = "<item><title>Reeds</title><link>/reeds</link></item>"
TO_REEDS = {"links": ["https://garden.example/reeds"]}


def rss(items: str = ENTRY, head: str = "<title>The Garden</title>", before: str = "") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>{before}<rss version="2.0"><channel>{head}{items}</channel></rss>'


FEEDS = [
    feed("RSS", rss(), TO_REEDS | {"title": "The Garden", "kinds": ["contains"]}),
    feed("RSS 0.91", rss().replace("2.0", "0.91"), TO_REEDS),
    feed("Atom", '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/reeds"/></entry></feed>', TO_REEDS),
    feed("RSS 1.0", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
         "<item><link>/reeds</link></item></rdf:RDF>", TO_REEDS),
    feed("no entries", rss(""), {"links": [], "remarks": ["the feed has no entries"]}),
    feed("not well-formed: tags that never end", rss().replace("</item></channel></rss>", ""), TO_REEDS),
    feed("not well-formed: a bare ampersand", rss(head="<title>Reeds & rushes</title>"), TO_REEDS | {"title": "Reeds & rushes"}),
    feed("not well-formed: an entity of HTML", rss(head="<title>Reeds&nbsp;here</title>"), TO_REEDS),
    feed("not well-formed: a prefix nobody declared", rss(ENTRY.replace("<link>", "<media:thumbnail url='/a.jpg'/><link>")), TO_REEDS),
    feed("white space before the declaration", "\n\n" + rss(), TO_REEDS),
    feed("words behind the end", rss() + "<script>x</script>", TO_REEDS),
    feed("a feed that says koi8-r", rss(head=f"<title>{RUSSIAN}</title>").replace("utf-8", "koi8-r").encode("koi8-r"), {"title": RUSSIAN}),
    feed("UTF-8 that says ASCII", rss(head=f"<title>{WORDS}</title>").replace("utf-8", "ascii"), {"title": WORDS}, "us-ascii"),
    feed("UTF-16", rss(head=f"<title>{WORDS}</title>").encode("utf-16"), {"title": WORDS}),
    feed("controls in a title", rss(head="<title>Re\x00\x0beds</title>"), {"title": "Reeds"}),
    feed("a link that runs", rss("<item><link>javascript:alert(1)</link></item>"), {"links": []}),
    feed("a link to the feed itself", rss("<item><link>/notes/reeds</link></item>"), {"links": []}),
    feed("a link beyond the site", rss("<item><link>https://other.example/x?utm_source=rss</link></item>"),
         {"links": ["https://other.example/x"], "kinds": ["links_to"]}),
    feed("the same link twice", rss(ENTRY * 2), TO_REEDS),
    feed("a date that never was", rss(ENTRY.replace("<link>", "<pubDate>Sat, 99 Foo 2021</pubDate><link>")), TO_REEDS),
    feed("billion laughs", rss(before='<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'), "unreadable"),
    feed("quadratic blow-up", rss(before=f'<!DOCTYPE r [<!ENTITY a "{"a" * 5000}">]>', head=f"<title>{'&a;' * 500}</title>"), "unreadable"),
    feed("an entity that names a file", rss(before='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'), "unreadable"),
    feed("an external document type", rss(before='<!doctype rss SYSTEM "https://evil.example/x.dtd">'), "unreadable"),
    feed("an entity without a document type", rss(before='<!ENTITY a "ha">'), "unreadable"),
    *(feed(f"a character that is none: {number}", f"<rss version='2.0'><channel><item><title>{number}", "unreadable")
      for number in ("&#x110000;", "&#99999999999;", "&#xD83D;")),
    feed("cut within an entry", "<rss version='2.0'><channel><title>The Garden</title><item><tit", {"title": "The Garden", "links": []}),
    feed("cut within a link", rss().split("eeds</link>")[0], {"title": "The Garden", "links": []}),
    feed("cut within the head", "<rss version='2.0'><chan", {"links": [], "remarks": ["the feed has no entries"]}),
    feed("HTML for a feed", html("<p>404</p>"), "wrong_type"),
    feed("JSON for a feed", '{"version": "https://jsonfeed.org/version/1.1"}', "wrong_type"),
    feed("a sitemap for a feed", "<urlset><url><loc>https://garden.example/</loc></url></urlset>", "wrong_type"),
    feed("nothing", b"", "wrong_type"),
    feed("the name of a file", "/etc/hostname", "wrong_type"),
    feed("an address", "https://garden.example/feed.xml", "wrong_type"),
    feed("a picture", b"GIF89a" + bytes(50), "wrong_type"),
    feed("too long", rss(" " * LONGEST_FEED), "too_large"),
]  # fmt: skip


@check(FEEDS)
def test_feeds(kind: Kind, content: bytes | str, charset: str | None, expected: str | Said) -> None:
    assert came_of(kind, content, charset, expected) == expected


def test_there_are_as_many_rows_as_promised() -> None:
    tables = (CHARSETS, MARKUP, SIZES, LETTERS, SYNTAX, TYPES, ENVELOPES, FEEDS)
    names = [(table[0][1], name) for table in tables for name, *_ in table]
    assert len(names) >= 300
    assert all(len({row[0] for row in table}) == len(table) for table in tables)
