"""The connectors' configuration is read strictly and never repeated in an error."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from broker.domain.errors import SettingsError
from broker.domain.ids import AgencyId
from connectors.settings import connectors_from

KEY = "a-bearer-key-nobody-may-see"
TABLE = {
    "category": "incident-summary",
    "table": "incidents",
    "item_id": "ref",
    "subject": "nominal",
    "title": "title",
    "recorded_on": "day",
}
GOOD: Mapping[str, Mapping[str, object]] = {
    "sql": {"kind": "sql", "url": "sqlite:///police.sqlite", "tables": [TABLE]},
    "fhir": {"kind": "fhir", "url": "https://fhir.example/R4", "key": KEY},
    "dropfolder": {"kind": "dropfolder", "folder": "drop", "exports": {"tenancies": "tenancy"}},
    "rest": {"kind": "rest", "url": "https://records.example/api", "key": KEY},
}


def _config(**connectors: object) -> Mapping[str, object]:
    return {
        "version": 1,
        "connectors": {f"ashmere-{name}": one for name, one in connectors.items()},
    }


def test_each_kind_becomes_a_connector_of_its_agency() -> None:
    """What the file names is what the broker asks, under the agency's own id."""
    made = connectors_from(_config(**GOOD))

    assert {agency: one.name for agency, one in made.items()} == {
        AgencyId(f"ashmere-{kind}"): f"{kind} ashmere-{kind}" for kind in GOOD
    }


@pytest.mark.parametrize("kind", GOOD)
def test_connector_shows_no_key_and_no_address(kind: str) -> None:
    """A connector in a log line names its system and nothing else."""
    (made,) = connectors_from(_config(**{kind: GOOD[kind]})).values()

    assert KEY not in repr(made)
    assert "://" not in repr(made)


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({}, "version"),
        ({"version": 2, "connectors": {}}, "version"),
        ({"version": 1}, "connectors"),
        ({"version": 1, "connectors": {}, "extra": 1}, "extra"),
        ({"version": 1, "connectors": {"Not an id": GOOD["sql"]}}, "Not an id"),
        (_config(x={"kind": "smb"}), "ashmere-x"),
        (_config(x={}), "ashmere-x"),
        (_config(x={**GOOD["fhir"], "verify": False}), "verify"),
        (_config(x={**GOOD["fhir"], "key_file": "somewhere"}), "fhir"),
        (_config(x={**GOOD["fhir"], "search_by": "name"}), "search_by"),
        (_config(x={**GOOD["fhir"], "codes": {"no-bar": "maternity"}}), "codes"),
        (_config(x={**GOOD["sql"], "tables": []}), "tables"),
        (_config(x={**GOOD["sql"], "tables": [{**TABLE, "category": "Not A Word"}]}), "category"),
        (_config(x={**GOOD["sql"], "tables": [{**TABLE, "colour": "red"}]}), "colour"),
        (_config(x={**GOOD["dropfolder"], "exports": {}}), "exports"),
        (_config(x={**GOOD["dropfolder"], "exports": {"../x": "tenancy"}}), "exports"),
        (_config(x={"kind": "rest", "url": "https://records.example"}), "key"),
        (_config(x={**GOOD["rest"], "url": "http://records.example"}), "https"),
        (_config(x={**GOOD["sql"], "url": "mysql://root:hunter2@db/x"}), "sqlite"),
        (_config(x={**GOOD["sql"], "url": "not a url"}), "URL"),
        (_config(x={**GOOD["sql"], "url": "sqlite://"}), "sqlite"),
    ],
)
def test_what_is_not_understood_stops_the_start(config: Mapping[str, object], place: str) -> None:
    """Unknown, missing and unsafe settings are refused by name, without their value."""
    with pytest.raises(SettingsError) as failed:
        connectors_from(config)

    assert place in str(failed.value)
    assert KEY not in str(failed.value)
    assert "hunter2" not in str(failed.value)


def test_key_is_read_from_its_own_file(tmp_path: Path) -> None:
    """A key may stay out of the configuration; a missing file is an error, not no key."""
    config = {"kind": "rest", "url": "https://records.example", "key_file": str(tmp_path / "key")}
    with pytest.raises(SettingsError, match="key_file"):
        connectors_from(_config(x=config))
    (tmp_path / "key").write_text(f"{KEY}\n")

    assert list(connectors_from(_config(x=config))) == ["ashmere-x"]


def test_no_connector_at_all_is_allowed_and_asks_nobody() -> None:
    """A broker may start before its first holder is connected."""
    assert connectors_from({"version": 1, "connectors": {}}) == {}
