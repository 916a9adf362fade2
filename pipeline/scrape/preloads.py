"""What Substack's pages hand to their scripts: `window._preloads = JSON.parse("...")`, JSON within a JSON text (SURFACES A.8)."""

import re
from typing import Any

from pipeline.errors import DocumentRejected
from pipeline.scrape.decode import load_json

CALL = re.compile(r'JSON\.parse\((".*")\)', re.DOTALL)


def preloads_of(script: str) -> dict[str, Any]:
    """The object that a script preloads; empty where it preloads none. Raises DocumentRejected where it cannot be read."""
    found = CALL.search(script) if "_preloads" in script else None
    if found is None:
        return {}
    inner = load_json(found.group(1))
    value = load_json(inner) if isinstance(inner, str) else None
    if not isinstance(value, dict):
        raise DocumentRejected("not_json", "the preloads are no object")
    return value
