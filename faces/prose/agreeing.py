"""Diagnosis, scope, tender and contract."""

from collections.abc import Mapping

from faces.prose.saying import Details, Said, Template, incomplete, simple
from faces.words import Words, all_of


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


def _no_real_choice(details: Details, words: Words) -> Said:
    came = f"bids came from {all_of(details['bidders'])} alone" if details["bidders"] else "no bid stands"
    return Said(f"The panel had no real choice of firm: {came}.", "tenders can be invited again")


REFUSALS: Mapping[str, Template] = {
    "scope-incomplete": simple(
        "The draft leaves out {missing}.",
        "say where the failure lies and, for each area of concern, its action, priority and outcome",
    ),
    "diagnosis-incomplete": simple(
        "A decision on further diagnosis says {missing} too.", "only imported history may leave them out"
    ),
    "method-without-diagnosis": simple(
        "No further diagnosis is needed, so that it has no method: {method}.", "leave method= out, or give needed=true"
    ),
    "newer-than-the-decision": simple(
        "The newest of what is known is from {newest}, after the decision {occurred:on}.", "mend newest= or --on"
    ),
    "no-such-comment": simple("There is no comment {comment} on the scope.", "comments so far: {comments}"),
    "comment-answered-already": simple(
        "Comment {comment} was answered already.", "correct that answer with correct-event if it is wrong"
    ),
    "bid-already": simple("{bidder} has a bid in already.", "correct that one with correct-event if it is wrong"),
    "framework-needed": simple(
        "A tender on the route {route} names its framework contract.", "add framework=, the contract's reference"
    ),
    "closes-too-early": simple(
        "Bids can't close {closes:on}: they are invited {occurred:on}.", "mend closes= or the date given with --on"
    ),
    "bid-too-late": simple(
        "The bid of {bidder} came {occurred:on}, and bids closed {closes:on}.",
        "a late bid is not taken; inviting again (invite-tenders) sets another date",
    ),
    "no-such-person": simple("{bidder} puts forward nobody with the id '{person}'.", "its people are: {people}"),
    "taken-off-already": simple("'{person}' was taken off the bid of {bidder} already."),
    "speaks-for-another": simple(
        "{role} does not declare or score for {member}.",
        "members do so themselves, or the department records it for them",
    ),
    "interest-declared": _interest_declared,
    "scored-already": simple(
        "{member} scored the bid of {bidder} already.", "correct those scores with correct-event if they are wrong"
    ),
    "scores-do-not-match": _scores_do_not_match,
    "not-on-the-panel": simple("Not on the panel, so not aside either: {given}.", "its members are: {members}"),
    "individual-taken-off": simple(
        "'{person}' was taken off the bid of {bidder} at the council's request.", "award without them"
    ),
    "days-do-not-add-up": simple(
        "The days are {days}, and the consultants' days come to {allocated}.", "mend days= or consultants="
    ),
    "award-incomplete": incomplete("An award names {missing} too."),
    "ends-before-the-award": simple(
        "It ends {ends:on}, before it was awarded {occurred:on}.", "mend ends= or the date given with --on"
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "diagnosis-not-decided": simple(
        "Version {draft} of the scope was agreed with no word on further diagnosis.", "say so with decide-diagnosis"
    ),
    "interviews-again": simple(
        "More interviews are to be held although what is known is {quality}.",
        "groups or documents spare people another round",
    ),
    "diagnosis-left-out": simple(
        "No further diagnosis is made although what is known is {quality}.", "decide again with decide-diagnosis"
    ),
    "council-not-heard": simple(
        "The council said nothing on version {draft} of the scope, the first of this phase.",
        "ask what it thinks; comment-on-scope records it",
    ),
    "disagreement-withdrawn": lambda details, words: Said(
        f"A disagreement with the scope was withdrawn from the record by {words.role(details['role'])}.",
        f"the timeline still shows it, at version {details['version']}",
    ),
    "scored-with-interest": simple(
        "{member} scored the bid of {bidder}, and has an interest in it.", "the score is not counted"
    ),
    "sat-with-interest": simple(
        "{member} sat on the panel with an interest in {bidder}.", "the panel can sit again, with them aside"
    ),
    "no-real-choice": _no_real_choice,
    "preferred-not-best": simple(
        "The panel prefers {preferred}, and the best scores went to {best}.", "an award says why with reason="
    ),
    "days-do-not-add-up": simple(
        "The award's days are {days}, and the consultants' days come to {allocated}.", "correct it with correct-event"
    ),
    "price-does-not-add-up": simple(
        "The award's price is {price:£}, and fixed and variable charges come to {charges:£}.",
        "correct it with correct-event",
    ),
    "rates-and-charges-differ": simple(
        "The consultants' days come to {rates:£} at their rates, and the variable charges are {charges:£}.",
        "correct what is wrong with correct-event",
    ),
}
