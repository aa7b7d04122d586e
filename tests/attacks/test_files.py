"""Attacks on files: what stands on the machine, and what others left."""

from __future__ import annotations

import pytest

from tests.attacks.attack import Attack, counter_proofs, stands, succeeds, tiers

pytestmark = pytest.mark.strong

ATTACKS = [
    Attack(
        name="read_solutions_by_path",
        code="loot = [read('@COURSE@/solutions/secrets/square/reference.py')]",
        stopped_by="mount_view",
        refused="FileNotFoundError|PermissionError",
        at=("strong", "basic"),
        without=("mount_view", "landlock"),
        gains="CANARY-REFERENCE",
        basic_without=("landlock",),
    ),
]


@pytest.mark.parametrize(("attack", "tier"), tiers(ATTACKS))
def test_attack(arenas, attack, tier):
    stands(arenas, attack, tier)


@pytest.mark.parametrize(("attack", "tier", "layers", "gains"), counter_proofs(ATTACKS))
def test_without_its_layer(arenas, attack, tier, layers, gains):
    succeeds(arenas, attack, tier, layers, gains)
