import pytest

from keys.terms import terms_of
from tests.desk import policy_in_force


@pytest.mark.parametrize("code", policy_in_force().pack.vocabulary.of("obligation"))
def test_every_obligation_of_the_pack_is_said_in_plain_english(code: str) -> None:
    """No recipient is sent to the coordinator to learn what a code means."""
    *_, sentence = terms_of((code,))

    assert code not in sentence
    assert not sentence.startswith("Ask the MARAC coordinator")
