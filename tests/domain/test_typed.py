"""Two people's answers brought together: nobody's change is lost unseen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.typed import merge

FIELDS = ("a", "b", "c")
TYPED = st.dictionaries(st.sampled_from(FIELDS), st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple))


@given(TYPED, TYPED, TYPED)
def test_a_change_is_kept_or_shown(
    seen: dict[str, tuple[str, ...]], theirs: dict[str, tuple[str, ...]], mine: dict[str, tuple[str, ...]]
) -> None:
    found = merge(FIELDS, seen, theirs, mine)
    clashing = {clash.field for clash in found.clashes}
    for field in FIELDS:
        before, other, own = (each.get(field, ()) for each in (seen, theirs, mine))
        result = found.answers[field]
        assert result in (other, own)
        if own != before:
            assert result == own
        if other not in (before, own):
            assert result == other or field in clashing
        if field in clashing:
            assert len({before, other, own}) == 3 or own != other
    assert clashing.isdisjoint(found.taken)


def test_line_ends_of_a_browser_are_no_change() -> None:
    found = merge(("a",), {"a": ["x\ny"]}, {"a": ["z"]}, {"a": ["x\r\ny"]})
    assert (found.answers, found.clashes) == ({"a": ("z",)}, ())
