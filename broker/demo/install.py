"""Puts the county on a broker's file: agencies, people, keys, cases, the meeting."""

from datetime import datetime, timedelta
from pathlib import Path

from broker.demo.county.model import County
from broker.demo.office import system_key_file
from broker.domain.ids import PractitionerId, Thumbprint
from broker.domain.package import KeyHolder, RecipientKey
from broker.domain.people import AgencySystem
from broker.service.register import Register
from connectors.tokens import SigningKey
from keys.recipient import RecipientPrivateKey, thumbprint_of

KEY_LIFE = timedelta(days=365)


def make_keys(county: County, folder: Path, passphrase: str) -> None:
    """Make every office's keys in `folder`, as each would on its own machine."""
    folder.mkdir(mode=0o700, parents=True)
    for agency in county.agencies:
        key = SigningKey.generate()
        path = system_key_file(folder, agency.agency_id)
        path.touch(mode=0o600)
        path.write_bytes(key.key.as_pem(private=True, password=passphrase))
    for owner in county.recipients:
        RecipientPrivateKey.generate().write(folder, owner, passphrase)


def register_offices(register: Register, county: County) -> None:
    """Register the agencies and their people; again after a restart, as mailboxes move."""
    for agency in county.agencies:
        register.agency(agency)
    for practitioner in county.practitioners:
        register.practitioner(practitioner)


def register_county(register: Register, county: County, folder: Path, passphrase: str) -> None:
    """Register keys and cases, once; the meeting comes last and says that all is there."""
    for agency in county.agencies:
        pem = system_key_file(folder, agency.agency_id).read_bytes()
        thumbprint = Thumbprint(SigningKey.read(pem, passphrase).thumbprint)
        name = f"case system of {agency.agency_id}"
        register.system(AgencySystem(thumbprint=thumbprint, agency_id=agency.agency_id, name=name))
    for owner in county.recipients:
        register.key(_recipient_key(county, folder, owner, county.meeting.opens_at))
    for case in county.cases:
        register.case(case)
    register.meeting(county.meeting)


def _recipient_key(
    county: County, folder: Path, owner: PractitionerId, since: datetime
) -> RecipientKey:
    """Read the public half as the office would hand it over."""
    public_jwk = (folder / f"{owner}.public.jwk").read_text(encoding="ascii").strip()
    return RecipientKey(
        thumbprint=thumbprint_of(public_jwk),
        owner=owner,
        agency_id=county.practitioner(owner).agency_id,
        held_by=KeyHolder.PERSON,
        public_jwk=public_jwk,
        not_before=since,
        not_after=since + KEY_LIFE,
    )
