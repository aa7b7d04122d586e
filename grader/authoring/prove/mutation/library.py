"""The operators of mutmut: swapped operators, next numbers, dropped arguments, forced branches.

mutmut keeps them in one table of functions, from a node of libcst's syntax tree to its mutants. The
table is not documented as an interface, so the versions that hold it are pinned and a test says
what is expected of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.authoring.prove.mutation.program_text import Edit, ProgramText, smallest
from grader.errors import UsageError


def library_edits(source: ProgramText) -> Iterator[Edit]:
    """Yield every mutation that mutmut makes of a program.

    Raises
    ------
    UsageError
        mutmut is not installed.
    """
    try:
        import libcst
        from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
        from mutmut.mutation.mutators import mutation_operators
    except ImportError as error:
        raise UsageError(
            "Mutants need the package mutmut: run `pip install 'notebook-grader[prove]'`."
        ) from error
    wrapper = MetadataWrapper(libcst.parse_module(source.content), unsafe_skip_copy=True)
    for node, span in wrapper.resolve(ByteSpanPositionProvider).items():
        assert span is not None
        for kind, mutate in mutation_operators:
            for mutant in mutate(node) if isinstance(node, kind) else ():
                bare = mutant.with_changes(lpar=(), rpar=()) if hasattr(mutant, "lpar") else mutant
                text = wrapper.module.code_for_node(bare).strip()
                yield smallest(source, Edit(span.start, span.start + span.length, text))
