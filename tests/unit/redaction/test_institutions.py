"""Courts, laws and offices in formal prose are nobody's names; homes and people named so are."""

import pytest

from redaction.detect import Detector
from redaction.profiles import Action, profile_for
from redaction.propagate import propagate
from redaction.resolve import resolve


def _removed(detector: Detector, text: str) -> list[str]:
    """What the strictest profile takes out."""
    (found,) = propagate([text], [detector.detect(text, ())])
    spans = resolve(text, found, profile_for("STRICTEST"))
    return [text[one.start : one.end] for one in spans if one.cell.action is not Action.KEEP]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("The applicant lodged the complaint with the Court.", id="the court"),
        pytest.param(
            "On appeal the Supreme Administrative Court quashed the decision.", id="courts"
        ),
        pytest.param("He relied on Article 8 of the Convention and on Rule 39.", id="laws"),
        pytest.param("The Public Prosecutor discontinued the proceedings.", id="an officer"),
        pytest.param(
            "The Government contested that argument. The Government did not reply.", id="twice"
        ),
        pytest.param("Under Polish law the Polish Government may object.", id="a state"),
    ],
)
def test_institutions_stay_readable(detector: Detector, text: str) -> None:
    """A judgment without its courts and articles is of no use, and they identify nobody."""
    assert _removed(detector, text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("Seen with neighbour Ms Law, who rang the Court.", "Law", id="surname"),
        pytest.param("Her aunt Emma Judge gave evidence. Judge was in tears.", "Judge", id="again"),
        pytest.param(
            "She is now staying at 12 Crown Court with the baby.", "12 Crown Court", id="home"
        ),
        pytest.param("The hearing is at Halifax Crown Court.", "Halifax Crown Court", id="where"),
        pytest.param("He is a Polish national.", "Polish", id="origin"),
        pytest.param("spoke to emma law at the door, law was crying", "law", id="small letters"),
    ],
)
def test_what_only_looks_official_goes(detector: Detector, text: str, name: str) -> None:
    """A surname, a home or a court's town made of the same words is taken out as before."""
    removed = _removed(detector, text)

    assert any(name in one for one in removed)


def test_a_surname_that_is_an_office_goes_wherever_it_stands(detector: Detector) -> None:
    """Once she is known as Emma Judge, `Judge` alone is her; `the Judge` still is the judge."""
    removed = _removed(detector, "Aunt Emma Judge rang. Later Judge cried. The Judge agreed.")

    assert removed == ["Emma Judge", "Judge"]
