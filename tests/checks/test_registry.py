import inspect
from inspect import get_annotations
from pathlib import Path
from types import SimpleNamespace

import pytest

import grader
from grader.checks.base import Check
from grader.checks.kinds.value import ValueCheck
from grader.checks.registry import all_kinds, collect_kinds
from grader.errors import UsageError

ROOT = Path(grader.__file__).parent


class OwnCheck(ValueCheck):
    kind = "own"


def entry(kind):
    return SimpleNamespace(name="own", value="package:Own", load=lambda: kind)


def test_every_kind_is_named_by_one_required_key():
    for name, kind in all_kinds().items():
        assert kind.kind == name
        keys = {field.alias or key for key, field in kind.model_fields.items()}
        assert name in keys


def test_every_key_of_every_kind_is_described():
    for kind in all_kinds().values():
        for key, field in kind.model_fields.items():
            assert field.description, f"{kind.kind}.{key}"


def test_a_kind_says_truly_whether_it_reads_what_was_written():
    for kind in all_kinds().values():
        assert ("student.work" in inspect.getsource(inspect.getmodule(kind))) is kind.reads_work, (
            kind
        )


def test_nothing_but_the_registry_knows_kinds_by_name():
    others = [p for p in ROOT.rglob("*.py") if "kinds" not in p.relative_to(ROOT).parts]
    knowing = [path.name for path in others if "grader.checks.kinds" in path.read_text("utf-8")]
    assert knowing == ["registry.py"]


def test_what_a_kind_can_say_of_itself_is_documented_with_its_default():
    page = (ROOT.parent / "docs" / "reference" / "check-kinds.md").read_text(encoding="utf-8")
    said = [name for name, kind in get_annotations(Check).items() if kind.startswith("ClassVar")]
    for name in set(said) - {"kind"}:
        assert f"| `{name}` | `{getattr(Check, name)}` |" in page


def test_another_package_may_bring_a_kind():
    assert collect_kinds([entry(OwnCheck)])["own"] is OwnCheck


@pytest.mark.parametrize("thing", [3, dict, ValueCheck(name="a", points=1, value="x")])
def test_what_is_no_kind_is_refused(thing):
    with pytest.raises(UsageError, match="not a subclass of"):
        collect_kinds([entry(thing)])


def test_a_kind_that_cannot_be_loaded_is_named():
    def load():
        raise ImportError("no module")

    broken = SimpleNamespace(name="own", value="package:Own", load=load)
    with pytest.raises(UsageError, match="cannot be loaded: ImportError: no module"):
        collect_kinds([broken])


def test_a_kind_that_is_there_already_is_refused():
    with pytest.raises(UsageError, match="`value`, which already exists"):
        collect_kinds([entry(ValueCheck)])
