"""The rules as a page to look at: for each purpose, who may get what at the most.

One row a category, one column a recipient, one colour and one letter an answer. It is made of
the compiled answers to all everyday cases; with an older version beside it, what changed is
framed. The page is one file, asks the network for nothing and holds no case.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from importlib.resources import files

from broker.domain.words import UNKNOWN, Outcome
from policies.answers import Answer, answers
from policies.decide import PolicySet
from policies.forest import Forest
from policies.grid import LEVELS, Grid
from policies.ordinary import ORDINARY

_ASKED = ("purpose", "category", "recipient_agency")
_ANY = ("requester_agency", "holder_agency", "subject_role", "child_at_risk", "requester_role")
SITUATIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "agreed": {"consent": ("given-explicit", "given-verbal")},
    "refused, reasons and approval on record": {
        "consent": ("refused",),
        "reasons": ("recorded",),
        "approval": ("manager", "caldicott", "ig-lead"),
    },
    "refused, nothing on record": {
        "consent": ("refused",),
        "reasons": ("absent",),
        "approval": ("none",),
    },
    "nobody knows about consent": {"consent": (UNKNOWN,)},
}
"""What is drawn: the four situations that decide most requests."""
LETTERS = {
    Outcome.DENY: "-",
    Outcome.REFER_HUMAN: "?",
    Outcome.PERMIT_VERBAL_ONLY: "v",
    Outcome.PERMIT_REDACTED: "r",
    Outcome.PERMIT: "P",
}
"""What stands in a cell, so that nobody needs to tell colours apart."""

NO = Outcome.DENY
_WORKS_WITH_PERPETRATORS = "works-with-perpetrators"
"""The group of roles.csv whose agencies are drawn as facing the perpetrator."""
_Cells = Mapping[tuple[str, str, str], Outcome]
"""The widest answer by purpose, category and recipient; what is not in it is denied."""
_Pair = tuple[Outcome, Outcome]
"""An answer now and before."""


def page(policy: PolicySet, old: PolicySet | None = None) -> str:
    """Return the page; with an older version, what differs from it is framed."""
    versions = (policy,) if old is None else (policy, old)
    forest = Forest(Grid.of(*(one.pack for one in versions)))
    roots = [answers(forest, one.pack) for one in versions]
    facing = [_facing(one) for one in versions]
    drawn = {
        name: [_widest(forest, *one, words) for one in zip(roots, facing, strict=True)]
        for name, words in SITUATIONS.items()
    }
    grid = forest.grid
    served = {purpose for one in versions for purpose in one.pack.served}
    purposes = [one for one in grid.words["purpose"] if one in served]
    meanings = policy.pack.vocabulary.meanings
    body = "\n".join(
        section
        for purpose in purposes
        for section in _purpose(grid, purpose, meanings["purpose"].get(purpose, ""), drawn)
    )
    return _TEMPLATE.read_text(encoding="utf-8").format(
        version=escape(policy.version[:16]),
        against="" if old is None else f", framed where it differs from {escape(old.version[:16])}",
        legend=_legend(meanings["outcome"]),
        links=" ".join(f'<a href="#{escape(one)}">{escape(one)}</a>' for one in purposes),
        body=body,
    )


_TEMPLATE = files("policies") / "picture.html"


def _facing(policy: PolicySet) -> tuple[str, ...]:
    """Return the recipients whose clients are perpetrators."""
    group = policy.pack.groups.get(_WORKS_WITH_PERPETRATORS)
    return () if group is None else group.words


def _widest(
    forest: Forest, root: int, facing: Collection[str], situation: Mapping[str, tuple[str, ...]]
) -> _Cells:
    """Return the widest answer to any everyday case, by purpose, category and recipient."""
    grid = forest.grid
    ordinary = {one: ORDINARY[one] for one in LEVELS if one not in (*_ASKED, *_ANY)}
    words = {**ordinary, **situation}
    others = [one for one in grid.words["recipient_agency"] if one not in facing]
    widest: dict[tuple[str, str, str], Outcome] = {}
    for works_with, recipients in (("no", others), ("yes", facing)):
        sides = {"recipient_perpetrator_facing": (works_with,), "recipient_agency": recipients}
        everyday = {**words, **sides}
        known = {one: {*some} & {*grid.words[one]} for one, some in everyday.items()}
        here = forest.within(root, grid.box(known))
        for outcome in Outcome:
            gets = forest.some(here, _ASKED, partial(_at_least, outcome))
            for box, _ in forest.boxes(gets, bool):
                widest.update(dict.fromkeys(_keys(grid, box), outcome))
    return widest


def _at_least(least: Outcome, answer: object) -> bool:
    return isinstance(answer, Answer) and answer.outcome.width >= least.width


def _keys(grid: Grid, box: Mapping[str, int]) -> Iterator[tuple[str, str, str]]:
    purposes, categories, recipients = (
        grid.words[fact] if fact not in box else grid.of_bits(fact, box[fact]) for fact in _ASKED
    )
    for purpose in purposes:
        for category in categories:
            for recipient in recipients:
                yield purpose, category, recipient


def _purpose(
    grid: Grid, purpose: str, meaning: str, drawn: Mapping[str, Sequence[_Cells]]
) -> Iterator[str]:
    yield f'<h2 id="{escape(purpose)}">{escape(purpose)}</h2><p>{escape(meaning)}.</p>'
    for place, (name, versions) in enumerate(drawn.items()):
        is_open = " open" if place == 0 else ""
        yield f"<details{is_open}><summary>Victim: {escape(name)}</summary>"
        yield _table(grid, purpose, versions)
        yield "</details>"


def _table(grid: Grid, purpose: str, versions: Sequence[_Cells]) -> str:
    """Return one table; categories that get the same share a row, most recipients a column."""
    recipients = [one for one in grid.words["recipient_agency"] if one != UNKNOWN]
    rows: dict[tuple[_Pair, ...], list[str]] = {}
    for category in grid.words["category"]:
        keys = [(purpose, category, one) for one in recipients]
        row = tuple((versions[0].get(key, NO), versions[-1].get(key, NO)) for key in keys)
        rows.setdefault(row, []).append(category)
    rows.pop(((NO, NO),) * len(recipients), None)
    if not rows:
        return "<p>Nothing is shared with anybody, and nothing is put to a person.</p>"
    columns = _columns(recipients, list(rows))
    head = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name, _ in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(", ".join(categories))}</th>'
        + "".join(_cell(name, *row[place]) for name, place in columns)
        + "</tr>"
        for row, categories in rows.items()
    )
    top = f'<thead><tr><th scope="col">what is asked for</th>{head}</tr></thead>'
    return f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'


def _columns(recipients: list[str], rows: list[tuple[_Pair, ...]]) -> list[tuple[str, int]]:
    """Return the columns' names and places; recipients that get the most common are one column."""
    alike: dict[tuple[_Pair, ...], list[int]] = {}
    for place in range(len(recipients)):
        alike.setdefault(tuple(row[place] for row in rows), []).append(place)
    most = max(alike.values(), key=len)
    apart = [(recipients[place], place) for place in range(len(recipients)) if place not in most]
    if len(most) == 1:
        return sorted([*apart, (recipients[most[0]], most[0])], key=lambda one: one[1])
    return [*apart, (f"{'all others' if apart else 'everybody'} ({len(most)})", most[0])]


def _cell(recipient: str, now: Outcome, before: Outcome) -> str:
    says = f"{recipient}: {now}"
    if now is before:
        return f'<td class="{now}" title="{escape(says)}">{LETTERS[now]}</td>'
    kind = "wider" if now.width > before.width else "narrower"
    says = f"{says}, was {before}"
    return f'<td class="{now} {kind}" title="{escape(says)}">{LETTERS[before]}{LETTERS[now]}</td>'


def _legend(meanings: Mapping[str, str]) -> str:
    return "".join(
        f'<li><b class="{one}">{LETTERS[one]}</b> {escape(meanings[one])}</li>' for one in Outcome
    )
