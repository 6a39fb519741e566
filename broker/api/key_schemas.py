"""What goes over the wire about recipients' keys. Stable: add fields, never rename or drop one."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic import StringConstraints as Text

from broker.api.examples import shown_as
from broker.api.schemas import Body, Identifier
from broker.domain.key_ports import KeyChallenge
from broker.domain.package import KeyHolder, RecipientKey
from broker.service.recipient_keys import MAX_LIFE_DAYS

MAX_JWK_CHARACTERS = 4_096
"""More than twice the longest public key that packages can be sealed to."""
MAX_TICKET_CHARACTERS = 1_024
USUAL_LIFE_DAYS = 365
_EXAMPLE_JWK = (
    '{"kty":"EC","crv":"P-256","x":"3aC7XJVW887f-vqa19eEP_ucL8nGuwc6_ml1WQE4WGY",'
    '"y":"71gRhh0Jo9lAamWznZv1-foqm1BRDXb2-k0N4Rqi668"}'
)
_EXAMPLE_TICKET = "AAAAAGkQalRf5vYx2c4Vh3dYpO0a"
_EXAMPLE_ANSWER = "bVc1J0b8hQm3kW9xT2nYpL5sR7uEzA4gD6fCqXiBvNo"
_EXAMPLE_KEY = {
    "thumbprint": "6WNpiIiozmTtn1Q_zOMju67xGwahzdA34ZOwggNZVUw",
    "owner": "housing-1",
    "agency_id": "ashmere-housing-la",
    "held_by": "person",
    "public_jwk": _EXAMPLE_JWK,
    "not_before": "2026-11-09T10:00:00Z",
    "not_after": "2027-11-09T10:00:00Z",
    "revoked_at": None,
}

PublicJwk = Annotated[str, Text(min_length=2, max_length=MAX_JWK_CHARACTERS, pattern=r"^[ -~]*$")]
Base64Url = Annotated[
    str, Text(min_length=1, max_length=MAX_TICKET_CHARACTERS, pattern=r"^[A-Za-z0-9_-]*$")
]
KeyName = Annotated[str, Text(pattern=r"^[A-Za-z0-9_-]{43}$")]


class ChallengeBody(Body):
    """The public key that is to be registered."""

    model_config = shown_as({"public_jwk": _EXAMPLE_JWK})

    public_jwk: PublicJwk = Field(description="RFC 7517, as text; never a private one.")


class ChallengeOut(BaseModel):
    """What only the holder of the private key can answer."""

    model_config = shown_as(
        {
            "sealed": "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyJ9.Zm9y.dGhl.a2V5.b25seQ",
            "ticket": _EXAMPLE_TICKET,
            "expires_at": "2026-11-09T10:10:00Z",
        }
    )

    sealed: str = Field(description="Encrypted to the key: decrypt it, send back its `secret`.")
    ticket: str = Field(description="Send it back with the answer.")
    expires_at: datetime

    @classmethod
    def of(cls, challenge: KeyChallenge) -> "ChallengeOut":
        """Show a challenge."""
        return cls(
            sealed=challenge.sealed, ticket=challenge.ticket, expires_at=challenge.expires_at
        )


class KeyBody(Body):
    """A public key with the proof that the requester holds the private one."""

    model_config = shown_as(
        {
            "public_jwk": _EXAMPLE_JWK,
            "held_by": "person",
            "days": 365,
            "ticket": _EXAMPLE_TICKET,
            "answer": _EXAMPLE_ANSWER,
        }
    )

    public_jwk: PublicJwk
    held_by: KeyHolder = Field(
        default=KeyHolder.PERSON, description="In whose hands it is; it opens your packages."
    )
    days: Annotated[int, Field(strict=True, ge=1, le=MAX_LIFE_DAYS)] = Field(
        default=USUAL_LIFE_DAYS, description="How long it is to be valid."
    )
    ticket: Base64Url
    answer: Base64Url


class RevocationBody(Body):
    """Whose key it is."""

    model_config = shown_as({"owner": "housing-1"}, {})

    owner: Identifier | None = Field(
        default=None, description="Somebody else, where an IG lead revokes; left out: yours."
    )


class KeyOut(BaseModel):
    """One registered key. The private half is not here and never was."""

    model_config = shown_as(_EXAMPLE_KEY)

    thumbprint: str = Field(description="RFC 7638; keys/FORMAT.md says it in words.")
    owner: str
    agency_id: str
    held_by: str = Field(description="person, deputy or agency-recovery.")
    public_jwk: str
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: RecipientKey) -> "KeyOut":
        """Show a key."""
        return cls(
            thumbprint=key.thumbprint,
            owner=key.owner,
            agency_id=key.agency_id,
            held_by=key.held_by,
            public_jwk=key.public_jwk,
            not_before=key.not_before,
            not_after=key.not_after,
            revoked_at=key.revoked_at,
        )


class KeysOut(BaseModel):
    """Every key of one practitioner, oldest first, revoked ones too."""

    model_config = shown_as({"keys": [_EXAMPLE_KEY]})

    keys: tuple[KeyOut, ...]
