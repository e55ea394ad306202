"""Of a dossier: the franchise as it stands: terms, money, phases, charges, workstreams with their leads, benefits."""

from dataclasses import asdict
from typing import Any

from domain import benefits, franchise, mirrors
from domain.benefits import BenefitRealised
from domain.dates import When
from domain.franchise import FranchiseAgreed, FranchiseChanged
from domain.mirrors import Workstream, mirrored
from faces import words
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    day,
    facts,
    listed,
    named,
    number,
    pounds,
    recorded_any,
    role,
    told,
    told_if,
    with_printed_dates,
)
from faces.words import BENEFITS, FRANCHISE_PHASES, SIDES, Words, all_of

PARTS = (franchise, mirrors, benefits)


def the_franchise(record: OnRecord) -> Data | None:
    """What two councils agreed, what became of it, and who leads what on the day of the dossier."""
    history = record.history
    if not recorded_any(history, [kind for part in PARTS for kind in part.EVENTS]):
        return None
    money = franchise.money(history)
    return {
        "agreed": told_if(history.last(FranchiseAgreed)),
        "changes": all_told(history.all(FranchiseChanged)),
        "money": {**asdict(money), "left": money.left} if money else None,
        "grants": [grant.model_dump(mode="json") for grant in terms.grants]
        if (terms := franchise.terms(history))
        else [],
        "phases": [
            {
                **with_printed_dates(each.phase.model_dump(mode="json")),
                "begun": str(each.begun.occurred) if each.begun else None,
            }
            for each in franchise.phases(history)
        ],
        "charges": [{**told(each.claimed), "answered": told_if(each.answered)} for each in franchise.charges(history)],
        "workstreams": [_workstream(each) for each in mirrored(history, When.day(record.today)).values()],
        "benefits": all_told(history.all(BenefitRealised)),
    }


def _workstream(found: Workstream) -> Data:
    ended = str(found.ended.occurred) if found.ended else None
    return {**told(found.started), "leads": dict(found.leads), "ended": ended}


def show_franchise(data: Data, titles: Words) -> None:
    """The franchise on the page."""
    _show_terms(data)
    listed(
        "Phases",
        ("Phase", "What", "From", "To", "Begun"),
        (
            (
                named(each["kind"], FRANCHISE_PHASES),
                each["title"],
                day(each["begins"]),
                day(each["ends"]),
                day(each["begun"]),
            )
            for each in data["phases"]
        ),
    )
    listed(
        "Charges",
        ("Claim", "On", "Amount", "Answer", "Text"),
        (
            (str(c["claim"]), day(c["on"]), pounds(c["amount"]), _answer(c["answered"]), c["text"])
            for c in data["charges"]
        ),
    )
    listed(
        "Workstreams",
        ("Workstream", "Title", "Started", "Ended", "Lead in the council", "Lead in the partner"),
        (
            (w["workstream"], w["title"], day(w["on"]), day(w["ended"]), w["leads"]["council"], w["leads"]["partner"])
            for w in data["workstreams"]
        ),
    )
    listed(
        "Benefits",
        ("No.", "For", "Area", "Benefit", "Evidence", "On", "Who"),
        (
            (
                str(each["benefit"]),
                named(each["to"], SIDES),
                named(each["area"], BENEFITS),
                each["text"],
                _evidence(each),
                day(each["on"]),
                role(each["said_by"], titles),
            )
            for each in data["benefits"]
        ),
    )


def _show_terms(data: Data) -> None:
    agreed, money = data["agreed"], data["money"]
    if agreed is None:
        return
    last = data["changes"][-1] if data["changes"] else agreed
    facts(
        (
            ("Partner", agreed["partner"]),
            ("Aim", agreed["aim"]),
            ("Stars then and wanted", _between(agreed["stars_then"], agreed["stars_wanted"])),
            ("Agreed", day(agreed["on"])),
            ("From", day(agreed["starts"])),
            ("To", day(last["ends"])),
            ("Changes of the contract", number(len(data["changes"]) or None)),
            ("Value up to", pounds(money["value"])),
            ("Grants", _grants(data["grants"])),
            ("The council's own share", pounds(last["own_share"])),
            ("Claimed", pounds(money["claimed"])),
            ("Accepted", pounds(money["accepted"])),
            ("Left", pounds(money["left"])),
            ("Document", last["document"]),
        )
    )


def _grants(grants: list[dict[str, Any]]) -> str | None:
    return all_of(f"{words.pounds(grant['amount'])} from {grant['giver']}" for grant in grants) if grants else None


def _between(then: int | None, wanted: int | None) -> str | None:
    return None if then is None or wanted is None else f"{then} and {wanted}"


def _answer(answered: Data | None) -> str | None:
    if answered is None:
        return None
    return "accepted" if answered["accepted"] else f"refused: {answered['reason'] or 'no reason is on record'}"


def _evidence(each: dict[str, Any]) -> Values:
    said = [each["evidence"], each["document"], *each["indicators"]]
    return "; ".join(found for found in said if found) or None
