"""Who reads: the role that --as names. On this machine it is a claim; what it changes is what is there to be read."""

from typing import Annotated

import typer

from cli.completing import complete_role

ReadAs = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="ROLE",
        help="Who reads: a confidential engagement is there only for those who are in it.",
        autocompletion=complete_role,
    ),
]

ReadBy = Annotated[
    str | None, typer.Option("--by", metavar="PERSON-ID", help="Which auditor reads: their reads are recorded.")
]
