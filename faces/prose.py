"""Why a command was refused, in sentences: who may, in which stage, what is missing.

Every rule of the domain and of the engine has its template here; a test looks for those that have none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from faces import dates, telling
from faces.words import Words, all_of, any_of, article, commands_giving, plain, pounds, thing

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


def warned(rule: str, details: Details, words: Words) -> Said:
    """A caution in words."""
    template = CAUTIONS.get(rule)
    try:
        return template(details, words) if template else Said(f"Worth a look: {rule}.")
    except KeyError:  # of another release, with other details
        return Said(f"Worth a look: {rule} ({_listed([f'{k}: {v}' for k, v in details.items()])}).")


def _who(command: str, words: Words, roles: Any = None) -> str:
    """`judge-pip as Chief Inspector (…) or …`."""
    may = list(roles) if roles is not None else list(words.lifecycle.who_may(command)) if words.lifecycle else []
    return f"{command} as {words.roles(may)}" if may else command


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
        f"record that with {any_of(_who(command, words) for command in first)}" if first else None,
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


def _unknown_model(details: Details, words: Words) -> Said:
    ref = details["model"] + (f"@{details['version']}" if details.get("version") else "")
    known = f"those that the office opens are {all_of(details['models'])}" if details["models"] else None
    return Said(f"No lifecycle {ref} is published.", known or "`turnaround lifecycle publish` publishes one")


def _unknown_trigger(details: Details, words: Words) -> Said:
    if not details["triggers"]:
        return Said(f"{details['model']} lists no triggers.", "leave trigger= out")
    said = f"'{details['trigger']}' is none of its triggers" if details["trigger"] else "it needs a trigger"
    return Said(f"{details['model']} can't be opened so: {said}.", f"give trigger={any_of(details['triggers'])}")


def _lifecycle_does_not_check(details: Details, words: Words) -> Said:
    first = f" {details['place']}: {details['problem']}." if details.get("problem") else ""
    return Said(
        f"The document has {dates.plural(details['count'], 'mistake')}.{first}",
        "`turnaround lifecycle check FILE` says all of them, each with its line",
    )


def _record_does_not_fit(details: Details, words: Words) -> Said:
    return Said(
        f"'{details['field']}' of {plain(details['event'])} can't be that: {details['problem']}.",
        "`turnaround lifecycle show` says which fields a record has",
    )


DATES = frozenset(
    {
        "by",
        "closes",
        "date",
        "ends",
        "inspection",
        "newest",
        "next",
        "occurred",
        "on",
        "opened",
        "sent",
        "since",
        "starts",
        "today",
        "until",
    }
)
"""Details that hold a date and nothing else. They are known by their names, so that nobody's own words are read as dates."""

VERBS = {"are": "is", "were": "was"}


@dataclass(frozen=True)
class _Detail:
    """A detail as a template puts it into a sentence.

    A date is written out and a service told without hyphens. What follows the colon in a template says how else:
    `{on:on}` is "on 3 May 2002" or "in May 2002", `{by:by}` is "by May 2002", `{price:£}` is "£1.00", `{kind:a}` is
    "an inspection", `{days:day}` is "1 day" or "2 days", and `{days:are}` is "is" or "are" with it.
    """

    name: str
    value: Any

    def __format__(self, how: str) -> str:
        text = _listed(self.value)
        match how:
            case "":
                return dates.printed(text) if self.name in DATES else self._told(text)
            case "on":
                return dates.on(text)
            case "by":
                return dates.by(text)
            case "£":
                return pounds(text)
            case "a":
                return article(plain(text))
            case "are" | "were":
                return VERBS[how] if text == "1" else how
        return dates.plural(text, how)

    def _told(self, text: str) -> str:
        return telling.service(text) if self.name == "service" else text


def _told(details: Details) -> dict[str, Any]:
    return {name: _Detail(name, value) for name, value in details.items()}


def _move_skips_gate(details: Details, words: Words) -> Said:
    missing = all_of([thing(name, words.lifecycle) for name in details["missing"]])
    why = f"still missing on the way there: {missing}" if missing else "no way of that lifecycle leads there"
    hint = "enter an earlier stage, or say with assume= why the gates before it are taken as met"
    return Said(f"{words.stage(details['stage'])} in {details['model']} can't be entered: {why}.", hint)


def _simple(sentence: str, hint: str | None = None) -> Callable[[Details, Words], Said]:
    """A template of named fields; text of people's own is put in as it is, never read as a template."""

    def template(details: Details, words: Words) -> Said:
        told = _told(details)
        return Said(sentence.format(**told), hint.format(**told) if hint else None)

    return template


def _scenario_does_not_fit(details: Details, words: Words) -> Said:
    stands = "acknowledges the challenge" if details["acknowledged"] else "does not acknowledge the challenge"
    return Said(
        f"The council {stands}, and the scenario '{details['scenario']}' is for one that does otherwise.",
        f"scenarios that fit are: {_listed(details['scenarios'])}",
    )


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def _award_incomplete(details: Details, words: Words) -> Said:
    missing = [str(name) for name in details["missing"]]
    return Said(
        f"An award names {all_of(missing)} too.",
        f"add {' '.join(f'{name}=...' for name in missing)}; only imported history may leave them out",
    )


def _incomplete(sentence: str) -> Callable[[Details, Words], Said]:
    """A template for a letter that leaves out what it has to name."""

    def template(details: Details, words: Words) -> Said:
        missing = [str(name) for name in details["missing"]]
        return Said(
            sentence.format(missing=all_of(missing)),
            f"add {' '.join(f'{name}=...' for name in missing)}; only imported history may leave them out",
        )

    return template


def _no_directions_in_force(details: Details, words: Words) -> Said:
    lapses = details["lapses"]
    last = f" (the last day of the last ones is {dates.printed(lapses)})" if lapses else ""
    return Said(
        f"{details['command']} needs directions in force, and {dates.on(details['occurred'])} none are{last}.",
        "what has lapsed is not renewed: new directions are kind=first, after announce-minded-to",
    )


def _not_in_post(details: Details, words: Words) -> Said:
    until = f" to {dates.printed(details['ends'])}" if details["ends"] else ""
    return Said(
        f"Whoever holds appointment {details['appointment']} is not in post {dates.on(details['occurred'])}: "
        f"it runs from {dates.printed(details['starts'])}{until}.",
        "name the appointment of one who is",
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


MORE_DAYS = "the board can approve more days (request-change, decide-change)"


def _more_days_than_contracted(details: Details, words: Words) -> Said:
    others = ", and {kept} {kept:are} the council's or given back"
    kept = details.get("kept", "0") != "0"  # a refusal of an older release does not say
    said = "{days:day} {days:are} too many: {used} of the {contracted} contracted {used:are} used"
    return _simple(f"{said}{others if kept else ''}.", MORE_DAYS)(details, words)


PARTS_OF_THE_PRICE = {"fixed": "fixed charges", "variable": "variable charges", "whole": "price"}


def _more_than_the_price(details: Details, words: Words) -> Said:
    part = PARTS_OF_THE_PRICE.get(details["part"], details["part"])
    return Said(
        f"{pounds(details['amount'])} is too much: "
        f"{pounds(details['paid'])} of the {part} of {pounds(details['agreed'])} is paid.",
        "pay no more than the rest; only an approved change can bring more",
    )


def _paid_over_price(details: Details, words: Words) -> Said:
    part = PARTS_OF_THE_PRICE.get(details["part"], details["part"])
    return Said(
        f"{pounds(details['paid'])} is paid, more than the {part} of {pounds(details['agreed'])} in the award.",
        "see what approved changes cost, or correct the payments",
    )


def _nothing_to_dispute(details: Details, words: Words) -> Said:
    if details["event"] is None:
        named = f"Version {details['version']} is nothing that can be disputed."
    else:
        named = f"There is no event '{details['event']}' here that can be disputed."
    return Said(named, "name what somebody recorded: `turnaround timeline ID` shows the events and their versions")


def _pid_incomplete(details: Details, words: Words) -> Said:
    missing = [str(name) for name in details["missing"]]
    return Said(
        f"The first project initiation document of a phase names {all_of(missing)} too.",
        f"add {' '.join(f'{name}=...' for name in missing)}; that of a further phase may be abridged=true",
    )


def _post(sentence: str, hint: str) -> Callable[[Details, Words], Said]:
    """A template about a post, which is told by its title."""

    def template(details: Details, words: Words) -> Said:
        told = {**_told(details), "post": words.role(details["post"])}
        return Said(sentence.format(**told), hint.format(**told))

    return template


def _open_ones(names: Sequence[str], words: Words) -> str:
    return any_of(f"{name} ({words.owed(name.partition(' ')[0])})" for name in names)


def _obligation_not_open(details: Details, words: Words) -> Said:
    name = f"{details['obligation']} {details['number']}" if details.get("number") else details["obligation"]
    owed = _open_ones(details["open"], words)
    return Said(f"Nothing called '{name}' is owed now.", f"what is owed is {owed}" if owed else "nothing is owed")


def _clock_not_pausable(details: Details, words: Words) -> Said:
    pausable = _open_ones(details["pausable"], words)
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' can't be paused in this model.",
        f"of what is owed, {pausable} can be" if pausable else "nothing that is owed now can be",
    )


def _clock_paused_already(details: Details, words: Words) -> Said:
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' is paused already, since {dates.printed(details['on'])}.",
        "let it go on with resume-clock",
    )


def _clock_not_paused(details: Details, words: Words) -> Said:
    paused = _open_ones(details["paused"], words)
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' is not paused.",
        f"what is paused is {paused}" if paused else "no clock is: pause one with pause-clock",
    )


def _clock_run_out(details: Details, words: Words) -> Said:
    return Said(
        f"'{words.owed(details['obligation'])}' was due {dates.on(details['on'])} and is late: pausing does not undo that.",
        "a clock is paused before its date",
    )


def _clock_out_of_order(details: Details, words: Words) -> Said:
    return Said(
        f"The clock of '{words.owed(details['obligation'])}' can't have stopped or gone on {dates.on(details['occurred'])}: "
        f"that is before {dates.printed(details['on'])}, when it last began, stopped or went on.",
        "give a day not before that with --on",
    )


def _step_refused(details: Details, words: Words) -> Said:
    inner = refused(details["rule"], details["details"], words)
    return Said(f"Line {details['line']} (step {details['step']}): {inner.sentence}", inner.hint)


def _no_such_rating(details: Details, words: Words) -> Said:
    which = f"in the round {details['round']}" if details["round"] else f"at version {details['rating']} of its record"
    return Said(f"The council has no rating {which} that still stands.", "see its ratings with `turnaround show`")


def _council_did_not_exist(details: Details, words: Words) -> Said:
    return Said(
        f"{details['council']} did not exist {dates.on(details['occurred'])}.",
        "name the council that was there that day, or mend the date",
    )


def _told_to_wait(details: Details, words: Words) -> Said:
    return Said(
        f"A team is not engaged yet: {words.role(details['role'])} said {dates.on(details['on'])} to wait for stable managers.",
        f"a later word lifts that, such as answer=go-ahead: {_who('answer-missing-management', words)}",
    )


def _authority_ended(details: Details, words: Words) -> Said:
    return Said(
        f"The cover or delegation {details['authority']} was ended {dates.on(details['on'])}.",
        "name one that is in force, or leave authority out where the minister in office decided",
    )


def _outside_authority(details: Details, words: Words) -> Said:
    until = f" to {dates.printed(details['ends'])}" if details["ends"] else ""
    return Said(
        f"The cover or delegation {details['authority']} runs from {dates.printed(details['starts'])}{until}, "
        f"and not {dates.on(details['occurred'])}.",
        "name one that is in force then, or give the day of the decision with --on",
    )


def _one_star_needed(details: Details, words: Words) -> Said:
    stars = details["stars"]
    rated = f"{telling.service(details['service'])} is {'not rated' if stars is None else f'rated {stars}'}"
    return Said(
        f"A preventive engagement is for a service with one star, and on that day {rated}.",
        "publish the rating first, or open it with kind=direct-commission and a reason",
    )


def _parties(details: Details) -> str:
    return all_of(f"the {name}" for name in details["missing"])


def _no_quorum(details: Details, words: Words) -> Said:
    return Said(
        f"Board {details['board']} ({dates.printed(details['on'])}) had no quorum, so it can't have decided: "
        f"nobody was there from {_parties(details)}.",
        f"hold a board with a quorum, extraordinary if need be, and give {details['command']} then",
    )


def _role_not_published(details: Details, words: Words) -> Said:
    near = get_close_matches(details["role"], details["roles"], n=3)
    return Said(
        f"No published lifecycle has a role '{details['role']}'.",
        f"did you mean {any_of(near)}?" if near else f"roles are {', '.join(details['roles'])}",
    )


def _role_held_already(details: Details, words: Words) -> Said:
    return Said(
        f"{details['person']} holds {words.role(details['role'])} there at that time already "
        f"(holding {details['holding']}).",
        "end that holding first, or give the role from a later day",
    )


def _under_hold(details: Details, words: Words) -> Said:
    of = details.get("subject") or details.get("engagement")
    return Said(
        f"What is kept of {of} is under legal hold {details['hold']}.",
        "the hold must be lifted before anything is erased",
    )


def _kept_still(details: Details, words: Words) -> Said:
    name, until = str(details["class"]).replace("-", " "), details["until"]
    if until is None:
        return Said(
            f"Values of the class {name} are kept for good.", "only a request or an error is a reason to erase one"
        )
    return Said(f"Values of the class {name} are kept until {dates.printed(until)}.", "erase them after that day")


def _role_ended_already(details: Details, words: Words) -> Said:
    return Said(
        f"Holding {details['holding']}, {words.role(details['role'])} of {details['person']}, is over by then.",
        "an end is only ever brought forward; for longer, give the role again",
    )


def _which_rating(details: Details, words: Words) -> Said:
    neither = details["round"] is None and details["rating"] is None
    return Said(
        f"{details['command']} needs to know which rating is meant."
        if neither
        else f"The rating is named twice, by round {details['round']} and by version {details['rating']}.",
        "give rating=, its version in `turnaround show`, or round=, and not both",
    )


def _fewer_than_listed(details: Details, words: Words) -> Said:
    what, listed = str(details["what"]), str(details["listed"])
    counted = dates.plural(details["counted"], what.removesuffix("s"))
    return Said(
        f"The plan is said to have {counted}, but {listed} {'is' if listed == '1' else 'are'} listed.",
        f"mend {what}_counted=, or leave it out",
    )


def _interest_declared(details: Details, words: Words) -> Said:
    scoring = details.get("command") == "score-bid"  # a refusal of an older release does not say
    return Said(
        f"{details['member']} has an interest in {details['bidder']} and does not judge its bid.",
        "let another member score it: the score of somebody with an interest does not count"
        if scoring
        else "name them in aside= when the panel sits",
    )


def _scores_do_not_match(details: Details, words: Words) -> Said:
    wrong = [
        f"{all_of(details[name])} {'is' if len(details[name]) == 1 else 'are'} {said}"
        for name, said in (("missing", "left out"), ("unknown", "not stated"))
        if details[name]
    ]
    return Said(
        f"Each stated criterion is scored once: {'; '.join(wrong)}.", "the criteria are those of the last invitation"
    )


def _which_member(details: Details, words: Words) -> Said:
    return Said(
        f"Who leaves the board as {words.role(details['role'])}? The person is not named.",
        f"add person=, which is {any_of(details['persons'])}",
    )


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


def _no_statutory_direction(details: Details, words: Words) -> Said:
    ended = f": the last one ended {dates.on(details['ended'])}" if details["ended"] else ""
    return Said(
        f"{details['command']} needs a direction in force, and none is{ended}.",
        "give one with give-statutory-direction",
    )


MISFITS = {
    "not-a-number": "it is no number",
    "other-sign": "it is printed with the sign of another unit",
    "below-nothing": "it is less than nothing",
    "above-a-hundred": "it is more than a hundred per cent",
    "not-whole": "it is no whole number",
    "not-pence": "it is no whole number of pence",
}
"""Why a value does not fit its unit."""


def _value_does_not_fit(details: Details, words: Words) -> Said:
    period = f" for {details['period']}" if details["period"] else ""
    why = MISFITS.get(details["why"], details["why"])
    return Said(
        f"Value {details['number']}, of {details['indicator']}{period}, does not fit: "
        f"{details['value']} is no value in the unit {details['unit']}, as {why}.",
        "mend the value; words such as 'New' in place of one are given as gap=, and not as value=",
    )


def _phase_not_next(details: Details, words: Words) -> Said:
    following = details["following"]
    return Said(
        f"The phase {details['phase']} is not the next one.",
        f"the next is {following}" if following else "the contract has no phase that is still to begin",
    )


TEMPLATES: Mapping[str, Callable[[Details, Words], Said]] = {
    # Access in an emergency
    "access-asked-already": _simple("You asked for {engagement} already, or have access to it now."),
    "access-answered-already": _simple(
        "Request {asked} was answered already, or is too old: it can be asked for again."
    ),
    "access-own-request": _simple("Somebody else has to answer request {asked}, as it is your own."),
    "access-never-asked": _simple("There is no request {asked}."),
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
    "which-rating": _which_rating,
    "compared-with-later": _simple(
        "The marks of a rating of {occurred} can't compare with {since}, which is later.",
        "mend moved_since=: it is when the judgements were those that the marks compare with",
    ),
    "open-already": _simple(
        "The engagement {engagement} is open in {service}.",
        "at most one is; it has to be over before another is opened",
    ),
    "no-model-enters": _simple(
        "No published model takes a {kind} engagement in {service}.",
        "a lifecycle says under `enters` at which stage one begins",
    ),
    "one-star-needed": _one_star_needed,
    "kind-or-model": _simple(
        "{command} needs either a kind or a model.",
        "give kind=preventive or kind=direct-commission; or model= with its version= and trigger=",
    ),
    "unknown-model": _unknown_model,
    "model-not-opened": _simple(
        "{model} is not opened by the office: ratings start it.", "see `turnaround lifecycle list` for those that are"
    ),
    "model-not-published": _simple(
        "No lifecycle {model} is published.", "`turnaround lifecycle list` shows what is; `publish` publishes one"
    ),
    "move-not-ahead": _simple(
        "{model} is no newer version: the engagement is held to {now}.", "name a later version, or another model"
    ),
    "move-confidential": _simple(
        "Of {now} and {model} one is confidential and the other is not.", "stop this one, and open another"
    ),
    "move-loses-obligation": _simple(
        "What is owed would be lost: {lost}.", "map each to an obligation of the new stage, or let it go with a reason"
    ),
    "move-to-nothing-owed": _simple(
        "'{obligation}' can't be carried over to '{to}': nothing of that name is owed in {stage}.",
        "owed there: {owed}; or let it go with a reason",
    ),
    "move-clock-stands": _simple(
        "The clock of '{obligation}' stands, and that of '{to}' can't be paused.", "resume it first, or let it go"
    ),
    "move-post-not-held": _simple("Nobody is recorded to hold the post {post}.", "held are {held}"),
    "move-deliverable-not-open": _simple("'{deliverable}' is no deliverable that is still open.", "open are {open}"),
    "move-loses-deliverable": _simple(
        "Deliverables would be lost: {lost}.", "say under which name each is worked on, or let it go with a reason"
    ),
    "move-skips-gate": _move_skips_gate,
    "model-not-for-service": _simple("{model} is not for {service}.", "it is for {services}"),
    "unknown-trigger": _unknown_trigger,
    "record-does-not-fit": _record_does_not_fit,
    "lifecycle-does-not-check": _lifecycle_does_not_check,
    "lifecycle-published-otherwise": _simple(
        "{lifecycle} is published already, with other content, and a published version is never changed.",
        "publish it as version {next}",
    ),
    "lifecycle-version-skips": _simple("{lifecycle} can't come next.", "its next version is {next}"),
    "rating-taken": _simple(
        "{lifecycle} starts on a rating of {stars} in {services} already: no rating opens two engagements.",
        "leave out of `starts` what it starts on",
    ),
    "no-such-result": _simple("'{result}' is no result of this assessment.", "its results are {results}"),
    "only-wider-is-capped": _simple(
        "No cap holds for {kind:a}, so that it has no uncapped result.", "only {wider:a} has one; leave uncapped= out"
    ),
    "uncapped-not-better": _simple(
        "A capped result is {cap}, and without the cap it would have been better: {result} and {uncapped} do not fit.",
        "give result={cap} and a better uncapped=, or leave uncapped= out",
    ),
    "capped-at-weak": _simple(
        "The result can't be {result}: {service} has no stars, which caps it at {cap}.",
        "record result={cap} uncapped={result}",
    ),
    # The course of an engagement
    "assumption-outside-case-file": _simple(
        "A stage is assumed only in a case file, where sources are silent.", "import one with `turnaround import`"
    ),
    "unknown-stage": _simple("There is no stage '{stage}'.", "the stages are {stages}"),
    "obligation-not-open": _obligation_not_open,
    "obligation-several-open": _simple(
        "Several of '{obligation}' are owed: {numbers}.", "say which with its number, such as number=2"
    ),
    "clock-not-pausable": _clock_not_pausable,
    "clock-paused-already": _clock_paused_already,
    "clock-not-paused": _clock_not_paused,
    "clock-run-out": _clock_run_out,
    "clock-out-of-order": _clock_out_of_order,
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
    # Special measures
    "next-meeting-before": _simple(
        "The next meeting is set for {next}, before this one {occurred:on}.", "mend next= or the date given with --on"
    ),
    "target-in-the-past": _simple(
        "The target is for {by}, before the day on which it is set, {occurred}.",
        "mend by= or the date given with --on",
    ),
    "no-such-target": _simple("There is no target {target}.", "targets so far: {targets}; set-target sets one"),
    "not-what-was-expected": _simple(
        "Target {target} is not met by {shown}: {expected} was expected.",
        "say partly or not-met, or mend shown=",
    ),
    "evidence-needed": _simple("{command} needs the evidence.", "add evidence=..."),
    "body-recorded-already": _simple(
        "The id '{body}' is taken by a body of the council's own.",
        "give this one an id of its own; taken are: {bodies}",
    ),
    "no-such-body": _simple(
        "The council has no body '{body}' of its own.", "recorded so far: {bodies}; record-own-body records one"
    ),
    "body-ended-already": _simple("The body '{body}' ended already: {on}.", "correct that date if it is wrong"),
    "safe-comes-first": _simple(
        "Improvement is judged sustainable only where services were judged safe before.",
        "judge-leaving side=safe met=true comes first",
    ),
    # Disputed facts
    "nothing-to-dispute": _nothing_to_dispute,
    "not-disputable": _simple(
        "This can't be disputed, as engagements were opened or told by it: {fields} of {event}.",
        "withdraw the rating and publish the right one",
    ),
    "dispute-does-not-fit": _simple(
        "What the other source has does not fit the event {event}, field {field}: {problem}.",
        "give the field a value that it could have been recorded with",
    ),
    "dispute-changes-nothing": _simple(
        "The other source has what version {version} ({event}) says already.",
        "name the fields in which it differs with changes=, or its date with occurred=",
    ),
    "no-such-dispute": _simple(
        "There is no dispute {dispute}.", "disputes so far: {disputes}; dispute-fact raises one"
    ),
    "disputed-event-withdrawn": _simple(
        "Dispute {dispute} is about an event that was withdrawn ({event}).", "there is nothing left to choose"
    ),
    "chosen-already": _simple(
        "In dispute {dispute} the {use} value was chosen already.", "only the other side can be chosen now"
    ),
    # Plan, decision, scope
    "version-out-of-order": _simple("Number {given} is out of order: the next is {expected}.", "give {expected}"),
    "judged-already": _simple(
        "Plan {plan} was judged already: {verdict}.", "a new version of the plan has to be received before it is judged"
    ),
    "plan-acceptable": _simple(
        "Plan {plan} was judged acceptable, so no team is asked to help write it.",
        "a team is asked before a plan is acceptable, or when a newer one is not",
    ),
    "no-such-plan": _simple("There is no plan {plan}.", "versions received so far: {plans}"),
    "fewer-than-listed": _fewer_than_listed,
    "document-needed": _simple(
        "{command} needs the reference of the authority's document, the paper that says so.", "add document=..."
    ),
    "evidence-missing": _simple(
        "There is no evidence for: {missing}.", "give each its evidence; only imported history may leave it out"
    ),
    "not-of-phase": _simple(
        "{activity} is no activity of the intervention phase {phase}.", "those of {phase} are: {activities}"
    ),
    "told-to-wait": _told_to_wait,
    "no-such-authority": _simple(
        "There is no cover or delegation {authority}.", "those recorded: {authorities}; record-authority adds one"
    ),
    "authority-ended": _authority_ended,
    "outside-authority": _outside_authority,
    "awarded-already": _simple(
        "The contract of this phase is awarded already.",
        "a change goes through the board (request-change); a new contract needs a further phase",
    ),
    "agreed-already": _simple(
        "The {party} agreed to version {draft} already.",
        "agreement is given again only to a new version, or after a dispute",
    ),
    "scope-incomplete": _simple(
        "The draft leaves out {missing}.",
        "say where the failure lies and, for each area of concern, its action, priority and outcome",
    ),
    "diagnosis-incomplete": _simple(
        "A decision on further diagnosis says {missing} too.", "only imported history may leave them out"
    ),
    "method-without-diagnosis": _simple(
        "No further diagnosis is needed, so that it has no method: {method}.", "leave method= out, or give needed=true"
    ),
    "newer-than-the-decision": _simple(
        "The newest of what is known is from {newest}, after the decision {occurred:on}.", "mend newest= or --on"
    ),
    "no-such-comment": _simple("There is no comment {comment} on the scope.", "comments so far: {comments}"),
    "comment-answered-already": _simple(
        "Comment {comment} was answered already.", "correct that answer with correct-event if it is wrong"
    ),
    # Tender and award
    "bid-already": _simple("{bidder} has a bid in already.", "correct that one with correct-event if it is wrong"),
    "no-such-bid": _simple("There is no bid by {bidder}.", "bids are in from: {bidders}"),
    "not-a-role": _simple(
        "People are named here by role, and not all of these are roles: {given}.",
        "write them as department.official,inspectorate.lead-inspector; on a panel also council.director/jo-b",
    ),
    "framework-needed": _simple(
        "A tender on the route {route} names its framework contract.", "add framework=, the contract's reference"
    ),
    "closes-too-early": _simple(
        "Bids can't close {closes:on}: they are invited {occurred:on}.", "mend closes= or the date given with --on"
    ),
    "bid-too-late": _simple(
        "The bid of {bidder} came {occurred:on}, and bids closed {closes:on}.",
        "a late bid is not taken; inviting again (invite-tenders) sets another date",
    ),
    "no-such-person": _simple("{bidder} puts forward nobody with the id '{person}'.", "its people are: {people}"),
    "taken-off-already": _simple("'{person}' was taken off the bid of {bidder} already."),
    "speaks-for-another": _simple(
        "{role} does not declare or score for {member}.",
        "members do so themselves, or the department records it for them",
    ),
    "interest-declared": _interest_declared,
    "scored-already": _simple(
        "{member} scored the bid of {bidder} already.", "correct those scores with correct-event if they are wrong"
    ),
    "scores-do-not-match": _scores_do_not_match,
    "not-on-the-panel": _simple("Not on the panel, so not aside either: {given}.", "its members are: {members}"),
    "individual-taken-off": _simple(
        "'{person}' was taken off the bid of {bidder} at the council's request.", "award without them"
    ),
    "days-do-not-add-up": _simple(
        "The days are {days}, and the consultants' days come to {allocated}.", "mend days= or consultants="
    ),
    "price-does-not-add-up": _simple(
        "The price is {price:£}, and fixed and variable charges come to {charges:£}.",
        "mend price=, fixed_charges= or variable_charges=",
    ),
    "award-incomplete": _award_incomplete,
    "ends-before-it-starts": _simple("It ends {ends:on}, before it starts {starts:on}.", "mend starts= or ends="),
    "ends-before-the-award": _simple(
        "It ends {ends:on}, before it was awarded {occurred:on}.", "mend ends= or the date given with --on"
    ),
    # Project and board
    "named-twice": _simple("The id '{id}' stands twice in {field}.", "give each its own"),
    "pid-incomplete": _pid_incomplete,
    "not-a-milestone": _simple("'{milestone}' is no milestone of the PID.", "its milestones are: {milestones}"),
    "no-such-workstream": _simple(
        "'{workstream}' is no workstream of this phase.", "its workstreams are: {workstreams}; the board can add one"
    ),
    "abridged-too-soon": _simple(
        "Only the project initiation document of a further phase is abridged, and this is the first phase.",
        "leave abridged out, and give the whole",
    ),
    "reached-already": _simple(
        "The milestone '{milestone}' was reached already: {on}.", "correct that date if it is wrong"
    ),
    "product-already": _simple(
        "The product '{product}' is recorded already.", "give another an id of its own; taken are: {products}"
    ),
    # People
    "names-another-partys-lead": _names_another_partys_lead,
    "part-held-twice": _simple(
        "The core team has one {part}, and more are named.", "give the others the part of consultant or expert"
    ),
    "held-already": _post(
        "{person} holds the post already: {post}.", "record what is new, such as another standing, or leave it out"
    ),
    "left-already": _post("The holder of the post left already {on:on}: {post}.", "correct that date if it is wrong"),
    "not-the-holder": _post(
        "{person} is not known to have held the post: {post}.", "those who did: {holders}; record-post-holder adds one"
    ),
    "not-an-inspector": _post(
        "Only an inspector is linked to other councils, and this is another post: {post}.", "leave linked out"
    ),
    "own-council": _simple(
        "{council} is the council of this engagement.", "linked= lists the other zero-star councils only"
    ),
    "not-promised": _simple("'{deliverable}' is no deliverable of the latest PID.", "it promises: {promised}"),
    "not-submitted": _simple("'{deliverable}' has not been handed in.", "submit-deliverable comes first"),
    "accepted-already": _simple("'{deliverable}' was accepted already.", "nothing more needs to be done for it"),
    "board-held-already": _simple("Board {board} has met already.", "set a date for the next one"),
    "board-cancelled-already": _simple(
        "Board {board} was called off ({on}).", "a board that is to meet after all has the next number"
    ),
    "time-without-a-day": _simple(
        "Board {board} has a time and no day to meet on: {date}.", "give date= one day, or leave time= out"
    ),
    "duration-without-a-time": _simple(
        "It is not said when board {board} begins.", "add time=, or leave duration= out"
    ),
    "board-not-held": _simple("Board {board} has not met.", "hold-board comes first"),
    "no-such-board": _simple("Board {board} has no date.", "boards with a date: {boards}; schedule-board sets one"),
    "observer-in-the-chair": _simple(
        "Who observes the board does not chair it: {role}.", "leave out chair= or observer="
    ),
    "board-in-the-past": _simple(
        "Board {board} is set for {date}, before the day on which it is set, {occurred}.",
        "mend date= or the date given with --on",
    ),
    "appointed-already": _simple(
        "{member} is on the board already ({on}).", "end-membership comes first where the standing or the chair changes"
    ),
    "member-incomplete": _simple(
        "A member of the board has these too: {missing}.", "add them; only imported history may leave them out"
    ),
    "no-such-member": _simple("{member} is not on the board.", "its members are: {members}"),
    "which-member": _which_member,
    "agreement-unsaid": _simple(
        "A report goes out agreed with the council or not, and that has to be said.",
        "add agreed_with_council=true or agreed_with_council=false",
    ),
    "attendance-needed": _simple(
        "{command} needs to know who attended.", "add attended=inspectorate.lead-inspector,council.director,..."
    ),
    "fewer-than-named": _simple(
        "{present} {present:were} present, it says, but {named} {named:are} named.",
        "mend present= or attended=, or leave present= out",
    ),
    "no-quorum": _no_quorum,
    "action-known": _simple(
        "There is an action '{action}' of board {board} already.", "give this one an id of its own"
    ),
    "action-without-date": _simple(
        "An action says by when it is owed, and these do not: {actions}.",
        'add "by" to each; only imported history may leave it out',
    ),
    "action-due-before-board": _simple(
        "The action '{action}' is due {by:by}, before the board that wants it met ({on}).", "mend its date"
    ),
    "no-such-action": _simple("There is no action '{action}'.", "actions so far: {actions}"),
    "action-closed-already": _simple(
        "The action '{action}' was closed already ({on}).", "nothing more needs to be done for it"
    ),
    "one-party-only": _simple(
        "Contact between leads is between parties, and this was within one: {parties}.", "name a role of another party"
    ),
    "workstream-known": _simple(
        "'{workstream}' is a workstream of this work already.", "those there are: {known}; give a new one its own id"
    ),
    "stalled-already": _simple(
        "The work is recorded as stalled already ({on}).", "record-resumption says that it goes on"
    ),
    "not-stalled": _simple(
        "The work is not recorded as stalled, so {command} has nothing to end.", "record-stall comes first"
    ),
    "no-such-change": _simple("There is no request for change {change}.", "requests so far: {changes}"),
    "decided-already": _simple("Change {change} was decided already.", "a new request can be made"),
    # Days and final days
    "more-days-than-contracted": _more_days_than_contracted,
    "more-days-than-allocated": _simple(
        "{days:day} {days:are} too many: "
        "{consultant} has used {used} of the {allocated} allocated and the {added} added since.",
        MORE_DAYS,
    ),
    "no-such-consultant": _simple("The contract names no consultant '{consultant}'.", "it names: {consultants}"),
    "consultant-needed": _simple(
        "{command} needs the consultant whose days they are.", "add consultant=...; the contract names: {consultants}"
    ),
    "no-such-claim": _simple("There is no claim {claim}.", "claims so far: {claims}"),
    "claim-signed-off-already": _simple("Claim {claim} is signed off already.", "leave it out"),
    "claims-do-not-add-up": _simple(
        "{days:day} {days:are} to be signed off, and the claims named come to {claimed}.",
        "give days={claimed}, or mend claims=",
    ),
    "own-claim": _simple(
        "Nobody signs off a claim of their own, and {claims} would be.",
        "name the claims of others with claims=..., or let somebody else sign these off",
    ),
    "invoice-paid-already": _simple("Invoice {invoice} is paid already ({on}).", "give this payment's own invoice"),
    "days-needed": _simple("{command} needs the days that a variable charge is for.", "add days=..."),
    "fixed-charge-with-days": _simple(
        "A fixed charge is for no days, and {days} {days:are} given.", "leave days= out, or say kind=variable"
    ),
    "more-days-than-signed-off": _simple(
        "{days:day} {days:are} too many: {signed_off} {signed_off:are} signed off and {paid} of those {paid:are} paid.",
        "sign-off-days by the lead inspector comes first",
    ),
    "more-than-days-are-worth": _simple(
        "{amount:£} is too much: the days signed off come to {worth:£} at their rates, and {paid:£} of that is paid.",
        "pay no more than the rest",
    ),
    "more-than-the-price": _more_than_the_price,
    "more-days-than-used": _simple(
        "{days:day} {days:are} too many: {used} {used:were} used and {signed_off} of those {signed_off:are} signed off.",
        "sign off no more than were used",
    ),
    "more-days-than-left": _simple(
        "{days:day} {days:are} too many: {left} of the council's {left:are} left.", "give at most {left}"
    ),
    "piece-does-not-fit": _simple(
        "{days:day} {days:are} too many: the council has {left} left, and open pieces of work are to have {held} of them.",
        "finish one with finish-piece, or commission less",
    ),
    "no-such-piece": _simple("The council has commissioned no piece '{piece}'.", "commissioned so far: {pieces}"),
    "piece-finished-already": _simple("The piece '{piece}' is finished already ({on}).", "commission another"),
    "main-work-ended-already": _simple(
        "The main work is over already ({on}).", "correct that with correct-event if it is wrong"
    ),
    "until-before-it-ends": _simple(
        "The tasks are to end {until:by}, before the main work {occurred:on}.",
        "mend until= or the date given with --on",
    ),
    "no-such-task": _simple("No task '{task}' went on after the main work.", "these did: {tasks}"),
    "task-ended-already": _simple("The task '{task}' ended already ({on}).", "correct that date if it is wrong"),
    "lead-passed-already": _simple("The lead has passed to the council already.", "use or release the council's days"),
    # Exit
    "signed-off-already": _simple("The exit is signed off already."),
    "met-and-unmet": _simple("{given} can't be both met and not met.", "name each in met= or in unmet="),
    "never-promised": _simple(
        "{given} was promised neither by the contract nor by the latest PID.", "promised are: {promised}"
    ),
    "inspection-comes-first": _simple(
        "An exit is tied to an inspection that has been: {inspection} is after {occurred}.",
        "mend inspection_on= or the date given with --on",
    ),
    "unmet-not-named": _simple(
        "The sign-off does not name what was evaluated as not met: {missing}.", "name all of it in unmet_outcomes="
    ),
    "still-in-special-measures": _simple(
        "The council is still on special measures.", "they end by themselves when a rating gives it a star"
    ),
    # The directory of people
    "registered-already": _simple(
        "The id {person} is somebody's already, or was.", "ids are never used again: choose another"
    ),
    "not-registered": _simple(
        "There is nobody '{person}' in the directory.",
        "`turnaround people` lists them; `turnaround people add` adds one",
    ),
    "contact-unchanged": _simple("Nothing new is given of {person}.", "give a name, an address or an organisation"),
    "nothing-to-remove": _simple(
        "{person} has no {address} to take away, or is given a new one.", "leave the removal out"
    ),
    "role-not-published": _role_not_published,
    "two-scopes": _simple(
        "A role is held in a council or in one engagement, and both are given: {council} and {engagement}.",
        "leave one of them out",
    ),
    "role-held-already": _role_held_already,
    "no-such-holding": _simple("There is no holding {holding}.", "`turnaround people` shows their numbers"),
    "role-ended-already": _role_ended_already,
    "token-known": _simple("A feed of {person} has this token already.", "every feed has a token of its own"),
    "no-such-feed": _simple("{person} has no feed {feed}.", "their feeds: {feeds}"),
    "feed-revoked-already": _simple(
        "Feed {feed} of {person} was revoked already ({on}).", "nothing more needs to be done"
    ),
    "name-one": _simple("It is not clear what is meant.", "name exactly one of: {of}"),
    "nobody-of-that-id": _simple(
        "Nothing is kept of anybody with the id {subject}.", "`turnaround people` lists who is known"
    ),
    "no-such-hold": _simple("There is no legal hold {hold}.", "`turnaround privacy holds` lists them"),
    "hold-lifted-already": _simple("Legal hold {hold} was lifted before.", "nothing more needs to be done"),
    "under-hold": _under_hold,
    "classes-of-an-engagement": _simple(
        "Classes of values are named with an engagement, and only then.", "name both, or neither"
    ),
    "retention-of-an-engagement": _simple(
        "What its time is over for is erased engagement by engagement.", "name the engagement"
    ),
    "engagement-still-open": _simple(
        "{engagement} is still open.", "what is kept of an engagement counts from the day it closed"
    ),
    "kept-still": _kept_still,
    "nothing-to-erase": _simple("There is nothing there to erase.", "it was erased before, or never was"),
    "own-cover": _simple("{person} can't stand in for themselves.", "name somebody else, or leave the cover out"),
    "away-already": _simple(
        "{person} is recorded as away at that time (absence {absence}).", "end that absence first, then record this one"
    ),
    "no-such-absence": _simple("There is no absence {absence}.", "`turnaround people` shows who is away"),
    "back-already": _simple("Absence {absence} of {person} is over by then.", "nothing more needs to be done"),
    "no-address": _simple(
        "{person} has no address for the channel {channel}.", "give one first with `turnaround people contact`"
    ),
    "webhook-gone": _simple(
        "The webhook of {person} answered that it is gone, and is off.",
        "give its address again with `turnaround people contact`, and its new secret to whoever runs it",
    ),
    "nothing-preferred": _simple(
        "Nothing is said of how {person} wants to be told.", "name a channel, or give --digest or --at-once"
    ),
    "preference-of-another": _simple(
        "Only {person} or the programme office says how {person} is told.",
        "say who gives it with --by, or let the office give it",
    ),
    # Statutory direction with a strategic partner
    "statutory-direction-in-force": _simple(
        "Direction {direction} is in force.", "replace-statutory-direction gives another in its place the same day"
    ),
    "statutory-direction-incomplete": _incomplete("A direction names {missing} too."),
    "no-statutory-direction-in-force": _no_statutory_direction,
    "question-without-words": _simple(
        "A question that is none of {known} says what it asks: {questions}.", "give each a text"
    ),
    "never-asked": _simple("That was never asked: {given}.", "the questions that stand: {questions}"),
    "questions-unanswered": _simple(
        "The chair's report answers every question that was set, and leaves out {missing}.", "answer each of them"
    ),
    "partner-contract-incomplete": _incomplete("A contract with the partner names {missing} too."),
    "contract-years-with-a-gap": _simple(
        "Contract years count from 1 without a gap: the fees are for {given}, and not for {wanted}.",
        "give each year one fee, in order",
    ),
    "no-such-partner-contract": _simple("There is no contract {contract}.", "contracts: {contracts}"),
    "partner-contract-over": _simple("Contract {contract} ended {on:on}.", "sign another one"),
    "next-review-before": _simple(
        "The next review can't be {next:on}, before this one, {occurred:on}.", "mend next=, or the date"
    ),
    "contract-not-expired": _simple(
        "The contract runs to {ends}, so it did not expire {occurred:on}.",
        "say how it ended otherwise: how=terms-satisfied, tapered or terminated",
    ),
    "contract-not-extended": _simple(
        "Contract {contract} runs to {ends} already; an extension carries it further, and this one would end {given:on}.",
        "give a later ends=",
    ),
    "ground-needed": _simple(
        "An amendment of contract {contract} says its ground.",
        "add ground=, which is not-working, blockage, resources, objectives or stakeholder",
    ),
    "work-already": _simple("Contract {contract} has the work {work} already.", "give the new work another id"),
    "work-not-in-contract": _simple(
        "Contract {contract} has no work called {work}.", "its work: {known}; amend-partner-contract adds to it"
    ),
    "charged-otherwise": _simple(
        "Invoice {invoice} charges {work} as {charge}, and the contract has it as {agreed}.",
        "correct the line, or amend the contract",
    ),
    "no-such-contract-year": _simple(
        "Contract {contract} has no fee for year {year}.", "its years: {years}; extend-partner-contract adds to them"
    ),
    "beyond-the-charge": _simple(
        "{amount:£} is too much: of the {charge} charge of {agreed:£} for year {year}, {invoiced:£} is invoiced.",
        "invoice no more than the rest; what is disputed counts until it is settled",
    ),
    "invoice-already": _simple("There is an invoice {invoice} already.", "give this one its own id"),
    "no-such-invoice": _simple("There is no invoice {invoice}.", "invoices: {invoices}"),
    "invoice-standing": _simple(
        "Invoice {invoice} is {standing}.", "one that was received may be disputed once, and what is disputed settled"
    ),
    "not-on-the-invoice": _simple("Invoice {invoice} has no line for {work}.", "its lines: {lines}"),
    # Indicators
    "indicator-already": _simple(
        "There is an indicator {indicator} already.",
        "what is measured otherwise is another indicator: give it another id",
    ),
    "no-such-indicator": _simple("There is no indicator {indicator}.", "those that are measured: {indicators}"),
    "indicator-dropped": _simple(
        "The indicator {indicator} is no longer measured.", "define another one in its place with define-indicators"
    ),
    "value-does-not-fit": _value_does_not_fit,
    "period-not-begun": _simple(
        "The period {period} had not begun {occurred:on}, so it has no values.", "mend period=, or the date"
    ),
    "indicator-recorded-already": _simple(
        "{indicator} has a value for {period} already ({of}): {value}.", "correct it with correct-event"
    ),
    # Participation
    "asked-at-that-point": _simple(
        "The questions on {set} were asked at the point '{point}' already: asking {asking}.",
        "name another point with point=",
    ),
    "answers-before-questions": _simple(
        "Answers can't be due {by:on}: the questions are asked {on:on}.", "mend by= or the date given with --on"
    ),
    "not-asked": _simple(
        "Nobody was asked {question} yet.", "ask its set with ask-questions; askings of it are: {askings}"
    ),
    "no-such-asking": _simple("There is no asking {asking}.", "askings are: {askings}"),
    "group-not-asked": _simple("{group} was not asked in asking {asking}.", "those asked are: {of}"),
    "answered-already": _simple(
        "{group} answered {question} in asking {asking} already.", "correct it with correct-event, or ask again later"
    ),
    "nothing-answered": _simple(
        "Nobody has answered asking {asking} yet, so that nothing came of it to tell.",
        "record answers with answer-question",
    ),
    "no-such-resistance": _simple("No resistance {resistance} was heard.", "heard were: {heard}"),
    # Sector-led help
    "scenario-does-not-fit": _scenario_does_not_fit,
    "helpers-needed": _simple(
        "Support for the scenario {scenario} names who helps.", "give helpers=; the source names {named}"
    ),
    "helper-not-named": _simple(
        "The source does not name {helpers} for the scenario {scenario}.",
        "choose among {named}, or give a reason with reason=",
    ),
    # Best value intervention
    "no-such-expectation": _simple(
        "The notice asks nothing called '{expectation}'.",
        "it asks {expectations}; leave expectation= out for evidence on the notice as a whole",
    ),
    "reissue-not-longer": _simple(
        "Notice {notice} runs until {until} already; a reissue carries it further, and this one would end {given:on}.",
        "give a later until=, or correct the notice in force",
    ),
    "notice-concluded-already": _simple(
        "What becomes of notice {notice} was said already {on:on}.", "a new notice can be issued"
    ),
    "notice-lapsed": _simple(
        "Notice {notice} lapsed at the end of {until}, so it can't be ended early.", "give outcome=not-reissued"
    ),
    "minded-to-incomplete": _incomplete("A letter that says what ministers are minded to do names {missing} too."),
    "representations-before-the-letter": _simple(
        "Representations can't be due {by:by}: the letter is of {occurred}.", "mend representations_by="
    ),
    "representations-considered-already": _simple(
        "The representations on proposal {proposal} were considered already {on:on}.", "nothing more needs to be done"
    ),
    "count-needed": _simple(
        "How many representations there were is published.", "give count=, 0 where there were none"
    ),
    "representations-left-out": _simple(
        "Proposal {proposal} has had more representations ({received}) than were considered ({count}).",
        "consider all that came, and give count=",
    ),
    "more-against-than-made": _simple(
        "More were against it ({against}) than there were representations ({count}).", "mend count= or against="
    ),
    "no-such-proposal": _simple(
        "There is no proposal {proposal}.", "proposals so far: {proposals}; announce-minded-to makes one"
    ),
    "proposal-dropped": _simple(
        "Proposal {proposal} was dropped {on:on}.", "announce-minded-to says anew what ministers are minded to do"
    ),
    "proposal-used": _simple(
        "Ministers have acted on proposal {proposal} already.", "announce-minded-to says what they are minded to do now"
    ),
    "minded-to-needed": _simple(
        "{command} needs a letter first that says what ministers are minded to do, so that the council can answer.",
        "record it with announce-minded-to; urgent directions need none: urgent=true reason=... (section 15)",
    ),
    "representations-open": _simple(
        "Representations on proposal {proposal} may be made until 11:59pm {by:on}.",
        "wait until that day is over; urgent directions need no representations: urgent=true reason=...",
    ),
    "representations-not-considered": _simple(
        "The representations on proposal {proposal} have not been considered.",
        "consider-representations says how many there were, none included",
    ),
    "directions-incomplete": _incomplete("Directions name {missing} too."),
    "directions-in-force": _simple(
        "Directions are in force already: {directions}.", "say how these change them: kind=expansion, extension, ..."
    ),
    "directions-not-in-force": _simple(
        "Directions {directions} are not in force on that day, so nothing revokes them.", "in force are {in_force}"
    ),
    "no-directions-in-force": _no_directions_in_force,
    "extension-not-longer": _simple(
        "The directions in force last until {until}; an extension goes further, and this one would end {given:on}.",
        "mend until=, or give another kind=",
    ),
    "function-not-held": _simple(
        "No directions in force on {occurred} hold the function '{function}'.",
        "the functions held on that day are: {functions}; all else stays with the council",
    ),
    "appointment-incomplete": _incomplete("A letter of appointment names {missing} too."),
    "no-such-appointment": _simple(
        "There is no appointment {appointment}.", "appointments so far: {appointments}; appoint-commissioner makes one"
    ),
    "appointment-ended-already": _simple(
        "Appointment {appointment} ended already {on:on}.", "correct that date if it is wrong"
    ),
    "not-in-post": _not_in_post,
    "no-powers-in-letter": _simple(
        "The letter of appointment {appointment} ({post}) gives no reserved powers.",
        "name the appointment of one whose letter does",
    ),
    "power-of-another": _simple(
        "Appointment {appointment} is not that of {person}.",
        "name their own appointment, or whoever decided, with --by",
    ),
    "next-report-before": _simple(
        "This report came {occurred:on}, and the next can't be due earlier: not {next}.", "give a later date with next="
    ),
    "no-such-report": _simple(
        "There is no report {report}.", "reports so far: {reports}; receive-progress-report records one"
    ),
    "report-not-replied-to": _simple(
        "The minister has not replied to report {report}, so {command} is too early.",
        "reply-to-progress-report comes first",
    ),
    "report-replied-to-already": _simple(
        "Report {report} was replied to already {on:on}.", "correct that reply if it is wrong"
    ),
    "report-decided-already": _simple(
        "What follows report {report} was decided already {on:on}.", "the next report brings the next decision"
    ),
    # Franchise
    "franchise-agreed-already": _simple(
        "The two councils agreed on the franchise already.", "change-franchise changes the contract"
    ),
    "own-partner": _simple("The partner is the council itself ({council}).", "give the GSS code of the other council"),
    "franchise-incomplete": _incomplete("The contract of a franchise names {missing} too."),
    "franchise-change-empty": _simple(
        "Nothing in the contract would change.", "say what does: value=, ends=, phases= ..."
    ),
    "grants-beyond-value": _simple(
        "The grants come to {grants:£}, more than the value of {value:£}.", "mend value= or grants="
    ),
    "funding-does-not-add-up": _simple(
        "Grants of {grants:£} and the council's own {own_share:£} do not come to the value of {value:£}.",
        "mend own_share=, grants= or value=",
    ),
    "phases-out-of-order": _simple("The phases stand out of order: {phases}.", "their order is {order}"),
    "phase-does-not-follow": _simple(
        "The phase {phase} begins {begins:on}, and {before} ends {ends:on}: between phases lies no gap and no overlap.",
        "it begins {wanted:on}, or in that month",
    ),
    "phases-not-the-term": _simple(
        "The contract {what} {term:on} and its phases {phases:on}: they are to be the same.",
        "mend phases=, starts= or ends=",
    ),
    "phase-not-next": _phase_not_next,
    "phase-begins-otherwise": _simple(
        "The phase {phase} begins {begins:on} by the contract, and not {occurred:on}.",
        "give the day on which it began with --on; where it was moved, change-franchise says so first",
    ),
    "phase-begun-otherwise": _simple(
        "The phase {phase} has begun ({on}): a change of the contract leaves its beginning as it is.", "mend phases="
    ),
    "value-below-charges": _simple(
        "{charged:£} has been claimed already, more than a value of {value:£}.", "refuse charges first, or mend value="
    ),
    "charge-beyond-value": _simple(
        "{amount:£} is too much: {left:£} is left of the contract's {value:£}.",
        "claim no more than the rest; only change-franchise brings more",
    ),
    "no-such-charge": _simple("There is no charge {claim}.", "claimed so far: {claims}"),
    "charge-answered-already": _simple(
        "Charge {claim} was answered already {on:on}.", "correct that answer if it is wrong"
    ),
    "own-charge": _simple(
        "Nobody answers a charge that they claimed, as charge {claim}.", "let somebody else answer it"
    ),
    "mirror-of-oneself": _simple(
        "{person} leads {workstream} in the other council already.", "the two councils name a lead each"
    ),
    "mirror-leads-missing": _simple(
        "{workstream} has no lead in: {missing}. Both councils name one before it starts.", "name-mirror-lead does"
    ),
    "workstream-runs-already": _simple("{workstream} has been running since {on}.", "nothing more needs to be done"),
    "workstream-not-running": _simple("There is no workstream {workstream} under way.", "under way are {running}"),
    "area-of-the-other": _simple("{area} is no area in which the {to} benefits.", "its areas are {areas}; see to="),
    "indicator-without-values": _simple(
        "The indicator {indicator} has no values yet, so it shows nothing.", "record-indicators records them"
    ),
    # Imports
    "step-refused": _step_refused,
    "step-not-stored": _simple(
        "Line {line} (step {step}) was not stored with the import, or not by a trusted face.", "import the file again"
    ),
}
"""A template for every rule."""


def _said_caution(asked: str, hint: str) -> Callable[[Details, Words], Said]:
    """A template for what somebody said on a day and nothing has come of yet."""

    def template(details: Details, words: Words) -> Said:
        return Said(f"{words.role(details['role'])} said {dates.on(details['on'])} {asked}.", hint)

    return template


def _board_not_quorate(details: Details, words: Words) -> Said:
    return Said(
        f"Board {details['board']} had no quorum: nobody was there from {_parties(details)}.",
        "it decides nothing until a board with a quorum has met",
    )


def _decided_without_quorum(details: Details, words: Words) -> Said:
    return Said(
        f"Board {details['board']} had no quorum, as nobody was there from {_parties(details)}, "
        f"and what it decided stands: {thing(details['event'])}.",
        "withdraw that with withdraw-event, and record what a board with a quorum decides",
    )


def _parallel_work(details: Details, words: Words) -> Said:
    on = f" on {details['workstream']}" if details["workstream"] else ""
    return Said(
        f"The council bought the same work{on} from {details['firm']} ({dates.printed(details['on'])}).",
        "it undermines the engagement: bring it to the board",
    )


def _no_real_choice(details: Details, words: Words) -> Said:
    came = f"bids came from {all_of(details['bidders'])} alone" if details["bidders"] else "no bid stands"
    return Said(f"The panel had no real choice of firm: {came}.", "tenders can be invited again")


def _plan_not_acceptable(details: Details, words: Words) -> Said:
    faults = f" ({_listed(details['faults'])})" if details["faults"] else ""
    return Said(
        f"Plan {details['plan']} was judged not acceptable{faults} and no newer one has been received.",
        "the council hands in a new version with receive-pip, or a team is asked to help with ask-team-for-pip",
    )


def _report_late(details: Details, words: Words) -> Said:
    sent, meets = dates.printed(details["sent"]), dates.printed(details["on"])
    if details["after"]:
        return Said(
            f"The report to board {details['board']} went out after the meeting ({meets}): {sent}.",
            "a board needs the report before it meets: send the next one in time",
        )
    return Said(
        f"The report to board {details['board']} ({meets}) went out at the last moment: {sent}.",
        "reports the day before a meeting lead to disputes: send the next one in time",
    )


CAUTIONS: Mapping[str, Callable[[Details, Words], Said]] = {
    # Participation and sector-led help
    "asked-again-untold": _simple(
        "{groups} were asked again (asking {asking}) before they were told what came of asking {before}.",
        "tell them with tell-back; being asked too often without an answer tires people",
    ),
    "resistance-not-answered": _simple(
        "Resistance {resistance} of {group} was heard {on:on}, and nothing is on record that was done about it.",
        "record it with answer-resistance",
    ),
    "helpers-not-named": _simple(
        "The support for the scenario {scenario} has helpers that its source does not name: {helpers}.",
        "the reason is on record with the choice, if there is one",
    ),
    # Best value intervention
    "expectations-without-evidence": _simple(
        "Notice {notice} ended and no evidence is on record for what it asked: {expectations}.",
        "record what the council gave with evidence-expectation",
    ),
    "term-beyond-directions": _simple(
        "The term of appointment {appointment} ends {ends:on}, and the directions lapse {lapses:on}.",
        "a term serves no longer than its directions: see which of the two dates is right",
    ),
    # People and work
    "key-lead-changed": _post(
        "A key lead changed {on:on} (changes in this phase: {times}): {post}.", "see whether the work plan still holds"
    ),
    "post-vacant": _post(
        "Nobody is recorded to hold the post since its holder left {on:on}: {post}.",
        "record-post-holder names the next",
    ),
    "inspector-shared": _post(
        "{person} is linked to other zero-star councils too ({councils}): {post}.",
        "a link inspector should have one zero-star council at a time",
    ),
    "no-project-manager": _simple(
        "The core team named ({on}) has no project manager.", "name it anew with name-core-team"
    ),
    "detective-style": _simple(
        "The team worked in the style of a detective ({on}): {activities}.", "it may turn to blame"
    ),
    "parallel-work": _parallel_work,
    # Scope
    "diagnosis-not-decided": _simple(
        "Version {draft} of the scope was agreed with no word on further diagnosis.", "say so with decide-diagnosis"
    ),
    "interviews-again": _simple(
        "More interviews are to be held although what is known is {quality}.",
        "groups or documents spare people another round",
    ),
    "diagnosis-left-out": _simple(
        "No further diagnosis is made although what is known is {quality}.", "decide again with decide-diagnosis"
    ),
    "council-not-heard": _simple(
        "The council said nothing on version {draft} of the scope, the first of this phase.",
        "ask what it thinks; comment-on-scope records it",
    ),
    "disagreement-withdrawn": lambda details, words: Said(
        f"A disagreement with the scope was withdrawn from the record by {words.role(details['role'])}.",
        f"the timeline still shows it, at version {details['version']}",
    ),
    # Tender and award
    "scored-with-interest": _simple(
        "{member} scored the bid of {bidder}, and has an interest in it.", "the score is not counted"
    ),
    "sat-with-interest": _simple(
        "{member} sat on the panel with an interest in {bidder}.", "the panel can sit again, with them aside"
    ),
    "no-real-choice": _no_real_choice,
    "preferred-not-best": _simple(
        "The panel prefers {preferred}, and the best scores went to {best}.", "an award says why with reason="
    ),
    "days-do-not-add-up": _simple(
        "The award's days are {days}, and the consultants' days come to {allocated}.", "correct it with correct-event"
    ),
    "price-does-not-add-up": _simple(
        "The award's price is {price:£}, and fixed and variable charges come to {charges:£}.",
        "correct it with correct-event",
    ),
    "rates-and-charges-differ": _simple(
        "The consultants' days come to {rates:£} at their rates, and the variable charges are {charges:£}.",
        "correct what is wrong with correct-event",
    ),
    # Councils and ratings
    "rating-refused": _simple(
        "The council refuses its newest rating of {service} (version {rating}, stars: {stars}).",
        "its answer was recorded as of {on}; record another with answer-rating",
    ),
    "no-beside-stars": _simple(
        "The rating of version {rating} has stars ({stars}), and {group} are served 'no': 'no' always went with none.",
        "look at the source again; a wrong rating is withdrawn with withdraw-rating",
    ),
    "moved-beyond-the-scale": _simple(
        "In the rating of version {rating} the {aspect} of {group} is {value}, and can't have become {moved}.",
        "nothing lies beyond it on the scale: look at the source again",
    ),
    "above-the-cap": _simple(
        "The wider assessment as of {on} is {result}, and {service} had no stars, which caps it at {cap}.",
        "look at the source again: where it says otherwise, dispute-fact and choose-fact put that in its place",
    ),
    # Disputed facts
    "fact-not-chosen": lambda details, words: Said(
        f"Dispute {details['dispute']} over {plain(details['event'])} is open: {_listed(details['fields'])}.",
        f"what was recorded is used until somebody chooses: {_who('choose-fact', words)}",
    ),
    # Special measures and the plan
    "target-not-followed-up": _simple(
        "Target {target} was due {by:by} and nobody has said what came of it.", "say so with follow-up-target"
    ),
    "target-not-met": _simple(
        "Target {target}, due {by:by}, was not met.", "set what is expected next with set-target"
    ),
    "appetite-only": _simple(
        "All that is reported on target {target} is appetite for improvement.",
        "look for improvement, or the capacity for it",
    ),
    "monitoring-found-worse": _simple(
        "The latest monitoring visit ({on}) found things worse.", "hold a strategy meeting"
    ),
    "sustainable-but-not-safe": _simple(
        "Improvement was judged sustainable, but services no longer stand as safe.",
        "judge both again with judge-leaving",
    ),
    "left-but-not-safe": _simple(
        "Special measures ended ({on}) and services are not judged safe.", "judge it with judge-leaving side=safe"
    ),
    "left-but-not-sustainable": _simple(
        "Special measures ended ({on}) and improvement is not judged sustainable.",
        "judge it with judge-leaving side=sustainable",
    ),
    "plan-not-acceptable": _plan_not_acceptable,
    "plan-without-targets": _simple("Plan {plan} has no targets.", "a new version can set them"),
    "plan-without-outcomes": _simple("Plan {plan} names no outcomes.", "a new version can name them"),
    "other-plans-in-force": _simple(
        "Other action plans in force beside plan {plan}: {plans}.", "fewer plans are easier to carry out"
    ),
    "plan-off-course": _simple("Plan {plan} is {progress}.", "look at what holds it up, and review it with review-pip"),
    # Conditions and the decision
    "no-stable-management": _simple(
        "The inspectorate finds no stable management to engage with ({conditions}), and nobody has said what follows.",
        "say so with answer-missing-management: wait, narrow-scope, interim-managers or go-ahead",
    ),
    "waiting-for-management": _said_caution(
        "to wait for stable managers, and that word stands", "answer-missing-management lifts it"
    ),
    "scope-to-be-narrowed": _said_caution(
        "that the scope is to be narrowed, and none was drafted since", "draft a narrower one with draft-scope"
    ),
    "interim-managers-wanted": _said_caution(
        "that the team is to give interim managers, and no contract was awarded since",
        "let scope, invitation to tender and award say so",
    ),
    "no-recommendation": _simple(
        "The decision ({outcome}) was taken without a recommendation before it.",
        "its reasons are the only grounds on the record",
    ),
    "decision-departs": _simple(
        "The decision ({outcome}) is not what the Chief Inspector recommended ({recommended}).",
        "its reasons say why",
    ),
    "conditions-not-assessed": _simple(
        "It was decided ({on}) to engage, and no assessment of the conditions came before.",
        "assess-conditions records one, with its day, if there was one",
    ),
    "decision-not-covered": _simple(
        "The decision of {on} names the cover or delegation {authority}, which does not stand for that day.",
        "correct the decision or the authority with correct-event",
    ),
    # Boards and change
    "report-not-agreed": _simple(
        "The report to board {board} went out without the council's agreement.", "agree the next one before it goes out"
    ),
    "report-late": _report_late,
    "board-not-quorate": _board_not_quorate,
    "overwhelming": _simple(
        "{present} people were present at board {board}, too many for a board to work.", "ask fewer to the next one"
    ),
    "consultants-attending": _simple(
        "{team} of the team attended board {board}, at their daily rates.",
        "ask only those consultants whom the meeting needs",
    ),
    "elected-only-observe": _simple(
        "Elected members only observe the board: {members}.", "appoint them as members, which served boards well"
    ),
    "no-elected-member": _simple(
        "No elected member is on the board.", "appoint one with appoint-member role=council.member"
    ),
    "decided-without-quorum": _decided_without_quorum,
    "refused-change-stalls": _simple(
        "The work is at a standstill ({on}), after the board turned down: change {changes}.",
        "ask the board again with request-change, or say with record-resumption that the work goes on",
    ),
    "work-at-a-standstill": _simple("The work is at a standstill ({on}).", "record-resumption says that it goes on"),
    # Boards and change
    "board-before-milestone": _simple(
        "Board {board} is set for {on}, before its milestone {milestone} is due ({by:by}).",
        "move the board with schedule-board, or tie it to another milestone",
    ),
    # Statutory direction with a strategic partner
    "direction-ended-untested": _simple(
        "Direction {direction} ended without: {missing}.", "look at these while the council is monitored"
    ),
    "contract-of-unusual-length": _simple(
        "Contract {contract} is for {years:year}; those that are known of were for three to seven.",
        "see that its years are right",
    ),
    "fees-do-not-fall": _simple(
        "Contract {contract} costs more in year {year} than in the year before.",
        "charges were front-loaded and reduced in phases; see that this is meant",
    ),
    "no-lawyers-at-the-drafting": _simple(
        "No lawyers were at the drafting of contract {contract}.", "disputes over invoices came of that"
    ),
    "indicators-not-relevant": _simple(
        "The review of contract {contract} ({on}) found indicators that no longer say what matters.",
        "drop them with drop-indicators, and define others",
    ),
    "invoice-in-dispute": _simple("Invoice {invoice} is in dispute.", "settle it with settle-partner-invoice"),
    # Indicators
    "indicator-turned-down": _simple(
        "The indicator {indicator} turned down between {since} and {until}.", "look into it: some do as a contract ends"
    ),
    # Franchise
    "franchise-contradicts-itself": lambda details, words: Said(
        f"As it reads now, the contract contradicts itself ({plain(details['rule'])}).", "correct it with correct-event"
    ),
    "charged-beyond-value": _simple(
        "Charges come to {charged:£}, more than the contract's {value:£}.", "correct them, or refuse one"
    ),
    "mirror-lead-missing": _simple(
        "{workstream} runs, and nobody was ever named to lead it in: {missing}.", "name-mirror-lead names one"
    ),
    "benefits-without-evidence": _simple(
        "Nothing shows these benefits: {benefits}.", "where there is evidence, correct-event adds it"
    ),
    # Days and money, final days, exit
    "days-over-contract": _simple(
        "{used:day} {used:are} used and {kept} {kept:are} the council's or given back: more than the {contracted} contracted.",
        "correct what is wrong, or ask the board for days with request-change",
    ),
    "days-over-allocation": _simple(
        "{consultant} has used {used:day}, more than the {allocated} there are.",
        "correct the claims, or ask the board",
    ),
    "signed-off-over-used": _simple(
        "{signed_off:day} {signed_off:are} signed off, but only {used} used.", "correct or withdraw a sign-off"
    ),
    "paid-over-signed-off": _simple(
        "{paid:day} {paid:are} paid, but only {signed_off} signed off.", "sign days off, or correct a payment"
    ),
    "paid-over-worth": _simple(
        "{paid:£} of variable charges are paid, but the days signed off come to {worth:£}.", "correct a payment"
    ),
    "paid-over-price": _paid_over_price,
    "pieces-need-more-days": _simple(
        "Open pieces of work are to have {held:day}, and the council has {left} left.",
        "finish what is done with finish-piece, and name pieces where days are used",
    ),
    "tasks-beyond-their-date": _simple(
        "Tasks were to end {until:by} and still go on: {tasks}.", "say so with end-task when they are over"
    ),
    "signed-off-without-inspection": _simple(
        "The exit was signed off ({on}) with no inspection: tied to the contract, and not to outcomes.",
        "look at what an inspection or the next rating says of outcomes",
    ),
    "not-evaluated": _simple("Signed off with no evaluation of: {missing}.", "each is evaluated apart"),
    "signed-off-unmet": _simple("Signed off with promises not met: {unmet}.", "look at them in the review"),
    "review-found-worse": _simple(
        "The review ({on}) found the council worse than at exit.", "a further phase or another model may be needed"
    ),
}
"""A template for every caution: what is worth a person's eye, and what can be done about it."""
