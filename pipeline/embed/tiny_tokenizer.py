"""The tokenizer of `tiny`: whole words of a small vocabulary, and hash buckets for every other word.

Any text can be read. A word that is not in the vocabulary becomes one of a thousand bucket tokens, so it costs one token and
mostly keeps an identity of its own; scripts without spaces are read character by character.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

BUCKETS = 1024
LONGEST_WORD = 24  # characters; a longer run is cut into several words
_WORD = re.compile(r"[⺀-鿿぀-ヿ가-힯]|[^\W_⺀-鿿぀-ヿ가-힯]+")
WORDS_FILE = Path(__file__).with_name("tiny_words.json")


@lru_cache(maxsize=65536)
def _bucket(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big") % BUCKETS


class TinyTokenizer:
    """Turns texts into token ids: 0 pads, then the vocabulary, then the buckets; the highest id ends a text."""

    def __init__(self, words: Sequence[str], context_length: int) -> None:
        """`words` in the order of their ids, the first having 1; `context_length` counts the end token."""
        self.context_length = context_length
        self._ids = {word: number for number, word in enumerate(words, start=1)}
        self._first_bucket = len(words) + 1
        self.end = self._first_bucket + BUCKETS
        self.vocab_size = self.end + 1

    @classmethod
    def shipped(cls, context_length: int) -> "TinyTokenizer":
        """The tokenizer that belongs to the shipped weights."""
        return cls(json.loads(WORDS_FILE.read_text(encoding="utf-8")), context_length)

    def token(self, word: str) -> int:
        """The id of one lower-case word."""
        known = self._ids.get(word)
        return known if known is not None else self._first_bucket + _bucket(word)

    def ids(self, text: str) -> list[int]:
        """The ids of a text of any length, without an end token; empty when it holds neither letters nor digits."""
        runs = _WORD.findall(unicodedata.normalize("NFKC", text).lower())
        return [self.token(run[i : i + LONGEST_WORD]) for run in runs for i in range(0, len(run), LONGEST_WORD)]

    def windows(self, text: str, most: int) -> list[list[int]]:
        """The text cut into consecutive windows that fit the context, at most `most` of them (the rest is not read)."""
        ids, room = self.ids(text), self.context_length - 1
        count = max(1, min(most, -(-len(ids) // room)))
        return [ids[i * room : (i + 1) * room] for i in range(count)]

    def rows(self, windows: Sequence[Sequence[int]]) -> "Tensor":
        """Windows as int64[n, context_length], each ended and padded with zeros."""
        import torch

        out = torch.zeros(len(windows), self.context_length, dtype=torch.long)
        for row, window in zip(out, windows, strict=True):
            row[: len(window)] = torch.tensor(list(window), dtype=torch.long)
            row[len(window)] = self.end
        return out

    def __call__(self, texts: str | Sequence[str]) -> "Tensor":
        """Texts as int64[n, context_length], cut at the context: the form that open_clip expects of a tokenizer."""
        listed = [texts] if isinstance(texts, str) else texts
        return self.rows([self.windows(text, 1)[0] for text in listed])
