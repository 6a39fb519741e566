"""The rows of the commands about policies, in the order of one publication and its rollback."""

from broker.domain.words import EventKind as Kind
from tests.flow.door_command import ANN, BEN, Command, as_

RULES = "it reads rules, and who wrote them, and nothing about anybody's case"
FACTS = ("--facts", "facts.jsonl")


def _to_publish(name: str, *folder: str) -> tuple[Command, ...]:
    """Return the steps by which a version comes into force."""
    version = f"{{{name}}}"
    in_force = (Kind.POLICY_PUBLISHED, Kind.POLICY_IN_FORCE)
    return (
        Command(
            name="policies draft",
            words=(*folder, *as_(ANN)),
            leaves=(Kind.POLICY_DRAFTED,),
            tells=name,
        ),
        Command(
            name="policies submit", words=(version, *as_(ANN)), leaves=(Kind.POLICY_SUBMITTED,)
        ),
        Command(
            name="policies approve", words=(version, *as_(BEN)), leaves=(Kind.POLICY_APPROVED,)
        ),
        Command(name="policies publish", words=(version, *as_(ANN)), leaves=in_force),
    )


BACK = ("{packaged}", "--reason", "The panel agreed otherwise.")
POLICIES = (
    *_to_publish("packaged"),
    *_to_publish("newer", "edited"),
    Command(name="policies versions", words=as_(BEN), because=RULES),
    Command(name="policies fetch", words=("{newer}", "fetched", *as_(BEN)), because=RULES),
    Command(
        name="policies rollback", words=(*BACK, *as_(ANN)), leaves=(Kind.POLICY_ROLLBACK_ASKED,)
    ),
    Command(
        name="policies rollback",
        words=(*BACK, *as_(BEN)),
        leaves=(Kind.POLICY_ROLLED_BACK, Kind.POLICY_IN_FORCE),
    ),
    Command(name="policies decide", words=FACTS, because=RULES),
    Command(name="policies explain", words=FACTS, because=RULES),
    Command(name="policies check", words=("fetched", "--quick"), because=RULES),
    Command(name="policies analyse", words=("fetched",), because=RULES),
    Command(name="policies difference", words=("fetched", "edited"), because=RULES),
    Command(name="policies picture", words=("--output", "rules.html"), because=RULES),
    Command(name="policies export", words=("--odrl",), because=RULES),
    Command(
        name="policies replay",
        words=("edited", "--pack-old", "fetched"),
        leaves=(Kind.LOG_EXPORTED,),
    ),
)
