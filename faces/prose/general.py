"""What may be said of any command: who may give it, in which stage, on which day, and what it names."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, open_ones, post, simple, who
from faces.words import Words, any_of, commands_giving, plain, thing


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
    first = commands_giving(details["event"], words.lifecycle)
    return Said(
        f"{details['command']} needs {thing(details['event'], words.lifecycle)} first, and there is none.",
        f"record that with {any_of(who(command, words) for command in first)}" if first else None,
    )


def _too_early(details: Details, words: Words) -> Said:
    return Said(
        f"It can't have happened {dates.on(details['occurred'])}: "
        f"{thing(details['event'], words.lifecycle)} comes first, and that was {dates.on(details['on'])}.",
        f"give a day not before that with --on, or correct the date of the earlier event ({plain(details['event'])})",
    )


def _in_the_future(details: Details, words: Words) -> Said:
    return Said(
        f"{dates.printed(details['occurred'])} is in the future: today is {dates.printed(details['today'])}.",
        "record it when it has happened, or mend the date given with --on",
    )


def _before_the_opening(details: Details, words: Words) -> Said:
    return Said(
        f"It can't have happened {dates.on(details['occurred'])}: "
        f"the engagement was opened {dates.on(details['opened'])}.",
        "give a day not before that with --on",
    )


def _record_does_not_fit(details: Details, words: Words) -> Said:
    return Said(
        f"'{details['field']}' of {plain(details['event'])} can't be that: {details['problem']}.",
        "`turnaround lifecycle show` says which fields a record has",
    )


def _reason_needed(details: Details, words: Words) -> Said:
    why = {
        "answer-rating": "A council that refuses its rating says why.",
        "open-engagement": "A direct commission needs a reason.",
        "judge-pip": "A plan that is not acceptable needs its faults or a reason.",
        "ask-team-for-pip": "Asking a team to help write the plan needs a reason.",
        "invite-tenders": "A single tender needs a reason.",
        "award-contract": "An award to a firm that the panel did not prefer needs a reason.",
        "decide-change": "A change that is turned down needs a reason.",
        "record-next-step": "Another model or statutory intervention needs a reason.",
        "judge-workstream": "A workstream that succeeded less needs a reason.",
        "revoke-statutory-direction": "A revocation that does not rest on all three tests needs a reason.",
        "sign-partner-contract": "A contract with a firm that the panel did not prefer needs a reason.",
        "issue-directions": "Urgent directions need the reason why representations can't be waited for (section 15(12)).",
    }
    sentence = why.get(details["command"], f"{details['command']} needs a reason here.")
    return Said(sentence, "add reason=...")


def _obligation_not_open(details: Details, words: Words) -> Said:
    name = f"{details['obligation']} {details['number']}" if details.get("number") else details["obligation"]
    owed = open_ones(details["open"], words)
    return Said(f"Nothing called '{name}' is owed now.", f"what is owed is {owed}" if owed else "nothing is owed")


def _names_another_partys_lead(details: Details, words: Words) -> Said:
    may = [
        role
        for role in (words.lifecycle.who_may(details["command"]) if words.lifecycle else ())
        if role.partition(".")[0] in details["may"]
    ]
    return Said(
        f"{words.role(details['role'])} does not name the lead of the {details['party']}.",
        f"it is named by {words.roles(may)}" if may else f"it is named by the {any_of(details['may'])}",
    )


REFUSALS: Mapping[str, Template] = {
    "access-asked-already": simple("You asked for {engagement} already, or have access to it now."),
    "access-answered-already": simple(
        "Request {asked} was answered already, or is too old: it can be asked for again."
    ),
    "access-own-request": simple("Somebody else has to answer request {asked}, as it is your own."),
    "access-never-asked": simple("There is no request {asked}."),
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
    "only-derived": simple("{command} follows by itself: nobody gives it."),
    "no-such-engagement": simple(
        "There is no engagement {engagement}.", "`turnaround portfolio --all` lists those there are"
    ),
    "unknown-council": simple("There is no council {council}.", "give a GSS code such as E09000014"),
    "stale-version": simple(
        "It is at version {actual}, not {expected}: something was recorded since you looked.",
        "look at what is new with `turnaround timeline ID --since {expected}`, then try again",
    ),
    "model-not-for-service": simple("{model} is not for {service}.", "it is for {services}"),
    "record-does-not-fit": _record_does_not_fit,
    "assumption-outside-case-file": simple(
        "A stage is assumed only in a case file, where sources are silent.", "import one with `turnaround import`"
    ),
    "unknown-stage": simple("There is no stage '{stage}'.", "the stages are {stages}"),
    "obligation-not-open": _obligation_not_open,
    "stage-not-ahead": simple(
        "The stage {to} does not lie ahead of {stage}.", "only a later stage can be assumed; time does not run back"
    ),
    "nothing-to-correct": simple(
        "Version {version} is nothing that can be corrected or withdrawn.",
        "name what somebody recorded: `turnaround timeline ID` shows the versions",
    ),
    "correction-does-not-fit": simple(
        "The correction does not fit the event {event}, field {field}: {problem}.",
        "give the field a value that it could have been recorded with",
    ),
    "correction-changes-nothing": simple(
        "The correction says what version {version} says already.", "leave it out, or give what is right"
    ),
    "target-in-the-past": simple(
        "The target is for {by}, before the day on which it is set, {occurred}.",
        "mend by= or the date given with --on",
    ),
    "evidence-needed": simple("{command} needs the evidence.", "add evidence=..."),
    "dispute-does-not-fit": simple(
        "What the other source has does not fit the event {event}, field {field}: {problem}.",
        "give the field a value that it could have been recorded with",
    ),
    "version-out-of-order": simple("Number {given} is out of order: the next is {expected}.", "give {expected}"),
    "document-needed": simple(
        "{command} needs the reference of the authority's document, the paper that says so.", "add document=..."
    ),
    "awarded-already": simple(
        "The contract of this phase is awarded already.",
        "a change goes through the board (request-change); a new contract needs a further phase",
    ),
    "agreed-already": simple(
        "The {party} agreed to version {draft} already.",
        "agreement is given again only to a new version, or after a dispute",
    ),
    "no-such-bid": simple("There is no bid by {bidder}.", "bids are in from: {bidders}"),
    "not-a-role": simple(
        "People are named here by role, and not all of these are roles: {given}.",
        "write them as department.official,inspectorate.lead-inspector; on a panel also council.director/jo-b",
    ),
    "price-does-not-add-up": simple(
        "The price is {price:£}, and fixed and variable charges come to {charges:£}.",
        "mend price=, fixed_charges= or variable_charges=",
    ),
    "ends-before-it-starts": simple("It ends {ends:on}, before it starts {starts:on}.", "mend starts= or ends="),
    "named-twice": simple("The id '{id}' stands twice in {field}.", "give each its own"),
    "names-another-partys-lead": _names_another_partys_lead,
    "held-already": post(
        "{person} holds the post already: {post}.", "record what is new, such as another standing, or leave it out"
    ),
    "no-such-indicator": simple("There is no indicator {indicator}.", "those that are measured: {indicators}"),
    "step-not-stored": simple(
        "Line {line} (step {step}) was not stored with the import, or not by a trusted face.", "import the file again"
    ),
}
