"""Which encoding the bytes of a text file are in: UTF-8 if they allow it, else the likeliest other."""

from __future__ import annotations

import codecs
import re
from typing import IO

BLOCK = 2**20
UTF_16 = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FAR_EAST_PAIRS = 0.9  # share of bytes above 127 that come in pairs, in GBK text
LONG_RUN = 3.0  # mean length of runs of bytes above 127 where every letter is one (Cyrillic)
JAPANESE = 0.2  # share of kana among the letters beyond ASCII, in any Japanese text
HIGH = re.compile(rb"[\x80-\xff]+")
KANA = re.compile(r"[\u3041-\u30fe]")
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def find_encoding(stream: IO[bytes]) -> tuple[str, bool]:
    """The encoding of all the bytes of a stream, and whether double quotes may be among them.

    The stream is read to its end where need be.
    """
    block = stream.read(BLOCK)
    for bom, name in UTF_16:
        if block.startswith(bom):
            return name, True
    for odd, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if block[odd::2].count(0) > len(block) / 4:  # every other byte of plain letters is 0 there
            return name, True
    name = "utf-8-sig" if block.startswith(codecs.BOM_UTF8) else "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")()
    has_quotes = False
    while block:
        has_quotes = has_quotes or b'"' in block
        # Nearly all blocks of nearly all files are ASCII, which is far quicker to see than to decode.
        if not block.isascii() or decoder.getstate()[0]:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return _other_encoding(block), True
        block = stream.read(BLOCK)
    return name, has_quotes


def _other_encoding(block: bytes) -> str:
    runs = [len(run) for run in HIGH.findall(block)] or [1]
    if _share_of_kana(block) >= JAPANESE:
        return "cp932"
    in_pairs = sum(length for length in runs if length % 2 == 0) / sum(runs)
    if in_pairs >= FAR_EAST_PAIRS and _decoded(block, "gb18030") is not None:
        return "gb18030"
    if sum(runs) / len(runs) >= LONG_RUN:
        return "cp1251"
    return "latin-1" if _decoded(block, "cp1252") is None else "cp1252"


def _share_of_kana(block: bytes) -> float:
    """Kana among the letters beyond ASCII, were it Shift-JIS; 0 where it cannot be."""
    text = _decoded(block, "cp932") or ""
    return len(KANA.findall(text)) / max(1, len(BEYOND_ASCII.findall(text)))


def _decoded(block: bytes, encoding: str) -> str | None:
    """The text of a block that may end inside a letter."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(block)
    except UnicodeDecodeError:
        return None
