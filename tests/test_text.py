import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import encodable, safe_text

TEXT = st.text(st.characters(categories=None), max_size=60)


def test_printable_text_is_shown_as_it_is():
    assert safe_text("Zoë Müller, 数学 \\ ok 🎲") == "Zoë Müller, 数学 \\ ok 🎲"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\r\nb\tc\0", r"a\r\nb\tc\x00"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("a\u200bb\u2028c", r"a\u200bb\u2028c"),
        ("caf\udce9", r"caf\udce9"),
        ("\x9b31m", r"\x9b31m"),
    ],
)
def test_what_could_move_the_cursor_or_hide_is_escaped(text, shown):
    assert safe_text(text) == shown


def test_long_text_is_cut_between_whole_escapes():
    assert safe_text("x" * 300, limit=10) == "xxxxxxxxx…"
    assert safe_text("ab\x1b\x1b\x1b", limit=9) == r"ab\x1b…"
    assert safe_text("\x1b", limit=1) == "…"


@given(TEXT, st.integers(1, 80))
def test_any_text_becomes_short_printable_and_encodable(text, limit):
    shown = safe_text(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    assert shown.encode().decode() == shown


@given(TEXT)
def test_any_name_can_be_written_to_a_file_and_good_ones_stay(name):
    written = encodable(name)
    assert written.encode().decode() == written
    assert encodable(written) == written


def test_names_that_are_not_utf8_stay_apart():
    assert encodable("caf\udce9") == r"caf\udce9" != encodable("caf\udcea")
