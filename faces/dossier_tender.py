"""Of a dossier: the tender for a team, and the award."""

from collections.abc import Iterator
from decimal import Decimal

from domain import contract, panel, tender
from domain.part import History
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    covered,
    day,
    done,
    facts,
    in_phase_any,
    listed,
    pounds,
    role,
    roles,
    told,
    told_if,
    yes_or_no,
)
from faces.words import Words

_OF_THE_TENDER = (*tender.EVENTS, *panel.EVENTS)


def bidding(record: OnRecord) -> Data | None:
    """The tender of a phase: route, criteria, bids with their people, interests, scores, ranking and panel.

    What bids say and ask for is for bidder and panel: of content, price and CVs it only says that they are there.
    """
    history = record.history
    if not in_phase_any(history, _OF_THE_TENDER):
        return None
    return {
        "invitation": told_if(tender.invitation(history)),
        "clarifications": all_told(history.in_phase(tender.ClarificationHeld)),
        "presentations": all_told(history.in_phase(tender.PresentationsHeld)),
        "bids": [_bid(found, history) for found in panel.bids(history)],
        "taken_off": all_told(history.in_phase(tender.IndividualTakenOff)),
        "interests": all_told(history.in_phase(panel.InterestDeclared)),
        "ranking": [
            {
                "bidder": found.bidder,
                "total": found.total,
                "mean": f"{float(found.mean):.2f}",
                "members": list(found.members),
                "left_out": list(found.left_out),
            }
            for found in panel.ranking(history)
        ],
        "panel": told_if(panel.last_panel(history)),
        "panels": len(history.in_phase(panel.PanelSat)),
    }


def _bid(found: panel.BidStanding, history: History) -> Data:
    said = covered(told(tender.received(history)[found.bidder]))
    return {
        **said,
        "people": [{**each, "taken_off": each["person"] in found.taken_off} for each in said["people"]],
        "interests": list(found.interests),
        "scores": [
            {"member": scored.member, "scores": {each.criterion: each.score for each in scored.scores}}
            for scored in found.scores
        ],
    }


def show_bidding(data: Data, words: Words) -> None:
    """The tender on the page."""
    invited = data["invitation"]
    facts(_tender_facts(data, invited))
    listed(
        "Criteria",
        ("Criterion", "Title", "Weight"),
        ((each["id"], each["title"], str(each["weight"] or 1)) for each in (invited or {}).get("criteria", ())),
    )
    listed(
        "Bids",
        ("Bidder", "On", "Content", "Price"),
        ((bid["bidder"], day(bid["on"]), bid["content"], bid["price"]) for bid in data["bids"]),
    )
    off = {(each["bidder"], each["person"]): each for each in data["taken_off"]}
    listed(
        "People put forward",
        ("Bidder", "Person", "Name", "CV", "Taken off", "Why"),
        (
            (
                bid["bidder"],
                each["person"],
                each["name"],
                each["cv"],
                done(gone, "taken off") if (gone := off.get((bid["bidder"], each["person"]))) else None,
                gone["reason"] if gone else None,
            )
            for bid in data["bids"]
            for each in bid["people"]
        ),
    )
    listed(
        "Interests",
        ("Member", "Bidder", "On", "Interest"),
        ((role(each["member"], words), each["bidder"], day(each["on"]), each["nature"]) for each in data["interests"]),
    )
    listed(
        "Scores",
        ("Bidder", "Member", "Criterion", "Score"),
        (
            (bid["bidder"], role(scored["member"], words), criterion, str(score))
            for bid in data["bids"]
            for scored in bid["scores"]
            for criterion, score in scored["scores"].items()
        ),
    )
    listed(
        "Ranking",
        ("Place", "Bidder", "Weighted in all", "A member", "Members", "Not counted"),
        (
            (
                str(place),
                found["bidder"],
                str(found["total"]),
                found["mean"],
                str(len(found["members"])),
                ", ".join(found["left_out"]),
            )
            for place, found in enumerate(data["ranking"], start=1)
        ),
    )
    sat = data["panel"]
    if sat:
        facts(
            (
                ("Sat", done(sat)),
                ("Meetings", str(data["panels"])),
                ("Members", roles(sat["members"], words)),
                ("Aside", roles(sat["aside"], words) if sat["aside"] else "nobody"),
                ("Quorate", yes_or_no(sat["quorate"])),
                ("Prefers", sat["preferred"]),
            ),
            "Panel",
        )


def _tender_facts(data: Data, invited: Data | None) -> Iterator[tuple[str, Values]]:
    if invited:
        yield "Invited", done(invited)
        yield "Route", invited["route"]
        yield "Why this route", invited["reason"]
        yield "Framework", invited["framework"]
        yield "Closes", day(invited["closes"])
        yield "Firms invited", ", ".join(invited["invited"])
    for name, meetings in (("Clarification", data["clarifications"]), ("Presentations", data["presentations"])):
        yield from ((name, done(held, ", ".join(held["bidders"]))) for held in meetings)


# The award


def award(record: OnRecord) -> Data | None:
    """The award of a phase: days by consultant and rate, charges, deliverables, outcomes and exit strategy."""
    history = record.history
    terms = contract.award_terms(history)
    if terms is None:
        return None
    entry = history.in_phase(contract.ContractAwarded)[-1]
    return {
        **told(entry),
        "consultants": [
            {"person": fee.person, "days": fee.days, "rate": fee.rate, "amount": fee.amount} for fee in terms.fees
        ],
        "fees": sum((fee.amount for fee in terms.fees), Decimal()) if terms.fees else None,
        "preferred": terms.preferred,
    }


def show_award(data: Data, words: Words) -> None:
    """The award on the page."""
    facts(
        (
            ("Team", data["team"]),
            ("Awarded", done(data)),
            ("By", role(data["said_by"], words)),
            ("From", day(data["starts"])),
            ("To", day(data["ends"])),
            ("Days", data["days"]),
            ("Price", pounds(data["price"])),
            ("Fixed charges", pounds(data["fixed_charges"])),
            ("Variable charges", pounds(data["variable_charges"])),
            ("Days at their rates", pounds(data["fees"])),
            ("The panel preferred", data["preferred"]),
            ("Why this team", data["reason"]),
            ("Exit strategy", data["exit_strategy"]),
        )
    )
    listed(
        "Consultants",
        ("Person", "Days", "Rate a day", "Comes to"),
        (
            (each["person"], str(each["days"]), pounds(each["rate"]), pounds(each["amount"]))
            for each in data["consultants"]
        ),
    )
    listed("Deliverables", ("Deliverable", "Title"), ((each["id"], each["title"]) for each in data["deliverables"]))
    listed(
        "Outcomes", ("Outcome", "What is to be different"), ((each["id"], each["text"]) for each in data["outcomes"])
    )
