"""Why a command was refused, in sentences: who may, in which stage, what is missing.

Every rule of the domain and of the engine has its template here; a test looks for those that have none.
"""

from collections.abc import Mapping

from faces.prose import (
    agreeing,
    boards,
    council,
    deciding,
    directory,
    disputing,
    ending,
    franchise,
    general,
    indicators,
    intervening,
    moving,
    office,
    owing,
    participation,
    partnering,
    sector_help,
    working,
)
from faces.prose.saying import Details, Said, Template, listed
from faces.words import Words

__all__ = ["CAUTIONS", "TEMPLATES", "Details", "Said", "refused", "warned"]


def refused(rule: str, details: Details, words: Words) -> Said:
    """A refusal in words."""
    template = TEMPLATES.get(rule)
    try:
        return template(details, words) if template else Said(f"The rule '{rule}' does not allow it.")
    except KeyError:  # a refusal of another release, with other details
        return Said(f"The rule '{rule}' does not allow it ({listed([f'{k}: {v}' for k, v in details.items()])}).")


def warned(rule: str, details: Details, words: Words) -> Said:
    """A caution in words."""
    template = CAUTIONS.get(rule)
    try:
        return template(details, words) if template else Said(f"Worth a look: {rule}.")
    except KeyError:  # of another release, with other details
        return Said(f"Worth a look: {rule} ({listed([f'{k}: {v}' for k, v in details.items()])}).")


def _step_refused(details: Details, words: Words) -> Said:
    inner = refused(details["rule"], details["details"], words)
    return Said(f"Line {details['line']} (step {details['step']}): {inner.sentence}", inner.hint)


TEMPLATES: Mapping[str, Template] = {
    **general.REFUSALS,
    **disputing.REFUSALS,
    **moving.REFUSALS,
    **council.REFUSALS,
    **deciding.REFUSALS,
    **agreeing.REFUSALS,
    **working.REFUSALS,
    **boards.REFUSALS,
    **ending.REFUSALS,
    **intervening.REFUSALS,
    **partnering.REFUSALS,
    **franchise.REFUSALS,
    **indicators.REFUSALS,
    **participation.REFUSALS,
    **sector_help.REFUSALS,
    **owing.REFUSALS,
    **directory.REFUSALS,
    **office.REFUSALS,
    "step-refused": _step_refused,
}
"""How each rule that refuses is told."""

CAUTIONS: Mapping[str, Template] = {
    **disputing.CAUTIONS,
    **council.CAUTIONS,
    **deciding.CAUTIONS,
    **agreeing.CAUTIONS,
    **working.CAUTIONS,
    **boards.CAUTIONS,
    **ending.CAUTIONS,
    **intervening.CAUTIONS,
    **partnering.CAUTIONS,
    **franchise.CAUTIONS,
    **indicators.CAUTIONS,
    **participation.CAUTIONS,
    **sector_help.CAUTIONS,
}
"""How each caution is told."""
