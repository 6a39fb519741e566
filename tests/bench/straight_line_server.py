"""Fills the straight-line broker with the benchmark's world, and serves it."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

import policies
from policies.engine import editor_text
from policies.loader import read_directory, read_pack
from policies.model import model_text
from tests.bench import straight_line
from tests.bench import world as worlds
from tests.bench.children import open_port, serve
from tests.bench.straight_line import StraightLine
from tests.bench.world import World

PACK: Final = Path(policies.__file__).parent


def open_straight_line(world: World) -> StraightLine:
    """Write the project's rules in Casbin's own form, open the broker and fill its tables."""
    folder = world.folder / "straight-line"
    folder.mkdir()
    pack = read_pack(read_directory(PACK), today=datetime.now(UTC).date())
    (folder / "model.conf").write_text(model_text(), encoding="utf-8")
    (folder / "policy.csv").write_text(editor_text(pack), encoding="utf-8")
    broker = StraightLine(
        database=folder / "broker.sqlite",
        holders_database=world.holders_database,
        rules=folder,
        issuer=worlds.ISSUER,
        issuer_jwk=world.issuer_jwk,
    )
    with Session(broker.engine) as session:
        session.add_all(_rows(world))
        session.commit()
    return broker


def _rows(world: World) -> list[straight_line.Base]:
    return [*_directory(world), *_cases(), *_listings()]


def _directory(world: World) -> list[straight_line.Base]:
    asker = worlds.practitioner()
    made: list[straight_line.Base] = [
        straight_line.Agency(
            agency_id=one.agency_id,
            kind=one.kind,
            perpetrator_facing=one.perpetrator_facing,
            agreement_until=one.agreement_until,
        )
        for one in worlds.agencies(world)
    ]
    made.append(
        straight_line.Practitioner(
            practitioner_id=asker.practitioner_id,
            agency_id=asker.agency_id,
            role=asker.role,
            name=asker.name,
            public_jwk=world.recipient_jwk,
        )
    )
    return made


def _cases() -> list[straight_line.Base]:
    made: list[straight_line.Base] = []
    for case in worlds.cases():
        assert case.risk is not None
        people = [
            straight_line.Person(
                subject_id=one.subject_id,
                role=one.role,
                name=one.names[0],
                reference=one.references[0].value if one.references else None,
            )
            for one in case.people
        ]
        made.append(
            straight_line.Case(
                case_id=case.case_id,
                risk=case.risk.level,
                assessed_on=case.risk.assessed_on,
                child_at_risk=bool(case.child_at_risk),
                consent=case.consents[0].status,
                people=people,
            )
        )
    return made


def _listings() -> list[straight_line.Base]:
    return [
        straight_line.Listing(
            meeting_id=meeting.meeting_id,
            case_id=listed.case_id,
            agency_id=agency,
            closes_at=meeting.closes_at.replace(tzinfo=None),
        )
        for meeting in worlds.meetings()
        for listed in meeting.listings
        for agency in listed.agencies
    ]


def main() -> None:
    """Serve until told to leave."""
    world = World.read(Path(sys.argv[1]))
    opened, _ = open_port()
    serve(straight_line.create_app(open_straight_line(world)), opened)


if __name__ == "__main__":
    main()
