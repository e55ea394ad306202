"""`turnaround verify`: whether the ledger is what was written, and what else that was held against."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from activities.signatures import Keyring
from faces import dates
from faces.cosigned import witnesses_data, witnesses_in_words
from faces.desk import Desk
from faces.page import Answer, note, say
from faces.problems import Exit, Problem, usage
from ledger.checkpoints import SignedCheckpoint
from ledger.cosignatures import COSIGNATURE
from ledger.errors import Tampered
from ledger.notes import NoteWrong, VerifierKey, signers
from ledger.signers import origins
from ledger.verify import Report
from ledger.verify import verify as verify_ledger
from ledger.verify_tree import Bad
from ledger.witnessed import Cosigned, best, check_times, cosigned

HELD = "For more, give a checkpoint that others hold, with its key, or name witnesses."

Show = Callable[[int, int], None]
"""Called with how much is checked and how much there is."""


@dataclass(frozen=True)
class Against:
    """What the ledger is held against: checkpoints from elsewhere, and witnesses of whom so many must have cosigned one."""

    given: Sequence[SignedCheckpoint] = ()
    own_keys: bool = False
    """Whether those were checked with keys from elsewhere too."""
    witnesses: Sequence[VerifierKey] = ()
    need: int = 0


NOTHING = Against()


@dataclass(frozen=True)
class Verified:
    """What was found, and the problem where it does not verify: then there is nothing to tell."""

    answer: Answer
    problem: Problem | None


def whether_it_verifies(
    desk: Desk, stream: str | None, against: Against = NOTHING, *, contents: bool = True, show: Show | None = None
) -> Verified:
    """Check one stream or the whole ledger; without `contents` only hashes, order, tree and checkpoints."""
    trusted = Keyring.of_folder(desk.settings.keys).checks
    held = [signed.checkpoint for signed in against.given]
    report = verify_ledger(desk.ledger, stream, show, trusted, given=held, contents=contents, known=desk.checked)
    report, seen = _witnessed(desk, report, against)
    if seen is not None and stream is not None and report.ok:
        # One stream is checked against one checkpoint: with witnesses, against that which they cosigned.
        bound = verify_ledger(desk.ledger, stream, given=[seen.checkpoint], known=desk.checked)
        report = report if bound.ok else bound
    missing = report.ok and bool(against.witnesses) and seen is None

    def tell() -> None:
        if stream is not None:
            _print_stream(report, stream)
        else:
            tell_report(report, contents=contents, own_keys=against.own_keys, bound=seen is not None)
        if seen is not None:
            _print_seen(seen, report)

    whole = stream is None
    data = _data(report, whole=whole, contents=whole and contents)
    answer = Answer({"stream": stream, **data, **_seen_data(data["proved"], seen)}, tell)
    return Verified(answer, _not_cosigned(against.need) if missing else None if report.ok else problem_of(report))


# Keys and checkpoints from elsewhere


def keys_in(lines: Sequence[str]) -> list[VerifierKey]:
    """Keys, each as text. Raises Problem."""
    found = []
    for line in lines:
        try:
            found.append(VerifierKey.parse(line))
        except ValueError as error:
            raise usage(f"'{line[:80]}' is not a key: {error}.", "write NAME+ID+KEY, as it was handed out") from None
    return found


def witnesses_among(keys: Sequence[VerifierKey], need: int | None) -> list[VerifierKey]:
    """The witnesses that keys are of, each once. Raises Problem for another's key, and where more are needed than named."""
    witnesses = list(dict.fromkeys(keys))
    for key in witnesses:
        if key.kind != COSIGNATURE:
            raise usage(f"{key.name} is not a witness's key.", "a ledger's own key is given with --key")
    if need is not None and need > len(witnesses):
        raise usage(f"--need {need} is more than the witnesses named.", "name each with --witness KEY")
    return witnesses


def trusted_checkpoint(conn: Connection, name: str, data: bytes, keys: Sequence[VerifierKey]) -> SignedCheckpoint:
    """A checkpoint that a trusted key signed; without any, one that the ledger names. Raises Problem."""
    try:
        signed = SignedCheckpoint.parse(data)
        held = signed.checkpoint
        own = [key for origin in origins(conn) for key in origin.keys_at(held.size)]
        trusted = [key for key in keys or own if key.name == held.origin]
        if not signers(signed.note, trusted):
            whose = "you named" if keys else "this ledger names"
            raise NoteWrong(f"no key that {whose} signed it as {held.origin}")
    except NoteWrong as error:
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{name}: this checkpoint can't be trusted: {error.why}.",
            "take checkpoint and key from whoever keeps them, not from the ledger's operator",
        ) from None
    return signed


# What was found


def _witnessed(desk: Desk, report: Report, against: Against) -> tuple[Report, Cosigned | None]:
    """A report with what was found of the times of events, and the largest checkpoint that enough witnesses cosigned."""
    if not report.ok or not against.witnesses:
        return report, None
    with desk.ledger.reading() as conn:
        try:
            found = cosigned(conn, against.given, against.witnesses)
            if desk.about.kind != "rehearsal":  # its events bear the times of its own clock
                check_times(conn, found)
        except (Bad, Tampered) as bad:
            return replace(report, first_bad=(bad.position, bad.why)), None
    return report, best(found, against.need)


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
        "witnesses": witnesses_data(seen),
    }


def _print_seen(seen: Cosigned, report: Report) -> None:
    who = witnesses_in_words(seen)
    say(f"Witnesses that you named saw its first {seen.checkpoint.size:,} events as they are: {who}.")
    if report.root_hex is not None and report.events > seen.checkpoint.size:
        newer = dates.plural(f"{report.events - seen.checkpoint.size:,}", "event")
        say(f"  {newer} since then {'is' if newer.startswith('1 ') else 'are'} not among them.")


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


def problem_of(report: Report) -> Problem:
    """That something does not verify."""
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


def tell_report(report: Report, *, contents: bool, own_keys: bool, bound: bool = False) -> None:
    """Say what was checked of a whole ledger that verifies."""
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
        say("The keys were those that the ledger itself names: give one that you have from elsewhere.")
