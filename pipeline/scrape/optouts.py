"""What an answer's headers say about training."""

from collections.abc import Mapping
from typing import Literal

About = Literal["document", "picture", "listing"]
NO_TRAINING = ("noai", "noimageai")
ALSO: dict[About, tuple[str, ...]] = {"document": ("noindex", "none"), "picture": ("none",), "listing": ()}


def header_opt_out(headers: Mapping[str, str], about: About) -> str | None:
    """Why what came may not train: X-Robots-Tag noai or noimageai, `tdm-reservation: 1`; on a document noindex or none, on a picture none.

    Feeds and API answers always carry noindex; there it says nothing about the documents they tell of. On a picture it keeps
    the file out of search results, which a site does for its thumbnails too.
    """
    said = {token.strip() for part in headers.get("x-robots-tag", "").lower().split(",") for token in part.split(":")}
    for token in (*NO_TRAINING, *ALSO[about]):
        if token in said:
            return f"X-Robots-Tag: {token}"
    return "tdm-reservation: 1" if headers.get("tdm-reservation", "").strip() == "1" else None
