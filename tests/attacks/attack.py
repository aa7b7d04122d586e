"""An attack as a table has it, and how a test puts it to the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from grader.guest.protocol.launch_plan import LAYERS
from grader.sandbox.engine import Isolation
from tests.attacks.arena import Arena, Raid
from tests.attacks.course import STARTER

DEFENCES: Mapping[str, str] = {
    **LAYERS,
    "namespaces": "a user namespace for each session, whose ids map to nobody of worth",
    "processes": "nothing of the course is ever in a process that sessions are forked from",
    "sweep": "ending the processes and removing the files of a session when it is over",
    "time": "the deadlines of the trusted side",
    "output": "the cap on what is kept of what is printed",
    "wire": "the protocol: numbered requests, one reply each, plain data under caps",
    "comparison": "comparing on the trusted side, by exact type, shape and value",
    "forks": "a fork for each exercise",
    "kernel": "the kernel, which an ordinary user cannot get past",
    "reading": "reading notebooks and archives as data, under caps",
    "escaping": "escaping what a student wrote wherever it is shown",
    "limits": "limits that the sandbox keeps for itself",
}
"""What can stop an attack."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """Code of a student, what stops it, and how one sees that.

    Attributes
    ----------
    name : str
        A few words joined by underscores.
    code : str or tuple of str
        Its cells. `loot` is what it hands home; `prelude.py` is at hand.
    stopped_by : str
        A key of `DEFENCES`.
    refused : str
        Pattern that its report must match: it was tried, and this is what became of it.
    at : tuple of str
        Tiers that must stop it.
    without : tuple of str
        Layers without which it succeeds: the one that stops it, and those that would step in.
    gains : str
        Pattern of the report without these layers.
    basic_without, basic_gains : tuple of str, str
        The same for the tier ``basic``, where that is another set.
    shown_by : str
        Name of the test that is its counter-proof, where it is not of this form.
    why : str
        Why there is no counter-proof.
    limits : Mapping of str to float
        Limits of its own.
    answer : str
        What the notebook hands in beside the attack.
    points : Decimal or None
        What that answer earns; what the starter earns where None.
    within_s : float
        How long all of its grading may take.
    """

    name: str
    code: str | tuple[str, ...]
    stopped_by: str
    refused: str
    at: tuple[str, ...] = ("strong",)
    without: tuple[str, ...] = ()
    gains: str = ""
    basic_without: tuple[str, ...] = ()
    basic_gains: str = ""
    shown_by: str = ""
    why: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    answer: str = STARTER
    points: Decimal | None = None
    within_s: float = 15.0

    def __post_init__(self) -> None:
        assert self.stopped_by in DEFENCES, f"{self.name}: what is {self.stopped_by}?"
        proven = bool(self.without or self.basic_without or self.shown_by)
        assert proven != bool(self.why), f"{self.name}: a counter-proof, or why there is none"
        assert bool(self.without) == bool(self.gains), self.name

    @property
    def cells(self) -> tuple[str, ...]:
        """Its cells."""
        return (self.code,) if isinstance(self.code, str) else self.code

    @property
    def shown(self) -> str:
        """How it is known that this layer is the one."""
        proofs = [
            f"succeeds at {tier} without {', '.join(layers)}"
            for tier, layers in (("strong", self.without), ("basic", self.basic_without))
            if layers
        ]
        return "; ".join(proofs) or self.shown_by or self.why


def tiers(attacks: Iterable[Attack]) -> list[Any]:
    """Return one parameter for each attack and tier, whose id names the layer that stops it."""
    return [
        pytest.param(attack, tier, id=f"{attack.name}-{attack.stopped_by}-{tier}")
        for attack in attacks
        for tier in attack.at
    ]


def counter_proofs(attacks: Iterable[Attack]) -> list[Any]:
    """Return one parameter for each attack that can be shown to succeed without a layer."""
    found = []
    for attack in attacks:
        for tier, layers, gains in (
            ("strong", attack.without, attack.gains),
            ("basic", attack.basic_without, attack.basic_gains or attack.gains),
        ):
            if layers:
                name = f"{attack.name}-without-{'+'.join(layers)}-{tier}"
                found.append(pytest.param(attack, tier, layers, gains, id=name))
    return found


def stands(arenas: Any, attack: Attack, tier: str) -> Raid:
    """Hold that an attack is stopped at a tier, and for the reason that is given."""
    arena: Arena = arenas(Isolation(tier), limits=attack.limits)
    raid = arena.raid(*attack.cells, answer=attack.answer)
    assert re.search(attack.refused, raid.report, re.DOTALL), raid.report
    arena.hold(raid, points=attack.points, within_s=attack.within_s)
    arenas.tell(attack.name, attack.stopped_by, tier, attack.shown)
    return raid


def succeeds(arenas: Any, attack: Attack, tier: str, layers: tuple[str, ...], gains: str) -> Raid:
    """Hold that an attack gets what it wants where some layers are left out."""
    arena: Arena = arenas(Isolation(tier), without=frozenset(layers), limits=attack.limits)
    try:
        raid = arena.raid(*attack.cells, answer=attack.answer)
    finally:
        if arena.replaced:  # what it has now is a whole sandbox
            arenas.drop(arena)
        else:
            arena.clean()
    assert re.search(gains, raid.report, re.DOTALL), raid.report
    return raid
