"""The leak check against twenty-odd ways in which content gets from one split into another. Each corrupts a clean split once."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from pipeline.identifiers import sha256_of
from pipeline.pair.leak_sides import Side
from pipeline.pair.leaks import Verdict, vectors_verdict_on, verdict_on
from pipeline.scrape.picture import phash

SENTENCE = "the keeper of the lamp had never once in forty years been late for his supper of herring and black bread"
LONG = (
    "on the first evening of the regatta the whole town walked down to the harbour with lanterns and cushions and baskets of plums "
    "while the old pilot explained to nobody in particular how the tide would turn before the last boat had rounded the buoy"
)
UPLOAD = "https://i.pinimg.com/{}/9d/29/ae/9d29ae946e0d786d9a9ecc12e1f19c72.jpg"
SUBSTACK = "https://substack-post-media.s3.amazonaws.com/public/images/52784fae-8082-44d2-abac-11a5c5663133_{}.jpg"


@dataclass
class Split:
    """Two posts in training and in test that share nothing; plants add a side to each that do."""

    blobs: object
    draw: object
    encode: object
    sides: list = field(default_factory=list)
    saves: list = field(default_factory=list)
    vectors: dict = field(default_factory=lambda: {"text": {}, "image": {}})
    planted: list = field(default_factory=list)

    def text(self, split, words, **more):
        return self._add(split, text=words, role="body", sha256=sha256_of(words), **more)

    def picture(self, split, image, quality=92, **more):
        content = self.encode(image, quality)
        blob = self.blobs.put(content)
        known = {"sha256": blob, "blob_sha256": blob, "phash": phash(image), "image_url": f"https://images.example/{blob}.jpg"}
        return self._add(split, **(known | more))

    def _add(self, split, **fields):
        name, host = f"{len(self.sides):016x}", {"train": "ada", "test": "bea"}[split]
        known = {"document_id": f"document of {host}", "url": f"https://{host}.example/p/one", "group_id": split, "claimed": split}
        side = Side(artefact_id=name, split=split, **(known | fields))
        self.sides.append(side)
        self.planted.append(name)
        return side

    def verdict(self):
        """Both looks: without vectors, and with them."""
        looks = [verdict_on(self.sides, self.saves, self.blobs), vectors_verdict_on(self.sides, self.vectors)]
        return Verdict(all(look.ok for look in looks), " ".join(look.detail for look in looks if not look.ok))


@pytest.fixture
def clean(home, draw, encode):
    split = Split(home.blobs, draw, encode)
    for number, name in enumerate(("train", "test", "train", "test")):
        split.text(name, f"passage number {number} on the weather of {name} and on {'xyzw'[number] * 5}, unlike every other one there is")
        split.picture(name, split.draw(number))
    split.planted.clear()
    return split


def both(words, other):
    def plant(split):
        split.text("train", words)
        split.text("test", other)

    return plant


def altered(alteration, quality=80):
    def plant(split):
        split.picture("train", split.draw(40))
        split.picture("test", alteration(split.draw(40)), quality)

    return plant


def at_addresses(one, other):
    def plant(split):
        split.picture("train", split.draw(40), image_url=one)
        split.picture("test", split.draw(41), image_url=other)

    return plant


def letter_boxed(image):
    return ImageOps.expand(image, (0, 24), "black")


def watermarked(image):
    marked = image.resize((480, 480)).copy()
    ImageDraw.Draw(marked, "RGBA").text((380, 450), "bea.example", fill=(255, 255, 255, 128))
    return marked


def faded(image):
    red, green, blue = ImageEnhance.Color(image).enhance(0.4).split()
    return Image.merge("RGB", (red.point(lambda v: min(255, int(v * 1.1))), green, blue.point(lambda v: int(v * 0.85))))


def every_eighth_word_changed(words):
    return " ".join("salt" if i % 8 == 7 else word for i, word in enumerate(words.split()))


def in_sentences_turned_round(words):
    parts = words.split()
    pieces = [parts[i : i + 4] for i in range(0, len(parts), 4)]
    return " ".join(word for piece in pieces[::-1] for word in piece)


def one_document(split):
    split.text("train", "a second passage of bea's that went to the wrong side", document_id="document of bea")
    split.planted.append(next(side.artefact_id for side in split.sides if side.split == "test"))


def one_document_at(address, other):
    def plant(split):
        split.text("train", "a passage that stands at one address of the document", document_id="one", url=address)
        split.text("test", "and one that stands at the other of its addresses", document_id="other", url=other)

    return plant


def a_pin_apart_from_its_page(split):
    pin = split.picture("train", split.draw(42), document_id="pin")
    page = split.text("test", "what the page says that the pin was saved from", document_id="page")
    split.saves.append((pin.artefact_id, page.document_id))


def two_pins_of_one_page(split):
    for name, seed in (("train", 42), ("test", 43)):
        split.saves.append((split.picture(name, split.draw(seed), document_id=f"pin {seed}").artefact_id, "a page that is not held"))


def a_caption_that_is_read(where):
    def plant(split):
        split.picture("train", split.draw(42), **{where: f"Plate: {SENTENCE}"})
        split.text("test", f"He wrote that {SENTENCE}, and I believe him.")

    return plant


def one_cluster(split):
    split.text("train", "a passage that was found to be a copy", cluster="c")
    split.text("test", "of this one, by whatever method there may be", cluster="c")


def one_artefact(split):
    side = split.text("train", "a passage that stands in two groups at once, and so in two splits")
    split.sides.append(replace(side, split="test", group_id="test", claimed="test"))


def another_group(split):
    split.text("train", "a passage whose pair says that it is in another group", claimed="of another day")


def one_to_the_encoder(modality):
    def plant(split):
        rng = np.random.default_rng(0)
        for number in range(40):
            name = ("train", "test")[number % 2]
            side = (
                split.text(name, f"passage {number} " + " ".join(sha256_of(str(number))[i : i + 5] for i in range(0, 60, 5)))
                if modality == "text"
                else split.picture(name, split.draw(100 + number, 48))
            )
            vector = rng.standard_normal(64)
            split.vectors[modality][side.sha256] = (vector / np.linalg.norm(vector)).astype(np.float32)
        two = [side for side in split.sides if side.sha256 in split.vectors[modality]][-2:]
        split.vectors[modality][two[1].sha256] = split.vectors[modality][two[0].sha256]
        split.planted[:] = [side.artefact_id for side in two]

    return plant


PLANTS = {
    "the same words in other letters": (
        "the same words",
        both("We kept the lamp, the rope and a map.", "we kept THE LAMP the rope, and a map"),
    ),
    "a quoted sentence": ("12 words in a row", both(f"On the island {SENTENCE}.", f"My aunt says {SENTENCE.upper()}; so be it.")),
    "words run together": ("a long run of letters", both(LONG, LONG.replace(" ", ""))),
    "words parted by hyphens": ("a long run of letters", both(LONG, "-".join(LONG[i : i + 3] for i in range(0, len(LONG), 3)))),
    "every eighth word changed": ("many short runs", both(LONG, every_eighth_word_changed(LONG))),
    "the same words in another order": ("another order", both(LONG, in_sentences_turned_round(LONG))),
    "the same bytes": ("the same picture:", altered(lambda image: image, 92)),
    "one pin's picture at two sizes": ("the same upload", at_addresses(UPLOAD.format("736x"), UPLOAD.format("236x"))),
    "one upload behind the image proxy": (
        "the same upload",
        at_addresses(SUBSTACK.format("326x448"), f"https://substackcdn.com/image/fetch/w_200/{SUBSTACK.format('326x448')}"),
    ),
    "one address at two widths": (
        "the same picture's address",
        at_addresses("https://blog.example/boat.jpg", "https://www.blog.example/boat-300x200.jpg?w=300"),
    ),
    "encoded again": ("look the same", altered(lambda image: image, 30)),
    "resized": ("look the same", altered(lambda image: image.resize((90, 90)))),
    "cropped all round": ("look the same", altered(lambda image: image.crop((8, 8, 152, 152)))),
    "cropped on one side": ("look the same", altered(lambda image: image.crop((0, 0, 132, 160)))),
    "mirrored": ("look the same", altered(ImageOps.mirror)),
    "turned": ("look the same", altered(lambda image: image.rotate(90))),
    "upside down": ("look the same", altered(lambda image: image.rotate(180))),
    "letter-boxed": ("look the same", altered(letter_boxed)),
    "in other colours": ("look the same", altered(faded)),
    "darker": ("look the same", altered(lambda image: ImageEnhance.Brightness(image).enhance(0.7))),
    "as a negative": ("look the same", altered(ImageOps.invert)),
    "with a watermark": ("look the same", altered(watermarked)),
    "a document in two splits": ("one document:", one_document),
    "a document with and without www": (
        "one document at two addresses",
        one_document_at("https://ada.example/p/x/", "https://www.ada.example/p/x?utm_source=mail"),
    ),
    "a document and its AMP page": (
        "one document at two addresses",
        one_document_at("https://ada.example/x", "https://ada.example/x/amp/"),
    ),
    "a pin by two addresses": (
        "one document at two addresses",
        one_document_at("https://www.pinterest.com/pin/123/", "https://de.pinterest.com/pin/boats-at-sea--123/"),
    ),
    "a pin apart from its page": ("a pin and the page", a_pin_apart_from_its_page),
    "two pins of one page that is not held": ("two pins of one page", two_pins_of_one_page),
    "an alternative text that quotes": ("a caption or alternative text", a_caption_that_is_read("alt")),
    "a caption that quotes": ("a caption or alternative text", a_caption_that_is_read("caption")),
    "a cluster of duplicates": ("one cluster of duplicates", one_cluster),
    "an artefact in two groups": ("one artefact", one_artefact),
    "a pair of groups of another day": ("another group than its pair says", another_group),
    "texts that an encoder cannot tell apart": ("an encoder cannot tell apart", one_to_the_encoder("text")),
    "pictures that an encoder cannot tell apart": ("an encoder cannot tell apart", one_to_the_encoder("image")),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_leak_is_caught_and_both_its_sides_are_named(clean, name):
    look, plant = PLANTS[name]
    plant(clean)
    found = clean.verdict()
    assert not found.ok
    assert look in found.detail, found.detail
    assert [name for name in clean.planted if name not in found.detail] == [], found.detail


def test_a_clean_split_passes(clean):
    found = clean.verdict()
    assert found.ok, found.detail


LOOK_ALIKES = {
    "another drawing by the same hand": lambda split: [
        split.picture(name, split.draw(seed)) for name, seed in (("train", 60), ("test", 61))
    ],
    "a phrase that recurs": both(
        f"As they say, the sea forgives nobody, and {'tar ' * 9}", f"The sea forgives nobody: so he {'sang ' * 9}"
    ),
    "two pages told apart by a query alone": one_document_at("https://ada.example/show?id=1", "https://ada.example/show?id=2"),
    "two pictures from one script": at_addresses("https://a.example/image.php?id=1", "https://a.example/image.php?id=2"),
    "the front pages of two sites": one_document_at("https://ada.example/", "https://bea.example/"),
    "one caption under two pictures": lambda split: [
        split.picture(name, split.draw(seed), caption=SENTENCE) for name, seed in (("train", 60), ("test", 61))
    ],
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_what_only_looks_like_a_leak_is_none(clean, name):
    LOOK_ALIKES[name](clean)
    found = clean.verdict()
    assert found.ok, found.detail


def test_an_encoder_that_takes_different_things_of_one_split_for_one_is_no_witness(clean):
    one_to_the_encoder("text")(clean)
    vectors = clean.vectors["text"]
    same = [side for side in clean.sides if side.split == "train" and side.sha256 in vectors][:2]
    vectors[same[0].sha256] = vectors[same[1].sha256]
    clean.sides = [replace(side, group_id=side.artefact_id, claimed=side.artefact_id) for side in clean.sides]
    found = clean.verdict()
    assert found.ok, found.detail


def test_a_verdict_names_artefacts_and_no_words(clean):
    both(SENTENCE, SENTENCE)(clean)
    assert "herring" not in clean.verdict().detail
