"""What declared sources add to the command line: their files, and declarations for tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pitlive.cli.terminal import ProposedDeclaration, Reader, Terminal
from pitlive.messages import Json


class DeclaredTerminal(Terminal):
    """Declared sources on the command line."""

    names_columns = True
    proposes = True

    def reader(self, spec: Mapping[str, Json], file: str) -> Reader:
        """Return what reads a file as it is declared."""
        from pitlive.declared.edge.file_rows import DeclaredRows
        from pitlive.declared.validation import known

        return DeclaredRows(known(spec), file)

    def propose(
        self, name: str, header: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> ProposedDeclaration:
        """Propose a declaration that takes all rows of a table."""
        from pitlive.declared.proposing import propose

        proposal = propose(name, header, rows)
        return ProposedDeclaration(proposal.declared, proposal.why)


TERMINAL = DeclaredTerminal()
