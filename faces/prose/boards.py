"""Boards: who sits on them, quorum, reports and minutes."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, simple
from faces.words import Words, all_of, any_of, thing


def _parties(details: Details) -> str:
    return all_of(f"the {name}" for name in details["missing"])


def _no_quorum(details: Details, words: Words) -> Said:
    return Said(
        f"Board {details['board']} ({dates.printed(details['on'])}) had no quorum, so it can't have decided: "
        f"nobody was there from {_parties(details)}.",
        f"hold a board with a quorum, extraordinary if need be, and give {details['command']} then",
    )


def _which_member(details: Details, words: Words) -> Said:
    return Said(
        f"Who leaves the board as {words.role(details['role'])}? The person is not named.",
        f"add person=, which is {any_of(details['persons'])}",
    )


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


"""A template for every caution: what is worth a person's eye, and what can be done about it."""


REFUSALS: Mapping[str, Template] = {
    "board-held-already": simple("Board {board} has met already.", "set a date for the next one"),
    "board-cancelled-already": simple(
        "Board {board} was called off ({on}).", "a board that is to meet after all has the next number"
    ),
    "time-without-a-day": simple(
        "Board {board} has a time and no day to meet on: {date}.", "give date= one day, or leave time= out"
    ),
    "duration-without-a-time": simple("It is not said when board {board} begins.", "add time=, or leave duration= out"),
    "board-not-held": simple("Board {board} has not met.", "hold-board comes first"),
    "no-such-board": simple("Board {board} has no date.", "boards with a date: {boards}; schedule-board sets one"),
    "observer-in-the-chair": simple(
        "Who observes the board does not chair it: {role}.", "leave out chair= or observer="
    ),
    "board-in-the-past": simple(
        "Board {board} is set for {date}, before the day on which it is set, {occurred}.",
        "mend date= or the date given with --on",
    ),
    "appointed-already": simple(
        "{member} is on the board already ({on}).", "end-membership comes first where the standing or the chair changes"
    ),
    "member-incomplete": simple(
        "A member of the board has these too: {missing}.", "add them; only imported history may leave them out"
    ),
    "no-such-member": simple("{member} is not on the board.", "its members are: {members}"),
    "which-member": _which_member,
    "agreement-unsaid": simple(
        "A report goes out agreed with the council or not, and that has to be said.",
        "add agreed_with_council=true or agreed_with_council=false",
    ),
    "attendance-needed": simple(
        "{command} needs to know who attended.", "add attended=inspectorate.lead-inspector,council.director,..."
    ),
    "fewer-than-named": simple(
        "{present} {present:were} present, it says, but {named} {named:are} named.",
        "mend present= or attended=, or leave present= out",
    ),
    "no-quorum": _no_quorum,
    "action-known": simple("There is an action '{action}' of board {board} already.", "give this one an id of its own"),
    "action-without-date": simple(
        "An action says by when it is owed, and these do not: {actions}.",
        'add "by" to each; only imported history may leave it out',
    ),
    "action-due-before-board": simple(
        "The action '{action}' is due {by:by}, before the board that wants it met ({on}).", "mend its date"
    ),
    "no-such-action": simple("There is no action '{action}'.", "actions so far: {actions}"),
    "action-closed-already": simple(
        "The action '{action}' was closed already ({on}).", "nothing more needs to be done for it"
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "report-not-agreed": simple(
        "The report to board {board} went out without the council's agreement.", "agree the next one before it goes out"
    ),
    "report-late": _report_late,
    "board-not-quorate": _board_not_quorate,
    "overwhelming": simple(
        "{present} people were present at board {board}, too many for a board to work.", "ask fewer to the next one"
    ),
    "consultants-attending": simple(
        "{team} of the team attended board {board}, at their daily rates.",
        "ask only those consultants whom the meeting needs",
    ),
    "elected-only-observe": simple(
        "Elected members only observe the board: {members}.", "appoint them as members, which served boards well"
    ),
    "no-elected-member": simple(
        "No elected member is on the board.", "appoint one with appoint-member role=council.member"
    ),
    "decided-without-quorum": _decided_without_quorum,
    "board-before-milestone": simple(
        "Board {board} is set for {on}, before its milestone {milestone} is due ({by:by}).",
        "move the board with schedule-board, or tie it to another milestone",
    ),
}
