"""Indicators."""

from collections.abc import Mapping

from faces.prose.saying import Details, Said, Template, simple
from faces.words import Words

MISFITS = {
    "not-a-number": "it is no number",
    "other-sign": "it is printed with the sign of another unit",
    "below-nothing": "it is less than nothing",
    "above-a-hundred": "it is more than a hundred per cent",
    "not-whole": "it is no whole number",
    "not-pence": "it is no whole number of pence",
}
"""Why a value does not fit its unit."""


def _value_does_not_fit(details: Details, words: Words) -> Said:
    period = f" for {details['period']}" if details["period"] else ""
    why = MISFITS.get(details["why"], details["why"])
    return Said(
        f"Value {details['number']}, of {details['indicator']}{period}, does not fit: "
        f"{details['value']} is no value in the unit {details['unit']}, as {why}.",
        "mend the value; words such as 'New' in place of one are given as gap=, and not as value=",
    )


REFUSALS: Mapping[str, Template] = {
    "indicator-already": simple(
        "There is an indicator {indicator} already.",
        "what is measured otherwise is another indicator: give it another id",
    ),
    "indicator-dropped": simple(
        "The indicator {indicator} is no longer measured.", "define another one in its place with define-indicators"
    ),
    "value-does-not-fit": _value_does_not_fit,
    "period-not-begun": simple(
        "The period {period} had not begun {occurred:on}, so it has no values.", "mend period=, or the date"
    ),
    "indicator-recorded-already": simple(
        "{indicator} has a value for {period} already ({of}): {value}.", "correct it with correct-event"
    ),
}


CAUTIONS: Mapping[str, Template] = {
    "indicator-turned-down": simple(
        "The indicator {indicator} turned down between {since} and {until}.", "look into it: some do as a contract ends"
    ),
}
