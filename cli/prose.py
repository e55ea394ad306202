"""Why a command was refused, in sentences: who may, in which stage, what is missing.

Every rule of the domain and of the engine has its template here; a test looks for those that have none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cli import dates
from cli.words import Words, all_of, any_of, commands_giving, plain, thing

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """A refusal in words: what is wrong, and what would be right."""

    sentence: str
    hint: str | None = None


def refused(rule: str, details: Details, words: Words) -> Said:
    """A refusal in words."""
    template = TEMPLATES.get(rule)
    try:
        return template(details, words) if template else Said(f"The rule '{rule}' does not allow it.")
    except KeyError:  # a refusal of another release, with other details
        return Said(f"The rule '{rule}' does not allow it ({_listed([f'{k}: {v}' for k, v in details.items()])}).")


def _who(command: str, words: Words, roles: Any = None) -> str:
    """`judge-pip (Chief Inspector (…) or …)`."""
    may = list(roles) if roles is not None else list(words.lifecycle.who_may(command)) if words.lifecycle else []
    return f"{command} ({words.roles(may)})" if may else command


def _role(details: Details, words: Words) -> Said:
    return Said(
        f"{words.role(details['role'])} may not give the command {details['command']}.",
        f"it is for {words.roles(details['may'])}" if details["may"] else "no role of this model may give it",
    )


def _unknown_role(details: Details, words: Words) -> Said:
    return Said(f"There is no role '{details['role']}' in this model.", f"its roles are {', '.join(details['roles'])}")


def _recorder(details: Details, words: Words) -> Said:
    return Said(
        f"{words.role(details['recorder'])} may not record what {words.role(details['role'])} decides.",
        f"it is recorded by {words.roles(details['may'])}: say which with --recorded-by",
    )


def _stage(details: Details, words: Words) -> Said:
    allowed = [words.stage(name) for name in details["allowed_in"]]
    return Said(
        f"{details['command']} is not done in the stage {words.stage(details['stage'])}.",
        f"it is done in {any_of(allowed)}" if allowed else "no stage of this model allows it",
    )


def _closed(details: Details, words: Words) -> Said:
    after = words.lifecycle.after_close if words.lifecycle else ()
    return Said(
        f"The engagement is over ({words.stage(details['end'])}), so {details['command']} is too late.",
        f"what may still be done is {any_of(after)}" if after else None,
    )


def _needs(details: Details, words: Words) -> Said:
    first = commands_giving(details["event"])
    return Said(
        f"{details['command']} needs {thing(details['event'])} first, and there is none.",
        f"record that with {any_of(_who(command, words) for command in first)}" if first else None,
    )


def _too_early(details: Details, words: Words) -> Said:
    return Said(
        f"It can't have happened on {dates.printed(details['occurred'])}: "
        f"{thing(details['event'])} comes first, and that was {_on(details['on'])}.",
        f"give a day not before that with --on, or correct the date of the earlier event ({plain(details['event'])})",
    )


def _on(text: str) -> str:
    said = dates.printed(text)
    return said if said.startswith("by ") else f"on {said}" if text.count("-") >= 2 else f"in {said}"


def _in_the_future(details: Details, words: Words) -> Said:
    return Said(
        f"{dates.printed(details['occurred'])} is in the future: today is {dates.printed(details['today'])}.",
        "record it when it has happened, or mend the date given with --on",
    )


def _before_the_opening(details: Details, words: Words) -> Said:
    return Said(
        f"It can't have happened on {dates.printed(details['occurred'])}: "
        f"the engagement was opened {_on(details['opened'])}.",
        "give a day not before that with --on",
    )


def _simple(sentence: str, hint: str | None = None) -> Callable[[Details, Words], Said]:
    """A template of named fields; text of people's own is put in as it is, never read as a template."""

    def template(details: Details, words: Words) -> Said:
        plain_details = {name: _listed(value) for name, value in details.items()}
        return Said(sentence.format(**plain_details), hint.format(**plain_details) if hint else None)

    return template


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def _award_incomplete(details: Details, words: Words) -> Said:
    missing = [str(name) for name in details["missing"]]
    return Said(
        f"An award names {all_of(missing)} too.",
        f"add {' '.join(f'{name}=...' for name in missing)}; only imported history may leave them out",
    )


def _reason_needed(details: Details, words: Words) -> Said:
    why = {
        "judge-pip": "A plan that is not acceptable needs its faults or a reason.",
        "invite-tenders": "A single tender needs a reason.",
        "decide-change": "A change that is turned down needs a reason.",
    }
    sentence = why.get(details["command"], f"{details['command']} needs a reason here.")
    return Said(sentence, "add reason=...")


def _step_refused(details: Details, words: Words) -> Said:
    inner = refused(details["rule"], details["details"], words)
    return Said(f"Line {details['line']} (step {details['step']}): {inner.sentence}", inner.hint)


def _no_such_rating(details: Details, words: Words) -> Said:
    which = f"in the round {details['round']}" if details["round"] else f"at version {details['rating']} of its record"
    return Said(f"The council has no rating {which} that still stands.", "see its ratings with `turnaround show`")


def _council_did_not_exist(details: Details, words: Words) -> Said:
    return Said(
        f"{details['council']} did not exist on {dates.printed(details['occurred'])}.",
        "name the council that was there that day, or mend the date",
    )


TEMPLATES: Mapping[str, Callable[[Details, Words], Said]] = {
    # What holds for every command
    "role": _role,
    "unknown-role": _unknown_role,
    "recorder": _recorder,
    "stage": _stage,
    "closed": _closed,
    "needs": _needs,
    "too-early": _too_early,
    "in-the-future": _in_the_future,
    "before-the-opening": _before_the_opening,
    "reason-needed": _reason_needed,
    "only-derived": _simple("{command} follows by itself: nobody gives it."),
    "unknown-command": _simple(
        "There is no command {command} for the {target}.", "`turnaround do --commands` lists them"
    ),
    "no-such-engagement": _simple(
        "There is no engagement {engagement}.", "`turnaround portfolio --all` lists those there are"
    ),
    "unknown-council": _simple("There is no council {council}.", "give a GSS code such as E09000014"),
    "stale-version": _simple(
        "It is at version {actual}, not {expected}: something was recorded since you looked.",
        "look at what is new with `turnaround timeline ID --since {expected}`, then try again",
    ),
    # Councils and ratings
    "council-did-not-exist": _council_did_not_exist,
    "rated-already": _simple(
        "{council} was already rated in the round {round}.", "withdraw that rating first if it is wrong"
    ),
    "no-such-rating": _no_such_rating,
    # The course of an engagement
    "assumption-outside-case-file": _simple(
        "A stage is assumed only in a case file, where sources are silent.", "import one with `turnaround import`"
    ),
    "unknown-stage": _simple("There is no stage '{stage}'.", "the stages are {stages}"),
    "stage-not-ahead": _simple(
        "The stage {to} does not lie ahead of {stage}.", "only a later stage can be assumed; time does not run back"
    ),
    "nothing-to-correct": _simple(
        "Version {version} is nothing that can be corrected or withdrawn.",
        "name what somebody recorded: `turnaround timeline ID` shows the versions",
    ),
    "correction-does-not-fit": _simple(
        "The correction does not fit the event {event}, field {field}: {problem}.",
        "give the field a value that it could have been recorded with",
    ),
    "correction-changes-nothing": _simple(
        "The correction says what version {version} says already.", "leave it out, or give what is right"
    ),
    # Plan, decision, scope
    "version-out-of-order": _simple("Number {given} is out of order: the next is {expected}.", "give {expected}"),
    "judged-already": _simple(
        "Plan {plan} was judged already: {verdict}.", "a new version of the plan has to be received before it is judged"
    ),
    "document-needed": _simple(
        "A minister's decision needs the reference of the authority's document.", "add document=..."
    ),
    "awarded-already": _simple(
        "The contract of this phase is awarded already.",
        "a change goes through the board (request-change); a new contract needs a further phase",
    ),
    "agreed-already": _simple(
        "The {party} agreed to version {draft} already.", "agreement is given again only to a new version"
    ),
    # Tender and award
    "bid-already": _simple("{bidder} has a bid in already.", "correct that one with correct-event if it is wrong"),
    "no-such-bid": _simple("There is no bid by {bidder}.", "bids are in from: {bidders}"),
    "not-a-role": _simple(
        "The panel's members are given by role, and {given} are not all roles.",
        "write them as department.official,inspectorate.lead-inspector,council.director",
    ),
    "award-incomplete": _award_incomplete,
    "ends-before-it-starts": _simple("It ends on {ends}, before it starts on {starts}.", "mend starts= or ends="),
    # Project and board
    "named-twice": _simple("The id '{id}' stands twice in {field}.", "give each its own"),
    "not-promised": _simple("'{deliverable}' is no deliverable of the latest PID.", "it promises: {promised}"),
    "not-submitted": _simple("'{deliverable}' has not been handed in.", "submit-deliverable comes first"),
    "accepted-already": _simple("'{deliverable}' was accepted already.", "nothing more needs to be done for it"),
    "board-held-already": _simple("Board {board} has met already.", "set a date for the next one"),
    "board-not-held": _simple("Board {board} has not met.", "hold-board comes first"),
    "no-such-board": _simple("Board {board} has no date.", "boards with a date: {boards}; schedule-board sets one"),
    "no-such-change": _simple("There is no request for change {change}.", "requests so far: {changes}"),
    "decided-already": _simple("Change {change} was decided already.", "a new request can be made"),
    # Days and final days
    "more-days-than-contracted": _simple(
        "{days} days are too many: {used} of the {contracted} contracted are used.",
        "the board can approve more days (request-change, decide-change)",
    ),
    "more-days-than-used": _simple(
        "{days} days are too many: {used} were used and {signed_off} of those are signed off.",
        "sign off no more than were used",
    ),
    "more-days-than-left": _simple(
        "{days} days are too many: {left} of the council's are left.", "give at most {left}"
    ),
    "lead-passed-already": _simple("The lead has passed to the council already.", "use or release the council's days"),
    "signed-off-already": _simple("The exit is signed off already."),
    # Imports
    "step-refused": _step_refused,
    "step-not-stored": _simple(
        "Line {line} (step {step}) was not stored with the import, or not by a trusted face.", "import the file again"
    ),
}
"""A template for every rule."""
