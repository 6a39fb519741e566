"""The same weights find the same names on every machine and every Python we run on."""

import json
from pathlib import Path

from redaction.model.base import load_vocabulary
from redaction.model.own import WEIGHTS_SHA256, Reader, load_own, named_by

_READ = json.loads(
    (Path(__file__).parents[2] / "vectors" / "case-ner-2.json").read_text(encoding="utf-8")
)
"""What the model found where it was measured: `python -m redaction.training read` writes it."""


def test_what_was_read_was_read_with_these_weights() -> None:
    """New weights need a new reading: comparing with an old one would prove nothing."""
    assert _READ["weights"] == dict(WEIGHTS_SHA256)
    assert len(_READ["texts"]) >= 100


def test_the_model_reads_here_as_it_read_where_it_was_measured() -> None:
    """A hundred invented notes, in capitals, small letters and as written: the same entities."""
    nlp = load_vocabulary()
    load_own(nlp)

    found = [
        [list(one) for one in named_by(nlp, shown, Reader(reader))]
        for shown, reader, _ in _READ["texts"]
    ]

    assert found == [named for _, _, named in _READ["texts"]]
    assert sum(map(len, found)) > 500
