"""A franchise with a partner council."""

from collections.abc import Mapping

from faces.prose.saying import Details, Said, Template, incomplete, simple
from faces.words import Words, plain


def _phase_not_next(details: Details, words: Words) -> Said:
    following = details["following"]
    return Said(
        f"The phase {details['phase']} is not the next one.",
        f"the next is {following}" if following else "the contract has no phase that is still to begin",
    )


"""A template for every rule."""


REFUSALS: Mapping[str, Template] = {
    "franchise-agreed-already": simple(
        "The two councils agreed on the franchise already.", "change-franchise changes the contract"
    ),
    "own-partner": simple("The partner is the council itself ({council}).", "give the GSS code of the other council"),
    "franchise-incomplete": incomplete("The contract of a franchise names {missing} too."),
    "franchise-change-empty": simple(
        "Nothing in the contract would change.", "say what does: value=, ends=, phases= ..."
    ),
    "grants-beyond-value": simple(
        "The grants come to {grants:£}, more than the value of {value:£}.", "mend value= or grants="
    ),
    "funding-does-not-add-up": simple(
        "Grants of {grants:£} and the council's own {own_share:£} do not come to the value of {value:£}.",
        "mend own_share=, grants= or value=",
    ),
    "phases-out-of-order": simple("The phases stand out of order: {phases}.", "their order is {order}"),
    "phase-does-not-follow": simple(
        "The phase {phase} begins {begins:on}, and {before} ends {ends:on}: between phases lies no gap and no overlap.",
        "it begins {wanted:on}, or in that month",
    ),
    "phases-not-the-term": simple(
        "The contract {what} {term:on} and its phases {phases:on}: they are to be the same.",
        "mend phases=, starts= or ends=",
    ),
    "phase-not-next": _phase_not_next,
    "phase-begins-otherwise": simple(
        "The phase {phase} begins {begins:on} by the contract, and not {occurred:on}.",
        "give the day on which it began with --on; where it was moved, change-franchise says so first",
    ),
    "phase-begun-otherwise": simple(
        "The phase {phase} has begun ({on}): a change of the contract leaves its beginning as it is.", "mend phases="
    ),
    "value-below-charges": simple(
        "{charged:£} has been claimed already, more than a value of {value:£}.", "refuse charges first, or mend value="
    ),
    "charge-beyond-value": simple(
        "{amount:£} is too much: {left:£} is left of the contract's {value:£}.",
        "claim no more than the rest; only change-franchise brings more",
    ),
    "no-such-charge": simple("There is no charge {claim}.", "claimed so far: {claims}"),
    "charge-answered-already": simple(
        "Charge {claim} was answered already {on:on}.", "correct that answer if it is wrong"
    ),
    "own-charge": simple(
        "Nobody answers a charge that they claimed, as charge {claim}.", "let somebody else answer it"
    ),
    "mirror-of-oneself": simple(
        "{person} leads {workstream} in the other council already.", "the two councils name a lead each"
    ),
    "mirror-leads-missing": simple(
        "{workstream} has no lead in: {missing}. Both councils name one before it starts.", "name-mirror-lead does"
    ),
    "workstream-runs-already": simple("{workstream} has been running since {on}.", "nothing more needs to be done"),
    "workstream-not-running": simple("There is no workstream {workstream} under way.", "under way are {running}"),
    "area-of-the-other": simple("{area} is no area in which the {to} benefits.", "its areas are {areas}; see to="),
    "indicator-without-values": simple(
        "The indicator {indicator} has no values yet, so it shows nothing.", "record-indicators records them"
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "franchise-contradicts-itself": lambda details, words: Said(
        f"As it reads now, the contract contradicts itself ({plain(details['rule'])}).", "correct it with correct-event"
    ),
    "charged-beyond-value": simple(
        "Charges come to {charged:£}, more than the contract's {value:£}.", "correct them, or refuse one"
    ),
    "mirror-lead-missing": simple(
        "{workstream} runs, and nobody was ever named to lead it in: {missing}.", "name-mirror-lead names one"
    ),
    "benefits-without-evidence": simple(
        "Nothing shows these benefits: {benefits}.", "where there is evidence, correct-event adds it"
    ),
}
