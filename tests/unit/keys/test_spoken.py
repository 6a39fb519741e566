"""A key's name over the telephone: words that nobody mishears and that never change."""

import base64
import hashlib
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import EnvelopeError
from broker.domain.ids import Thumbprint
from keys.encoding import b64u
from keys.spoken import WORDS, WORDS_SPOKEN, spoken, words_of

FROZEN = "fb866f36c73bea13860fac51b576af88bb8305af91c05c5e13cae4b31f3a4454"
SMALLEST_DISTANCE = 4
LETTERS_THAT_TELL = 4
SOUNDS = {
    letter: sound
    for sound, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1)
    for letter in letters
}


def sound_of(word: str) -> str:
    """How a word sounds, roughly: American Soundex, which files names that sound alike together."""
    sounds, previous = "", SOUNDS.get(word[0])
    for letter in word[1:]:
        sound = SOUNDS.get(letter)
        if sound is not None and sound != previous:
            sounds += str(sound)
        if letter not in "hw":
            previous = sound
    return word[0] + sounds[:3].ljust(3, "0")


def distance(one: str, other: str) -> int:
    """How many letters have to change for one word to become the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for down, letter in enumerate(one, 1):
        above, row = row, [down]
        for across, compared in enumerate(other, 1):
            changed = above[across - 1] + (letter != compared)
            row.append(min(above[across] + 1, row[-1] + 1, changed))
    return row[-1]


def test_the_list_is_the_one_that_was_frozen() -> None:
    """A word changed today gives every key on file another name tomorrow."""
    assert hashlib.sha256(" ".join(WORDS).encode()).hexdigest() == FROZEN


def test_there_is_a_word_for_every_byte() -> None:
    """256 different words, plain letters, none too long to say."""
    assert len(set(WORDS)) == len(WORDS) == 256
    assert all(word.isascii() and word.isalpha() and word.islower() for word in WORDS)
    assert {len(word) for word in WORDS} <= set(range(4, 11))


def test_the_first_letters_tell_every_word() -> None:
    """Whoever hears only the start of a word knows which it is."""
    assert len({word[:LETTERS_THAT_TELL] for word in WORDS}) == len(WORDS)


def test_no_two_words_sound_alike() -> None:
    """On a bad line no word is taken for another."""
    assert len({sound_of(word) for word in WORDS}) == len(WORDS)


def test_no_slip_of_the_pen_makes_another_word() -> None:
    """Four letters would have to be wrong at once."""
    closest = min(distance(one, other) for one, other in combinations(WORDS, 2))

    assert closest >= SMALLEST_DISTANCE


def test_the_words_of_a_key_never_change() -> None:
    """What was read aloud today is read aloud in ten years: the key of RFC 8037 appendix A.3."""
    words = spoken(Thumbprint("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"))

    assert words.split(", ") == [
        "lullaby wizard sandal yodel",
        "paintbrush pepper farmhouse gondola",
        "melody fairground bamboo hedgehog",
    ]


@given(st.binary(min_size=32, max_size=32), st.integers(0, WORDS_SPOKEN - 1), st.integers(1, 255))
def test_a_swapped_key_is_heard(digest: bytes, at: int, by: int) -> None:
    """A difference in any byte that is spoken is a different word in that place."""
    other = digest[:at] + bytes([digest[at] ^ by]) + digest[at + 1 :]
    own, swapped = words_of(Thumbprint(b64u(digest))), words_of(Thumbprint(b64u(other)))

    assert len(own) == WORDS_SPOKEN
    assert [place for place in range(WORDS_SPOKEN) if own[place] != swapped[place]] == [at]


@pytest.mark.parametrize(
    "text",
    ["", "housing-1", b64u(bytes(31)), b64u(bytes(33)), base64.b64encode(bytes(32)).decode()],
    ids=["empty", "a name", "short", "long", "another alphabet"],
)
def test_what_is_no_thumbprint_has_no_words(text: str) -> None:
    """Words are never made up for something that names no key."""
    with pytest.raises(EnvelopeError, match="copy it whole"):
        words_of(Thumbprint(text))
