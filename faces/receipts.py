"""Receipts: what became of a command, signed; and whether the ledger still holds what one says."""

from collections.abc import Sequence

from sqlalchemy import Connection

from faces import dates
from faces.cosigned import witnesses_data, witnesses_in_words
from faces.desk import Desk
from faces.page import Answer, note, say
from faces.problems import Exit, Problem, not_found
from ledger import commands
from ledger.cosignatures import COSIGNATURE
from ledger.notes import Note, NoteWrong, VerifierKey, signers
from ledger.receipts import NotHeld, Receipt, check, included
from ledger.signers import Revoked, receipt_keys
from ledger.verify_tree import Bad
from ledger.witnessed import Cosigned, cosigned


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
    none by one that the ledger names. Those of witnesses among them are held to what a revoked key signed. Raises Problem
    when it does not.
    """
    witnesses = [key for key in keys if key.kind == COSIGNATURE]
    trusted, named = [key for key in keys if key.kind != COSIGNATURE], receipt_keys(conn)
    try:
        text = Note.parse(held)
        found = Receipt.parse(text.text)
        signer = text.text.partition("\n")[0]
        signed_by = signers(text, [key for key in trusted or named if key.name == signer])
        if not signed_by:
            raise NoteWrong(f"no key that {'you named' if trusted else 'this ledger names'} signed it as {signer}")
    except NoteWrong as error:
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{name}: this receipt can't be trusted: {error.why}.",
            "give with --key the key that was handed out with it; a ledger names it with its next checkpoint",
        ) from None
    key = signed_by[0]
    revoked = named.get(key)
    try:
        covering = check(conn, found)
    except NotHeld as error:
        where = f"position {error.position}" if error.position else "the ledger"
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{where} does not verify: {error.why}.",
            f"its key was revoked on {dates.moment(revoked.at)} as compromised, so anybody who had it can have made it"
            if revoked is not None and revoked.because == "compromised"
            else "keep the receipt: it is signed, and shows what the ledger once held",
        ) from None
    seen = _stands(conn, name, found, revoked, witnesses) if revoked is not None else None
    data = {
        "ok": True,
        "command": found.command,
        "outcome": found.outcome,
        "stream": found.stream,
        "position": found.at,
        "recorded_at": found.recorded,
        "checkpoint": covering.size if covering else None,
        "own_key": bool(trusted),
        "key": str(key),
        "revoked": {"at": revoked.at, "because": revoked.because, "covers": revoked.size} if revoked else None,
        "cosigned": {"size": seen.checkpoint.size, "witnesses": witnesses_data(seen)} if seen else None,
    }

    def tell() -> None:
        say(f"Verified: {found.command} to {found.stream}, {found.outcome}, recorded at {found.recorded}.")
        say(f"  The ledger holds that outcome{f', and the event at position {found.at:,}' if found.at else ''}.")
        if covering is not None:
            say(f"  It is in the tree of its checkpoint of {dates.plural(f'{covering.size:,}', 'event')}.")
        elif found.at is not None:
            say("  No checkpoint covers it yet: turnaround checkpoint signs one.")
        say(f"Signed by {key.name}.")
        if revoked is not None:
            say(
                f"  That key was revoked on {dates.moment(revoked.at)} ({revoked.because}), and vouches for this still."
            )
        if seen is not None:
            who = witnesses_in_words(seen)
            say(f"  Witnesses that you named saw it before among {seen.checkpoint.size:,} events: {who}.")
        if not trusted:
            say("The key was one that the ledger itself names: give one that you have from elsewhere with --key.")
        note("Whether that checkpoint is the one that others hold, turnaround verify --checkpoint or --witness says.")

    return Answer(data, tell)


def _stands(
    conn: Connection, name: str, found: Receipt, revoked: Revoked, witnesses: Sequence[VerifierKey]
) -> Cosigned | None:
    """That a receipt stands though its key was revoked: it is of what the last checkpoint until then covers, and where the key
    was compromised of what all witnesses had seen before. Returns what they saw. Raises Problem.
    """
    when = f"its key was revoked on {dates.moment(revoked.at)} ({revoked.because})"
    if found.at is None or found.at > revoked.size:
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{name}: this receipt can't be trusted: {when} and vouches for the first {revoked.size:,} events alone.",
            "ask for it anew: turnaround receipt COMMAND-ID gives it with the key of today",
        )
    if revoked.because != "compromised":
        return None
    try:
        for each in cosigned(conn, (), witnesses):
            before = each.checkpoint.size <= revoked.size and max(each.seen.values()) < revoked.at
            if before and len(each.seen) == len(witnesses) and included(conn, found, each.checkpoint):
                return each
    except Bad as bad:
        raise Problem(Exit.NOT_VERIFIED, f"the ledger does not verify: {bad.why}.", "keep this copy as it is") from None
    whom = "every witness that you named" if witnesses else "a witness"
    raise Problem(
        Exit.NOT_VERIFIED,
        f"{name}: this receipt can't be trusted: {when}, and no checkpoint that covers it was cosigned by {whom} before then.",
        "ask for it anew: turnaround receipt COMMAND-ID gives it with the key of today"
        if witnesses
        else "name who witnessed the ledger then with --witness KEY, or ask for it anew: turnaround receipt COMMAND-ID",
    )
