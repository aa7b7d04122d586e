"""Loads a course: reads every file, and reports all faults of all files at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from grader.cache import Cache
from grader.checks.base import Check
from grader.checks.registry import all_kinds
from grader.course import course_files as files
from grader.course.author_functions import authored_faults
from grader.course.between_exercises import add_clashes, add_order_faults
from grader.course.document import Document, Place, read_document
from grader.course.exercise_file import ReadExercise, read_exercise
from grader.course.faults import validate_leniently
from grader.course.handouts import Inconsistency, find_handouts, handout_clashes, handouts_too_large
from grader.course.model import Course, Equivalent, Exercise, Mistake, Unit
from grader.course.nearby import require_course
from grader.course.sound_files import Listed, SoundFiles
from grader.course.vocabulary import add_vocabulary_faults
from grader.course.yaml_keys import CourseEntry, ExerciseEntry, Policy
from grader.errors import CourseError, Fault

_STANDINS = {
    "title": "unknown",
    "units": [{"id": "unknown", "title": "unknown", "exercises": ["unknown"]}],
}


_Given: TypeAlias = Mapping[Place, tuple[str, ...]]
"""Files given to students by the course (``()``), by each unit and by each exercise."""


def load_course(
    folder: Path, kinds: Mapping[str, type[Check]] | None = None, cache: Cache | None = None
) -> Course:
    """Load a course without running any of its programs.

    Parameters
    ----------
    folder : Path
        Holds ``exercises/course.yaml``, ``exercises/<unit>/<id>.yaml`` and ``solutions/``.
    kinds : Mapping of str to type of Check, optional
        Kinds of check by the key that names them; all by default.
    cache : Cache, optional
        Results of earlier runs: files that had no fault are not checked again.

    Returns
    -------
    Course
        The course, with its exercises in the order of its units.

    Raises
    ------
    CourseError
        Lists every fault of every file.
    """
    document = _read_settings(folder)
    entry = _course_entry(document)
    listed = _listed(document, entry) if entry else _found(folder)
    kinds = all_kinds() if kinds is None else kinds
    sound = SoundFiles.of(folder, kinds, cache)
    known = {} if sound is None else sound.read(listed)
    read = known or _read_listed(document, folder, listed, kinds)
    given = _given(document, folder, entry, read) if entry else {}
    faults = [*document.faults, *(f for item in read.values() for f in item.document.faults)]
    if entry is not None:
        faults.extend(_undue(document, entry))
        if not known:
            faults.extend(files.stray_files(folder, [(item.unit, item.id) for item in listed]))
    if known and faults:  # about given files; the cache has no line numbers
        return load_course(folder, kinds)
    if faults or entry is None:
        raise CourseError(faults)
    if sound is not None and not known:
        sound.write(read)
    if given:  # the course's own programs then run in its folder
        return _course(folder.absolute(), entry, read, given)
    return _course(folder, entry, read, given)


def _given(
    document: Document, folder: Path, entry: CourseEntry, read: Mapping[str, ReadExercise]
) -> _Given:
    """Return the files that each list of `files` names, and add faults."""
    lists: list[tuple[Place, Document, Place, Sequence[str]]] = [
        ((), document, (), entry.files),
        *((("units", i), document, ("units", i), u.files) for i, u in enumerate(entry.units)),
        *((("exercises", n), r.document, (), r.entry.files) for n, r in read.items() if r.entry),
    ]
    given: dict[Place, tuple[str, ...]] = {}
    origin: dict[str, tuple[Document, Place]] = {}
    for key, source, above, listed in lists:
        for index, text in enumerate(listed):
            place: Place = (*above, "files", index)
            try:
                names = find_handouts(folder, text)
            except Inconsistency as inconsistency:
                source.add(place, str(inconsistency))
                continue
            given[key] = tuple(dict.fromkeys((*given.get(key, ()), *names)))
            origin |= {name: (source, place) for name in names if name not in origin}
    _add_handout_faults(folder, origin, int(entry.sandbox.limits.file_bytes) // 2)
    return given


def _add_handout_faults(
    folder: Path, origin: Mapping[str, tuple[Document, Place]], limit_bytes: int
) -> None:
    """Add faults of all files together; `origin` has the place where each is listed."""
    for first, second in handout_clashes(sorted(origin)):
        source, place = origin[second]
        message = f"`{second}` and `{first}` are one file on Windows and macOS: rename one of them"
        source.add(place, message)
    if too_large := handouts_too_large(folder, list(origin), limit_bytes):
        name, message = too_large
        source, place = origin[name]
        source.add(place, message)


def _undue(document: Document, entry: CourseEntry) -> Iterator[Fault]:
    """Yield a fault for each due date of an unknown unit."""
    units = {unit.id for unit in entry.units}
    for unit in entry.policy.late.due if entry.policy.late else ():
        if unit not in units:
            message = f"the course has no unit `{unit}`: correct it, or remove the date"
            yield document.fault(("policy", "late", "due", unit), message)


def _read_settings(folder: Path) -> Document:
    path = require_course(folder)
    if files.outside(folder, path):
        advice = "this leads out of the course: replace the link by the file"
        raise CourseError([Fault(path, 1, "", advice)])
    return read_document(path)


def _course_entry(document: Document) -> CourseEntry | None:
    """Return the entry in ``course.yaml``; None if its units are invalid."""
    if not isinstance(document.value, dict):
        if not document.faults:
            document.add((), "a course is a mapping: it starts with `title: ...`")
        return None
    entry, doubtful = validate_leniently(CourseEntry, document, _STANDINS)
    return None if "units" in doubtful else entry


def _listed(document: Document, entry: CourseEntry) -> list[Listed]:
    """Return the exercises that ``course.yaml`` lists; a repeated id is a fault."""
    units: dict[str, int] = {}
    listed: dict[str, Listed] = {}
    for i, unit in enumerate(entry.units):
        if units.setdefault(unit.id, i) != i:
            document.add(
                ("units", i, "id"),
                f"the unit `{unit.id}` already exists, as units[{units[unit.id]}]",
            )
        for j, exercise in enumerate(unit.exercises):
            place: Place = ("units", i, "exercises", j)
            if exercise in listed:
                document.add(
                    place,
                    f"the exercise `{exercise}` is listed already: every id of a course is its own",
                )
            listed.setdefault(exercise, Listed(unit.id, exercise, place))
    return list(listed.values())


def _found(folder: Path) -> list[Listed]:
    """Return the exercise files found, for a course whose list cannot be read."""
    found = sorted((folder / "exercises").glob("*/*.yaml"))
    return [Listed(path.parent.name, path.stem) for path in found]


def _read_listed(
    document: Document,
    folder: Path,
    listed: Sequence[Listed],
    kinds: Mapping[str, type[Check]],
) -> dict[str, ReadExercise]:
    read = {}
    for item in listed:
        path = files.exercise_file(folder, item.unit, item.id)
        if not path.is_file():
            known = {each.id for each in listed}
            others = [each.stem for each in path.parent.glob("*.yaml") if each.stem not in known]
            near = get_close_matches(item.id, sorted(others), n=1)
            meant = f", or list `{near[0]}`, which exists" if near else ""
            shown = path.relative_to(folder)
            document.add(item.place, f"the file `{shown}` is missing: write it{meant}")
        elif files.outside(folder, path):
            advice = "replace the link by the file"
            document.add(
                item.place, f"`{path.relative_to(folder)}` leads out of the course: {advice}"
            )
        else:
            read[item.id] = read_exercise(read_document(path), kinds)
            _add_place_faults(folder, item, read[item.id], kinds)
    add_clashes(read)
    add_order_faults(read, [item.id for item in listed])
    add_vocabulary_faults(folder, read)
    return read


def _add_place_faults(
    folder: Path, item: Listed, exercise: ReadExercise, kinds: Mapping[str, type[Check]]
) -> None:
    """Add mismatches between an exercise and its file name, folder and programs."""
    document, entry, doubtful = exercise.document, exercise.entry, exercise.doubtful
    if entry is None:
        return
    if entry.id != item.id and "id" not in doubtful:
        document.add(("id",), f"the file is called `{item.id}`: make the two the same")
    if entry.unit != item.unit and "unit" not in doubtful:
        document.add(("unit",), f"the folder is called `{item.unit}`: make the two the same")
    mistakes = None if "mistakes" in doubtful else [mistake.id for mistake in entry.mistakes]
    for place, message in files.program_faults(folder, item.unit, item.id, mistakes):
        document.add(place, message)
    path = files.authored_program(folder, item.unit, item.id)
    checks = document.value.get("checks")
    listed = checks if isinstance(checks, list) else []
    used = {key for raw in listed if isinstance(raw, dict) for key in raw}
    naming = [key for key in kinds if key in used and kinds[key].names_authored]
    for place, message in authored_faults(path, path.relative_to(folder), checks, naming):
        document.add(place, message)


def _course(
    folder: Path, entry: CourseEntry, read: Mapping[str, ReadExercise], given: _Given
) -> Course:
    return Course(
        folder=folder,
        title=entry.title,
        units=tuple(
            Unit(
                id=unit.id,
                title=unit.title,
                exercises=unit.exercises,
                files=given.get(("units", index), ()),
            )
            for index, unit in enumerate(entry.units)
        ),
        files=given.get((), ()),
        exercises={
            name: _exercise(
                folder, own, each.checks, entry.policy, given.get(("exercises", name), ())
            )
            for name, each in read.items()
            if (own := each.entry) is not None  # else it had a fault
        },
        sandbox=entry.sandbox,
        policy=entry.policy,
        secret=entry.secret,
    )


def _exercise(
    folder: Path,
    entry: ExerciseEntry,
    checks: Sequence[Check],
    policy: Policy,
    given: tuple[str, ...],
) -> Exercise:
    authored = files.authored_program(folder, entry.unit, entry.id)
    mistakes = tuple(
        Mistake(
            id=mistake.id,
            title=mistake.title or mistake.id.replace("_", " "),
            hint=mistake.hint,
            score=mistake.score,
            program=files.mistake_program(folder, entry.unit, entry.id, mistake.id),
        )
        for mistake in entry.mistakes
    )
    return Exercise(
        id=entry.id,
        title=entry.title,
        unit=entry.unit,
        points=entry.points,
        prompt=entry.prompt,
        starter=entry.starter,
        defines=entry.defines,
        builds_on=entry.builds_on,
        follow_through=entry.follow_through,
        source=entry.source,
        tolerance=entry.tolerance,
        files=given,
        preload=entry.preload,
        max_attempts=entry.max_attempts or policy.max_attempts,
        counts=entry.counts or policy.counts,
        explain=entry.explain,
        checks=tuple(_in_shape_of(check, entry) for check in checks),
        mistakes=mistakes,
        equivalents=tuple(Equivalent(each.mutant, each.why) for each in entry.equivalents),
        path=files.exercise_file(folder, entry.unit, entry.id),
        reference=files.reference_program(folder, entry.unit, entry.id),
        accepted=files.accepted_programs(folder, entry.unit, entry.id),
        authored=authored if authored.is_file() else None,
    )


def _in_shape_of(check: Check, entry: ExerciseEntry) -> Check:
    """Return a check with its exercise's `shape`, unless it has its own."""
    if entry.shape == "strict" or check.shape is not None or not check.heeds_shape:
        return check
    return check.model_copy(update={"shape": entry.shape})
