"""`marac-broker keys rotate`, `register` and `answer`: another key, and the proof that it is held.

A deputy or an agency's officers hold a key of somebody's packages, and it is registered as that
person's. The private half stays with whoever holds it: only the answer to a challenge travels.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from broker.commands.key_changes import KEYS, line_of
from broker.commands.passphrases import PassphraseFile, SecondPassphraseFile, text_of
from broker.commands.policy_options import told
from broker.commands.private_keys import private_key_from
from broker.commands.research import Who, body_of, office_of
from broker.demo.office import Office
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PractitionerId
from broker.domain.package import KeyHolder
from keys.enrolment import answer_challenge
from keys.hybrid import HybridPrivateKey
from keys.recipient import RecipientPrivateKey

USUAL_DAYS = 365
_JWK_BEGINS = "{"

Days = Annotated[int, typer.Option(help="How long the new key is valid.")]


def rotate(
    who: Who,
    *,
    days: Days = USUAL_DAYS,
    hybrid: Annotated[
        bool, typer.Option("--hybrid", help="One that withstands a quantum computer, too.")
    ] = False,
) -> None:
    """Make a new key beside the old one; both are sealed to until the old one ends."""
    with told(), office_of(who) as (_, office):
        # Written first: if we crash now, a key is there that nobody uses, never the reverse.
        key = office.new_key(hybrid=hybrid)
        done = proved(office, key, PractitionerId(who), KeyHolder.PERSON, days)
        typer.echo(line_of(done))
        typer.echo("Compare its words by telephone; revoke the old one when it is done with.")


def register(  # one option for each thing about a key
    key: Annotated[Path, typer.Argument(help="Its private file, or the public one alone.")],
    who: Who,
    passphrase_file: PassphraseFile = None,
    second_passphrase_file: SecondPassphraseFile = None,
    *,
    held_by: Annotated[KeyHolder, typer.Option(help="In whose hands it is.")],
    days: Days = USUAL_DAYS,
) -> None:
    """Register a key that opens your packages: a deputy's, your agency's, or another of yours.

    With the public file alone, whoever holds the private one proves it: send them the challenge
    that is shown, and type what marac-broker keys answer shows them.
    """
    with told(), office_of(who) as (_, office):
        text = text_of(key)
        if text.startswith(_JWK_BEGINS):
            done = registered(office, text.strip(), _asked, held_by, days)
        else:
            private = private_key_from(key, passphrase_file, second_passphrase_file)
            done = proved(office, private, PractitionerId(who), held_by, days)
    typer.echo(line_of(done))
    typer.echo("Compare its words by telephone with whoever holds it.")


def answer(
    key: Annotated[Path, typer.Argument(help="The private key file that is to be registered.")],
    owner: Annotated[str, typer.Option(help="Whose packages it is to open, such as housing-1.")],
    passphrase_file: PassphraseFile = None,
    second_passphrase_file: SecondPassphraseFile = None,
) -> None:
    """Prove that you hold a key which somebody registers as theirs; nothing is sent."""
    with told():
        private = private_key_from(key, passphrase_file, second_passphrase_file)
        challenge: str = typer.prompt("Challenge")
        typer.echo(answer_challenge(challenge.strip(), private, PractitionerId(owner)))


def proved(
    office: Office,
    private: RecipientPrivateKey | HybridPrivateKey,
    owner: PractitionerId,
    held_by: KeyHolder,
    days: int,
) -> dict[str, Any]:
    """Register a key whose private half is here. Returns the broker's answer."""

    def prove(challenge: str) -> str:
        return answer_challenge(challenge, private, owner)

    return registered(office, private.public_jwk, prove, held_by, days)


def registered(
    office: Office, public_jwk: str, prove: Callable[[str], str], held_by: KeyHolder, days: int
) -> dict[str, Any]:
    """Register a key; `prove` answers the challenge to it."""
    public = {"public_jwk": public_jwk}
    asked = body_of(office.post(f"{KEYS}/challenges", public))
    told_by = {"ticket": asked["ticket"], "answer": prove(asked["sealed"])}
    return body_of(office.post(KEYS, {**public, "held_by": held_by, "days": days, **told_by}))


def _asked(challenge: str) -> str:
    typer.echo(
        "Send this to whoever holds the key; they give it to marac-broker keys answer:", err=True
    )
    typer.echo(challenge)
    said: str = typer.prompt("Their answer, within ten minutes")
    if not said.strip():
        raise InvalidRequestError(
            "Without an answer nothing is registered: ask them, and run again."
        )
    return said.strip()
