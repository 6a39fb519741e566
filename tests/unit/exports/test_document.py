import json
from base64 import b64decode

from broker.exports.document import write_document
from broker.ledger.tree import leaf_hash
from tests.unit.exports.reports import report


def test_the_file_holds_what_verifies_each_entry() -> None:
    """The exact bytes of an entry give its hash; the audit path and the checkpoint stand by."""
    found = json.loads(write_document(report()))

    assert (found["format"], found["version"]) == ("marac-broker-timeline", 1)
    assert found["checkpoint"] == "note"
    for one in found["events"]:
        entry = one["entry"]
        assert leaf_hash(entry["canonical"].encode()).hex() == entry["leaf_hash"]
        assert len(b64decode(entry["path"][0])) == 32


def test_the_numbers_are_those_of_the_events() -> None:
    """Whoever reads the summary out reads what the events below it add up to."""
    found = json.loads(write_document(report()))

    assert found["summary"]["questions asked"] == 1
    assert found["summary"]["disclosures made"] == 1
    assert found["summary"]["attempts that were given nothing"] == 1
    assert found["summary"]["categories withheld"] == 1
    assert found["summary"]["details removed"] == sum(found["removed"].values()) == 7
    assert found["summary"]["entries in all"] == len(found["events"]) == 6
    assert found["read_first"] == [5]
