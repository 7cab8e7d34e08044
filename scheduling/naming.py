"""Names as search compares them."""

from __future__ import annotations

import unicodedata


def search_key(*texts: str) -> str:
    """Lower case without accents: what prefix search compares."""
    plain = unicodedata.normalize("NFKD", " ".join(texts))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()[:260]
