"""What an answer's headers say about training."""

from collections.abc import Iterator, Mapping
from typing import Literal

from pipeline.scrape.agents import AI_AGENTS, TOKEN

About = Literal["document", "picture", "listing"]
NO_TRAINING = ("noai", "noimageai")
ALSO: dict[About, tuple[str, ...]] = {"document": ("noindex", "none"), "picture": ("none",), "listing": ()}
WITH_VALUES = ("max-snippet", "max-image-preview", "max-video-preview", "unavailable_after")  # a colon after these names no agent
OURS = ("", "*", TOKEN, *(agent.lower() for agent in AI_AGENTS))  # whose noindex is meant for us


def header_opt_out(headers: Mapping[str, str], about: About) -> str | None:
    """Why what came may not train: X-Robots-Tag noai or noimageai, `tdm-reservation: 1`; on a document noindex or none, on a picture none.

    What a tag tells one agent alone counts where it is about training, or where that agent trains. Feeds and API answers
    always carry noindex; there it says nothing about the documents they tell of. On a picture it keeps the file out of
    search results, which a site does for its thumbnails too.
    """
    for agent, token in _tags(headers.get("x-robots-tag", "")):
        if token in NO_TRAINING or (token in ALSO[about] and agent in OURS):
            return f"X-Robots-Tag: {token}"
    return "tdm-reservation: 1" if says_reserved(headers.get("tdm-reservation", "")) else None


def says_reserved(value: str) -> bool:
    """Whether a `tdm-reservation` reserves: 1, also among several values, as a header that was sent twice arrives."""
    return "1" in (part.strip() for part in value.split(","))


def _tags(header: str) -> Iterator[tuple[str, str]]:
    """(agent, directive) of an X-Robots-Tag; the agent is empty where none is named, for several headers come joined by commas:
    whether a directive after a comma still belongs to the agent before it cannot be told, and then it is for all."""
    for part in header.lower().split(","):
        name, colon, rest = (piece.strip() for piece in part.partition(":"))
        yield (name, rest) if colon and name not in WITH_VALUES else ("", name)
