"""The work under way: the PID, posts, changes, days and payments."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, post, simple
from faces.words import Words, all_of, pounds

MORE_DAYS = "the board can approve more days (request-change, decide-change)"


def _more_days_than_contracted(details: Details, words: Words) -> Said:
    others = ", and {kept} {kept:are} the council's or given back"
    kept = details.get("kept", "0") != "0"  # a refusal of an older release does not say
    said = "{days:day} {days:are} too many: {used} of the {contracted} contracted {used:are} used"
    return simple(f"{said}{others if kept else ''}.", MORE_DAYS)(details, words)


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


def _pid_incomplete(details: Details, words: Words) -> Said:
    missing = [str(name) for name in details["missing"]]
    return Said(
        f"The first project initiation document of a phase names {all_of(missing)} too.",
        f"add {' '.join(f'{name}=...' for name in missing)}; that of a further phase may be abridged=true",
    )


def _parallel_work(details: Details, words: Words) -> Said:
    on = f" on {details['workstream']}" if details["workstream"] else ""
    return Said(
        f"The council bought the same work{on} from {details['firm']} ({dates.printed(details['on'])}).",
        "it undermines the engagement: bring it to the board",
    )


REFUSALS: Mapping[str, Template] = {
    "unknown-command": simple(
        "There is no command {command} for the {target}.", "`turnaround do --commands` lists them"
    ),
    "pid-incomplete": _pid_incomplete,
    "not-a-milestone": simple("'{milestone}' is no milestone of the PID.", "its milestones are: {milestones}"),
    "no-such-workstream": simple(
        "'{workstream}' is no workstream of this phase.", "its workstreams are: {workstreams}; the board can add one"
    ),
    "abridged-too-soon": simple(
        "Only the project initiation document of a further phase is abridged, and this is the first phase.",
        "leave abridged out, and give the whole",
    ),
    "reached-already": simple(
        "The milestone '{milestone}' was reached already: {on}.", "correct that date if it is wrong"
    ),
    "product-already": simple(
        "The product '{product}' is recorded already.", "give another an id of its own; taken are: {products}"
    ),
    "part-held-twice": simple(
        "The core team has one {part}, and more are named.", "give the others the part of consultant or expert"
    ),
    "left-already": post("The holder of the post left already {on:on}: {post}.", "correct that date if it is wrong"),
    "not-the-holder": post(
        "{person} is not known to have held the post: {post}.", "those who did: {holders}; record-post-holder adds one"
    ),
    "not-an-inspector": post(
        "Only an inspector is linked to other councils, and this is another post: {post}.", "leave linked out"
    ),
    "own-council": simple(
        "{council} is the council of this engagement.", "linked= lists the other zero-star councils only"
    ),
    "not-promised": simple("'{deliverable}' is no deliverable of the latest PID.", "it promises: {promised}"),
    "not-submitted": simple("'{deliverable}' has not been handed in.", "submit-deliverable comes first"),
    "accepted-already": simple("'{deliverable}' was accepted already.", "nothing more needs to be done for it"),
    "one-party-only": simple(
        "Contact between leads is between parties, and this was within one: {parties}.", "name a role of another party"
    ),
    "workstream-known": simple(
        "'{workstream}' is a workstream of this work already.", "those there are: {known}; give a new one its own id"
    ),
    "stalled-already": simple(
        "The work is recorded as stalled already ({on}).", "record-resumption says that it goes on"
    ),
    "not-stalled": simple(
        "The work is not recorded as stalled, so {command} has nothing to end.", "record-stall comes first"
    ),
    "no-such-change": simple("There is no request for change {change}.", "requests so far: {changes}"),
    "decided-already": simple("Change {change} was decided already.", "a new request can be made"),
    "more-days-than-contracted": _more_days_than_contracted,
    "more-days-than-allocated": simple(
        "{days:day} {days:are} too many: "
        "{consultant} has used {used} of the {allocated} allocated and the {added} added since.",
        MORE_DAYS,
    ),
    "no-such-consultant": simple("The contract names no consultant '{consultant}'.", "it names: {consultants}"),
    "consultant-needed": simple(
        "{command} needs the consultant whose days they are.", "add consultant=...; the contract names: {consultants}"
    ),
    "no-such-claim": simple("There is no claim {claim}.", "claims so far: {claims}"),
    "claim-signed-off-already": simple("Claim {claim} is signed off already.", "leave it out"),
    "claims-do-not-add-up": simple(
        "{days:day} {days:are} to be signed off, and the claims named come to {claimed}.",
        "give days={claimed}, or mend claims=",
    ),
    "own-claim": simple(
        "Nobody signs off a claim of their own, and {claims} would be.",
        "name the claims of others with claims=..., or let somebody else sign these off",
    ),
    "invoice-paid-already": simple("Invoice {invoice} is paid already ({on}).", "give this payment's own invoice"),
    "days-needed": simple("{command} needs the days that a variable charge is for.", "add days=..."),
    "fixed-charge-with-days": simple(
        "A fixed charge is for no days, and {days} {days:are} given.", "leave days= out, or say kind=variable"
    ),
    "more-days-than-signed-off": simple(
        "{days:day} {days:are} too many: {signed_off} {signed_off:are} signed off and {paid} of those {paid:are} paid.",
        "sign-off-days by the lead inspector comes first",
    ),
    "more-than-days-are-worth": simple(
        "{amount:£} is too much: the days signed off come to {worth:£} at their rates, and {paid:£} of that is paid.",
        "pay no more than the rest",
    ),
    "more-than-the-price": _more_than_the_price,
    "more-days-than-used": simple(
        "{days:day} {days:are} too many: {used} {used:were} used and {signed_off} of those {signed_off:are} signed off.",
        "sign off no more than were used",
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "key-lead-changed": post(
        "A key lead changed {on:on} (changes in this phase: {times}): {post}.", "see whether the work plan still holds"
    ),
    "post-vacant": post(
        "Nobody is recorded to hold the post since its holder left {on:on}: {post}.",
        "record-post-holder names the next",
    ),
    "inspector-shared": post(
        "{person} is linked to other zero-star councils too ({councils}): {post}.",
        "a link inspector should have one zero-star council at a time",
    ),
    "no-project-manager": simple(
        "The core team named ({on}) has no project manager.", "name it anew with name-core-team"
    ),
    "detective-style": simple(
        "The team worked in the style of a detective ({on}): {activities}.", "it may turn to blame"
    ),
    "parallel-work": _parallel_work,
    "refused-change-stalls": simple(
        "The work is at a standstill ({on}), after the board turned down: change {changes}.",
        "ask the board again with request-change, or say with record-resumption that the work goes on",
    ),
    "work-at-a-standstill": simple("The work is at a standstill ({on}).", "record-resumption says that it goes on"),
    "days-over-contract": simple(
        "{used:day} {used:are} used and {kept} {kept:are} the council's or given back: more than the {contracted} contracted.",
        "correct what is wrong, or ask the board for days with request-change",
    ),
    "days-over-allocation": simple(
        "{consultant} has used {used:day}, more than the {allocated} there are.",
        "correct the claims, or ask the board",
    ),
    "signed-off-over-used": simple(
        "{signed_off:day} {signed_off:are} signed off, but only {used} used.", "correct or withdraw a sign-off"
    ),
    "paid-over-signed-off": simple(
        "{paid:day} {paid:are} paid, but only {signed_off} signed off.", "sign days off, or correct a payment"
    ),
    "paid-over-worth": simple(
        "{paid:£} of variable charges are paid, but the days signed off come to {worth:£}.", "correct a payment"
    ),
    "paid-over-price": _paid_over_price,
}
