"""What the obligations of a release ask of the recipient, in plain English.

The codes are those of the policy pack (domain brief 3.1). A code that is not here gets a sentence
that asks the recipient to find out: an obligation nobody explained is not an obligation waived.
"""

import re
from typing import Final

_FOR_EVERYONE: Final = (
    "Use this only for the purpose it was asked for.",
    "Delete it, and every copy and note of it, when it expires.",
)
_SENTENCES: Final = {
    "MIN": "It holds only what the purpose needs; ask again if something is missing.",
    "RED": "What you do not need was removed before it left.",
    "WM": "It is marked as yours: whoever shows it shows whose copy it is.",
    "RSN": "The reasons for sharing it are recorded.",
    "NTF": "The client's advocate is told that it was shared.",
    "NTF:urgent": "The client's advocate is told at once.",
    "EXP:meeting+14": "It expires 14 days after the meeting, or sooner.",
    "none": "Nothing more is asked of you.",
    "SRV": "The client is told by her advocate if that is safe; do not tell her yourself.",
    "2ND": "A second person approved the sharing.",
    "IG": "An information-governance lead reviews the sharing.",
    "NOX": "Do not pass it on without the agreement of the agency it came from.",
    "VRB": "Say it, do not write it down.",
    "ACK": "Acknowledge that you have received it and accept these terms.",
    "PIR": "The sharing is reviewed afterwards; keep a note of what you did with it.",
    "SAFE": "Contact the client only in the ways recorded as safe.",
    "ORIG": "The agency it came from agreed to the sharing.",
    "MASK": "Do not name the receiving agency in anything others can see.",
    "DELTA": "It is what is new since the case was last referred; what you had before stands.",
    "CLIN": "A clinician of the agency it came from confirms what in it bears on the risk.",
    "TELL": "The MARAC coordinator is told that it was asked for.",
    "TELL:parent": "A parent is told where that is safe; never tell the alleged abuser.",
    "LOCK": "Use it for this alone, and for no other work of your agency.",
    "EXP:action+30": "It expires 30 days after the agreed action is done, or sooner.",
    "VIRN": "The victim is to be given notice; the advocate does that.",
}
_WITH_NUMBER: Final = {
    "EXP": "It expires {number} days after it was sealed, or sooner.",
    "REV": "The sharing is reviewed within {number} days.",
}
_NUMBERED: Final = re.compile(r"(EXP|REV)[ :-]?([0-9]{1,4})", re.ASCII)


def terms_of(obligations: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sentences a recipient is shown, the general ones first."""
    return _FOR_EVERYONE + tuple(_sentence(one) for one in obligations)


def days_allowed(obligations: tuple[str, ...]) -> int | None:
    """Return the fewest days that any `EXP n` allows; None if none does."""
    found = (_NUMBERED.fullmatch(one) for one in obligations)
    return min((int(one[2]) for one in found if one and one[1] == "EXP"), default=None)


def _sentence(obligation: str) -> str:
    numbered = _NUMBERED.fullmatch(obligation)
    if numbered is not None:
        return _WITH_NUMBER[numbered[1]].format(number=numbered[2])
    return _SENTENCES.get(
        obligation, f"Ask the MARAC coordinator what {obligation} asks of you before you use it."
    )


_REASONS: Final = {
    "safe-location": "it would show where somebody is safe",
    "location-inference": "a place could be worked out from it",
    "informant-identity": "it would show who gave information",
    "dvds-applicant": "it would show who asked under the disclosure scheme",
    "other-victim": "it is about another victim",
    "other-child": "it is about another child",
    "third-party-health": "it is about somebody else's health",
    "not-relevant": "the purpose does not need it",
    "disproportionate": "it is more than the purpose needs",
    "out-of-time": "it is too old",
    "opinion-unverified": "it is an opinion nobody checked",
    "counselling-presumption": "it comes from counselling",
    "privilege": "it is legally privileged",
    "immigration": "it is about immigration",
    "consent-condition": "the client set that condition",
    "identifier-not-needed": "the purpose does not need to know who or which number",
    "staff-safety": "it would put staff at risk",
    "ongoing-operation": "it concerns a police operation",
    "adoption-confidential": "adoption records are confidential",
    "free-text-unreviewed": "nobody has reviewed that text",
}
"""Redaction reasons of domain brief 2.8."""


def reason_in_words(reason: str) -> str:
    """Return why something was removed, to follow `removed because`."""
    return _REASONS.get(reason, f"the broker's rule for {reason} asks for it")


_LEFT_OUT: Final = {
    "picture": "could not be redacted, because it is scanned or a picture",
    "locked": "is under a password or encrypted",
    "macros": "holds macros",
    "kind": "is of a kind that is not read, or not what its name says",
    "damaged": "is damaged",
    "too-large": "is too large",
    "for-a-person": "cannot be read with certainty",
    "missing": "is named in the record, but was not there",
    "changed": "was replaced after the record named it",
    "profile": "may not go to you as a document",
    "reviewer": "was left out by the person who reviewed the record",
}
"""Words of documents.WhyLeftOut, to follow `a document` or `2 documents, each of which`."""


def left_out_in_words(reason: str) -> str:
    """Return why a document was left out."""
    return _LEFT_OUT.get(reason, f"is left out by the broker's rule for {reason}")
