"""Of a dossier: notice, letters, directions, who was appointed, powers used and reports, and what is in force on the day."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain import best_value_notice, commissioners, directions, minded_to, progress_reports
from domain.commissioners import ReservedPowerUsed, appointments
from domain.dates import When
from domain.directions import Directions, FunctionsReturned, all_directions, held, in_force
from domain.minded_to import proposals
from domain.part import Entry, History
from domain.progress_reports import Report, reports
from faces import dates
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    day,
    days_of,
    facts,
    listed,
    number,
    pounds,
    recorded_any,
    told,
    told_if,
    yes_or_no,
)
from faces.page import Cell
from faces.telling.intervening import ABOUT, CONCLUDED, FOLLOWS
from faces.words import Words, all_of, plain

PARTS = (best_value_notice, minded_to, directions, commissioners, progress_reports)


def intervention(record: OnRecord) -> Data | None:
    """What ministers and their commissioners did, and what is in force on the day of the dossier."""
    history, today = record.history, When.day(record.today)
    if not recorded_any(history, [kind for part in PARTS for kind in part.EVENTS]):
        return None
    running = [notice for notice in best_value_notice.notices(history) if notice.runs_on(today)]
    return {
        "on": str(today),
        "in_force": {
            "notice": running[-1].number if running else None,
            "directions": [each.number for each in in_force(history, today)],
            "functions": sorted(held(history, today)),
            "in_post": [each.number for each in appointments(history) if each.in_post(today)],
        },
        "notices": [_notice(each) for each in best_value_notice.notices(history)],
        "proposals": [_proposal(each) for each in proposals(history)],
        "directions": [_directions(each, history) for each in all_directions(history)],
        "returned": all_told(history.all(FunctionsReturned)),
        "appointments": [
            {**told(each.appointed), "ended": str(each.ended) if each.ended else None} for each in appointments(history)
        ],
        "powers": all_told(history.all(ReservedPowerUsed)),
        "reports": [_report(each) for each in reports(history)],
    }


def _notice(notice: best_value_notice.Notice) -> Data:
    return {
        "notice": notice.number,
        "issued": all_told(notice.issued),
        "until": str(notice.until),
        "evidence": all_told(notice.evidence),
        "without_evidence": list(notice.without_evidence),
        "concluded": told_if(notice.concluded),
        "days_after_the_last": _days(notice.until, notice.concluded),
    }


def _proposal(proposal: minded_to.Proposal) -> Data:
    return {
        **told(proposal.announced),
        "received": all_told(proposal.received),
        "considered": told_if(proposal.considered),
        "dropped": told_if(proposal.dropped),
    }


def _directions(each: Directions, history: History) -> Data:
    letter = next((p.announced for p in proposals(history) if p.number == each.issued.event.proposal), None)
    return {
        **told(each.issued),
        "revoked": str(each.revoked) if each.revoked else None,
        "replaced_by": each.replaced_by,
        "days_after_the_letter": _days(letter.occurred, each.issued) if letter else None,
    }


def _report(report: Report) -> Data:
    return {
        **told(report.received),
        "replied": told_if(report.replied),
        "published": all_told(report.published),
        "decided": told_if(report.decided),
    }


def _days(start: When, end: Entry[Any] | None) -> int | None:
    """Days between two known days; None where one is not known to the day, or the end came first."""
    if end is None or start.earliest != start.latest or end.occurred.earliest != end.occurred.latest:
        return None
    days = (end.occurred.latest - start.latest).days
    return days if days >= 0 else None


# On the page


def show_intervention(data: Data, words: Words) -> None:
    """The intervention on the page."""
    facts(_standing(data))
    listed(
        "Best Value Notices",
        ("Notice", "Issued", "Until", "Themes", "Asks", "Without evidence", "What came of it", "Days after the last"),
        (_notice_row(each) for each in data["notices"]),
    )
    listed(
        "What ministers were minded to do",
        ("Proposal", "On", "To do what", "Representations by", "Representations", "Against", "Considered", "Dropped"),
        (_proposal_row(each) for each in data["proposals"]),
    )
    listed(
        "Directions",
        (
            "Number",
            "Kind",
            "From",
            "Until",
            "Functions",
            "Urgent",
            "Revoked",
            "By",
            "Days after the letter",
            "Published",
        ),
        (_directions_row(each) for each in data["directions"]),
    )
    listed(
        "Functions returned",
        ("On", "Functions", "At the council's request", "Still held"),
        (
            (day(each["on"]), _all(each["functions"]), yes_or_no(each["at_request"]), number(each["left"]))
            for each in data["returned"]
        ),
    )
    listed(
        "Appointments",
        ("Number", "Post", "Person", "Name", "Powers", "A day", "Days a year at most", "From", "To", "Ended"),
        (
            (
                number(each["appointment"]),
                Cell(plain(each["post"]), each["post"]),
                each["person"],
                each["name"],
                yes_or_no(each["powers"]),
                pounds(each["day_rate"]),
                number(each["days_a_year"]),
                day(each["starts"]),
                day(each["ends"]),
                day(each["ended"]),
            )
            for each in data["appointments"]
        ),
    )
    listed(
        "Reserved powers used",
        ("On", "Function", "Appointment", "Directions", "Decision", "Why"),
        (
            (
                day(each["on"]),
                Cell(plain(each["function"]), each["function"]),
                number(each["appointment"]),
                number(each["directions"]),
                each["decision"],
                each["reason"],
            )
            for each in data["powers"]
        ),
    )
    listed(
        "Reports",
        ("Report", "Received", "Covers to", "Advises to", "Reply", "Published", "Then", "Next due"),
        (_report_row(each) for each in data["reports"]),
    )


def _standing(data: Data) -> Iterator[tuple[str, Values]]:
    now = data["in_force"]
    yield "In force on", day(data["on"])
    yield "Best Value Notice", number(now["notice"]) or "none"
    yield "Directions", _all(map(str, now["directions"])) or "none"
    yield "Functions held", _all(now["functions"])
    yield "Appointments in post", _all(map(str, now["in_post"]))


def _all(names: Iterable[str]) -> Values:
    found = list(names)
    return Cell(all_of(map(plain, found)), " ".join(found)) if found else None


def _notice_row(each: Data) -> tuple[Values, ...]:
    last, ended = each["issued"][-1], each["concluded"]
    after = " (it had lapsed)" if ended and ended["lapsed"] else ""
    return (
        number(each["notice"]),
        days_of([one["on"] for one in each["issued"]]),
        day(each["until"]),
        _all(last["themes"]),
        _all(one["id"] for one in last["expectations"]),
        _all(each["without_evidence"]),
        Cell(f"{CONCLUDED[ended['outcome']]}, {dates.printed(ended['on'])}{after}", ended["outcome"])
        if ended
        else None,
        number(each["days_after_the_last"]),
    )


def _proposal_row(each: Data) -> tuple[Values, ...]:
    considered, dropped = each["considered"], each["dropped"]
    return (
        number(each["proposal"]),
        day(each["on"]),
        Cell(ABOUT[each["about"]], each["about"]),
        day(each["representations_by"]),
        number(considered["count"]) if considered else None,
        number(considered["against"]) if considered else None,
        day(considered["on"]) if considered else None,
        day(dropped["on"]) if dropped else None,
    )


def _directions_row(each: Data) -> tuple[Values, ...]:
    return (
        number(each["directions"]),
        each["kind"],
        day(each["on"]),
        day(each["until"]),
        _all(each["functions"]),
        yes_or_no(each["urgent"]),
        day(each["revoked"]),
        number(each["replaced_by"]),
        number(each["days_after_the_letter"]),
        _all(each["published"]),
    )


def _report_row(each: Data) -> tuple[Values, ...]:
    replied, decided = each["replied"], each["decided"]
    return (
        number(each["report"]),
        day(each["on"]),
        day(each["covers_to"]),
        Cell(FOLLOWS[each["advises"]], each["advises"]) if each["advises"] else None,
        day(replied["on"]) if replied else None,
        days_of([one["on"] for one in each["published"]]),
        Cell(FOLLOWS[decided["outcome"]], decided["outcome"]) if decided else None,
        day(each["next"]),
    )
