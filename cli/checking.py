"""`turnaround verify` and `rebuild`: whether the ledger is what was written, and what can be made again from it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from activities.signatures import Keyring
from cli.completing import complete_id
from cli.output import confirm, emit_json, progress
from cli.receipt import verify_receipt
from faces import dates
from faces.desk import Desk, open_desk
from faces.page import note, say
from faces.problems import Exit, Problem, usage
from faces.words import all_of
from ledger.checkpoints import SignedCheckpoint
from ledger.cosignatures import COSIGNATURE
from ledger.errors import Tampered
from ledger.notes import NoteWrong, VerifierKey, signers
from ledger.signers import origins
from ledger.store import Ledger
from ledger.verify import Report
from ledger.verify import verify as verify_ledger
from ledger.verify_tree import Bad
from ledger.witnessed import Cosigned, best, check_times, cosigned

HELD = "For more, give a checkpoint that others hold (--checkpoint FILE --key KEY) or name witnesses (--witness KEY)."


def verify(
    id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="An engagement or a council; the whole ledger if left out.",
            autocompletion=complete_id,
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A checkpoint that you have from elsewhere, which the ledger must extend; may be repeated.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="A key, or a file of keys, whose checkpoints you trust, as `turnaround checkpoint` prints it; may be repeated.",
        ),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="The key, or a file of keys, of a witness that must have cosigned a checkpoint; may be repeated.",
        ),
    ] = None,
    need: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many of them are enough; all, if left out.")
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A receipt: check alone whether the ledger still holds what it says.",
        ),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Only hashes, order, tree and checkpoints: fast on a large ledger.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check that what the ledger holds is what was written: every hash, chain, command, sealed value and checkpoint.

    It says what it proves: that the ledger agrees with itself, that it extends a checkpoint that you have, or that witnesses
    that you name saw it.

    \b
    Examples:
      turnaround verify
      turnaround verify haringey-1
      turnaround verify --checkpoint latest --key trusted.keys
      turnaround verify --witness witness-a.key --witness witness-b.key --need 1
      turnaround verify --receipt receipt.txt --key trusted.keys
    """
    if receipt is not None:
        if id is not None or checkpoint or witness or tree or need:
            raise usage("a receipt is checked alone.", "give --receipt with --key only, and verify the rest by itself")
        with open_desk() as desk:
            verify_receipt(desk, receipt, keys_of(key or []), as_json=as_json)
        return
    if key and not checkpoint:
        raise usage("--key says whose checkpoints to trust, and there is none.", "give one with --checkpoint FILE")
    if tree and id is not None:
        raise usage("--tree is for the whole ledger.", "leave out --tree, or the id")
    witnesses = _witness_keys(witness or [], need)
    needed = need or len(witnesses)
    with open_desk() as desk:
        stream = None
        with desk.ledger.reading() as conn:
            if id is not None:
                stream = desk.resolve(conn, id).stream
            given = given_checkpoints(conn, checkpoint or [], keys_of(key or []))
        with progress("verifying") as show:
            trusted = Keyring.of_folder(desk.settings.keys).checks
            held = [signed.checkpoint for signed in given]
            report = verify_ledger(desk.ledger, stream, show, trusted, given=held, contents=not tree)
        report, seen = _witnessed(desk, report, given, witnesses, needed)
        if seen is not None and stream is not None and report.ok:
            # One stream is checked against one checkpoint: with witnesses, against that which they cosigned.
            against = verify_ledger(desk.ledger, stream, given=[seen.checkpoint])
            report = report if against.ok else against
        missing = report.ok and bool(witnesses) and seen is None
        if as_json:
            whole = stream is None
            data = _data(report, whole=whole, contents=whole and not tree)
            emit_json({"stream": stream, **data, **_seen_data(data["proved"], seen)})
        elif report.ok and not missing:
            if stream is not None:
                _print_stream(report, stream)
            else:
                _print(report, contents=not tree, own_keys=bool(key), bound=seen is not None)
            if seen is not None:
                _print_seen(seen, report)
        if missing:
            raise _not_cosigned(needed)
        if not report.ok:
            raise _problem(report)


def _witness_keys(texts: Sequence[str], need: int | None) -> list[VerifierKey]:
    witnesses = list(dict.fromkeys(keys_of(texts)))
    for key in witnesses:
        if key.kind != COSIGNATURE:
            raise usage(f"{key.name} is not a witness's key.", "a ledger's own key is given with --key")
    if need is not None and need > len(witnesses):
        raise usage(f"--need {need} is more than the witnesses named.", "name each with --witness KEY")
    return witnesses


def _witnessed(
    desk: Desk, report: Report, given: Sequence[SignedCheckpoint], witnesses: Sequence[VerifierKey], need: int
) -> tuple[Report, Cosigned | None]:
    """A report with what was found of the times of events, and the largest checkpoint that enough witnesses cosigned."""
    if not report.ok or not witnesses:
        return report, None
    with desk.ledger.reading() as conn:
        try:
            found = cosigned(conn, given, witnesses)
            if desk.about.kind != "rehearsal":  # its events bear the times of its own clock
                check_times(conn, found)
        except (Bad, Tampered) as bad:
            return replace(report, first_bad=(bad.position, bad.why)), None
    return report, best(found, need)


def _not_cosigned(need: int) -> Problem:
    whom = "no witness that you named" if need == 1 else f"fewer than {need} of the witnesses that you named"
    return Problem(
        Exit.NOT_VERIFIED,
        f"no checkpoint of this ledger is cosigned by enough witnesses: {whom} cosigned any.",
        "ask them what they hold of it: GET their URL/HASH/checkpoint, where HASH is the SHA-256 of the origin",
    )


def _seen_data(proved: list[str], seen: Cosigned | None) -> dict[str, Any]:
    if seen is None:
        return {"cosigned": None, "witnesses": []}
    return {
        "proved": [*proved, "cosigned-by-witnesses"],
        "cosigned": seen.checkpoint.size,
        "witnesses": [{"key": str(key), "at": at} for key, at in seen.seen.items()],
    }


def _print_seen(seen: Cosigned, report: Report) -> None:
    who = all_of([f"{key.name} ({dates.moment(at)})" for key, at in seen.seen.items()])
    say(f"Witnesses that you named saw its first {seen.checkpoint.size:,} events as they are: {who}.")
    if report.root_hex is not None and report.events > seen.checkpoint.size:
        newer = dates.plural(f"{report.events - seen.checkpoint.size:,}", "event")
        say(f"  {newer} since then {'is' if newer.startswith('1 ') else 'are'} not among them.")


def keys_of(texts: Sequence[str]) -> list[VerifierKey]:
    """The keys that a user names: each as text, or in a file with one on a line. Raises Problem."""
    found = []
    for text in texts:
        lines = Path(text).read_text(encoding="utf-8").split() if Path(text).is_file() else [text]
        for line in lines:
            try:
                found.append(VerifierKey.parse(line))
            except ValueError as error:
                raise usage(
                    f"'{line[:80]}' is not a key: {error}.", "write NAME+ID+KEY, as it was handed out"
                ) from None
    return found


def given_checkpoints(conn: Connection, files: Sequence[Path], keys: Sequence[VerifierKey]) -> list[SignedCheckpoint]:
    """Checkpoints from files, each signed by a trusted key; without any, by one that the ledger names. Raises Problem."""
    return [_given(conn, file, keys) for file in files]


def _given(conn: Connection, file: Path, keys: Sequence[VerifierKey]) -> SignedCheckpoint:
    try:
        signed = SignedCheckpoint.parse(file.read_bytes())
        held = signed.checkpoint
        own = [key for origin in origins(conn) for key in origin.keys_at(held.size)]
        trusted = [key for key in keys or own if key.name == held.origin]
        if not signers(signed.note, trusted):
            whose = "you named" if keys else "this ledger names"
            raise NoteWrong(f"no key that {whose} signed it as {held.origin}")
    except NoteWrong as error:
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{file}: this checkpoint can't be trusted: {error.why}.",
            "take checkpoint and key from whoever keeps them, not from the ledger's operator",
        ) from None
    return signed


def _data(report: Report, *, whole: bool, contents: bool) -> dict[str, Any]:
    bad = report.first_bad
    proved = ["self-consistent", *(["extends-given-checkpoint"] if report.given else [])]
    return {
        "ok": report.ok,
        "proved": proved if report.ok else [],
        "events": report.events,
        "streams": report.streams,
        "commands": report.commands if contents else None,
        "outcomes": report.outcomes if contents else None,
        "root": report.root_hex,
        "retained": report.retained if whole else None,
        "given": report.given,
        "covered": report.covered,
        "heads": report.heads if whole else None,
        "first_bad": {"position": bad[0], "why": bad[1]} if bad else None,
    }


def _problem(report: Report) -> Problem:
    assert report.first_bad is not None
    position, why = report.first_bad
    where = f"position {position}" if position is not None else "the ledger"
    return Problem(
        Exit.NOT_VERIFIED,
        f"{where} does not verify: {why}.",
        "keep this copy as it is, and compare it with a backup or a pack taken earlier",
    )


def _print_stream(report: Report, stream: str) -> None:
    events = dates.plural(f"{report.events:,}", "event")
    say(f"Verified: {events} of {stream}, each as it was hashed and following from the one before.")
    if report.covered:
        whose = "the checkpoint you gave" if report.given else "the ledger's last checkpoint"
        say(f"  Those among the ledger's first {report.covered:,} events are in the tree of {whose},")
        say("  and by the heads recorded in it they are all there were.")
    note("Its commands and the ledger's root are checked with the whole: turnaround verify.")


def _print(report: Report, *, contents: bool, own_keys: bool, bound: bool = False) -> None:
    events = dates.plural(f"{report.events:,}", "event")
    say(f"Verified: {events} in {dates.plural(f'{report.streams:,}', 'stream')}, without a gap.")
    say("  Each event is as it was hashed and follows from the one before it.")
    if contents:
        say(
            "  What people decided came from commands that are kept and that a face on this machine signed;"
            " the rest is the clock's."
        )
        say(
            f"  {report.commands:,} commands and {report.outcomes:,} outcomes are as they were stored and answer each other."
        )
        say("  Every sealed value that is still there is the one that was sealed.")
    if report.retained:
        newer = report.events - report.covered
        exposed = f"; {dates.plural(f'{newer:,}', 'event')} since then" if newer else ""
        say(
            f"  The tree is that of {dates.plural(f'{report.retained:,}', 'checkpoint')} of the ledger's own,"
            f" the last over {report.covered:,} events{exposed}."
        )
    say(f"Root: {report.root_hex}")
    if not report.given and bound:
        return
    if not report.given:
        say(f"This shows that the ledger agrees with itself, and not that nobody made it anew. {HELD}")
        return
    say(
        f"This shows that the ledger extends {dates.plural(report.given, 'checkpoint')} that you gave:"
        " nothing that was signed there was changed, taken out or put in."
    )
    if not own_keys:
        say("The keys were those that the ledger itself names: give one that you have from elsewhere with --key.")


def print_verified(ledger: Ledger, keys: Keyring) -> None:
    """Verify an open ledger and say so, for commands that end with it. Raises Problem when it does not verify."""
    with progress("verifying") as show:
        report = verify_ledger(ledger, None, show, keys.checks)
    if not report.ok:
        raise _problem(report)
    _print(report, contents=True, own_keys=False)


def rebuild(
    read_models: Annotated[
        bool, typer.Option("--read-models", help="Only the lists and pages, from the ledger's events.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Make again from the ledger what was lost: the read models, or all workflows of a new or emptied Temporal.

    Nothing is sent twice, and an old cluster that comes back is refused.

    Examples: turnaround rebuild --read-models; turnaround rebuild --yes
    """
    from workers.rebuild import rebuild_read_models, rebuild_workflows

    with open_desk() as desk:
        if read_models:
            with progress("read models") as show:
                count = rebuild_read_models(desk.ledger, show)
            _rebuilt("read models", count, "stream", as_json=as_json)
            return
        confirm("Start all workflows again in a new epoch?", yes=yes, as_json=as_json)

        async def workflows() -> int:
            from activities.starting import Starter
            from workers.reach import reach

            starter = Starter(await reach(desk.settings), desk.settings.task_queue)
            with progress("workflows") as show:
                return await rebuild_workflows(desk.ledger, starter, show)

        _rebuilt("workflows", asyncio.run(workflows()), "workflow", as_json=as_json)


def _rebuilt(what: str, count: int, one: str, *, as_json: bool) -> None:
    if as_json:
        emit_json({"rebuilt": what, "count": count})
        return
    say(f"Rebuilt the {what}: {dates.plural(count, one)}.")
