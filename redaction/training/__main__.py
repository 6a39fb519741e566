"""`python -m redaction.training train` is what `make model` runs; `measure` prints figures.

Training writes the weights beside redaction/model/own.py and prints their hash, which has to be
pinned there by hand: new weights are a decision, not a side effect. `read` prints what the model
finds in notes of the evaluation, which tests/vectors keeps to compare other machines with.
"""

import argparse
import hashlib
import json
import sys
from time import process_time

from redaction.detect import Detector
from redaction.model.base import load_vocabulary
from redaction.model.flat import flat_form
from redaction.model.own import (
    WEIGHTS_SHA256,
    Reader,
    load_own,
    named_by,
    stored_form,
    weights,
)
from redaction.training.frozen.words import frozen_words
from redaction.training.generate import evaluation_notes
from redaction.training.measure import measure, removed_ranges
from redaction.training.train import NOTES, SEED, trained

READ = 120
"""Notes read to compare machines: two or three of every template."""
MEASURED = 1_000
"""Notes measured on; the rarest label is in about twenty of them."""


def main() -> None:
    """Train or measure."""
    parser = argparse.ArgumentParser(prog="python -m redaction.training")
    parser.add_argument("what", choices=["train", "measure", "read"])
    parser.add_argument("--notes", type=int, help="how many, if not the usual number")
    given = parser.parse_args()
    if given.what == "train":
        _train(given.notes or NOTES)
    elif given.what == "measure":
        _measure(given.notes or MEASURED)
    else:
        _read(given.notes or READ)


def _train(notes: int) -> None:
    for reader in Reader:
        began, path = process_time(), weights(reader)
        stored = stored_form(trained(_say, reader, notes))
        path.write_bytes(stored)
        used = process_time() - began
        _say(f"{len(stored) / 1e6:.1f} MB in {path.name}, {used:.0f} s of processor time")
        _say(f"Pin in redaction/model/own.py: {hashlib.sha256(stored).hexdigest()}")


def _measure(count: int) -> None:
    notes, detector = evaluation_notes(SEED, count), Detector()
    began = process_time()
    ranges = [removed_ranges(detector, note) for note in notes]
    used = process_time() - began
    for line in measure(notes, ranges).lines():
        _say(line)
    _say(f"{sum(len(note.text) for note in notes) / used:.0f} characters a second")


def _read(count: int) -> None:
    nlp, words = load_vocabulary(), frozen_words()
    load_own(nlp)
    read = []
    for note in evaluation_notes(SEED, count):
        flat = note.style in {"lower", "caps"}
        reader = Reader.FLAT if flat else Reader.CASED
        shown = flat_form(note.text, words) if flat else note.text
        read.append((shown, reader, named_by(nlp, shown, reader)))
    pinned = dict(WEIGHTS_SHA256)
    _say(json.dumps({"format": 2, "weights": pinned, "texts": read}, ensure_ascii=False))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
