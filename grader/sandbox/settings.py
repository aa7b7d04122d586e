"""The settings of a course's sandbox: its limits, and the Python that runs inside."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ByteSize, ConfigDict, Field

from grader.guest.stated_packages import KNOWN_PACKAGES, canonical, module_of

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Size = Annotated[ByteSize, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
ModuleName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]

MIB = 1024**2


class Limits(BaseModel):
    """What one submission may use, from its first cell to its last answer.

    Own time is the time that its processes ran or slept, without waiting for a processor. Sizes are
    numbers of bytes or text such as ``2 GiB``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    cell_s: Seconds = Field(default=30.0, description="Own time of one cell [s].")
    notebook_s: Seconds = Field(
        default=120.0, description="Own time of all cells together, reruns included [s]."
    )
    call_s: Seconds = Field(default=5.0, description="Own time of one question [s].")
    exercise_s: Seconds = Field(
        default=30.0, description="Own time of all questions of one exercise [s]."
    )
    cpu_s: Seconds = Field(
        default=180.0, description="Processor time of all processes of a session together [s]."
    )
    memory_bytes: Size = Field(
        default=ByteSize(2048 * MIB), description="Address space of one process."
    )
    total_bytes: Size = Field(
        default=ByteSize(4096 * MIB),
        description="Memory of all processes and files together, where a cgroup can be made.",
    )
    processes: Count = Field(default=64, description="Processes and threads at one time.")
    file_bytes: Size = Field(
        default=ByteSize(64 * MIB), description="All files together, and any one of them."
    )
    files: Count = Field(default=4096, description="Files and folders at one time.")
    open_files: Annotated[int, Field(ge=32)] = Field(
        default=256, description="Open files of one process."
    )
    worker_bytes: Size = Field(
        default=ByteSize(1024 * MIB),
        description="Memory that a worker may take to judge one submission, beyond what it has "
        "when it starts.",
    )
    output_bytes: Size = Field(
        default=ByteSize(MIB), description="Printed text that is kept, of each stream."
    )


def _package(text: str) -> str:
    known_as = {module_of(package): package for package in KNOWN_PACKAGES}
    if text in known_as and canonical(text) != known_as[text]:
        raise ValueError(f"`{text}` is what is imported: write `{known_as[text]}`, as pip calls it")
    return text


def _packages(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    known: dict[str, str] = {}
    for name in names or ():
        if known.setdefault(canonical(name), name) != name or (names or ()).count(name) > 1:
            raise ValueError(f"`{name}` is listed twice: remove one of the two")
    return names


PackageName = Annotated[
    str,
    Field(max_length=100, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"),
    AfterValidator(_package),
]


class SandboxSettings(BaseModel):
    """The part of ``course.yaml`` that is about the sandbox."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    python: str | None = Field(
        default=None,
        min_length=1,
        description="Python that runs the notebooks, with numpy and IPython; the grader's own "
        "where absent.",
    )
    preload: tuple[ModuleName, ...] = Field(
        default=(), description="Modules to import once, before the first notebook."
    )
    packages: Annotated[tuple[PackageName, ...] | None, AfterValidator(_packages)] = Field(
        default=None,
        description="Packages that notebooks may use beside numpy, as pip calls them, without "
        "versions. Nothing else that is installed can be imported; all of it where absent.",
    )
    student_files: bool = Field(
        default=True,
        description="Whether files that a student hands in beside the notebook lie in its working "
        "folder when it is graded.",
    )
    limits: Limits = Field(default=Limits(), description="What one submission may use.")
