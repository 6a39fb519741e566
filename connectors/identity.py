"""Proves who asks: a person by the issuer's token, a system by its key, both of one agency.

Whatever is wrong, the answer is the same sentence: which check failed is nobody's business.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

from broker.domain.errors import AuthenticationError, SettingsError
from broker.domain.ids import PractitionerId, Thumbprint
from broker.domain.people import Practitioner
from broker.domain.ports import Clock, Directory, SeenProofs
from broker.domain.request import Credentials, Requester
from connectors.dpop import Proof, certificate_hash, read_proof
from connectors.jwks import JwksCache
from connectors.tokens import PublicKey, SignedToken, UnprovedError, read_token

__all__ = ["JwksCache", "TokenAuthenticator"]

TOKEN_KIND = "at+jwt"  # noqa: S105  # RFC 9068 section 2.1, a media type and no secret
CLOCK_SKEW = timedelta(seconds=30)
"""How far ahead the issuer's clock may be; behind is its own loss."""
TOKENS_REMEMBERED = 4096
"""Tokens whose signature need not be verified again: one for every practitioner at work."""
REFUSAL = "Who is asking could not be proved: fetch a new token and send a fresh proof with it."


class IssuerKeys(Protocol):
    """Where the issuer's public keys come from."""

    def key(self, kid: str) -> PublicKey:
        """Return the key of that kid, or raise UnprovedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bearer:
    """What a verified token says. Times are of the token, not of the call."""

    practitioner_id: PractitionerId
    agency: str
    role: str | None
    bound_key: str = field(repr=False)
    bound_certificate: str | None = field(repr=False)
    not_before: datetime
    expires_at: datetime


class TokenAuthenticator:
    """Implements ports.Authenticator."""

    def __init__(  # noqa: PLR0913  # one for each thing that has to agree
        self,
        *,
        issuer: str,
        audience: str,
        jwks: IssuerKeys,
        directory: Directory,
        proofs: SeenProofs,
        clock: Clock,
        base_url: str,
    ) -> None:
        """Accept tokens of `issuer` for `audience`, and proofs for URLs under `base_url`'s origin.

        Raises:
            SettingsError: one of the names is empty, or `base_url` is not one.

        """
        origin = urlsplit(base_url)
        if not issuer or not audience or origin.scheme not in {"http", "https"}:
            raise SettingsError("Set the token issuer, its audience and the broker's base URL.")
        self._origin = f"{origin.scheme}://{origin.netloc}"
        self._issuer = issuer
        self._audience = audience
        self._jwks = jwks
        self._directory = directory
        self._proofs = proofs
        self._clock = clock
        self._lock = Lock()
        self._verified: OrderedDict[bytes, _Bearer] = OrderedDict()

    def authenticate(self, credentials: Credentials) -> Requester:
        """Return the person and the system, both proved and of one agency.

        Raises:
            AuthenticationError: anything else, without saying which part failed.

        """
        try:
            return self._authenticate(credentials, self._clock.now())
        except UnprovedError:
            # The cause names the check that failed, so it must not travel with the answer.
            raise AuthenticationError(REFUSAL) from None

    def _authenticate(self, credentials: Credentials, now: datetime) -> Requester:
        token = _token_of(credentials.authorization)
        bearer = self._bearer(token, now)
        url = self._origin + urlsplit(credentials.url).path
        proof = read_proof(credentials.proof, credentials.method, url, now=now, access_token=token)
        _check_bound(bearer, proof, credentials.client_certificate)
        requester = self._requester(bearer, proof.thumbprint, now)
        # Last, so that only a proof which would have been accepted can be used up.
        if not self._proofs.claim(proof.proof_id, proof.expires_at):
            raise UnprovedError("replay")
        return requester

    def _bearer(self, token: str, now: datetime) -> _Bearer:
        """Verify the token, or remember that we did; its times are checked on every call."""
        place = hashlib.sha256(token.encode("ascii")).digest()
        with self._lock:
            known = self._verified.get(place)
        bearer = known or self._read(token)
        if bearer.not_before - CLOCK_SKEW > now or now >= bearer.expires_at:
            raise UnprovedError("time")
        if known is None:
            self._remember(place, bearer)
        return bearer

    def _remember(self, place: bytes, bearer: _Bearer) -> None:
        with self._lock:
            self._verified[place] = bearer
            while len(self._verified) > TOKENS_REMEMBERED:
                self._verified.popitem(last=False)

    def _read(self, token: str) -> _Bearer:
        signed = read_token(token, self._issuer_key, kinds=(TOKEN_KIND,))
        audience = signed.claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if signed.text("iss") != self._issuer or self._audience not in named:
            raise UnprovedError("another issuer or audience")
        return _bearer_of(signed)

    def _issuer_key(self, header: Mapping[str, object]) -> PublicKey:
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise UnprovedError("kid")
        return self._jwks.key(kid)

    def _requester(self, bearer: _Bearer, thumbprint: Thumbprint, now: datetime) -> Requester:
        """Hold the token against what is registered; what is registered decides."""
        system = self._directory.system(thumbprint)
        practitioner = self._directory.practitioner(bearer.practitioner_id)
        if system is None or practitioner is None or practitioner.has_left(now):
            raise UnprovedError("not registered")
        _check_one_agency(bearer, practitioner, system.agency_id)
        agency = self._directory.agency(practitioner.agency_id)
        if agency is None:
            raise UnprovedError("no agency")
        return Requester(
            practitioner_id=practitioner.practitioner_id,
            agency_id=agency.agency_id,
            agency_kind=agency.kind,
            role=practitioner.role,
            system=thumbprint,
            authenticated_at=now,
        )


def _token_of(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "dpop" or not token.isascii():
        raise UnprovedError("scheme")
    return token


def _bearer_of(signed: SignedToken) -> _Bearer:
    bound = signed.claims.get("cnf")
    if not isinstance(bound, dict) or not isinstance(bound.get("jkt"), str):
        raise UnprovedError("cnf")
    certificate, role = bound.get("x5t#S256"), signed.claims.get("role")
    if not isinstance(certificate, str | None) or not isinstance(role, str | None):
        raise UnprovedError("claims")
    starts = max(signed.moment("iat"), signed.moment("nbf") if "nbf" in signed.claims else 0)
    return _Bearer(
        practitioner_id=PractitionerId(signed.text("sub")),
        agency=signed.text("agency"),
        role=role,
        bound_key=bound["jkt"],
        bound_certificate=certificate,
        not_before=_time(starts),
        expires_at=_time(signed.moment("exp")),
    )


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise UnprovedError("time") from error


def _check_bound(bearer: _Bearer, proof: Proof, certificate: bytes | None) -> None:
    """A token bound to a certificate too (RFC 8705) is nothing without that certificate."""
    if proof.thumbprint != bearer.bound_key:
        raise UnprovedError("another key")
    if bearer.bound_certificate is None:
        return
    if certificate is None or certificate_hash(certificate) != bearer.bound_certificate:
        raise UnprovedError("another certificate")


def _check_one_agency(bearer: _Bearer, practitioner: Practitioner, system_agency: str) -> None:
    if not practitioner.agency_id == system_agency == bearer.agency:
        raise UnprovedError("another agency")
    if bearer.role is not None and bearer.role != practitioner.role:
        raise UnprovedError("another role")
