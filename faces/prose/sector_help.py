"""Help from the sector."""

from collections.abc import Mapping

from faces.prose.saying import Details, Said, Template, listed, simple
from faces.words import Words


def _scenario_does_not_fit(details: Details, words: Words) -> Said:
    stands = "acknowledges the challenge" if details["acknowledged"] else "does not acknowledge the challenge"
    return Said(
        f"The council {stands}, and the scenario '{details['scenario']}' is for one that does otherwise.",
        f"scenarios that fit are: {listed(details['scenarios'])}",
    )


REFUSALS: Mapping[str, Template] = {
    "scenario-does-not-fit": _scenario_does_not_fit,
    "helpers-needed": simple(
        "Support for the scenario {scenario} names who helps.", "give helpers=; the source names {named}"
    ),
    "helper-not-named": simple(
        "The source does not name {helpers} for the scenario {scenario}.",
        "choose among {named}, or give a reason with reason=",
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "helpers-not-named": simple(
        "The support for the scenario {scenario} has helpers that its source does not name: {helpers}.",
        "the reason is on record with the choice, if there is one",
    ),
}
