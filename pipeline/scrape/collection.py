"""Pictures of the person's own collection, in the JSON that importers make of them: a picture and what stands beside it."""

from pipeline.scrape.addresses import canonical, is_imported
from pipeline.scrape.decode import load_json
from pipeline.scrape.fields import moment, text
from pipeline.scrape.passages import split
from pipeline.scrape.records import FoundPassage, FoundPicture, Parsed


def parse_picture(url: str, content: bytes) -> Parsed:
    """A picture; its title and caption are caption-like words (role `pin`), which never make an association."""
    picture = load_json(content)
    title, caption, address = text(picture, "title"), text(picture, "caption"), text(picture, "picture")
    pieces = [piece for words in dict.fromkeys((title, caption)) for piece in split(words)]
    known = is_imported(address) or canonical(address) is not None
    shown = FoundPicture(len(pieces), address, alt=text(picture, "alt"), caption=caption)
    return Parsed(
        title=title,
        published_at=moment(text(picture, "created_at")),
        canonical_url=url,
        passages=tuple(FoundPassage(place, piece, "pin") for place, piece in enumerate(pieces)),
        pictures=(shown,) if known else (),
        remarks=() if known else ("the picture has no address",),
    )
