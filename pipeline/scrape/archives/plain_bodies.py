"""Posts that a tool turned into Markdown or plain text, back to the HTML that posts are read from: paragraphs, pictures, links."""

import re
from html import escape

BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
TARGET = r"\(([^()\s\"'<>]{1,2000})(?:\s[^()\n]{0,300})?\)"
IMAGE = re.compile(r"!\[([^\]\n]{0,1000})\]" + TARGET)
LINK = re.compile(r"(?<!!)\[([^\]\n]{0,1000})\]" + TARGET)
EMPHASIS = re.compile(r"(?<![\\\w])(\*\*|__|\*|_)(?=\S)([^*_\n]{1,1000}?)(?<=\S)\1(?!\w)")
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|])")
HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.DOTALL)
RULE = re.compile(r"^(?:[*_-]\s*){3,}$")
BULLET = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")


def from_markdown(text: str) -> str:
    """The HTML of a post in Markdown. What this does not know stays as words."""
    blocks = (block.strip() for block in BLANK.split(text))
    return "\n".join(_block(block) for block in blocks if block and not RULE.match(block))


def from_text(text: str) -> str:
    """The HTML of a post in plain text: a paragraph between empty lines."""
    return "\n".join(f"<p>{escape(block.strip())}</p>" for block in BLANK.split(text) if block.strip())


def _block(block: str) -> str:
    if heading := HEADING.match(block):
        return f"<h2>{_inline(heading.group(1))}</h2>"
    lines = [line.removeprefix("> ").removeprefix(">") for line in block.split("\n")]
    if all(BULLET.match(line) for line in lines):
        return "<ul>" + "".join(f"<li>{_inline(BULLET.sub('', line))}</li>" for line in lines) + "</ul>"
    return f"<p>{_inline(chr(10).join(lines))}</p>"


def _inline(words: str) -> str:
    text = IMAGE.sub(r'<img alt="\1" src="\2">', escape(words, quote=False).replace('"', "&quot;"))
    text = LINK.sub(r'<a href="\2">\1</a>', text)
    return ESCAPED.sub(r"\1", EMPHASIS.sub(r"\2", text))
