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
from redaction.model.own import WEIGHTS, WEIGHTS_SHA256, load_own, named_by, stored_form
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
    stored = stored_form(trained(_say, notes))
    WEIGHTS.write_bytes(stored)
    _say(f"{len(stored) / 1e6:.1f} MB in {WEIGHTS.name}, {process_time():.0f} s of processor time")
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
    nlp = load_vocabulary()
    load_own(nlp)
    texts = [
        (one.text, one.style not in {"lower", "caps"}) for one in evaluation_notes(SEED, count)
    ]
    found = [(text, capitals, named_by(nlp, text, capitals=capitals)) for text, capitals in texts]
    _say(json.dumps({"format": 1, "weights": WEIGHTS_SHA256, "texts": found}, ensure_ascii=False))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
