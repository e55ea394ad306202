"""A statutory direction to contract with a partner, the contract and the chair's report."""

from collections.abc import Mapping

from faces import dates
from faces.prose.saying import Details, Said, Template, incomplete, simple
from faces.words import Words


def _no_statutory_direction(details: Details, words: Words) -> Said:
    ended = f": the last one ended {dates.on(details['ended'])}" if details["ended"] else ""
    return Said(
        f"{details['command']} needs a direction in force, and none is{ended}.",
        "give one with give-statutory-direction",
    )


REFUSALS: Mapping[str, Template] = {
    "statutory-direction-in-force": simple(
        "Direction {direction} is in force.", "replace-statutory-direction gives another in its place the same day"
    ),
    "statutory-direction-incomplete": incomplete("A direction names {missing} too."),
    "no-statutory-direction-in-force": _no_statutory_direction,
    "question-without-words": simple(
        "A question that is none of {known} says what it asks: {questions}.", "give each a text"
    ),
    "never-asked": simple("That was never asked: {given}.", "the questions that stand: {questions}"),
    "questions-unanswered": simple(
        "The chair's report answers every question that was set, and leaves out {missing}.", "answer each of them"
    ),
    "partner-contract-incomplete": incomplete("A contract with the partner names {missing} too."),
    "contract-years-with-a-gap": simple(
        "Contract years count from 1 without a gap: the fees are for {given}, and not for {wanted}.",
        "give each year one fee, in order",
    ),
    "no-such-partner-contract": simple("There is no contract {contract}.", "contracts: {contracts}"),
    "partner-contract-over": simple("Contract {contract} ended {on:on}.", "sign another one"),
    "next-review-before": simple(
        "The next review can't be {next:on}, before this one, {occurred:on}.", "mend next=, or the date"
    ),
    "contract-not-expired": simple(
        "The contract runs to {ends}, so it did not expire {occurred:on}.",
        "say how it ended otherwise: how=terms-satisfied, tapered or terminated",
    ),
    "contract-not-extended": simple(
        "Contract {contract} runs to {ends} already; an extension carries it further, and this one would end {given:on}.",
        "give a later ends=",
    ),
    "ground-needed": simple(
        "An amendment of contract {contract} says its ground.",
        "add ground=, which is not-working, blockage, resources, objectives or stakeholder",
    ),
    "work-already": simple("Contract {contract} has the work {work} already.", "give the new work another id"),
    "work-not-in-contract": simple(
        "Contract {contract} has no work called {work}.", "its work: {known}; amend-partner-contract adds to it"
    ),
    "charged-otherwise": simple(
        "Invoice {invoice} charges {work} as {charge}, and the contract has it as {agreed}.",
        "correct the line, or amend the contract",
    ),
    "no-such-contract-year": simple(
        "Contract {contract} has no fee for year {year}.", "its years: {years}; extend-partner-contract adds to them"
    ),
    "beyond-the-charge": simple(
        "{amount:£} is too much: of the {charge} charge of {agreed:£} for year {year}, {invoiced:£} is invoiced.",
        "invoice no more than the rest; what is disputed counts until it is settled",
    ),
    "invoice-already": simple("There is an invoice {invoice} already.", "give this one its own id"),
    "no-such-invoice": simple("There is no invoice {invoice}.", "invoices: {invoices}"),
    "invoice-standing": simple(
        "Invoice {invoice} is {standing}.", "one that was received may be disputed once, and what is disputed settled"
    ),
    "not-on-the-invoice": simple("Invoice {invoice} has no line for {work}.", "its lines: {lines}"),
}


CAUTIONS: Mapping[str, Template] = {
    "direction-ended-untested": simple(
        "Direction {direction} ended without: {missing}.", "look at these while the council is monitored"
    ),
    "contract-of-unusual-length": simple(
        "Contract {contract} is for {years:year}; those that are known of were for three to seven.",
        "see that its years are right",
    ),
    "fees-do-not-fall": simple(
        "Contract {contract} costs more in year {year} than in the year before.",
        "charges were front-loaded and reduced in phases; see that this is meant",
    ),
    "no-lawyers-at-the-drafting": simple(
        "No lawyers were at the drafting of contract {contract}.", "disputes over invoices came of that"
    ),
    "indicators-not-relevant": simple(
        "The review of contract {contract} ({on}) found indicators that no longer say what matters.",
        "drop them with drop-indicators, and define others",
    ),
    "invoice-in-dispute": simple("Invoice {invoice} is in dispute.", "settle it with settle-partner-invoice"),
}
