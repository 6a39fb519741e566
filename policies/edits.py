"""What an author edited between two packs, line by line, in the words of the files."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from broker.domain.thresholds import Thresholds
from policies.pack import Pack
from policies.rules import COLUMNS, Rule

_LISTED = {
    "obligations": "obligations",
    "profile": "profiles",
    "basis": "basis",
    "gateway": "gateways",
}


def edits(old: Pack, new: Pack) -> tuple[str, ...]:
    """Return one sentence for each rule, group, word, number and paper that differs.

    The order of lines is no edit.
    """
    return (
        *_rule_edits(_by_id(old), _by_id(new)),
        *_group_edits(old, new),
        *_word_edits(old, new),
        *_threshold_edits(old, new),
        *_paper_edits(old, new),
        *_suspensions(old, new),
    )


def _by_id(pack: Pack) -> Mapping[str, Rule]:
    return {rule.rule_id: rule for rule in pack.rules}


def _rule_edits(old: Mapping[str, Rule], new: Mapping[str, Rule]) -> Iterator[str]:
    for rule_id in sorted({*old, *new}):
        before, after = old.get(rule_id), new.get(rule_id)
        if before is None and after is not None:
            yield f"{rule_id} is new ({after.file}:{after.line}): {after.effect} {after.outcome}."
        elif after is None and before is not None:
            yield f"{rule_id} is gone; it said {before.effect} {before.outcome}."
        elif before is not None and after is not None:
            changed = [
                f"{column} was {was}, is {now}"
                for column in COLUMNS
                if (was := _cell(before, column)) != (now := _cell(after, column))
            ]
            if changed:
                yield f"{rule_id} ({after.file}:{after.line}): {'; '.join(changed)}."


def _cell(rule: Rule, column: str) -> str:
    """Return what the file says in a column."""
    if column in _LISTED:
        return " ".join(getattr(rule, _LISTED[column])) or "none"
    if column == "id":
        return rule.rule_id
    if column in {"effect", "outcome", "owner", "review", "text"}:
        return str(getattr(rule, column))
    return rule.condition(column)


def _group_edits(old: Pack, new: Pack) -> Iterator[str]:
    for name in sorted({*old.groups, *new.groups}):
        before = old.groups[name].words if name in old.groups else ()
        after = new.groups[name].words if name in new.groups else ()
        yield from _words_changed(f"The group {name}", before, after)


def _word_edits(old: Pack, new: Pack) -> Iterator[str]:
    for fact in sorted({*old.vocabulary.meanings, *new.vocabulary.meanings}):
        yield from _words_changed(
            f"The vocabulary of {fact}", old.vocabulary.of(fact), new.vocabulary.of(fact)
        )


def _words_changed(what: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    gained = [word for word in after if word not in before]
    lost = [word for word in before if word not in after]
    if gained:
        yield f"{what} gains {', '.join(gained)}."
    if lost:
        yield f"{what} loses {', '.join(lost)}."


def _threshold_edits(old: Pack, new: Pack) -> Iterator[str]:
    """Yield the numbers that differ. They change which words a case has, not what words mean."""
    for name in (one.name for one in fields(Thresholds)):
        before, after = getattr(old.thresholds, name), getattr(new.thresholds, name)
        if before != after:
            cell = name.replace("_", "-")
            yield (
                f"The threshold {cell} was {before}, is {after}: from then on cases are described"
                " otherwise; the same description gets the same answer."
            )


def _paper_edits(old: Pack, new: Pack) -> Iterator[str]:
    for purpose, basis in sorted({*old.register, *new.register}):
        before, after = old.register.get((purpose, basis)), new.register.get((purpose, basis))
        flow = f"The flow {purpose} on {basis}"
        if before is None:
            yield f"{flow} is newly registered."
        elif after is None:
            yield f"{flow} is no longer registered."
        elif (before.papers, before.review) != (after.papers, after.review):
            yield f"{flow} has other papers or dates."


def _suspensions(old: Pack, new: Pack) -> Iterator[str]:
    known = _by_id(old)
    for rule in new.rules:
        before = known.get(rule.rule_id)
        if before is not None and before.suspended is not rule.suspended:
            state = "suspended" if rule.suspended else "in force again"
            yield f"{rule.rule_id} is {state}: its review or a reference it leans on says so."
