"""Every command line and every piece of YAML and Python in the docs does what the page says.

tests/docs/blocks.py says how a block is marked. The pages about a class are run in the folder that
the tutorial leaves, each in a copy of its own; so the class is graded once.
"""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.blocks import FOR_THE_SITE, PAGES, ROOT, RUN, SHOWN, Block, Shell, blocks_of
from tests.docs.fragments import try_exercise, try_fragment

BLOCKS = {page: blocks_of(page) for page in PAGES}
TUTORIAL = ROOT / "docs" / "tutorial" / "first-course.md"
OF_THE_PROJECT = {ROOT / "README.md", ROOT / "examples" / "README.md"}
"""Pages whose commands are called where a clone of the project is."""

NOT_RUN = 24
"""Blocks that may be left out: what needs a network, other machines or minutes."""

FRAGMENTS = [
    (block, before)
    for blocks in BLOCKS.values()
    for before, block in zip([None, *blocks], blocks, strict=False)
    if block.language == "yaml" and not block.marks.keys() & {"file", "not run", "whole exercise"}
]
WHOLE = [
    (block, after)
    for blocks in BLOCKS.values()
    for block, after in pairwise(blocks)
    if "whole exercise" in block.marks
]


def steps(page: Path) -> list[Block]:
    """Return the blocks of a page that are run one after another."""
    return [
        block
        for block in BLOCKS[page]
        if not block.marks.keys() & {"not run", "the reference of it", "checks.py"}
        and ("file" in block.marks or block.language in ("console", "python"))
    ]


@pytest.fixture(scope="session")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a class that the tutorial makes, grades and corrects."""
    shell = Shell(tmp_path_factory.mktemp("tutorial"))
    for block in steps(TUTORIAL):
        shell.run(block)
    return shell.folder


@pytest.mark.strong
def test_the_tutorial_leads_where_it_says(class_folder: Path) -> None:
    assert (class_folder / "grades" / "gradebook.db").exists()


@pytest.mark.strong
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page != TUTORIAL and steps(page)],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_what_a_page_runs_does_what_it_shows(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = ROOT
    if page not in OF_THE_PROJECT:
        class_folder = request.getfixturevalue("class_folder")
        folder = shutil.copytree(class_folder, tmp_path / "my-course")
    shell = Shell(folder)
    for block in steps(page):
        shell.run(block)


@pytest.mark.parametrize(("block", "before"), FRAGMENTS, ids=[str(block) for block, _ in FRAGMENTS])
def test_a_piece_of_yaml_works_in_a_course(
    block: Block, before: Block | None, tmp_path: Path
) -> None:
    try_fragment(block, before, tmp_path)


@pytest.mark.parametrize(("block", "reference"), WHOLE, ids=[str(block) for block, _ in WHOLE])
def test_a_whole_exercise_loads_and_its_reference_passes(
    block: Block, reference: Block, tmp_path: Path
) -> None:
    assert "the reference of it" in reference.marks
    try_exercise(block, reference.text, tmp_path)


def test_every_block_has_a_language_that_says_what_it_is() -> None:
    languages = {block.language: str(block) for blocks in BLOCKS.values() for block in blocks}
    known = {*RUN, *SHOWN, *FOR_THE_SITE}
    assert {name: at for name, at in languages.items() if name not in known} == {}


def test_what_is_not_run_says_why_and_is_little() -> None:
    skipped = [b for blocks in BLOCKS.values() for b in blocks if "not run" in b.marks]
    assert all(block.marks["not run"] for block in skipped)
    assert all(block.language in RUN or block.language in SHOWN for block in skipped)
    assert len(skipped) <= NOT_RUN
