"""Pinterest's boards and pins, in the JSON that the importer makes of a data export."""

from pipeline.scrape.addresses import canonical, is_signature, pin_image
from pipeline.scrape.decode import load_json
from pipeline.scrape.fields import moment, text
from pipeline.scrape.passages import split
from pipeline.scrape.records import FoundLink, FoundPassage, FoundPicture, Parsed, Source

CENTRE = "https://www.pinterest.com"


def parse_board(url: str, content: bytes) -> Parsed:
    """A board: its title and description, as passages of the role `board`."""
    board = load_json(content)
    title = text(board, "name")
    pieces = [piece for words in (title, text(board, "description")) for piece in split(words)]
    return Parsed(
        title=title,
        published_at=moment(text(board, "created_at")),
        canonical_url=url,
        passages=tuple(FoundPassage(place, piece, "board") for place, piece in enumerate(pieces)),
        source=Source("pinterest", "board", url, title=title),
        remarks=() if title else ("the board has no name",),
    )


def parse_pin(url: str, content: bytes) -> Parsed:
    """A pin: its own words (title and details, not the alt text), its picture, and the link that it `saves`."""
    pin = load_json(content)
    title, details, when = text(pin, "title"), text(pin, "details"), moment(text(pin, "created_at"))
    pieces = [piece for words in dict.fromkeys((title, details)) for piece in split(words)]
    signature, link = text(pin, "image").lower(), canonical(text(pin, "link"))
    picture = FoundPicture(len(pieces), pin_image(signature), alt=text(pin, "alt")) if is_signature(signature) else None
    said = pin.get("remarks") if isinstance(pin, dict) else None
    remarks = [remark for remark in said if isinstance(remark, str)] if isinstance(said, list) else []
    return Parsed(
        title=title,
        author=text(pin, "username"),
        published_at=when,
        canonical_url=url,
        passages=tuple(FoundPassage(place, piece, "pin") for place, piece in enumerate(pieces)),
        pictures=(picture,) if picture else (),
        links=(FoundLink(link, "saves", when),) if link else (),
        remarks=tuple(remarks) if picture else (*remarks, "the pin names no picture"),
    )
