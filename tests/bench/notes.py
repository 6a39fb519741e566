"""Invented case notes of a police record: about two kilobytes each, no two alike."""

import random
from typing import Final

NOTE_CHARACTERS: Final = 2_000
"""A note ends with the first sentence that passes this."""

_OPENINGS = (
    "Call received at {time} from the front room of the home address, line left open.",
    "Attended at {time} after a neighbour reported shouting and a door being kicked.",
    "Third call this month, log opened at {time}, caller whispering throughout.",
)
_SENTENCES = (
    "Mara Ellwood said that Devan came back at about {time} although he had been told to leave.",
    "Mara was in the kitchen with Rowan when he took her phone and threw it at the wall.",
    "Devan Ellwood denied any assault and said that Mara had fallen against the {thing}.",
    "She had redness to the left side of the neck and a {size} bruise above the elbow.",
    "Rowan was upstairs and told the officer that this happens when the money has gone.",
    "Maz asked that nobody rings 07700 900461 before six because he checks the call list.",
    "The house at 14 Tanners Yard, Keighley was untidy, with a {thing} broken in the hall.",
    "PC {number} {officer} took a first account on video, reference INC-{number}-{day}.",
    "Mr Ellwood was arrested at {time} and said nothing on the way to the station.",
    "The downstairs neighbour, {neighbour}, heard a man shout that he would find her anywhere.",
    "Mara said he had put his hands round her throat {count} times since the summer.",
    "She agreed to a referral and would like somebody to speak with her when he is at work.",
    "He is said to follow her to the {place} and to wait outside until she has finished.",
    "Officers fitted a door brace and gave advice about the {thing} at the back of the house.",
    "The {thing} was seized and booked in, and photographs were taken of the hallway.",
    "Devan has a new job at the {place} and leaves at {time} on weekdays.",
    "A check showed earlier reports on {day} {month} and again two weeks later.",
    "Mara's mother, {neighbour}, has offered a room but lives too far from the school.",
    "Nothing further was disclosed about {thing}s or other weapons in the house.",
    "The risk was discussed with Sergeant {officer}, who agreed with the grading.",
)
_FILLINGS: Final = {
    "thing": ("lamp", "chair", "window", "gate", "mirror", "kettle", "banister"),
    "size": ("small", "large", "fresh", "yellow", "round"),
    "officer": ("Crisp", "Adeyemi", "Rahman", "Novak", "Pritchard", "Okafor", "Lindqvist"),
    "neighbour": ("Joan Tarrant", "Salma Iqbal", "Piotr Zielinski", "Grace Mensah", "Alun Pryce"),
    "place": ("market", "leisure centre", "bus station", "laundrette", "warehouse", "college"),
    "month": ("March", "May", "June", "August", "September"),
}


def note(seed: str) -> str:
    """Return the note of that seed: the same seed gives the same text, on every machine."""
    chance = random.Random(seed)
    lines = [_filled(chance.choice(_OPENINGS), chance)]
    order: list[str] = []
    while len(" ".join(lines)) < NOTE_CHARACTERS:
        order = order or chance.sample(_SENTENCES, len(_SENTENCES))
        lines.append(_filled(order.pop(), chance))
    return " ".join(lines)


def _filled(sentence: str, chance: random.Random) -> str:
    words = {name: chance.choice(choices) for name, choices in _FILLINGS.items()}
    return sentence.format(
        **words,
        time=f"{chance.randrange(24):02}:{chance.randrange(60):02}",
        number=chance.randrange(1000, 9999),
        day=chance.randrange(1, 28),
        count=chance.choice(("two", "three", "four")),
    )
