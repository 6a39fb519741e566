"""Which engine found something. Part of every cache key and every receipt."""

ENGINE_VERSION = "presidio-2.2.366/en_core_web_sm-3.8.0/rules-3"
"""Count `rules` up whenever a recogniser, a word list or the folding changes."""
