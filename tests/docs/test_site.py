"""The site works without a network: nothing of a page is loaded from another place."""

from __future__ import annotations

import pytest

from tools.site_pages import loaded_from_elsewhere


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.org/a.js"></script>',
        "<link rel=stylesheet href=//fonts.example.org/a.css>",
        '<img alt="" src="http://example.org/a.png">',
        "@font-face { src: url('https://fonts.example.org/a.woff2') }",
        '@import "https://example.org/a.css";',
    ],
)
def test_what_is_loaded_from_another_place_is_found(text: str) -> None:
    assert loaded_from_elsewhere(text)


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://example.org">far</a> <img src="near.svg">',
        '<link rel="stylesheet" href="_static/pygments.css">',
        "a { background: url(data:image/svg+xml;base64,AA) }",
    ],
)
def test_links_and_what_lies_in_the_site_are_not(text: str) -> None:
    assert loaded_from_elsewhere(text) == []
