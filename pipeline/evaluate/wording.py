"""What the report says in words about each space, and how it writes numbers. The verdict's sentences stand in `verdict`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SpaceText:
    """A space's name for people, where it stands in the table, and one sentence on what it is."""

    name: str
    group: str
    explanation: str


REFERENCES, CLOSED, TRAINED, CONTROLS, CEILINGS = (
    "References",
    "Closed forms, fitted on the training pairs",
    "Trained",
    "Controls: these should fail",
    "Ceilings: simulated people only",
)
GROUPS = (REFERENCES, CLOSED, TRAINED, CONTROLS, CEILINGS)

SPACES = {
    "chance": SpaceText("chance", REFERENCES, "What ordering the pictures at random gives."),
    "raw": SpaceText("raw encoder", REFERENCES, "The frozen encoder as it is, which knows captions and nothing of this person."),
    "centred": SpaceText(
        "centred", REFERENCES, "The encoder with each modality’s mean taken away: the gap goes, and nothing is learned from pairs."
    ),
    "standardised": SpaceText("standardised", CLOSED, "Each dimension brought to mean 0 and variance 1, by modality."),
    "procrustes": SpaceText("Procrustes", CLOSED, "The rotation that lays the training texts best onto their pictures."),
    "ridge_identity": SpaceText("ridge to identity", CLOSED, "A linear map of the texts, pulled towards changing nothing."),
    "ridge_zero": SpaceText("ridge to zero", CLOSED, "A linear map from texts to pictures, pulled towards zero."),
    "cca": SpaceText("CCA", CLOSED, "The directions of both sides that vary together most in the training pairs, regularised."),
    "knn_cache": SpaceText(
        "nearest-neighbour cache",
        CLOSED,
        "Searches with the pictures of the nearest training passages, beside the passage itself: memory without a map.",
    ),
    "topic_only": SpaceText(
        "topic only", CLOSED, "Finds the nearest training group and searches with its mean picture: mere classification."
    ),
    "adapter": SpaceText("adapter", TRAINED, "The linear map on whitened vectors, trained from its start as far as that betters it."),
    "start": SpaceText("the adapter’s start", TRAINED, "Where training began: what the adapter is before any step."),
    "shuffled": SpaceText(
        "shuffled pairs", CONTROLS, "The same training on pairs dealt out at random, several times: what training alone does."
    ),
    "other_person": SpaceText(
        "another person’s adapter", CONTROLS, "A model of somebody else, tested here: how much of the gain is not personal."
    ),
    "oracle_encoder": SpaceText(
        "oracle through the encoder",
        CEILINGS,
        "Supervised on the encoder’s vectors with the simulated truth: the most this encoder lets through.",
    ),
    "oracle": SpaceText(
        "oracle", CEILINGS, "Knows how the world was made: the most anybody could reach in its noise. Equals are drawn by lot."
    ),
}

READING = (
    ("R@k", "Share of held-out queries with at least one true item among the first k. The more a query has, the easier."),
    (
        "mAP@R",
        "Of a query’s R true items, how many stand in the first R places, and how early. 1 is a perfect order; the leading figure here.",
    ),
    (
        "the interval",
        "Where 95 of 100 resamples of the held-out groups put the value. Whole groups are drawn: items of one post hang together.",
    ),
    ("passage → picture", "The query is a passage and all held-out pictures are ranked; picture → passage is the other way round."),
    (
        "centre distance",
        "Between the mean text and the mean picture, 0 to 2. Shuffled pairs close it too (see their row): alone it shows nothing.",
    ),
    (
        "RMG",
        "Relative modality gap: 0 when pairs coincide, 0.5 when a pair is no closer than two random items of one modality.",
    ),
    ("separability", "How often a linear classifier tells held-out texts from pictures: 0.5 cannot, 1 always."),
    (
        "champion",
        "The closed form with the highest mAP@R in selection: what a trained map has to beat. The test split decides nothing.",
    ),
    ("kept", "R@k on literal captions and their pictures, which the encoder could find before: what adapting has cost it."),
)


def space_text(space: str) -> SpaceText:
    """Name, group and sentence of a space; one that is not listed here is shown under its own name and says so."""
    return SPACES.get(space) or SpaceText(space.replace("_", " "), CLOSED, "No description of this space is kept.")


def the(space: str) -> str:
    """A space's name within a sentence."""
    name = space_text(space).name
    named = {"centred": "the centred encoder", "start": "its own start"}
    return named.get(space, f"the {name}" if space in ("raw", "adapter", "knn_cache") else name)


def number(value: float | None, digits: int = 3) -> str:
    """A value for a table, with a real minus sign; a dash where nothing was measured."""
    return "–" if value is None or value != value else f"{value:.{digits}f}".replace("-", "−")


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """An interval in words short enough for a cell; empty where none was measured."""
    return "" if low is None or high is None or low != low or high != high else f"{number(low, digits)}–{number(high, digits)}"


def count(n: int, one: str, many: str | None = None) -> str:
    """`1 picture`, `1,204 pictures`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """With a capital at the front and one full stop at the end; nothing stays nothing."""
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
