"""A statutory direction to contract with a partner, the contract and the chair's report."""

from collections.abc import Iterable

from faces import dates
from faces.said import Body
from faces.words import Words, all_of, plain, pounds

ENDED = {"revoked": "revoked", "replaced-elsewhere": "replaced by one of another engagement"}

GROUNDS_OF_AMENDMENT = {
    "not-working": "the approach did not work",
    "blockage": "there was a blockage",
    "resources": "resources were short",
    "objectives": "objectives were new",
    "stakeholder": "a stakeholder asked",
}

CONTRACT_ENDED = {
    "expired": "it expired",
    "terms-satisfied": "its terms were satisfied",
    "tapered": "its work had tapered off",
    "terminated": "it was terminated",
}

TESTED = {"performance": "performance", "sustain": "the capacity to sustain it", "succession": "succession planning"}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "statutory-direction-given":
            return _statutory_direction(b)
        case "terms-for-ending-set":
            by = f", by {dates.when_in(b['by'])}" if b.get("by") else ""
            return f"Terms set for ending direction {b['direction']}{by}{_tests(b.get('tests'))}"
        case "end-of-direction-confirmed":
            subject = f", subject to {all_of(map(plain, b['subject_to']))}" if b.get("subject_to") else ""
            ends = f" for {dates.when_in(b['ends'])}" if b.get("ends") else ""
            return f"End of direction {b['direction']} confirmed{ends}{subject}"
        case "statutory-direction-ended" if b["how"] == "replaced":
            return f"Direction {b['direction']} replaced by direction {b['replaced_by']} the same day"
        case "statutory-direction-ended":
            return f"Direction {b['direction']} {ENDED.get(b['how'], b['how'])}{_tests(b.get('because'))}"
        case "partner-contract-signed":
            return _partner_contract(b)
        case "partner-contract-amended":
            ground = b.get("ground")
            why = f", as {GROUNDS_OF_AMENDMENT.get(ground, ground)}" if ground else ""
            return f"Contract {b['contract']} amended{why}"
        case "partner-contract-extended":
            return f"Contract {b['contract']} extended to {dates.when_in(b['ends'])}"
        case "partner-contract-reviewed":
            following = f"; the next review {dates.when_in(b['next'])}" if b.get("next") else ""
            return f"Contract {b['contract']} reviewed: {plain(b['finding'])}{following}"
        case "partner-invoice-received":
            parts = f"{pounds(b['fixed'])} fixed, {pounds(b['variable'])} variable"
            return f"Invoice {b['invoice']} of contract {b['contract']}, year {b['year']}: {parts}"
        case "partner-invoice-disputed":
            work = f": {all_of(map(plain, b['work']))}" if b.get("work") else ""
            return f"Invoice {b['invoice']} disputed{work}"
        case "partner-invoice-settled":
            return f"Invoice {b['invoice']} settled: it {'stands' if b['stands'] else 'counts no longer'}"
        case "partner-contract-ended":
            return f"Contract {b['contract']} ended: {CONTRACT_ENDED.get(b['how'], b['how'])}"
        case "chair-questions-set":
            by = f", to be answered by {dates.when_in(b['by'])}" if b.get("by") else ""
            return f"{dates.plural(len(b['questions']), 'question')} set for the chair's final report{by}"
        case "chair-report-submitted":
            return f"The chair's final report: {dates.plural(len(b['answers']), 'answer')}"
    return None


def _tests(tests: Iterable[str] | None) -> str:
    return f": {all_of(TESTED.get(test, test) for test in tests)}" if tests else ""


def _statutory_direction(b: Body) -> str:
    said = f"Direction {b['direction']} given" + (f" under {b['power']}" if b.get("power") else "")
    said += f" to {all_of(b['addressed_to'])}" if b.get("addressed_to") else ""
    said += f", for {all_of(b['functions'])}" if b.get("functions") else ""
    return said + (f", until {dates.when_in(b['until'])}" if b.get("until") else "")


def _partner_contract(b: Body) -> str:
    said = f"Contract {b['contract']} signed with {b['partner']}"
    said += f", from {dates.when_in(b['starts'])}" if b.get("starts") else ""
    said += f" to {dates.when_in(b['ends'])}" if b.get("ends") else ""
    return said + (f" ({dates.plural(b['years'], 'year')})" if b.get("years") else "")
