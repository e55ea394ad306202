"""`turnaround checkpoint`: have the ledger's size and root signed now; and what a signer does who has to begin anew."""

from collections.abc import Sequence
from typing import Annotated

import typer

from activities.checkpointing import Checkpointing, Made
from activities.witnesses import Asked
from cli.output import AsJson, confirm, emit_json
from domain.checkpoints import RotatedBecause, SucceededBecause
from faces import dates
from faces.desk import open_desk
from faces.page import note, say
from faces.problems import Exit, Problem, usage
from workers.composition import make_checkpointing, make_witnesses

OBJECTS = {
    "forked": "what it cosigned of this ledger before is not the beginning of what it is now",
    "ahead": "it cosigned more events of this ledger than there are now",
}
"""What a witness objects to, in words."""


def checkpoint(
    rotate: Annotated[
        RotatedBecause | None,
        typer.Option(metavar="REASON", help="Sign with a new key from now on: scheduled, compromised or lost."),
    ] = None,
    succeed: Annotated[
        SucceededBecause | None,
        typer.Option(
            metavar="REASON",
            help="Begin a new origin, and say in the ledger what is lost: restored, forked or state-lost.",
        ),
    ] = None,
    revoke_receipts: Annotated[
        RotatedBecause | None,
        typer.Option(
            metavar="REASON",
            help="Say in the ledger that receipts count no more that were signed with a key which the worker no longer has:"
            " scheduled, compromised or lost.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign the ledger as it stands, if anything was recorded since the last checkpoint, and publish it.

    `turnaround up` does so every five minutes and at each step with legal force. Whoever runs this needs the signer's folder.

    Examples: turnaround checkpoint; turnaround checkpoint --rotate scheduled; turnaround checkpoint --succeed restored
    """
    if rotate and succeed:
        raise usage("a new origin brings a new key with it.", "give --rotate or --succeed, not both")
    if revoke_receipts and (rotate or succeed):
        raise usage("keys of receipts are revoked by themselves.", "give --revoke-receipts alone")
    with open_desk() as desk:
        making = make_checkpointing(desk.settings, desk.ledger)
        if rotate:
            confirm(
                "Sign with a new key from now on? Readers need it, and the ledger will say so for ever.",
                yes=yes,
                as_json=as_json,
            )
        if succeed:
            confirm(
                "Begin a new origin? The ledger will say for ever that it does not extend what was signed of it.",
                yes=yes,
                as_json=as_json,
            )
        if revoke_receipts:
            confirm(
                "Revoke the keys of receipts that the worker no longer has? The ledger will say so for ever.",
                yes=yes,
                as_json=as_json,
            )
        made = making.revoke_receipts(revoke_receipts) if revoke_receipts else _make(making, rotate, succeed)
        where = making.where(made)
        asked = make_witnesses(desk.settings, desk.ledger, making).ask()
    held = made.signed.checkpoint
    if as_json:
        emit_json(
            {
                "origin": held.origin,
                "size": held.size,
                "root": held.root.hex(),
                "key": str(made.key),
                "new": made.new,
                "file": str(where),
                "witnesses": [
                    {"witness": one.witness.name, "came": one.came, "at": one.at, "said": one.said or None}
                    for one in asked
                ],
            }
        )
        _objections(asked)
        return
    say(f"{'Signed' if made.new else 'Nothing new since'}: {dates.plural(f'{held.size:,}', 'event')} of {held.origin}")
    say(f"Root: {held.root.hex()}")
    say(f"Key:  {made.key}")
    say(f"File: {where}")
    for one in asked:
        if one.came == "cosigned" and one.at is not None:
            say(f"Cosigned by {one.witness.name} at {dates.moment(one.at)}")
        elif one.came == "silent":
            note(f"{one.witness.name} did not cosign it: {one.said}. It is asked again with the next checkpoint.")
    _objections(asked)
    note("Hand key and file to people who can't change the ledger: turnaround verify --checkpoint FILE --key KEY.")


def _objections(asked: Sequence[Asked]) -> None:
    """Raise Problem when a witness objects."""
    for one in asked:
        if one.came == "objects":
            raise Problem(
                Exit.NOT_VERIFIED,
                f"the witness {one.witness.name} objects: {OBJECTS[one.said]}.",
                "keep this copy as it is and ask the witness for the two notes it keeps; it is not asked again for this"
                " origin. Where the witness itself is wrong, take it out of the settings",
            )


def _make(making: Checkpointing, rotate: RotatedBecause | None, succeed: SucceededBecause | None) -> Made:
    if rotate:
        return making.rotate(rotate)
    if succeed:
        return making.succeed(succeed)
    return making.make()
