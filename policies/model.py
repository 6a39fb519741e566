"""The one Casbin model that a pack may have.

A model decides what every line means: one word less in its effect, and nothing matched means
yes. So model.conf is there to be read and to be run in Casbin's own editor, and must be this text.
"""

from broker.domain.context import FACT_NAMES

_FIRST = (
    "category",
    "purpose",
    "recipient_agency",
    "recipient_perpetrator_facing",
    "subject_role",
    "consent",
    "approval",
    "reasons",
    "conflict",
    "agreement",
)
"""Facts that tell most lines apart; Casbin stops reading a line at the first that does not fit."""


def model_text() -> str:
    """Return model.conf as it must be."""
    ordered = (*_FIRST, *(one for one in FACT_NAMES if one not in _FIRST))
    fits = [f'(p.{one} == "*" || r.{one} == p.{one} || g(r.{one}, p.{one}))' for one in ordered]
    return "\n".join(
        (
            "# Casbin: https://casbin.org. Do not edit: the loader accepts this text only.",
            "[request_definition]",
            f"r = act, {', '.join(FACT_NAMES)}",
            "",
            "[policy_definition]",
            f"p = id, eft, act, {', '.join(FACT_NAMES)}",
            "",
            "[role_definition]",
            "g = _, _",
            "",
            "[policy_effect]",
            "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))",
            "",
            "[matchers]",
            f"m = r.act == p.act && {' && '.join(fits)}",
            "",
        )
    )
