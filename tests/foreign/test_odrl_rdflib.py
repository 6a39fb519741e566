"""RDF software that knows nothing of us reads the pack as ODRL, rule for rule."""

import pytest
import rdflib
from rdflib.namespace import DCTERMS, ODRL2, RDF

from broker.domain.words import Outcome
from policies.odrl import odrl_text
from policies.rules import Effect
from tests.unit.policies.packs import TODAY, policy


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own use of it
def test_rdflib_finds_every_rule_with_its_sentence() -> None:
    """One ODRL rule for each line of the pack, permission or prohibition, in its own words."""
    graph = rdflib.Graph()
    graph.parse(data=odrl_text(policy().pack, TODAY), format="json-ld")
    sets = list(graph.subjects(RDF.type, ODRL2.Set))
    assert len(sets) == 1
    said = {str(one) for one in graph.objects(None, DCTERMS.description)}
    assert {one.text for one in policy().pack.rules} <= said
    giving = sum(one.effect is Effect.ALLOW for one in policy().pack.rules)
    holding = sum(one.outcome is not Outcome.PERMIT for one in policy().pack.rules)
    assert len(set(graph.objects(None, ODRL2.permission))) >= giving
    assert len(set(graph.objects(None, ODRL2.prohibition))) >= holding
