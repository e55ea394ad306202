"""What can go wrong, as a user hears of it: one sentence, what would be right, and an exit code.

Errors of the inner layers carry data; here they become prose. Nothing else of the command line prints an error.
"""

import sys
import tomllib
from enum import IntEnum
from typing import Any

from pydantic import ValidationError

from activities.library import UnknownLifecycle
from domain.documents import DocumentError
from ledger.errors import (
    CommandIdReused,
    DatabaseUnavailable,
    NeedsMigration,
    NotStorable,
    Tampered,
    VersionConflict,
)


class Exit(IntEnum):
    """The exit codes, which scripts may rely on."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NOT_FOUND = 3
    UNREACHABLE = 4
    NOT_VERIFIED = 5


EXIT_CODES = (
    "Exit codes: 0 done; 1 refused by a rule, stale version or failed check; 2 usage, unknown command, field or role; "
    "3 not found; 4 a service can't be reached or the outcome is not known yet; 5 evidence does not verify."
)

START_IT = "start it with `turnaround up`, or see what is missing with `turnaround doctor`"


class Problem(Exception):
    """Something the user is told in one sentence, with what would be right and the exit code."""

    def __init__(self, code: Exit, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def usage(message: str, hint: str | None = None) -> Problem:
    """A problem of how a command was called."""
    return Problem(Exit.USAGE, message, hint)


def not_found(message: str, hint: str | None = None) -> Problem:
    """A problem of something that is not there."""
    return Problem(Exit.NOT_FOUND, message, hint)


def explain(error: BaseException) -> Problem | None:
    """A known error as a user hears of it; None for one that nobody foresaw."""
    match error:
        case Problem():
            return error
        case DocumentError():
            return Problem(Exit.REFUSED, f"{error}.", "nothing was stored; mend that line and try again")
        case ValidationError() if error.title == "Settings":
            return _settings_problem(error)
        case tomllib.TOMLDecodeError():
            return usage(f"the settings file is not well-formed TOML: {error}.", "see `turnaround doctor`")
        case DatabaseUnavailable():
            return Problem(
                Exit.UNREACHABLE,
                f"the ledger's database can't be reached: {one_line(error.reason.partition(chr(10))[0])}.",
                "check TURNAROUND_DATABASE_URL and TURNAROUND_HOME, or run `turnaround doctor`",
            )
        case NeedsMigration(current=None):
            return Problem(Exit.UNREACHABLE, "there is no ledger here yet.", f"{START_IT}; TURNAROUND_HOME says where")
        case NeedsMigration():
            return Problem(
                Exit.UNREACHABLE,
                f"the ledger is at revision {error.current}, and this release works on {error.head}.",
                "`turnaround up` brings an older one up to date; a newer one needs a newer release",
            )
        case CommandIdReused():
            return Problem(
                Exit.REFUSED,
                f"the id {error.command_id} was used before for other content.",
                "an id stands for one command for ever: leave --id out, or repeat the command as it was",
            )
        case VersionConflict():
            return Problem(
                Exit.REFUSED,
                f"{error.stream} is at version {error.actual}, not {error.expected}.",
                "look at what is new with `turnaround timeline`, then try again",
            )
        case Tampered():
            where = f"position {error.position}" if error.position else "the ledger"
            return Problem(
                Exit.NOT_VERIFIED, f"{where} does not verify: {error.why}.", "check the whole with `turnaround verify`"
            )
        case NotStorable():
            return usage(f"{error}: this can't be kept.", "write text as UTF-8 and large numbers as text")
        case UnknownLifecycle():
            return Problem(Exit.NOT_VERIFIED, f"the ledger does not hold the lifecycle {error} that it names.")
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return Problem(Exit.UNREACHABLE, f"{where}{error.strerror or type(error).__name__}.", None)
    return _of_the_engine(error)


def one_line(text: str, most: int = 300) -> str:
    """A message of another program on one line, without a full stop at its end."""
    line = " ".join(text.split())
    return (line if len(line) <= most else line[: most - 1] + "…").removesuffix(".")


def _is(error: BaseException, module: str, *names: str) -> bool:
    """Whether an error is of a class that only a loaded module has: the engine is not loaded just to look."""
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(error, tuple(getattr(loaded, name) for name in names))


def _of_the_engine(error: Any) -> Problem | None:
    if _is(error, "workers.face", "NotKnownYet"):
        return Problem(
            Exit.UNREACHABLE,
            f"whether {error.command_id} was carried out is not known yet.",
            f"ask again with the same id: --id {error.command_id}",
        )
    if _is(error, "workers.face", "NotDecided"):
        return Problem(
            Exit.UNREACHABLE,
            f"the worker could not decide {error.command_id} ({error.failure}).",
            f"its log says why; ask again with --id {error.command_id}",
        )
    if _is(error, "workers.face", "NotTaken"):
        return _not_taken(error)
    if _is(error, "workers.face", "NotAField"):
        if error.problem is None:
            return usage(
                f"the event {error.event} has no field '{error.field}'.",
                f"its fields are {', '.join(error.known) or 'none'}",
            )
        return usage(f"what is given does not fit {error.event}: {error.field}: {error.problem}.")
    if _is(error, "workers.reach", "NotRunning"):
        return Problem(Exit.UNREACHABLE, f"{error}", START_IT)
    if _is(error, "workers.dev_server", "ServerNotFound", "ServerFailed", "DatabaseInUse"):
        first, _, rest = str(error).partition("\n")
        return Problem(Exit.UNREACHABLE, first, rest.strip() or "is another `turnaround up` running?")
    if _is(error, "activities.signer", "SignerRefuses"):
        return _signer_refuses(error)
    if _is(error, "activities.signer", "SignerOfAnother"):
        return Problem(
            Exit.UNREACHABLE,
            f"the signer's folder {error.folder} belongs to another user of this machine.",
            "run this as that user, or set TURNAROUND_SIGNER_HOME to the signer you have",
        )
    if _is(error, "activities.checkpointing", "NothingToSucceed"):
        return Problem(
            Exit.REFUSED,
            "the ledger extends all that was signed of it, so there is nothing to succeed.",
            "for a new key there is --rotate",
        )
    if _is(error, "activities.checkpointing", "NothingToRevoke"):
        return Problem(
            Exit.REFUSED,
            "no key of receipts is good but the one that the worker signs with now, as far as that can be read here.",
            "take worker.key and worker.pub out of its folder of keys and start it again, which makes another; then revoke",
        )
    if _is(error, "activities.publishing", "PublishedOtherwise"):
        return Problem(
            Exit.NOT_VERIFIED,
            f"{error.path} was published before and says something else.",
            "keep that file: one of the two is not this ledger's; `turnaround verify --checkpoint` says which",
        )
    if _is(error, "console.witness", "WitnessUnusable"):
        return _witness_unusable(error)
    if _is(error, "workers.notices", "TemplateWrong"):
        return Problem(Exit.REFUSED, f"{error}.", "nothing was started; mend the template and start again")
    if _is(error, "activities.webhook_secrets", "KeyUnusable"):
        return Problem(
            Exit.REFUSED,
            f"{error} holds no key to sign webhooks with.",
            "put it back from a backup; were it made anew, every webhook would have another secret",
        )
    if _is(error, "workers.rehearsal", "StepRefused"):
        return _step_refused(error)
    if _is(error, "workers.rehearsal", "ClockStuck"):
        return Problem(
            Exit.UNREACHABLE,
            f"the rehearsal stands still: {error.what} was not done at {error.instant:%Y-%m-%dT%H:%M:%SZ}.",
            "rehearse again to go on from here, or with --afresh from the start",
        )
    if _is(error, "temporalio.service", "RPCError"):
        return Problem(
            Exit.UNREACHABLE, f"the Temporal server did not do it: {one_line(error.message)}.", "`turnaround doctor`"
        )
    return None


def _signer_refuses(error: Any) -> Problem:
    succeed = (
        "put the whole ledger back; where it is lost, say so for ever with `turnaround checkpoint --succeed restored`"
    )
    message, hint = {
        "shrunk": (
            f"the ledger ends at {error.there:,}, and {error.signed:,} events of {error.origin} were signed:"
            " it was cut off, or restored from an older backup.",
            succeed,
        ),
        "forked": (
            f"the ledger is not what was signed: up to {error.signed:,} it does not hold the events of {error.origin}.",
            "keep this copy as it is and find with `turnaround verify --checkpoint` where it differs; where the other is lost,"
            " say so for ever with `turnaround checkpoint --succeed forked`",
        ),
        "no-state": (
            f"checkpoints of this ledger are signed as {error.origin}, and here is nothing of that signer.",
            "run this as the signer's user, with its TURNAROUND_SIGNER_HOME; where that is lost, begin anew with"
            " `turnaround checkpoint --succeed state-lost`",
        ),
        "other-signer": (
            f"the signer here is {error.origin}, and the ledger names another, or another key.",
            "set TURNAROUND_SIGNER_HOME to this ledger's signer; where a rotation was broken off, repeat it;"
            " where a restored ledger knows nothing of the signer, `turnaround checkpoint --succeed restored`",
        ),
        "key-missing": (
            f"the key of {error.origin} is not in the signer's folder.",
            "put it back, or sign with a new one: `turnaround checkpoint --rotate lost`",
        ),
    }[error.why]
    return Problem(Exit.NOT_VERIFIED, f"the signer refuses: {message}", hint)


def _witness_unusable(error: Any) -> Problem:
    message, hint = {
        "forgot": (
            f"the witness's key is here, and what it cosigned ({error.what}) is lost.",
            "a witness that forgot could cosign a rewritten ledger: make one with a new key in another --folder",
        ),
        "unreadable": (
            f"{error.what} is not what this witness cosigned.",
            "put it back from a copy that is no older; where there is none, make a witness with a new key",
        ),
        "name": (
            f"this witness signs as {error.what}, and readers know it by that name.",
            "leave --name out, or make another witness in another --folder",
        ),
    }[error.why]
    return Problem(Exit.USAGE if error.why == "name" else Exit.NOT_VERIFIED, message, hint)


def _not_taken(error: Any) -> Problem:
    told = {
        "command-id-reused": (
            f"the id {error.command_id} was used before for other content.",
            "an id stands for one command for ever: leave --id out, or repeat the command as it was",
        ),
        "command-not-stored": (
            "the worker does not find the command: it works on another ledger.",
            "set the same TURNAROUND_HOME or TURNAROUND_DATABASE_URL for both",
        ),
        "face-not-trusted": (
            "the worker does not trust this command line's key.",
            "both must use the keys folder of the same TURNAROUND_HOME",
        ),
    }
    message, hint = told[error.rule]
    return Problem(Exit.REFUSED, message, hint)


def _step_refused(error: Any) -> Problem:
    from faces.prose import refused
    from faces.words import Words

    said = refused(error.outcome.outcome["rule"], error.outcome.outcome.get("details", {}), Words())
    return Problem(Exit.REFUSED, f"line {error.step.line}, {error.step.command_type}: {said.sentence}", said.hint)


def _settings_problem(error: ValidationError) -> Problem:
    first = error.errors(include_url=False)[0]
    if not first["loc"]:  # what is wrong is how settings go together
        return usage(f"the settings can't be used: {str(first['msg']).removeprefix('Value error, ')}.")
    name = str(first["loc"][0])
    variable = f"TURNAROUND_{name.upper()}"
    if first["type"] == "extra_forbidden":
        return usage(f"the settings file has a setting '{name}' that does not exist.", "see `turnaround doctor`")
    wrong = str(first["msg"]).removeprefix("Value error, ").replace("Input should", "it should")
    return usage(f"{variable} (or '{name}' in the settings file) can't be used: {wrong}.")
