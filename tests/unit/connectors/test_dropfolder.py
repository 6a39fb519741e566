"""What an agency exports into its drop folder is what the broker reads."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.demo.systems.housing import export_folder
from broker.domain.errors import SourceError
from broker.domain.ids import Category
from broker.domain.record import RecordItem, RecordQuery
from connectors.dropfolder import DropFolderConnector

_WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), exclude_characters="=@+-"),
    min_size=1,
    max_size=40,
)
_ITEMS = st.lists(
    st.builds(
        RecordItem,
        item_id=st.uuids().map(str),
        subject_ref=st.sampled_from(["T-004512", "T-004513"]),
        category=st.sampled_from(["tenancy", "household"]).map(Category),
        title=_WORDS,
        recorded_on=st.dates(date(1990, 1, 1), date(2030, 1, 1)),
        fields=_WORDS.map(lambda value: (("note", value),)),
        text=st.none() | st.lists(_WORDS, min_size=1).map("\n".join),
    ),
    max_size=6,
)


@given(_ITEMS)
@settings(max_examples=50, deadline=None)
def test_whatever_is_exported_comes_back(
    tmp_path_factory: pytest.TempPathFactory, items: list[RecordItem]
) -> None:
    """Any words, in either format, come back as they were, to the person they are about only."""
    folder = tmp_path_factory.mktemp("drop")
    config = export_folder(folder, tuple(items))
    exports = config["exports"]
    assert isinstance(exports, dict)
    connector = DropFolderConnector(agency="a", folder=folder, exports=exports)
    for person in ("T-004512", "T-004513", "T-00451"):
        query = RecordQuery(
            subject_ref=person,
            categories=(Category("tenancy"), Category("household")),
            since=date.min,
        )
        try:
            found = connector.fetch(query)
        except SourceError as error:
            raise AssertionError(str(error)) from error

        assert sorted(map(repr, map(_all, found))) == sorted(
            repr(_all(one)) for one in items if one.subject_ref == person
        )


def _all(one: RecordItem) -> tuple[object, ...]:
    return (one.item_id, one.category, one.title, one.recorded_on, one.fields, one.text)
