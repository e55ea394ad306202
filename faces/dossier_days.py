"""Of a dossier: the account of days and money, claim by claim, and when the days run out."""

from collections.abc import Iterator
from decimal import Decimal

from domain import account as an_account
from domain.account import Account, Claim, FinalDaysUsed
from domain.course import EngagementClosed
from domain.dates import When
from domain.exit import ExitSignedOff
from domain.part import History
from domain.work import workstreams
from faces import dates
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    day,
    done,
    facts,
    in_phase_any,
    listed,
    number,
    pounds,
    role,
    told,
    told_if,
)
from faces.page import Cell
from faces.words import Words

COMPARED = {"before": "before the contract ends", "with": "as the contract ends", "after": "after the contract ends"}
"""When the days run out, beside the contract's end."""

_USED = (an_account.DaysUsed, an_account.FinalDaysUsed, an_account.DaysSignedOff, an_account.PaymentRecorded)


def days(record: OnRecord) -> Data | None:
    """The account of a phase, its claims, sign-offs and payments, and a forecast by the pace so far."""
    history = record.history
    now = an_account.account(history)
    if now.contracted is None and not in_phase_any(history, _USED):
        return None
    award = an_account.award_of(history)
    return {
        "awarded": award.days if award else None,
        "added": now.added,
        "contracted": now.contracted,
        "used": now.used,
        "remaining": now.remaining,
        "by_consultant": list(_by_consultant(now, history)),
        "by_workstream": list(_by_workstream(now, history)),
        "passed": now.passed,
        "used_by_council": now.used_by_council,
        "released": now.released,
        "left": now.left,
        "signed_off": now.signed_off,
        "worth": _to_the_penny(now.worth),
        "paid_days": now.paid_days,
        "paid": now.paid,
        "paid_fixed": now.paid_by_kind.get("fixed", Decimal()),
        "paid_variable": now.paid_by_kind.get("variable", Decimal()),
        "price": award.price if award else None,
        "forecast": _forecast(record, now),
        "claims": [_claim(claim) for claim in an_account.claims(history)],
        "sign_offs": all_told(history.in_phase(an_account.DaysSignedOff)),
        "payments": all_told(history.in_phase(an_account.PaymentRecorded)),
    }


def _by_consultant(now: Account, history: History) -> Iterator[Data]:
    """Everybody whom the award names or who used days; without a consultant what nobody put a name to."""
    allocated = an_account.allocations(history)
    for person in dict.fromkeys([*allocated, *now.by_consultant]):
        own = allocated.get(person) if person else None
        yield {
            "consultant": person,
            "used": now.by_consultant.get(person, Decimal()),
            "days": own.days if own else None,
            "rate": own.rate if own else None,
        }


def _by_workstream(now: Account, history: History) -> Iterator[Data]:
    titles = {strand.id: strand.title for strand in workstreams(history)}
    for name, used in now.by_workstream.items():
        yield {"workstream": name, "title": titles.get(name) if name else None, "used": used}


def _claim(claim: Claim) -> Data:
    return {
        "workstream": None,
        "piece": None,
        **told(claim.entry),
        "claim": claim.number,
        "of_council": isinstance(claim.entry.event, FinalDaysUsed),
        "signed_off": told_if(claim.signed_off),
    }


def _to_the_penny(amount: Decimal | None) -> Decimal | None:
    """`37500.00` for `37500.000`; what is finer than a penny stays as it is."""
    pence = amount.quantize(Decimal("0.01")) if amount is not None else None
    return pence if pence == amount else amount


def _forecast(record: OnRecord, now: Account) -> Data | None:
    """When the days run out; of a phase that is over or signed off, where every day is used, when they did."""
    history = record.history
    award, runs_out = an_account.award_of(history), an_account.forecast(history, record.today)
    if award is None or now.contracted is None or runs_out is None:
        return None
    used_up = now.used >= now.contracted - now.released
    over = record.followed_by or history.has(EngagementClosed) or history.in_phase(ExitSignedOff)
    if over and not used_up:
        return None
    ends, on = award.ends, When.day(runs_out)
    compared = None
    if ends is not None:
        compared = "before" if on.certainly_before(ends) else "after" if ends.certainly_before(on) else "with"
    return {
        "runs_out": str(runs_out),
        "used_up": used_up,
        "contract_ends": str(ends) if ends else None,
        "compared": compared,
    }


def show_days(data: Data, words: Words) -> None:
    """The account on the page."""
    facts(_account_facts(data))
    listed(
        "Days by consultant",
        ("Consultant", "Used", "Contracted", "Rate a day"),
        (
            (each["consultant"] or "not said", number(each["used"]), number(each["days"]), pounds(each["rate"]))
            for each in data["by_consultant"]
        ),
    )
    listed(
        "Days by workstream",
        ("Workstream", "Title", "Used"),
        ((each["workstream"] or "not said", each["title"], number(each["used"])) for each in data["by_workstream"]),
    )
    listed(
        "Claims",
        ("#", "On", "Who", "Days", "Consultant", "For", "Signed off", "By"),
        (
            (
                str(claim["claim"]),
                day(claim["on"]),
                role(claim["said_by"], words),
                number(claim["days"]),
                claim["consultant"],
                _purpose(claim),
                done(signed) if (signed := claim["signed_off"]) else "no sign-off names it",
                role(signed["said_by"], words) if signed else None,
            )
            for claim in data["claims"]
        ),
    )
    listed(
        "Sign-offs",
        ("On", "Who", "Days", "Claims"),
        (
            (
                day(said["on"]),
                role(said["said_by"], words),
                number(said["days"]),
                ", ".join(map(str, said["claims"])) or "none named",
            )
            for said in data["sign_offs"]
        ),
    )
    listed(
        "Payments",
        ("On", "Invoice", "Charge", "Days", "Amount"),
        (
            (day(paid["on"]), paid["invoice"], paid["kind"], number(paid["days"]), pounds(paid["amount"]))
            for paid in data["payments"]
        ),
    )


def _account_facts(data: Data) -> Iterator[tuple[str, Values]]:
    yield "Days contracted", number(data["contracted"]) or "not known"
    yield "Of them added by changes", number(data["added"])
    yield "Used", number(data["used"])
    yield "Remaining for the team", number(data["remaining"])
    yield "Passed to the council", number(data["passed"])
    yield "Of them used", number(data["used_by_council"])
    yield "Of them given back", number(data["released"])
    yield "Of them left", number(data["left"])
    yield "Signed off", number(data["signed_off"])
    if data["signed_off"]:
        yield "Worth at their rates", pounds(data["worth"]) or "not known: not every sign-off says whose days they were"
    yield "Price", pounds(data["price"])
    yield "Paid", pounds(data["paid"])
    yield "Of that fixed", pounds(data["paid_fixed"])
    yield "Of that for days", pounds(data["paid_variable"])
    forecast = data["forecast"]
    if forecast:
        on = forecast["runs_out"]
        how = "all used" if forecast["used_up"] else "an estimate by the pace so far"
        compared = f", {COMPARED[forecast['compared']]}" if forecast["compared"] else ""
        yield "The days run out", Cell(f"{dates.printed(on)} ({how}){compared}", f"{on} ({how}){compared}")
        yield "The contract ends", day(forecast["contract_ends"])


def _purpose(claim: Data) -> str | None:
    if claim["of_council"]:
        return f"the council's piece {claim['piece']}" if claim["piece"] else "the council's days"
    return str(claim["workstream"]) if claim["workstream"] else None
