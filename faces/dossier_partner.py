"""Of a dossier: statutory directions, the contracts with the strategic partner, and the independent chair's final report."""

from collections.abc import Iterator
from typing import Any

from domain.chair_report import chair_report
from domain.partner_contract import PartnerContract, contracts, invoices
from domain.statutory_direction import statutory_directions
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_named,
    all_told,
    day,
    done,
    facts,
    listed,
    named,
    number,
    pounds,
    role,
    told,
    told_if,
    with_printed_dates,
    yes_or_no,
)
from faces.telling.partnering import CONTRACT_ENDED, ENDED, GROUNDS_OF_AMENDMENT, TESTED
from faces.words import Words

QUESTIONS = {
    "progress": "Is progress continuous in key areas?",
    "succession": "Are succession arrangements sound?",
    "targets": "Which targets are met, and when?",
    "services": "Which services improved?",
    "partners": "Do partners work well together?",
    "acceleration": "What must speed up?",
}
"""What each question that the source's report covered asks."""

_ENDED = {**ENDED, "replaced": "replaced the same day"}


def directions(record: OnRecord) -> list[Data] | None:
    """Every direction: how it was given, the terms for its ending, what was confirmed, and its end."""
    return [
        {
            **told(each.given),
            "terms_for_ending": told_if(each.terms),
            "confirmed": told_if(each.confirmed),
            "ended": told_if(each.ended),
        }
        for each in statutory_directions(record.history)
    ] or None


def show_directions(data: list[Data], words: Words) -> None:
    """The directions on the page."""
    for each in data:
        facts(_direction(each, words), f"Direction {each['direction']}")


def _direction(each: Data, words: Words) -> Iterator[tuple[str, Values]]:
    yield "Given", done(each)
    yield "By", role(each["said_by"], words)
    yield "Power", each["power"]
    yield "Addressed to", ", ".join(each["addressed_to"])
    yield "Functions", ", ".join(each["functions"])
    yield "To be exercised by", each["partner"]
    yield "Until", day(each["until"])
    yield "Terms", each["terms"]
    yield "Document", each["document"]
    if terms := each["terms_for_ending"]:
        yield "Terms for ending set", done(terms)
        yield "To end by", day(terms["by"])
        yield "Tests", all_named(terms["tests"], TESTED)
        yield "In words", terms["text"]
    if confirmed := each["confirmed"]:
        yield "End confirmed", done(confirmed)
        yield "Subject to", all_named(confirmed["subject_to"], {})
        yield "In words", confirmed["text"]
    if ended := each["ended"]:
        yield "Ended", done(ended, _ENDED.get(ended["how"], ended["how"]))
        yield "Because of", all_named(ended["because"], TESTED)
        yield "Why", ended["reason"]


def partner_contracts(record: OnRecord) -> Data | None:
    """Every contract with the partner as it stands, and every invoice."""
    found = [_contract(each) for each in contracts(record.history)]
    if not found:
        return None
    sent = [
        {**told(each.received), "standing": each.standing, "disputed": told_if(each.disputed)}
        for each in invoices(record.history).values()
    ]
    return {"contracts": found, "invoices": sent}


def _contract(each: PartnerContract) -> Data:
    return {
        **told(each.signed),
        "ends": str(each.ends) if each.ends else None,
        "work": [work.model_dump(mode="json") for work in each.work.values()],
        "fees": [
            {
                **with_printed_dates(fee.model_dump(mode="json")),
                "invoiced_fixed": str(each.invoiced.get((year, "fixed"), 0)),
                "invoiced_variable": str(each.invoiced.get((year, "variable"), 0)),
            }
            for year, fee in each.fees.items()
        ],
        "amendments": all_told(each.amendments),
        "extensions": all_told(each.extensions),
        "reviews": all_told(each.reviews),
        "ended": told_if(each.ended),
    }


def show_partner_contracts(data: Data, words: Words) -> None:
    """The contracts and invoices on the page."""
    for each in data["contracts"]:
        facts(_terms(each), f"Contract {each['contract']}")
        listed("Work", ("Work", "Charge", "What"), ((w["id"], w["charge"], w["title"]) for w in each["work"]))
        listed(
            "Years",
            ("Year", "Fixed", "Variable, at most", "Fixed, invoiced", "Variable, invoiced"),
            (
                (number(fee["year"]), *(pounds(fee[name]) for name in ("fixed", "variable")), *_invoiced(fee))
                for fee in each["fees"]
            ),
        )
        listed("Reviews, amendments and extensions", ("On", "What", "In words"), _changes(each))
    listed(
        "Invoices",
        ("Invoice", "Contract", "Year", "Fixed", "Variable", "Received", "Standing"),
        (
            (
                each["invoice"],
                number(each["contract"]),
                number(each["year"]),
                pounds(each["fixed"]),
                pounds(each["variable"]),
                day(each["on"]),
                each["standing"],
            )
            for each in data["invoices"]
        ),
    )


def _terms(each: Data) -> Iterator[tuple[str, Values]]:
    yield "Partner", each["partner"]
    yield "Signed", done(each)
    yield "Starts", day(each["starts"])
    yield "Ends", day(each["ends"])
    yield "Years", number(each["years"])
    yield "Price", pounds(each["price"])
    yield "Lawyers at the drafting", yes_or_no(each["lawyers"])
    yield "Scope", each["scope"]
    yield "Document", each["document"]
    if ended := each["ended"]:
        yield "Ended", done(ended, CONTRACT_ENDED.get(ended["how"], ended["how"]))


def _invoiced(fee: Data) -> tuple[Values, Values]:
    return pounds(fee["invoiced_fixed"]), pounds(fee["invoiced_variable"])


def _changes(each: Data) -> Iterator[tuple[Values, Values, Any]]:
    for review in each["reviews"]:
        yield day(review["on"]), f"reviewed: {review['finding'].replace('-', ' ')}", review["text"]
    for amendment in each["amendments"]:
        ground = amendment["ground"]
        why = f", as {GROUNDS_OF_AMENDMENT.get(ground, ground)}" if ground else ""
        yield day(amendment["on"]), f"amended{why}", amendment["text"]
    for extension in each["extensions"]:
        yield day(extension["on"]), f"extended to {extension['ends']}", extension["reason"]


def final_report(record: OnRecord) -> Data | None:
    """The questions that the chair's final report answers, and the report on them."""
    found = chair_report(record.history)
    return {"questions": told(found.questions), "report": told_if(found.report)} if found else None


def show_final_report(data: Data, words: Words) -> None:
    """The questions on the page, each with its answer."""
    asked, report = data["questions"], data["report"]
    facts(
        (
            ("Questions set", done(asked)),
            ("To be answered by", day(asked["by"])),
            ("Handed in", done(report) if report else "not yet"),
        )
    )
    answers = {each["question"]: each["text"] for each in report["answers"]} if report else {}
    listed(
        "Questions",
        ("Question", "Answer"),
        ((each["text"] or named(each["id"], QUESTIONS), answers.get(each["id"])) for each in asked["questions"]),
    )
