"""Holds and erasure, and what is published."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, simple
from faces.words import Words


def _lifecycle_does_not_check(details: Details, words: Words) -> Said:
    first = f" {details['place']}: {details['problem']}." if details.get("problem") else ""
    return Said(
        f"The document has {dates.plural(details['count'], 'mistake')}.{first}",
        "`turnaround lifecycle check FILE` says all of them, each with its line",
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


REFUSALS: Mapping[str, Template] = {
    "lifecycle-does-not-check": _lifecycle_does_not_check,
    "lifecycle-published-otherwise": simple(
        "{lifecycle} is published already, with other content, and a published version is never changed.",
        "publish it as version {next}",
    ),
    "lifecycle-version-skips": simple("{lifecycle} can't come next.", "its next version is {next}"),
    "rating-taken": simple(
        "{lifecycle} starts on a rating of {stars} in {services} already: no rating opens two engagements.",
        "leave out of `starts` what it starts on",
    ),
    "name-one": simple("It is not clear what is meant.", "name exactly one of: {of}"),
    "nobody-of-that-id": simple(
        "Nothing is kept of anybody with the id {subject}.", "`turnaround people` lists who is known"
    ),
    "no-such-hold": simple("There is no legal hold {hold}.", "`turnaround privacy holds` lists them"),
    "hold-lifted-already": simple("Legal hold {hold} was lifted before.", "nothing more needs to be done"),
    "under-hold": _under_hold,
    "classes-of-an-engagement": simple(
        "Classes of values are named with an engagement, and only then.", "name both, or neither"
    ),
    "retention-of-an-engagement": simple(
        "What its time is over for is erased engagement by engagement.", "name the engagement"
    ),
    "engagement-still-open": simple(
        "{engagement} is still open.", "what is kept of an engagement counts from the day it closed"
    ),
    "kept-still": _kept_still,
    "nothing-to-erase": simple("There is nothing there to erase.", "it was erased before, or never was"),
}
