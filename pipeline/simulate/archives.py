"""Writes a simulated person's own archives as the platforms hand them out: Substack's export zip, Pinterest's data export.

Like real ones they also hold what nobody may read or keep: a list of subscribers, IP addresses, drafts, private and dead pins.
"""

import csv
import html
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC
from pathlib import Path

from pipeline.simulate.model import Person, Pin, Post, Publication, World
from pipeline.simulate.seeds import seed
from pipeline.simulate.site.body import export_body
from pipeline.simulate.site.shapes import timestamp

COLUMNS = ("post_id", "post_date", "is_published", "email_sent_at", "type", "audience", "title", "subtitle", "podcast_url")
EXPORTED_SHARE = 2 / 3  # of the posts, the older ones: the rest came after the export, and are for the crawler
SUBSCRIBERS = 25
_WRITTEN = (2026, 1, 2, 3, 4, 6)  # in every zip, so that the same world gives the same bytes
_DRAFT = "unfinished"
_SEPARATOR = "<br><br>\n"


def write_archives(world: World, handle: str, directory: Path, exported_share: float = EXPORTED_SHARE) -> list[Path]:
    """Writes the archives of person `handle` into `directory`, the same bytes for the same world, and gives their paths.

    `exported_share` of the posts, the older ones, are in the Substack export. Who publishes nothing gets no zip,
    who pinned nothing no HTML file.
    """
    person = world.people[handle]
    contents: dict[str, bytes] = {}
    if person.publication:
        contents[f"{handle}-substack-export.zip"] = substack_export(world.publications[person.publication], exported_share)
    if person.pins:
        contents[f"{handle}-pinterest-export.html"] = pinterest_export(person).encode()
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return [directory / name for name in contents]


def substack_export(publication: Publication, exported_share: float = EXPORTED_SHARE) -> bytes:
    """A publication's export zip: `posts.csv`, `posts/{id}.{slug}.html`, one draft, and the subscribers."""
    oldest_first = sorted(publication.posts, key=lambda post: (post.published_at, post.post_id))
    posts = oldest_first[: round(len(oldest_first) * exported_share)]
    files = {f"posts/{_name(post)}.html": export_body(post) for post in posts}
    draft = f"{seed('draft', publication.publication_id) % 90_000_000 + 10_000_000}.{_DRAFT}"
    files[f"posts/{draft}.html"] = "<p>Not ready to be read by anybody.</p>"
    unpublished = dict.fromkeys(COLUMNS, "") | {"post_id": draft, "is_published": "FALSE", "title": "Unfinished"}
    files["posts.csv"] = _table(COLUMNS, [*map(_row, posts), unpublished])
    files[f"email_list.{publication.subdomain}.csv"] = _subscribers()
    return _zipped(files)


def _name(post: Post) -> str:
    return f"{post.post_id}.{post.slug}"


def _row(post: Post) -> dict[str, str]:
    """The post's line in posts.csv; titles hold HTML entities there."""
    when, texts = timestamp(post.published_at), {"title": html.escape(post.title), "subtitle": html.escape(post.subtitle)}
    values = (_name(post), when, "TRUE", when, "newsletter", post.audience, texts["title"], texts["subtitle"], "")
    return dict(zip(COLUMNS, values, strict=True))


def _subscribers() -> str:
    """Invented addresses; a reader of archives must never open this file."""
    rows = [{"email": f"subscriber-{number}@mail.invalid", "active_subscription": "false"} for number in range(SUBSCRIBERS)]
    return _table(("email", "active_subscription"), rows)


def _table(columns: tuple[str, ...], rows: Iterable[Mapping[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _zipped(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _WRITTEN), files[name].encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def pinterest_export(person: Person) -> str:
    """A person's data export: one HTML file of sections, of which Boards and Pins concern us."""
    sections = {
        "Profile": [f"Username: {person.handle},\n<br>Email: {person.handle}@mail.invalid,\n<br>Country: No data"],
        "Boards": [_board(person, name) for name in sorted({pin.board for pin in person.pins})],
        "Pins": [_pin(person, pin) for pin in person.pins],
    }
    parts = [f"<h1 id={name.lower()}1>{name}</h1>\n{_SEPARATOR.join(rows)}<br><br>" for name, rows in sections.items()]
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Your data</title></head><body>'
    return f'{head}<div id="contents">{"".join(parts)}\n</div></body></html>\n'


def board_id(person: Person, board: str) -> int:
    """The number under which Pinterest would keep this board."""
    return 600_000_000_000_000_000 + seed("board", person.handle, board) % 300_000_000_000_000_000


def _board(person: Person, name: str) -> str:
    secret = all(pin.private for pin in person.pins if pin.board == name)
    lines = {"Board Id": board_id(person, name), "Board Name": name, "Description": "", "Privacy": "secret" if secret else "public"}
    return ",\n<br>".join(f"{key}: {_shown(value)}" for key, value in lines.items())


def _pin(person: Person, pin: Pin) -> str:
    """One pin's lines; the last four have no comma, as in the documented sample."""
    url, link = f"https://www.pinterest.com/pin/{pin.pin_id}/", html.escape(pin.link)
    lines = {
        "Title": _shown(pin.title), "Details": _shown(pin.details), "Image": pin.picture.picture_id, "Is Native": "False",
        "Board Id": board_id(person, pin.board), "Board Name": _shown(pin.board), "Is Video": "False",
        "Ip Address": f"203.0.113.{pin.pin_id % 250 + 1}", "Username": person.handle, "Alt Text": _shown(pin.alt),
        "Canonical Link": f'<a href="{link}">{link}</a>' if link else "No data", "Story Pin Media": "No data", "Video": "No data",
    }  # fmt: skip
    ends = {
        "Created at": f"{pin.created_at.astimezone(UTC):%Y/%m/%d %H:%M:%S}", "Alive": pin.alive, "Is a repin": True, "Private": pin.private,
    }  # fmt: skip
    written = [f"<br>{key}: {value}," for key, value in lines.items()] + [f"<br>{key}: {value}" for key, value in ends.items()]
    return "\n".join([f'<a href="{url}">{url}</a>', *written])


def _shown(value: object) -> str:
    """A value as text; what is missing reads "No data"."""
    return html.escape(str(value), quote=False) or "No data"
