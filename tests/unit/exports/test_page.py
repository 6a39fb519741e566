from io import BytesIO

import pytest
from pypdf import PdfReader

from broker.exports.page import write_page
from broker.exports.write import Form, media_type_of, write
from tests.unit.exports.reports import report


def test_the_page_says_everything_that_happened() -> None:
    """Case, checkpoint, numbers, what to read first, every sentence, and each thing withheld."""
    pages = PdfReader(BytesIO(write_page(report()))).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())

    assert "MR-0417" in said
    assert "broker.example/marac, 6 entries" in said
    assert "Read this first" in said
    assert "Withheld: intelligence." in said
    assert "where somebody can be found 2" in said
    for one in report().timeline.events:
        assert one.told.sentence in said
    assert f"1 of {len(pages)}" in said


def test_the_same_report_is_the_same_file() -> None:
    """Nothing of the machine or the moment is in it but what the report says."""
    assert write_page(report()) == write_page(report())


@pytest.mark.parametrize("form", list(Form), ids=str)
def test_every_form_can_be_written(form: Form) -> None:
    """Each form that can be asked for gives a file, and a browser is told what it is."""
    assert write(report(), form)
    assert "/" in media_type_of(form)
