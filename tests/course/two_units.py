"""The small course twice over: the units coins and dice, with one exercise of 3 points each."""

from __future__ import annotations

from tests.course import tiny


def files(policy: str = "") -> dict[str, str]:
    """Return the files of the course, by their path in it; `policy` is YAML for course.yaml."""
    coins = tiny.files()
    dice = {
        name.replace("coins", "dice").replace("two_heads", "two_sixes"): text.replace(
            "coins", "dice"
        ).replace("two_heads", "two_sixes")
        for name, text in coins.items()
        if name != tiny.COURSE
    }
    units = coins[tiny.COURSE] + "  - {id: dice, title: Dice, exercises: [two_sixes]}\n"
    return coins | dice | {tiny.COURSE: policy + units}
