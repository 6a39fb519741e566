"""Nothing of a document stands on a disk in the clear, not even while it is read or written."""

import subprocess
import sys

WATCHED = """
import sys

opened = []

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and set("wax+") & set(arguments[1] or ""):
        opened.append(arguments[0])
    if event in ("tempfile.mkstemp", "tempfile.mkdtemp"):
        opened.append(event)

sys.addaudithook(watch)
from redaction.documents.document import Block, Cell, Document, Kind, Shape
from redaction.documents.files import write
from redaction.documents.reading import read_document

cells = ((Cell(where="a", text="Sheet"),), (Cell(where="b", text="Words", value=None),))
blocks = (
    Block(shape=Shape.SHEET, rows=cells),
    Block(shape=Shape.PARAGRAPH, rows=cells[1:]),
)
for kind in Kind:
    if kind is not Kind.IMAGE:
        suffix, _, content = write(Document(kind=kind, blocks=blocks))
        again = read_document("fresh" + suffix, content)
        assert "Words" in str([one.text for one in again.cells()])
assert not [one for one in opened if one != "/dev/null"], opened
print("nothing written")
"""


def test_no_kind_of_document_is_written_to_a_file_on_its_way() -> None:
    """No temporary file: whoever pulls the plug leaves none behind."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.stdout == "nothing written\n", done.stderr
