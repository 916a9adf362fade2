"""Whether the same content stands on both sides of a split, looked for by other means than those that drew the groups.

Groups come from links between artefacts, words in a row, and a perceptual hash at a small radius. Here every item is held against all
of the other splits: by words, letters and many short runs, by bytes, uploads and addresses, by document and by what a pin links to,
by sight under every likely alteration; and once there are vectors, by what an encoder cannot tell apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.pair.leak_pictures import seen_alike
from pipeline.pair.leak_places import document_key, linked, misfiled, one_target, picture_address, upload_key
from pipeline.pair.leak_sides import Find, Side, read_sides, same_keys
from pipeline.pair.leak_texts import RUN, bag_key, labels_read, many_short_runs, same_words, shared_letters, shared_words
from pipeline.pair.leak_vectors import Embedded, one_to_the_encoder
from pipeline.store import Blobs, Home

__all__ = ["Embedded", "Verdict", "check", "check_vectors", "vectors_verdict_on", "verdict_on"]

RULE = "Where they are the same, say so in the file that the person file names as `duplicates:` (docs/guides/duplicates.md), and run again"
EXAMPLES = 3  # named in a verdict, of each kind


@dataclass(frozen=True)
class Verdict:
    """Whether something holds, and in plain words why."""

    ok: bool
    detail: str


LOOKS: Mapping[str, Callable[[Sequence[Side]], Sequence[Find]]] = {
    "the same picture": lambda sides: list(same_keys(sides, lambda side: None if side.text is not None else side.sha256)),
    "the same upload": lambda sides: list(same_keys(sides, upload_key)),
    "the same picture's address": lambda sides: list(same_keys(sides, picture_address)),
    "the same words": lambda sides: list(same_keys(sides, same_words)),
    "the same words in another order": lambda sides: list(same_keys(sides, bag_key)),
    f"{RUN} words in a row": shared_words,
    "a long run of letters": shared_letters,
    "many short runs of words": many_short_runs,
    "a caption or alternative text and a passage": labels_read,
    "one document": lambda sides: list(same_keys(sides, lambda side: side.document_id)),
    "one document at two addresses": lambda sides: list(same_keys(sides, document_key)),
    "one cluster of duplicates": lambda sides: list(same_keys(sides, lambda side: side.cluster)),
    "one artefact": lambda sides: list(same_keys(sides, lambda side: side.artefact_id)),
    "an artefact of another group than its pair says": lambda sides: list(misfiled(sides)),
}


def check(home: Home, person: str) -> Verdict:
    """Looks for leaks in the pairs as they are split now. Examples are artefact ids: the verdict holds nobody's words."""
    sides, saves = read_sides(home, person)
    return verdict_on(sides, saves, home.blobs)


def check_vectors(home: Home, person: str, embedded: Embedded) -> Verdict:
    """Looks for items of different splits that the encoder of these vectors cannot tell apart."""
    sides, _ = read_sides(home, person)
    return vectors_verdict_on(sides, embedded)


def vectors_verdict_on(sides: Sequence[Side], embedded: Embedded) -> Verdict:
    """The same for sides that were read. What to do about it is said: the person alone knows whether the two are one."""
    found = _verdict({"items that an encoder cannot tell apart": list(one_to_the_encoder(sides, embedded))}, len(sides))
    return found if found.ok else Verdict(False, f"{found.detail}. {RULE}")


def verdict_on(sides: Sequence[Side], saves: Sequence[tuple[str, str]], blobs: Blobs) -> Verdict:
    """The same for sides that were read: `saves` are (the pin's picture, the document it links to), `blobs` hold the pictures' bytes."""
    found = {name: look(sides) for name, look in LOOKS.items()}
    found["a pin and the page it links to"] = list(linked(sides, saves))
    found["two pins of one page"] = list(one_target(sides, saves))
    found["pictures that look the same"] = list(seen_alike(sides, blobs))
    return _verdict(found, len({side.artefact_id for side in sides}))


def _verdict(found: Mapping[str, Sequence[Find]], items: int) -> Verdict:
    leaks = {name: finds for name, finds in found.items() if finds}
    if not leaks:
        return Verdict(True, f"no leak among {items} items: nothing of {', '.join(found)} stands in two splits")
    told = (f"{name}: {len(finds)} ({'; '.join(_example(find) for find in finds[:EXAMPLES])})" for name, finds in leaks.items())
    return Verdict(False, "leaks between splits, training stops. " + ". ".join(told))


def _example(find: Find) -> str:
    return " with ".join(f"{side.artefact_id} in {side.split}" for side in find)
