"""Which addresses lost a part to masking, and so lead nowhere any more."""

import re
from urllib.parse import quote

from pipeline.scrape.masks import MASKED_ADDRESS, MASKED_MAIL, MASKED_TOKEN

VALUE = re.compile(rf"[?&;#][\w.%-]{{1,64}}={MASKED_TOKEN}(?:[?&;#/]|$)")
NAMES = [spelled for name in (MASKED_MAIL, MASKED_ADDRESS) for spelled in (name, quote(name))]


def is_masked(url: str) -> bool:
    """Whether something was masked in a web address: asked for, a signed picture would answer 403, and that would stop its host."""
    return VALUE.search(url) is not None or any(name in url for name in NAMES)
