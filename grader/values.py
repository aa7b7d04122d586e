"""Values and answers, as the trusted side sees them: read, described, never executed."""

from __future__ import annotations

from grader.guest.protocol.values import (
    Answer,
    Call,
    Died,
    Inquiry,
    Missing,
    Opaque,
    Raised,
    Returned,
    TimedOut,
    Value,
)

__all__ = [
    "Answer",
    "Call",
    "Died",
    "Inquiry",
    "Missing",
    "Opaque",
    "Raised",
    "Returned",
    "TimedOut",
    "Value",
]
