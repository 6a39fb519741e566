"""A pack that was changed at random is refused, or every rule of it is still there to be seen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.domain.errors import PolicyLoadError
from policies.loader import read_pack
from tests.unit.policies.packs import GUARDS, RESEARCH, TODAY, files, policy

_NAMES = st.sampled_from([GUARDS, RESEARCH, "roles.csv", "vocabulary.csv", "model.conf"])
_SEPARATORS = b',;"\n\r\t #=*\x00\xa0\xef\xbb\xbf'


def _load_or_refuse(name: str, content: bytes) -> int | None:
    """The number of rules, or None for a pack that was refused in the proper way."""
    try:
        return len(read_pack(files(**{name: content}), today=TODAY).rules)
    except PolicyLoadError as error:
        return None if error.problems else 0


@settings(max_examples=150, deadline=None)
@given(name=_NAMES, data=st.data())
def test_a_changed_byte_never_drops_a_rule_without_a_word(name: str, data: st.DataObject) -> None:
    """One byte changed, added or taken away: refused, or as many rules as before."""
    content = files()[name]
    place = data.draw(st.integers(0, len(content) - 1))
    byte = bytes([data.draw(st.sampled_from(_SEPARATORS) | st.integers(0, 255))])
    after = data.draw(st.sampled_from([place, place + 1]))
    put = data.draw(st.sampled_from([b"", byte]))

    count = _load_or_refuse(name, content[:place] + put + content[after:])

    assert count in {None, len(policy().pack.rules)}


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from([GUARDS, RESEARCH]), cell=st.text(max_size=12), data=st.data())
def test_a_changed_cell_never_drops_a_rule_without_a_word(
    name: str, cell: str, data: st.DataObject
) -> None:
    """One cell replaced by anything: refused, or as many rules as before."""
    lines = files()[name].decode().splitlines()
    at = data.draw(st.integers(1, len(lines) - 1))
    cells = lines[at].split(",")
    cells[data.draw(st.integers(0, len(cells) - 1))] = cell
    lines[at] = ",".join(cells)

    count = _load_or_refuse(name, "\n".join(lines).encode("utf-8", "surrogatepass"))

    extra = sum(cell.count(mark) for mark in "\r\n")  # A line end in the cell may end the line.
    assert count is None or abs(count - len(policy().pack.rules)) <= extra


@settings(max_examples=100, deadline=None)
@given(name=_NAMES, content=st.binary(max_size=400))
def test_a_file_of_anything_is_refused_in_the_proper_way(name: str, content: bytes) -> None:
    """Noise in the place of a file never crashes the loader and never loads."""
    assert _load_or_refuse(name, content) is None


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from([GUARDS, RESEARCH]), data=st.data())
def test_a_line_taken_away_changes_count_and_version(name: str, data: st.DataObject) -> None:
    """Removing a whole rule is a change that everybody can see: in the count and in the hash."""
    lines = files()[name].splitlines(keepends=True)
    del lines[data.draw(st.integers(1, len(lines) - 1))]
    pack = read_pack(files(**{name: b"".join(lines)}), today=TODAY)

    assert len(policy().pack.rules) - 1 == len(pack.rules)
    assert policy().version != pack.version
