"""The county's data files, read strictly: an unknown key or word stops the demo before it starts.

Format of the files: version 1. The order of the cells in a row of `people` is fixed; a new cell
goes last, with a default.
"""

from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from broker.domain.words import ApprovalKind, ConsentStatus, RiskLevel, SubjectRole

T = TypeVar("T")
_STRICT = ConfigDict(extra="forbid")


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class AgencySheet:
    """One agency. `agreement_days`: until how many days from now; negative: lapsed."""

    id: str
    kind: str
    name: str
    masked_name: str
    system: Literal["sql", "fhir", "dropfolder", "rest"] | None = None
    perpetrator_facing: bool = False
    agreement_days: int = 200


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class PractitionerSheet:
    """One professional. `address` ends with its postcode; `key`: has one to open packages with."""

    id: str
    agency: str
    role: str
    name: str
    address: str | None = None
    phone: str | None = None
    declared_conflicts: tuple[str, ...] = ()
    restricted_handler: bool = False
    key: bool = True


class PersonRow(NamedTuple):
    """One person of a case, in the order of the cells of a row.

    `age` 0: not known. `names`: full name first, aliases after semicolons.
    """

    role: SubjectRole
    sex: Literal["f", "m"]
    age: int
    names: str
    relation: str


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ConsentSheet:
    """One statement of consent, `days` ago."""

    status: ConsentStatus
    days: int
    method: str = "in person, alone"
    expires_days: int | None = None
    not_agencies: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    interpreter: bool = False
    perpetrator_present: bool | None = False


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class RiskSheet:
    """One assessment, `days` ago; `incident_days`: the last incident known since."""

    level: RiskLevel
    score: int | None
    trigger: str
    days: int = 9
    incident_days: int | None = None


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ApprovalSheet:
    """One approval for one purpose, `days` ago."""

    kind: ApprovalKind
    purpose: str
    by: str
    days: int = 3


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class CaseSheet:
    """One case.

    Args:
        home: where the victim lives or lived with the perpetrator; ends with its postcode.
        apart: where the perpetrator lives, if elsewhere.
        safe: where the victim lives now, if the perpetrator must not learn it.
        held_by: kinds of agency whose systems know the case, beside police.
        long: kinds of agency whose chronology of this case runs to a dozen pages.
        people_of: earlier case whose victim, perpetrator and children these are.
        referred_days: days ago of each referral, the newest for the meeting that comes.
        numbers: `role kind value` of an identifier that a scenario needs exactly so.

    """

    id: str
    about: str
    home: str
    apart: str | None = None
    safe: str | None = None
    school: str | None = None
    advocate: str = "idva-1"
    people: tuple[PersonRow, ...] = ()
    people_of: str | None = None
    numbers: tuple[tuple[SubjectRole, str, str], ...] = ()
    held_by: tuple[str, ...] = ()
    long: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    consents: tuple[ConsentSheet, ...] = ()
    risk: RiskSheet | None = None
    approvals: tuple[ApprovalSheet, ...] = ()
    override_reasons: tuple[tuple[str, str], ...] = ()
    child_at_risk: bool | None = None
    cross_allegations: bool = False
    shielded: bool = False
    handlers: tuple[str, ...] = ()
    referred_days: tuple[int, ...] = (10,)
    repeat_of: str | None = None
    listed: bool = True
    emergency: bool = False
    not_for: tuple[str, ...] = ()


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class PlacesSheet:
    """Invented places, employers and surnames that fill the notes."""

    schools: tuple[str, ...]
    surgeries: tuple[str, ...]
    employers: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[str, ...]
    pubs: tuple[str, ...]
    shops: tuple[str, ...]
    officers: tuple[str, ...]
    workers: tuple[str, ...]
    cars: tuple[str, ...]


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class DocumentSheet:
    """One kind of document that an agency keeps.

    Args:
        subject: whose file it is in; each victim, perpetrator or child gets their own.
        per_person: fewest and most of them in one file.
        chance: 0 to 1, that a file has any.
        theme: only in cases with this theme.
        head: section that dates an entry; None: the text is one paragraph after another.
        body: sections that entries are drawn from; one named twice is drawn twice as often.
        size: fewest and most characters; `long`: the same in a case whose sheet says so, when
            entries come from `long_body` too.
        days: youngest and oldest, before now.

    """

    agency: str
    category: str
    subject: SubjectRole
    titles: tuple[str, ...]
    per_person: tuple[int, int] = (1, 1)
    chance: float = 1.0
    theme: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    voice: Literal["police", "plain"] = "plain"
    opening: str | None = None
    head: str | None = None
    body: tuple[str, ...] = ()
    size: tuple[int, int] = (0, 0)
    long: tuple[int, int] | None = None
    long_body: tuple[str, ...] = ()
    days: tuple[int, int] = (5, 1500)


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class PatternSheet:
    """What one agency usually asks another about one person of a case."""

    requester: str
    holder: str
    subject: SubjectRole
    categories: tuple[str, ...]
    scenario: str
    purpose: str = "marac-research"
    recipient: str | None = None


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class SpecialSheet:
    """One request that shows something. `since_years`: asks for records that far back."""

    case: str
    requester: str
    holder: str
    subject: str
    categories: tuple[str, ...]
    scenario: str
    purpose: str = "marac-research"
    recipient: str | None = None
    reasons: str | None = None
    since_years: int | None = None


@checked(frozen=True, slots=True, kw_only=True, config=_STRICT)
class RoundSheet:
    """The research round. `per_case`: how many ordinary requests each listed case gets."""

    per_case: int
    patterns: tuple[PatternSheet, ...]
    special: tuple[SpecialSheet, ...]


def read(path: str, shape: type[T]) -> T:
    """Return a data file as its sheet; a file that does not fit stops with the row and the key."""
    text = files(__package__).joinpath("data", path).read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return TypeAdapter(shape).validate_python(yaml.load(text, Loader=loader))  # noqa: S506 - safe


@cache
def phrases() -> dict[str, tuple[str, ...]]:
    """Return every section of the phrase books: one phrase a line."""
    book: dict[str, tuple[str, ...]] = {}
    folder = files(__package__).joinpath("data", "phrases")
    for name in sorted(one.name for one in folder.iterdir() if one.name.endswith(".yaml")):
        for section, lines in read(f"phrases/{name}", dict[str, str]).items():
            book[section] = tuple(line for line in lines.splitlines() if line)
    return book
