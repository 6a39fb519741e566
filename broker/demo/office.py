"""An agency's own side: its system's key, its people's keys, its mailbox. Never the broker's."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from broker.demo.county.model import PlannedRequest
from broker.domain.ids import AgencyId, PractitionerId, Thumbprint
from connectors.client import AgencyClient, IssuedTokens
from connectors.tokens import SigningKey
from keys.hybrid import FILE_ENDING, HybridPrivateKey
from keys.opening import OpenedPackage, open_package, recipients_of
from keys.recipient import RecipientPrivateKey, read_key, thumbprint_of, write_hybrid_pair
from keys.signing import read_public_jwk
from keys.spoken import words_of

SHEET = "county.json"
FORMAT_VERSION = 1
CALL_SECONDS = 180.0
"""An answer may wait for the redaction of a long chronology, or for the proofs of a policy."""


class OfficeClock:
    """The office's own clock, in UTC."""

    def now(self) -> datetime:
        """Return this moment."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What an office must know to take part: addresses, and where its own keys are.

    Args:
        made_at: the moment the county was made for; the same moment makes the same county.
        mailboxes: per agency, the address of its mailbox and the token that opens it.

    """

    made_at: datetime
    base_url: str
    token_endpoint: str
    broker_key: str
    passphrase: str = field(repr=False)
    keys: Path
    mailboxes: dict[str, tuple[str, str]] = field(repr=False)

    def write(self, folder: Path) -> None:
        """Write the sheet whole or not at all."""
        content = {
            "version": FORMAT_VERSION,
            "made_at": self.made_at.isoformat(),
            "base_url": self.base_url,
            "token_endpoint": self.token_endpoint,
            "broker_key": self.broker_key,
            "passphrase": self.passphrase,
            "keys": str(self.keys),
            "mailboxes": {agency: list(one) for agency, one in self.mailboxes.items()},
        }
        draft = folder / f"{SHEET}.part"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.rename(folder / SHEET)

    @classmethod
    def read(cls, folder: Path) -> "Sheet":
        """Read what `write` wrote."""
        found: dict[str, Any] = json.loads((folder / SHEET).read_text(encoding="utf-8"))
        return cls(
            made_at=datetime.fromisoformat(found["made_at"]),
            base_url=found["base_url"],
            token_endpoint=found["token_endpoint"],
            broker_key=found["broker_key"],
            passphrase=found["passphrase"],
            keys=Path(found["keys"]),
            mailboxes={agency: (one[0], one[1]) for agency, one in found["mailboxes"].items()},
        )


class Office:
    """One practitioner at their agency's system."""

    def __init__(
        self, sheet: Sheet, http: httpx.Client, agency_id: AgencyId, practitioner: PractitionerId
    ) -> None:
        """Read this office's own keys; nothing is asked yet."""
        self._sheet = sheet
        self._http = http
        self._agency_id = agency_id
        self._practitioner = practitioner
        pem = system_key_file(sheet.keys, agency_id).read_bytes()
        key = self._key = SigningKey.read(pem, sheet.passphrase)
        clock = OfficeClock()
        tokens = IssuedTokens(http, sheet.token_endpoint, key, practitioner, clock)
        self._client = AgencyClient(sheet.base_url, tokens, key, http, clock)
        self._private_keys: dict[Path, RecipientPrivateKey | HybridPrivateKey] = {}

    def ask(self, planned: PlannedRequest, meeting_id: str, key: str) -> httpx.Response:
        """Make one share request."""
        body: dict[str, object] = {
            "case_id": planned.case_id,
            "subject_id": planned.subject_id,
            "purpose": planned.purpose,
            "categories": list(planned.categories),
            "holder": planned.holder,
            "recipient": planned.recipient,
            "meeting_id": meeting_id,
            "since": planned.since.isoformat() if planned.since else None,
            "reasons": planned.reasons,
        }
        headers = {"Idempotency-Key": key}
        return self._client.request("POST", "/v1/share-requests", json=body, headers=headers)

    def get(self, path: str) -> httpx.Response:
        """Read one address of the broker."""
        return self._client.request("GET", path)

    def post(self, path: str, body: object = None) -> httpx.Response:
        """Send something to one address of the broker."""
        return self._client.request("POST", path, json=body)

    def put(self, path: str, body: object) -> httpx.Response:
        """Put something in the place of what is at one address of the broker."""
        return self._client.request("PUT", path, json=body)

    def collect(self, disclosure_id: str) -> bytes | None:
        """Take a package out of the agency's own mailbox; None while it is not there."""
        url, token = self._sheet.mailboxes[self._agency_id]
        headers = {"Authorization": f"Bearer {token}"}
        answer = self._http.get(f"{url}/packages/{disclosure_id}", headers=headers)
        return answer.content if answer.status_code == httpx.codes.OK else None

    def open(self, package: bytes, disclosure_id: str) -> OpenedPackage:
        """Open a package with that key of the practitioner's which it was sealed to."""
        broker_key = read_public_jwk(self._sheet.broker_key)
        return open_package(
            package,
            self._key_for(recipients_of(package, [broker_key])),
            [broker_key],
            now=datetime.now(UTC),
            expected_disclosure=disclosure_id,
        )

    def signed(
        self,
        header: Callable[[Mapping[str, str]], Mapping[str, object]],
        claims: Mapping[str, object],
    ) -> str:
        """Sign something as the agency's system, under the header that its key belongs in."""
        return self._key.sign(header(self._key.public_jwk()), claims)

    def new_key(self, *, hybrid: bool = False) -> RecipientPrivateKey | HybridPrivateKey:
        """Make another key pair of the practitioner's and keep it; the broker is not told yet."""
        key = HybridPrivateKey.generate() if hybrid else RecipientPrivateKey.generate()
        folder = self._sheet.keys / "-".join([self._practitioner, *words_of(key.thumbprint)[:2]])
        if isinstance(key, HybridPrivateKey):
            write_hybrid_pair(key, folder, self._practitioner, self._sheet.passphrase)
        else:
            key.write(folder, self._practitioner, self._sheet.passphrase)
        return key

    def _key_for(self, thumbprints: Sequence[Thumbprint]) -> RecipientPrivateKey | HybridPrivateKey:
        """Return the newest of the practitioner's keys that is among these, else the first one."""
        held = [self._sheet.keys, *sorted(self._sheet.keys.glob(f"{self._practitioner}-*-*/"))]
        for folder in reversed(held):
            public = folder / f"{self._practitioner}.public.jwk"
            if public.is_file() and thumbprint_of(public.read_text("ascii")) in thumbprints:
                return self._private_key(folder)
        return self._private_key(self._sheet.keys)

    def _private_key(self, folder: Path) -> RecipientPrivateKey | HybridPrivateKey:
        """Read a key once: stretching the passphrase takes a fifth of a second."""
        if folder not in self._private_keys:
            hybrid = folder / f"{self._practitioner}.{FILE_ENDING}"
            path = hybrid if hybrid.is_file() else folder / f"{self._practitioner}.key.pem"
            self._private_keys[folder] = read_key(path, self._sheet.passphrase)
        return self._private_keys[folder]

    def acknowledge(self, disclosure_id: str) -> httpx.Response:
        """Tell the broker that the package arrived and opened."""
        path = f"/v1/disclosures/{disclosure_id}/acknowledgement"
        return self._client.request("POST", path)


def system_key_file(keys: Path, agency_id: AgencyId) -> Path:
    """Return where an agency's system keeps the key it proves itself with."""
    return keys / f"{agency_id}.system.pem"
