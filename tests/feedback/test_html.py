"""Feedback as HTML: the words of the terminal, and nothing that acts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from grader.feedback import exercise_html, exercise_text, note_html, page_html
from tests.results import check_result, exercise_result

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="a()">$\\href{javascript:a}{x}$\x1b[31m\u202e'
)
GROUNDS = ("#ffffff", "#111111")  # JupyterLab's light and dark page


class Words(HTMLParser):
    """Collects the words of a page, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


EXERCISES = {
    "right": exercise_result(check_result()),
    "wrong": exercise_result(
        check_result("fail", message="kl(1) is 2", hint="Think.", mistake="nan_on_zero")
    ),
    "hidden": exercise_result(check_result("fail", visible=False, message="secret", brief="no")),
    "several lines": exercise_result(check_result("fail", message="a b\n   ^ here")),
    "not attempted": exercise_result(check_result("fail"), status="not_attempted"),
    "broken": exercise_result(check_result("error", message="ours"), status="error"),
    "skipped": exercise_result(check_result("skipped", message="later")),
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_page_says_the_words_of_the_terminal_in_their_order(name):
    text = exercise_text(EXERCISES[name], width=10_000).plain
    assert Words(exercise_html(EXERCISES[name])).words == text.split()


def test_a_hidden_message_is_not_in_the_page():
    assert "secret" not in exercise_html(EXERCISES["hidden"])


def test_nothing_that_a_student_wrote_acts():
    check = check_result("fail", name=HOSTILE, message=HOSTILE, hint=HOSTILE)
    page = page_html([exercise_html(exercise_result(check, title=HOSTILE)), note_html(HOSTILE)])
    found = Words(page)
    assert {tag for tag, _ in found.tags} <= {"div", "span", "b", "br"}
    assert {key for _, attributes in found.tags for key in attributes} <= {"class", "style"}
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "<script>alert(1)</script>" in " ".join(found.words)


def test_formulas_in_a_students_text_are_left_as_text():
    (_, attributes) = Words(page_html(["$x$"])).tags[0]
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set((attributes["class"] or "").split())


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(weight * s for weight, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_its_colours_can_be_told_from_a_light_and_from_a_dark_ground():
    page = "".join(map(exercise_html, EXERCISES.values()))
    colours = set(re.findall(r"#[0-9a-f]{6}", page))
    assert len(colours) == 4
    for colour in colours:
        assert min(contrast(colour, ground) for ground in GROUNDS) >= 3


def test_it_sets_no_colour_of_text_or_ground():
    page = page_html(map(exercise_html, EXERCISES.values()))
    assert not re.search(r"(?<!-)color:|background", page)
