"""Receipts: what became of a command, signed; and whether the ledger still holds what one says."""

from collections.abc import Sequence

from sqlalchemy import Connection

from faces import dates
from faces.desk import Desk
from faces.page import Answer, note, say
from faces.problems import Exit, Problem, not_found
from ledger import commands
from ledger.notes import Note, NoteWrong, VerifierKey, signers
from ledger.receipts import NotHeld, Receipt, check
from ledger.signers import receipt_keys


def receipt_of(desk: Desk, id: str) -> Answer:
    """The receipt of a command. It is made from the stored outcome, and the same each time. Raises Problem."""
    from workers.composition import make_receipts  # heavy: whoever only reads does not wait for the engine

    made = make_receipts(desk.settings, desk.ledger)
    found = made.of(id)
    if found is None:
        with desk.ledger.reading() as conn:
            stored = commands.stored_command(conn, id) is not None
        if stored:
            raise Problem(Exit.UNREACHABLE, f"what became of {id[:200]} is not known yet.", "ask again later")
        raise not_found(f"there is no command {id[:200]}.", "a command's id stands in `turnaround do --json`")
    text = found.encode().decode()
    return Answer({"receipt": text, "key": str(made.verifier)}, lambda: say(text.removesuffix("\n")))


def whether_it_is_held(conn: Connection, name: str, held: bytes, keys: Sequence[VerifierKey]) -> Answer:
    """Whether the ledger still holds what a receipt, called `name`, says; signed by one of some keys, or where there are
    none by one that the ledger names. Raises Problem when it does not.
    """
    try:
        text = Note.parse(held)
        found = Receipt.parse(text.text)
        signer = text.text.partition("\n")[0]
        if not signers(text, [key for key in keys or receipt_keys(conn) if key.name == signer]):
            raise NoteWrong(f"no key that {'you named' if keys else 'this ledger names'} signed it as {signer}")
    except NoteWrong as error:
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{name}: this receipt can't be trusted: {error.why}.",
            "give with --key the key that was handed out with it; a ledger names it with its next checkpoint",
        ) from None
    try:
        covering = check(conn, found)
    except NotHeld as error:
        where = f"position {error.position}" if error.position else "the ledger"
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{where} does not verify: {error.why}.",
            "keep the receipt: it is signed, and shows what the ledger once held",
        ) from None
    data = {
        "ok": True,
        "command": found.command,
        "outcome": found.outcome,
        "stream": found.stream,
        "position": found.at,
        "recorded_at": found.recorded,
        "checkpoint": covering.size if covering else None,
        "own_key": bool(keys),
    }

    def tell() -> None:
        say(f"Verified: {found.command} to {found.stream}, {found.outcome}, recorded at {found.recorded}.")
        say(f"  The ledger holds that outcome{f', and the event at position {found.at:,}' if found.at else ''}.")
        if covering is not None:
            say(f"  It is in the tree of its checkpoint of {dates.plural(f'{covering.size:,}', 'event')}.")
        elif found.at is not None:
            say("  No checkpoint covers it yet: turnaround checkpoint signs one.")
        if not keys:
            say("The key was one that the ledger itself names: give one that you have from elsewhere with --key.")
        note("Whether that checkpoint is the one that others hold, turnaround verify --checkpoint or --witness says.")

    return Answer(data, tell)
