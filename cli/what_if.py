"""`turnaround what-if`: what an engagement would have been under another lifecycle, beside what it was. It writes nothing."""

from dataclasses import replace
from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import emit_json
from faces.desk import open_desk
from faces.problems import usage
from faces.what_if import both_of, data_of, document, show_what_if


def what_if(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    lifecycle: Annotated[
        str, typer.Option("--lifecycle", metavar="L@V|FILE", help="The other lifecycle: published, shipped, or a file.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Decide the recorded commands again under another lifecycle, and show both side by side. Nothing is written.

    \b
    Examples:
      turnaround what-if haringey-1 --lifecycle performance-action-team@2
      turnaround what-if haringey-1 --lifecycle peer-support-1.yaml --json
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        target = desk.resolve(conn, id)
        if target.family != "engagement":
            raise usage(f"{id} is a council: what if is asked of an engagement.", "name one, such as haringey-1")
        state, rules = desk.engagement(conn, target.name)
        words = desk.words(conn, rules)
        other = document(desk, conn, lifecycle)
        both = both_of(desk, conn, state, other)
        data = data_of(state.id, both, words, replace(words, lifecycles=(other.lifecycle, *words.lifecycles)))
        if as_json:
            emit_json(data)
            return
        show_what_if(data)
