"""What the texts of a document are called where a field's name stands: never the holder's word."""

import re

_OF_DOCUMENT = re.compile(r"\(document [0-9]+\)( .+)?")


def name_of(number: int, where: str = "") -> str:
    """Return the name of a document of an entry, counted from 1, or of a place in it."""
    return f"(document {number}) {where}".rstrip()


def is_of_document(name: str) -> bool:
    """Whether a name is one of these: it says where a text stands, and not what it holds."""
    return _OF_DOCUMENT.fullmatch(name) is not None
