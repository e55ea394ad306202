"""The directory of people, and feeds."""

from collections.abc import Mapping
from difflib import get_close_matches

from faces.prose.saying import Details, Said, Template, simple
from faces.words import Words, any_of


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


def _role_ended_already(details: Details, words: Words) -> Said:
    return Said(
        f"Holding {details['holding']}, {words.role(details['role'])} of {details['person']}, is over by then.",
        "an end is only ever brought forward; for longer, give the role again",
    )


REFUSALS: Mapping[str, Template] = {
    "registered-already": simple(
        "The id {person} is somebody's already, or was.", "ids are never used again: choose another"
    ),
    "not-registered": simple(
        "There is nobody '{person}' in the directory.",
        "`turnaround people` lists them; `turnaround people add` adds one",
    ),
    "contact-unchanged": simple("Nothing new is given of {person}.", "give a name, an address or an organisation"),
    "nothing-to-remove": simple(
        "{person} has no {address} to take away, or is given a new one.", "leave the removal out"
    ),
    "role-not-published": _role_not_published,
    "two-scopes": simple(
        "A role is held in a council or in one engagement, and both are given: {council} and {engagement}.",
        "leave one of them out",
    ),
    "role-held-already": _role_held_already,
    "no-such-holding": simple("There is no holding {holding}.", "`turnaround people` shows their numbers"),
    "role-ended-already": _role_ended_already,
    "token-known": simple("A feed of {person} has this token already.", "every feed has a token of its own"),
    "no-such-feed": simple("{person} has no feed {feed}.", "their feeds: {feeds}"),
    "feed-revoked-already": simple(
        "Feed {feed} of {person} was revoked already ({on}).", "nothing more needs to be done"
    ),
    "own-cover": simple("{person} can't stand in for themselves.", "name somebody else, or leave the cover out"),
    "away-already": simple(
        "{person} is recorded as away at that time (absence {absence}).", "end that absence first, then record this one"
    ),
    "no-such-absence": simple("There is no absence {absence}.", "`turnaround people` shows who is away"),
    "back-already": simple("Absence {absence} of {person} is over by then.", "nothing more needs to be done"),
    "no-address": simple(
        "{person} has no address for the channel {channel}.", "give one first with `turnaround people contact`"
    ),
    "webhook-gone": simple(
        "The webhook of {person} answered that it is gone, and is off.",
        "give its address again with `turnaround people contact`, and its new secret to whoever runs it",
    ),
    "nothing-preferred": simple(
        "Nothing is said of how {person} wants to be told.", "name a channel, or give --digest or --at-once"
    ),
    "preference-of-another": simple(
        "Only {person} or the programme office says how {person} is told.",
        "say who gives it with --by, or let the office give it",
    ),
}
