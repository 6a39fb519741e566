"""Which engine found something. Part of every cache key and every receipt."""

ENGINE_VERSION = "presidio-2.2.366/en_core_web_sm-3.8.0/case_ner-2/flat_ner-1/rules-11"
"""Count `case_ner` or `flat_ner` up with new weights.

`rules` goes up with a recogniser, a word list or the folding.
"""
