"""The words of the simulated world: what captions call things and styles, and which words can carry a mood.

Three vocabularies that share no word: literal words (objects and styles), mood words (the names of small props, in their
plain sense), and prose (topics and filler, in `prose.py`). A style has several plain phrases; a prop has three names.
"""

from pipeline.simulate.glyphs import OBJECTS, PROPS

LEVELS = (6, 5, 6, 6)  # how many levels palette, light, composition and texture have

# STYLE_PHRASES[factor][level] are interchangeable plain descriptions.
STYLE_PHRASES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("in red and orange", "painted in warm red", "with red colours"),
        ("in blue and teal", "painted in cool blue", "with blue colours"),
        ("in green", "painted in leafy green", "with green colours"),
        ("in pink and purple", "painted in violet pink", "with pink colours"),
        ("in yellow and beige", "painted in sandy yellow", "with yellow colours"),
        ("in grey and white", "painted in black and grey", "with grey colours"),
    ),
    (
        ("in flat even daylight", "evenly lit", "in plain daylight"),
        ("lit from one side", "in side light", "with strong light from the side"),
        ("under a spotlight", "lit only in the middle", "inside a pool of spotlight"),
        ("at night", "in the dark", "in deep darkness"),
        ("with a glow from below", "glowing at the bottom", "lit from below"),
    ),
    (
        ("alone in the middle", "large and centred", "one big shape at the centre"),
        ("in a row", "lined up side by side", "standing in a line"),
        ("in a grid", "in rows and columns", "arranged as a grid"),
        ("in a circle", "placed around a circle", "forming a round circle"),
        ("along a diagonal", "on a slope", "running diagonally"),
        ("crowded into one corner", "heaped in the corner", "bunched in a corner"),
    ),
    (
        ("on a smooth surface", "smooth and plain", "without any pattern"),
        ("covered with stripes", "on striped paper", "with broad stripes"),
        ("covered with dots", "on dotted paper", "with big dots"),
        ("on chequered cloth", "with a chequered pattern", "covered with squares"),
        ("rough and grainy", "with coarse grain", "on speckled stone"),
        ("with wavy lines", "covered with ripples", "on rippled paper"),
    ),
)

# Three names for each prop, the first its own: the words that can carry a mood.
PROP_NAMES: dict[str, tuple[str, str, str]] = {
    "key": ("key", "latchkey", "passkey"),
    "bell": ("bell", "chime", "gong"),
    "candle": ("candle", "taper", "wick"),
    "ladder": ("ladder", "stepladder", "rung"),
    "anchor": ("anchor", "mooring", "grapnel"),
    "feather": ("feather", "plume", "quill"),
    "coin": ("coin", "penny", "token"),
    "rope": ("rope", "cord", "twine"),
    "wheel": ("wheel", "hub", "spoke"),
    "arrow": ("arrow", "dart", "pointer"),
    "star": ("star", "asterisk", "starfish"),
    "crescent": ("crescent", "sickle", "boomerang"),
    "heart": ("heart", "locket", "valentine"),
    "leaf": ("leaf", "frond", "clover"),
    "hammer": ("hammer", "mallet", "gavel"),
    "saw": ("saw", "hacksaw", "fretsaw"),
    "comb": ("comb", "brush", "rake"),
    "spoon": ("spoon", "ladle", "scoop"),
    "fork": ("fork", "trident", "pitchfork"),
    "button": ("button", "toggle", "stud"),
    "envelope": ("envelope", "letter", "postcard"),
    "flag": ("flag", "pennant", "banner"),
    "crown": ("crown", "tiara", "diadem"),
    "hourglass": ("hourglass", "sandglass", "timer"),
    "die": ("die", "domino", "cube"),
    "magnet": ("magnet", "horseshoe", "staple"),
    "snail": ("snail", "spiral", "coil"),
    "bolt": ("bolt", "zigzag", "spark"),
    "droplet": ("droplet", "teardrop", "bead"),
    "eye": ("eye", "peephole", "lens"),
    "glove": ("glove", "mitten", "handprint"),
    "pyramid": ("pyramid", "cone", "tent"),
    "drum": ("drum", "tambourine", "barrel"),
    "trumpet": ("trumpet", "horn", "bugle"),
    "clock": ("clock", "dial", "watch"),
    "basket": ("basket", "hamper", "crate"),
    "fence": ("fence", "picket", "railing"),
    "net": ("net", "web", "trellis"),
    "mushroom": ("mushroom", "toadstool", "fungus"),
    "bone": ("bone", "dumbbell", "barbell"),
    "funnel": ("funnel", "hopper", "chute"),
    "shield": ("shield", "crest", "badge"),
    "sock": ("sock", "stocking", "slipper"),
    "butterfly": ("butterfly", "moth", "bowtie"),
    "cross": ("cross", "crucifix", "windmill"),
    "spool": ("spool", "bobbin", "reel"),
}

OBJECT_NAMES: tuple[str, ...] = tuple(OBJECTS)
PROP_KINDS: tuple[str, ...] = tuple(PROPS)
MOOD_WORDS: frozenset[str] = frozenset(word for names in PROP_NAMES.values() for word in names)

# Boards are by what a picture shows, as they are on Pinterest: a post's pictures scatter over several.
BOARDS: dict[str, tuple[str, ...]] = {
    "Harbour": ("boat", "fish", "bridge"),
    "Streets": ("house", "tower", "car"),
    "Garden": ("tree", "flower", "bird"),
    "Kitchen": ("cup", "bottle", "pear"),
    "Rooms": ("chair", "table", "book"),
    "Travel": ("bicycle", "train", "mountain"),
    "Wardrobe": ("hat", "shoe", "umbrella"),
    "Play": ("kite", "guitar", "cat"),
}


def article(noun: str) -> str:
    """The noun with its indefinite article, as in "an anchor"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def board_of(kind: str) -> str:
    """The board on which pictures of this object are kept."""
    return next(board for board, kinds in BOARDS.items() if kind in kinds)
