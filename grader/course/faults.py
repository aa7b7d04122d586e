"""Translates pydantic's validation errors into faults: where, what, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from grader.checks.yaml_model import WRITTEN
from grader.course.document import Document, Place
from grader.inputs import did_you_mean

Entry = TypeVar("Entry", bound=BaseModel)

_TEXTS: Mapping[str, str] = {
    "missing": "this key is missing: add it",
    "string_type": "this must be text: put it in quotes",
    "bool_type": "this must be `true` or `false`",
    "bool_parsing": "this must be `true` or `false`",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "int_parsing_size": "this number is too long",
    "float_type": "this must be a number",
    "float_parsing": "this must be a number",
    "decimal_type": "this must be a number",
    "decimal_parsing": "this must be a number",
    "finite_number": "this must be a finite number",
    "list_type": "this must be a list, as in `[a, b]` or with one `- ` a line",
    "tuple_type": "this must be a list, as in `[a, b]` or with one `- ` a line",
    "dict_type": "this must be a mapping, as in `key: value`",
    "mapping_type": "this must be a mapping, as in `key: value`",
    "model_type": "this must be a mapping, as in `key: value`",
    "model_attributes_type": "this must be a mapping, as in `key: value`",
    "none_required": "this must be empty",
}
_EMPTY_LIST = "this list must not be empty"
_WITH_BOUND: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "this must be greater than {}"),
    "greater_than_equal": ("ge", "this must be at least {}"),
    "less_than": ("lt", "this must be less than {}"),
    "less_than_equal": ("le", "this must be at most {}"),
    "too_short": ("min_length", "this list needs at least {} items"),
    "too_long": ("max_length", "this list is too long: at most {} items"),
    "string_too_short": ("min_length", "this text is too short: at least {} characters"),
    "string_too_long": ("max_length", "this text is too long: at most {} characters"),
    "string_pattern_mismatch": ("pattern", "this does not have the form `{}`"),
}


def validate_leniently(
    model: type[Entry], document: Document, standins: Mapping[str, Any]
) -> tuple[Entry, frozenset[str]]:
    """Validate a file that holds a mapping, and keep its valid keys.

    Parameters
    ----------
    model : type of pydantic model
        What the file should hold.
    document : Document
        The file; faults are added to it.
    standins : Mapping of str to object
        A value for each required key, used if the file's own is invalid.

    Returns
    -------
    entry : pydantic model
        The content of the file, with stand-ins for invalid keys.
    doubtful : frozenset of str
        The invalid keys, from which nothing more may be concluded.
    """
    try:
        return model.model_validate(document.value, context=WRITTEN), frozenset()
    except ValidationError as error:
        add_invalid(document, error, (), model)
        doubtful = frozenset(str(detail["loc"][0]) for detail in error.errors(include_url=False))
    right = {
        key: value
        for key, value in document.value.items()
        if key in model.model_fields and key not in doubtful
    }
    return model.model_validate({**standins, **right}), doubtful


def add_invalid(
    document: Document,
    error: ValidationError,
    place: Place,
    model: type[BaseModel],
) -> None:
    """Add what pydantic found below a place to the document's faults.

    Parameters
    ----------
    document : Document
        The file; places that already have a YAML fault are not reported twice.
    error : ValidationError
        What pydantic found.
    place : Place
        The place of the validated value.
    model : type of pydantic model
        The model; its JSON Schema lists the keys that an unknown one may have meant.
    """
    blamed = [fault.key for fault in document.faults if fault.key]
    found: dict[Place, list[str]] = {}
    for below, message in _messages(error, model, document, place):
        found.setdefault(below, []).append(message)
    # pydantic calls a list too short if its items are invalid; only the items are reported.
    for below in [below for below in found if any(_is_around(below, other) for other in found)]:
        found[below] = [message for message in found[below] if message != _EMPTY_LIST]
    for below, messages in found.items():
        fault = document.fault(below, " or ".join(dict.fromkeys(messages)))
        if messages and not any(_overlap(key, fault.key) for key in blamed):
            document.faults.append(fault)


def _is_around(place: Place, other: Place) -> bool:
    return len(place) < len(other) and other[: len(place)] == place


def _overlap(one: str, other: str) -> bool:
    """Return whether the keys are equal, or one contains the other."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return bool(short) and long.startswith((f"{short}.", f"{short}["))


def _messages(
    error: ValidationError, model: type[BaseModel], document: Document, place: Place
) -> Iterator[tuple[Place, str]]:
    for detail in error.errors(include_url=False):
        *around, last = detail["loc"] or ("",)
        inside = (*(step for step in around if not str(step).startswith("<")), last)
        below = _known_place(document, (*place, *inside), detail["type"])
        cause = detail.get("ctx", {}).get("error")
        faults = getattr(cause, "faults", None)
        if faults is not None:
            yield from (((*below, *deeper), message) for deeper, message in faults)
        else:
            yield below, _message(detail, inside, model)


def _known_place(document: Document, place: Place, kind: str) -> Place:
    """Return a place without the steps that pydantic inserts for the branches of a union."""
    known: Place = ()
    for index, step in enumerate(place):
        is_last = index == len(place) - 1
        if (*known, step) in document.lines or (kind == "missing" and is_last):
            known = (*known, step)
    return known


def _message(detail: Mapping[str, Any], inside: Place, model: type[BaseModel]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = sorted(
            {key for node in _nodes_of(model, inside[:-1]) for key in node.get("properties", {})}
        )
        return f"unknown key{did_you_mean(str(inside[-1]), known)}"
    if kind == "literal_error":
        words = dict.fromkeys(word for node in _nodes_of(model, inside) for word in _words(node))
        if words:
            *others, last = words
            return f"this must be {', '.join(others)}{' or ' if others else ''}{last}"
    return message_of(detail)


def message_of(detail: Mapping[str, Any]) -> str:
    """Return a message about an invalid value, in our own words.

    Parameters
    ----------
    detail : Mapping of str to object
        One of the errors of a `ValidationError`. Its type, bounds and our own errors are used, but
        not pydantic's text, which changes between releases.
    """
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if context.get("min_length") == 1:
        return "this text must not be empty" if kind == "string_too_short" else _EMPTY_LIST
    if kind == "model_type" and detail["loc"] and detail["loc"][-1] == "tolerance":
        return "this must be a mapping, as in `tolerance: {rtol: 1.0e-6}`"
    if kind == "model_type" and detail["loc"][-2:-1] == ("cases",):
        return "a case is a mapping, as in `- args: [0.5]`"
    if kind in ("decimal_parsing", "float_parsing", "int_parsing") and _is_short(detail):
        return f"{_TEXTS[kind]}, but `{detail['input']}` is text"
    if kind == "float_type" and isinstance(detail.get("input"), str):
        return "this is text, but must be a number such as 0.001 or 1.0e-6, without quotes"
    if kind in _WITH_BOUND:
        bound, words = _WITH_BOUND[kind]
        limit = context[bound]
        return words.format(f"{limit:g}" if isinstance(limit, float) else limit)
    return _TEXTS.get(kind, f"this value does not fit here ({kind})")


def _is_short(detail: Mapping[str, Any]) -> bool:
    text = detail.get("input")
    return isinstance(text, str) and len(text) <= 40 and text.isprintable()


def _words(node: Mapping[str, Any]) -> list[str]:
    return [repr(word) for word in node.get("enum", [node["const"]] if "const" in node else [])]


def _nodes_of(model: type[BaseModel], place: Place) -> Iterator[Mapping[str, Any]]:
    """Yield the nodes of a model's JSON Schema at a place, one for each branch of a union."""
    schema = model.model_json_schema()
    yield from _nodes_at(schema, schema, place)


def _nodes_at(
    root: Mapping[str, Any], node: Mapping[str, Any], place: Place
) -> Iterator[Mapping[str, Any]]:
    for option in _options(root, node):
        if not place:
            yield option
            continue
        step, rest = place[0], place[1:]
        below = option.get("properties", {}).get(step) if isinstance(step, str) else None
        below = below or option.get("items" if isinstance(step, int) else "additionalProperties")
        if isinstance(below, Mapping):
            yield from _nodes_at(root, below, rest)


def _options(root: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "$ref" in node:
        yield from _options(root, root["$defs"][node["$ref"].removeprefix("#/$defs/")])
        return
    yield node
    for branch in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        yield from _options(root, branch)
