"""Of a dossier: the project board, its members and meetings, the actions it wants done, and contact between leads."""

from datetime import date

from domain import board as a_board
from domain import contact, members, minutes
from domain.part import Entry, History
from faces import dates
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    day,
    in_phase_any,
    listed,
    number,
    role,
    roles,
    who,
    yes_or_no,
)
from faces.page import Cell
from faces.words import Words

_OF_THE_BOARD = (*members.EVENTS, *a_board.EVENTS, *minutes.EVENTS, *contact.EVENTS)


def board(record: OnRecord) -> Data | None:
    """The board of a phase: members by party, meetings, actions with those that are late, and contact between leads."""
    history = record.history
    if not in_phase_any(history, _OF_THE_BOARD):
        return None
    return {
        "members": [
            {
                "party": party,
                "role": member.role,
                "person": member.person,
                "name": member.name,
                "standing": member.standing,
                "chair": member.chair,
                "observer": member.observer,
                "since": str(member.since),
            }
            for party, seated in members.members(history).items()
            for member in seated
        ],
        "left": all_told(history.in_phase(members.MembershipEnded)),
        "boards": _boards(history),
        "actions": _actions(history, record.today),
        "council_readiness": all_told(history.in_phase(a_board.CouncilReadinessAgreed)),
        "rhythms": all_told(history.in_phase(contact.ContactRhythmAgreed)),
        "contacts": _contacts(history),
    }


def _boards(history: History) -> list[Data]:
    met, sent_round = a_board.held(history), minutes.circulated(history)
    return [
        {
            "board": meeting.board,
            "date": str(meeting.date),
            "time": meeting.time,
            "duration": meeting.duration,
            "place": meeting.place,
            "cancelled": str(meeting.cancelled) if meeting.cancelled else None,
            "extraordinary": meeting.extraordinary,
            "milestone": meeting.milestone,
            "reach_by": str(meeting.reach_by) if meeting.reach_by else None,
            "reported": str(meeting.reported) if meeting.reported else None,
            "report_late": meeting.late,
            "agreed_with_council": meeting.agreed_with_council,
            "held": str(meeting.held) if meeting.held else None,
            "attended": list(meeting.attended),
            "present": meeting.present,
            "quorate": not meeting.missing if _counted(met.get(meeting.board)) else None,
            "missing": list(meeting.missing),
            "minutes": str(sent_round[meeting.board]) if meeting.board in sent_round else None,
        }
        for meeting in a_board.boards(history)
    ]


def _counted(met: Entry[a_board.BoardHeld] | None) -> bool:
    """Whether anybody can tell if a board was quorate."""
    return met is not None and bool(met.event.attended) and met.event.quorate is not None


def _actions(history: History, today: date) -> list[Data]:
    notes = {entry.event.action: entry.event.note for entry in history.in_phase(minutes.ActionClosed)}
    return [
        {
            "action": action.id,
            "board": action.board,
            "text": action.text,
            "owner": action.owner,
            "by": str(action.by) if action.by else None,
            "closed": str(action.closed) if action.closed else None,
            "note": notes.get(action.id),
            "late": action.closed is None and action.by is not None and action.by.latest < today,
        }
        for action in minutes.actions(history)
    ]


def _contacts(history: History) -> list[Data]:
    recorded = history.in_phase(contact.LeadsContacted)
    return [
        {
            "on": str(found.occurred),
            "said_by": who(entry),
            "between": list(found.between),
            "every": found.every,
            "next": str(found.next) if found.next else None,
            "note": entry.event.note,
        }
        for entry, found in zip(recorded, contact.contacts(history), strict=True)
    ]


def show_board(data: Data, words: Words) -> None:
    """The board on the page."""
    listed(
        "Members",
        ("Party", "Role", "Person", "Name", "Standing", "As", "Since"),
        (
            (
                Cell(words.party(member["party"]), member["party"]),
                role(member["role"], words),
                member["person"],
                member["name"],
                member["standing"],
                "observer" if member["observer"] else "chair" if member["chair"] else "member",
                day(member["since"]),
            )
            for member in data["members"]
        ),
    )
    listed(
        "Left the board",
        ("On", "Who"),
        ((day(gone["on"]), role(_seat(gone), words)) for gone in data["left"]),
    )
    _show_boards(data["boards"], words)
    for caption, closed in (("Open actions", False), ("Closed actions", True)):
        listed(
            caption,
            ("Action", "Board", "What", "Owner", "By", "Standing", "Note"),
            (
                (
                    action["action"],
                    str(action["board"]),
                    action["text"],
                    role(action["owner"], words),
                    day(action["by"]),
                    _action(action),
                    action["note"],
                )
                for action in data["actions"]
                if (action["closed"] is not None) == closed
            ),
        )
    listed(
        "The council is ready to lead",
        ("On", "Who", "Why"),
        ((day(said["on"]), role(said["said_by"], words), said["reason"]) for said in data["council_readiness"]),
    )
    listed(
        "Rhythm of contact between leads",
        ("Agreed", "Who", "Every", "The first by"),
        ((day(said["on"]), role(said["said_by"], words), said["every"], day(said["next"])) for said in data["rhythms"]),
    )
    listed(
        "Contact between leads",
        ("On", "Between", "Rhythm then", "The next by", "Note"),
        (
            (day(met["on"]), roles(met["between"], words), met["every"], day(met["next"]), met["note"])
            for met in data["contacts"]
        ),
    )


def _set_for(meeting: Data) -> Values:
    where = "".join(f", {part}" for part in (meeting["time"], meeting["place"]) if part)
    return Cell(dates.printed(meeting["date"]) + where, meeting["date"] + where)


def _not_held(meeting: Data) -> str:
    return f"called off {dates.printed(meeting['cancelled'])}" if meeting["cancelled"] else "not held"


def _show_boards(boards: list[Data], words: Words) -> None:
    listed(
        "Boards",
        (
            "#",
            "Set for",
            "For the milestone",
            "Report",
            "Agreed with the council",
            "Held",
            "Present",
            "Quorate",
            "Minutes",
        ),
        (
            (
                str(each["board"]) + (" (extraordinary)" if each["extraordinary"] else ""),
                _set_for(each),
                _milestone(each),
                _report(each),
                yes_or_no(each["agreed_with_council"]),
                day(each["held"]) or _not_held(each),
                number(each["present"]),
                _quorum(each, words),
                day(each["minutes"]) or ("not sent round" if each["held"] else None),
            )
            for each in boards
        ),
    )
    listed(
        "Who attended",
        ("#", "Attended"),
        ((str(each["board"]), roles(each["attended"], words)) for each in boards if each["attended"]),
    )


def _milestone(each: Data) -> Values:
    by = each["reach_by"]
    return Cell(f"{each['milestone']} (by {dates.printed(by)})" if by else each["milestone"] or "", each["milestone"])


def _report(each: Data) -> Values:
    sent = each["reported"]
    late = " (late)" if each["report_late"] else ""
    return Cell(f"{dates.printed(sent)}{late}", f"{sent}{late}") if sent else "not sent"


def _quorum(each: Data, words: Words) -> Values:
    missing = each["missing"]
    if not missing:
        return yes_or_no(each["quorate"])
    return Cell(f"no, missing: {', '.join(map(words.party, missing))}", f"no, missing: {', '.join(missing)}")


def _seat(gone: Data) -> str:
    return f"{gone['role']}/{gone['person']}" if gone["person"] else str(gone["role"])


def _action(action: Data) -> Cell:
    if action["closed"]:
        return Cell(f"closed, {dates.printed(action['closed'])}", f"closed {action['closed']}")
    return Cell("late", style="bold red") if action["late"] else Cell("open")
