"""Intervention under best value: notices, proposals, directions, commissioners and their reports."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, incomplete, simple
from faces.words import Words


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


REFUSALS: Mapping[str, Template] = {
    "no-such-expectation": simple(
        "The notice asks nothing called '{expectation}'.",
        "it asks {expectations}; leave expectation= out for evidence on the notice as a whole",
    ),
    "reissue-not-longer": simple(
        "Notice {notice} runs until {until} already; a reissue carries it further, and this one would end {given:on}.",
        "give a later until=, or correct the notice in force",
    ),
    "notice-concluded-already": simple(
        "What becomes of notice {notice} was said already {on:on}.", "a new notice can be issued"
    ),
    "notice-lapsed": simple(
        "Notice {notice} lapsed at the end of {until}, so it can't be ended early.", "give outcome=not-reissued"
    ),
    "minded-to-incomplete": incomplete("A letter that says what ministers are minded to do names {missing} too."),
    "representations-before-the-letter": simple(
        "Representations can't be due {by:by}: the letter is of {occurred}.", "mend representations_by="
    ),
    "representations-considered-already": simple(
        "The representations on proposal {proposal} were considered already {on:on}.", "nothing more needs to be done"
    ),
    "count-needed": simple("How many representations there were is published.", "give count=, 0 where there were none"),
    "representations-left-out": simple(
        "Proposal {proposal} has had more representations ({received}) than were considered ({count}).",
        "consider all that came, and give count=",
    ),
    "more-against-than-made": simple(
        "More were against it ({against}) than there were representations ({count}).", "mend count= or against="
    ),
    "no-such-proposal": simple(
        "There is no proposal {proposal}.", "proposals so far: {proposals}; announce-minded-to makes one"
    ),
    "proposal-dropped": simple(
        "Proposal {proposal} was dropped {on:on}.", "announce-minded-to says anew what ministers are minded to do"
    ),
    "proposal-used": simple(
        "Ministers have acted on proposal {proposal} already.", "announce-minded-to says what they are minded to do now"
    ),
    "minded-to-needed": simple(
        "{command} needs a letter first that says what ministers are minded to do, so that the council can answer.",
        "record it with announce-minded-to; urgent directions need none: urgent=true reason=... (section 15)",
    ),
    "representations-open": simple(
        "Representations on proposal {proposal} may be made until 11:59pm {by:on}.",
        "wait until that day is over; urgent directions need no representations: urgent=true reason=...",
    ),
    "representations-not-considered": simple(
        "The representations on proposal {proposal} have not been considered.",
        "consider-representations says how many there were, none included",
    ),
    "directions-incomplete": incomplete("Directions name {missing} too."),
    "directions-in-force": simple(
        "Directions are in force already: {directions}.", "say how these change them: kind=expansion, extension, ..."
    ),
    "directions-not-in-force": simple(
        "Directions {directions} are not in force on that day, so nothing revokes them.", "in force are {in_force}"
    ),
    "no-directions-in-force": _no_directions_in_force,
    "extension-not-longer": simple(
        "The directions in force last until {until}; an extension goes further, and this one would end {given:on}.",
        "mend until=, or give another kind=",
    ),
    "function-not-held": simple(
        "No directions in force on {occurred} hold the function '{function}'.",
        "the functions held on that day are: {functions}; all else stays with the council",
    ),
    "appointment-incomplete": incomplete("A letter of appointment names {missing} too."),
    "no-such-appointment": simple(
        "There is no appointment {appointment}.", "appointments so far: {appointments}; appoint-commissioner makes one"
    ),
    "appointment-ended-already": simple(
        "Appointment {appointment} ended already {on:on}.", "correct that date if it is wrong"
    ),
    "not-in-post": _not_in_post,
    "no-powers-in-letter": simple(
        "The letter of appointment {appointment} ({post}) gives no reserved powers.",
        "name the appointment of one whose letter does",
    ),
    "power-of-another": simple(
        "Appointment {appointment} is not that of {person}.",
        "name their own appointment, or whoever decided, with --by",
    ),
    "next-report-before": simple(
        "This report came {occurred:on}, and the next can't be due earlier: not {next}.", "give a later date with next="
    ),
    "no-such-report": simple(
        "There is no report {report}.", "reports so far: {reports}; receive-progress-report records one"
    ),
    "report-not-replied-to": simple(
        "The minister has not replied to report {report}, so {command} is too early.",
        "reply-to-progress-report comes first",
    ),
    "report-replied-to-already": simple(
        "Report {report} was replied to already {on:on}.", "correct that reply if it is wrong"
    ),
    "report-decided-already": simple(
        "What follows report {report} was decided already {on:on}.", "the next report brings the next decision"
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "expectations-without-evidence": simple(
        "Notice {notice} ended and no evidence is on record for what it asked: {expectations}.",
        "record what the council gave with evidence-expectation",
    ),
    "term-beyond-directions": simple(
        "The term of appointment {appointment} ends {ends:on}, and the directions lapse {lapses:on}.",
        "a term serves no longer than its directions: see which of the two dates is right",
    ),
}
