"""What pydantic refuses, looked at in words of ours; its own change with its releases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import ValidationError

from grader.course.faults import message_of


@contextmanager
def refused(message: str) -> Iterator[None]:
    """Hold that a model refuses its values, with a message that matches."""
    with pytest.raises(ValidationError) as caught:
        yield
    told = "; ".join(
        f"{'.'.join(map(str, detail['loc']))}: {message_of(detail)}"
        for detail in caught.value.errors()
    )
    assert re.search(message, told), told
