"""Who handed in what, by where it lies.

- A notebook that lies directly in what was given belongs to the student of its file's name.
- A folder or a zip in it belongs to the student of its name, however deep the notebook lies.
- Where that holds several notebooks, nobody guesses: each is graded, as ``student/path``.
- Where it holds none, or too many, the student has one unreadable submission that says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from grader.submissions.listing import Item
from grader.submissions.names import stem
from grader.submissions.submission import Refused
from grader.text import safe_text

__all__ = ["assign", "without_wrapper"]

_LIMIT_NOTEBOOKS = 20


def assign(items: Sequence[Item]) -> Iterator[tuple[str, Item]]:
    """Yield every submission of one given folder or zip: its student and its notebook.

    Parameters
    ----------
    items : sequence of Item
        All that lies there.
    """
    ordered = sorted(items, key=lambda item: item.parts)
    for name, group in groupby(ordered, key=lambda item: item.parts[0]):
        inner: list[Item] = []
        for item in group:
            if len(item.parts) == 1 and item.source is not None:
                yield stem(name), item
            elif len(item.parts) > 1 or item.kind == "folder":
                inner.append(item)
        if inner:
            yield from _of_student(name, inner)


def _of_student(student: str, items: Sequence[Item]) -> Iterator[tuple[str, Item]]:
    notebooks = [item for item in items if item.kind == "notebook"]
    blocked = [item for item in items if item.kind == "blocked"]
    if len(notebooks) == 1:
        yield student, notebooks[0]
    elif 1 < len(notebooks) <= _LIMIT_NOTEBOOKS:
        for item in notebooks:
            yield "/".join((*item.parts[:-1], stem(item.parts[-1]))), item
    elif blocked and not notebooks:  # beside a notebook, a zip is its data
        yield student, blocked[0]
    else:
        reason = _too_many(len(notebooks)) if notebooks else _no_notebook(items)
        yield student, Item((student,), _top(items[0]), "notebook", Refused(reason))


def _top(item: Item) -> str:
    """Return the path of the student's folder, which a zip need not list by itself."""
    return item.shown.rsplit("/", len(item.parts) - 1)[0]


def _too_many(count: int) -> str:
    return (
        f"holds {count:,} notebooks; the most that are graded for one student are "
        f"{_LIMIT_NOTEBOOKS}. If it is a folder of many students, give that folder itself."
    )


def _no_notebook(items: Sequence[Item]) -> str:
    others = [item.parts[-1] for item in items if item.kind == "other"]
    shown = ", ".join(f"`{safe_text(name, 60)}`" for name in others[:3])
    holds = f"it holds {shown}{' and more' if len(others) > 3 else ''}" if others else "it is empty"
    return f"holds no notebook: {holds}. Hand in the .ipynb file."


def without_wrapper(items: Sequence[Item], name: str) -> list[Item]:
    """See through the folder of its own name that a zip may hold all its notebooks in.

    Packing the folder ``hw1`` gives ``hw1.zip`` with ``hw1/...`` in it. One notebook alone in such
    a folder is left there: so comes a student's zip.
    """
    inner = [item for item in items if item.parts != (name,) or item.kind != "folder"]
    wrapped = all(item.parts[0] == name and len(item.parts) > 1 for item in inner)
    if not wrapped or sum(item.kind == "notebook" for item in inner) < 2:
        return list(items)
    return [replace(item, parts=item.parts[1:]) for item in inner]
