"""Words about a picture (caption, alternative text, title, file name): an association must not be one of them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

from pipeline.dedupe.words import normalised
from pipeline.pair.material import Document, Material, Passage, Picture

MOST = 0.5  # of a passage's words; a passage that is a label to that part is a label
LEAST = 4  # words of a label that is looked for inside a passage; a shorter one may well be a part of a sentence
FILE_NAME = re.compile(r"([^/?#]+?)(?:\.\w{2,5})?(?:[?#].*)?$")


def labels_of(picture: Picture, documents: Mapping[str, Document]) -> tuple[str, ...]:
    """What is said about a picture where it stands: normalised caption, alternative text, title of its document, file name."""
    document = documents.get(picture.document_id)
    return _labels(picture.alt, picture.caption, document.title if document else "", picture.image_url)


def is_label(passage: Passage, labels: tuple[str, ...]) -> bool:
    """Whether a passage stands whole in one of the labels, or consists of one for the most part."""
    words = _normalised(passage.text)
    return any(f" {words} " in f" {label} " or _mostly(label, words) for label in labels)


def captions_in(material: Material) -> set[str]:
    """Passages that only say their document's title, or what is said about some picture of it: a caption that was read as text."""
    labels = {name: dict.fromkeys(_labels("", "", document.title, "")) for name, document in material.documents.items()}
    for picture in material.pictures.values():
        labels.setdefault(picture.document_id, {}).update(dict.fromkeys(labels_of(picture, material.documents)))
    texts = (passage for passage in material.passages.values() if passage.document_id in labels)
    return {passage.artefact_id for passage in texts if is_label(passage, tuple(labels[passage.document_id]))}


def _mostly(label: str, words: str) -> bool:
    count = label.count(" ") + 1
    return count >= LEAST and count >= MOST * (words.count(" ") + 1) and f" {label} " in f" {words} "


@lru_cache(maxsize=1 << 16)
def _labels(alt: str, caption: str, title: str, image_url: str) -> tuple[str, ...]:
    name = FILE_NAME.search(image_url)
    said = (alt, caption, title, unquote(name.group(1)) if name else "")
    return tuple(dict.fromkeys(words for text in said if (words := _normalised(text))))


@lru_cache(maxsize=1 << 16)
def _normalised(text: str) -> str:
    return normalised(text.replace("_", " "))
