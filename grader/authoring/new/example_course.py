"""A copy of the example course, with a secret of its own and sample submissions."""

from __future__ import annotations

from pathlib import Path

from grader.authoring.new.example_files import SAMPLES, example_files
from grader.authoring.new.first_course import files_of_course, secret_lines, title_line
from grader.authoring.new.scaffold import template
from grader.course.nearby import COURSE_FILE
from grader.errors import UsageError, command_for_extras


def prepare_example_files(folder: Path, title: str = "") -> dict[Path, str]:
    """Return the text of each file of the example course, without writing any.

    Parameters
    ----------
    folder : Path
        Folder of the copy; created if missing.
    title : str
        Title of the course; by default that of the example.

    Raises
    ------
    UsageError
        A course, or one of the files, already exists; or the example was not
        installed.
    """
    try:
        texts = {name: path.read_text(encoding="utf-8") for name, path in example_files().items()}
        course = texts.pop(COURSE_FILE.as_posix())
    except (OSError, KeyError) as error:
        raise UsageError(
            "The example course was not installed with this grader. Install the wheel that "
            "`make wheel` makes, or run the grader from a checkout."
        ) from error
    old = next(line for line in course.splitlines() if line.startswith("title: "))
    exercises = [name for name in texts if name.startswith("exercises/")]
    readme = template("example.md").substitute(
        name=" ".join(title.split()) or old.removeprefix("title: "),
        exercises=len(exercises),
        install=command_for_extras("course"),
        samples="\n".join(f"| `{name}` | {shows} |" for name, shows in SAMPLES.items()),
    )
    head = f"{title_line(title) if title else old}\n\n{secret_lines()}"
    return files_of_course(
        folder,
        {
            "README.md": readme,
            **texts,
            COURSE_FILE.as_posix(): course.replace(old, head, 1),
        },
    )
