"""Names of things in plain words: roles and stages by the titles of their lifecycle, events by what they are.

`THINGS` names what must be there, as in "needs a plan received"; `cli.telling` says what happened, as in "Plan 1 received".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain import council, engagement
from domain.lifecycle import Lifecycle
from domain.obligations import ObligationRule

THINGS: Mapping[str, str] = {
    "engagement-opened": "an engagement opened",
    "stage-entered": "a stage entered",
    "engagement-closed": "an engagement closed",
    "stage-assumed": "an assumed stage",
    "engagement-stopped": "a decision to stop",
    "opened-in-error": "a closing as opened in error",
    "note-added": "a note",
    "event-corrected": "a correction",
    "event-withdrawn": "a withdrawal",
    "history-imported": "an import of history",
    "rating-noted": "a later rating",
    "special-measures-ended": "an end of special measures",
    "special-measures-resumed": "special measures resumed",
    "council-met": "a meeting of the Chief Inspector with the council",
    "monitoring-visited": "a monitoring visit",
    "strategy-meeting-held": "a strategy meeting",
    "target-set": "a target",
    "pip-received": "a performance improvement plan received",
    "pip-judged": "a performance improvement plan judged",
    "pip-help-asked": "a team asked to help write the plan",
    "team-requested": "the council's own request for a team",
    "recommendation-made": "a recommendation",
    "decision-recorded": "a minister's decision",
    "scope-drafted": "a draft of the scope",
    "scope-commented": "a comment on the scope",
    "scope-agreed": "agreement to the scope",
    "scope-disputed": "a dispute over the scope",
    "tenders-invited": "an invitation to tender",
    "clarification-held": "a clarification meeting",
    "bid-received": "a bid",
    "presentations-held": "presentations by bidders",
    "panel-sat": "a meeting of the panel",
    "contract-awarded": "an award of the contract",
    "mobilisation-meeting-held": "a mobilisation meeting",
    "lead-named": "a project lead named",
    "pid-submitted": "a project initiation document",
    "pid-agreed": "agreement to the project initiation document",
    "deliverable-submitted": "a deliverable handed in",
    "deliverable-accepted": "a deliverable accepted",
    "board-scheduled": "a date for the board",
    "report-sent": "a report sent to the board",
    "board-held": "a board held",
    "minutes-circulated": "minutes circulated",
    "change-requested": "a request for change",
    "change-decided": "a decision on a change",
    "council-readiness-agreed": "the board's agreement that the council is ready to lead",
    "days-used": "days used",
    "days-signed-off": "days signed off",
    "lead-passed": "the lead passed to the council",
    "lead-kept": "a decision to keep the lead",
    "piece-commissioned": "a piece of work commissioned",
    "final-days-used": "some of the council's days used",
    "final-days-released": "some of the council's days given back",
    "deliverables-evaluated": "an evaluation of the deliverables",
    "contribution-evaluated": "an evaluation of the team's contribution",
    "impact-evaluated": "an evaluation of what changed in the council",
    "exit-signed-off": "a sign-off by the board",
    "next-step-recorded": "a next step",
    "further-phase-started": "a further phase",
    "review-recorded": "a follow-up review",
    "review-waived": "a decision to waive the review",
    "obligation-opened": "an obligation",
    "obligation-met": "an obligation met",
    "obligation-closed": "an obligation let go",
    "obligation-reminded": "a reminder",
    "obligation-passed": "a date passed",
    "obligation-escalated": "an escalation",
    "rating-published": "a rating",
    "rating-withdrawn": "a withdrawn rating",
    "assessment-recorded": "an assessment",
    "intervention-opened": "an intervention",
    "intervention-closed": "the end of an intervention",
}

_ENGINE = {"turnaround.clock": "The clock", "turnaround.engine": "turnaround"}


def thing(event: str) -> str:
    """What an event type is called where it is wanted or missing."""
    return THINGS.get(event, event.replace("-", " "))


def plain(event: str) -> str:
    """An event type as it stands beside a date: `stage entered`."""
    return event.replace("-", " ")


def any_of(names: Iterable[str]) -> str:
    """`a, b or c`."""
    found = list(names)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}" if found else "nobody"


def all_of(names: Iterable[str]) -> str:
    """`a, b and c`."""
    found = list(names)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else "nothing"


def where(wanted: Mapping[str, Any]) -> str:
    """The field values an event must have, after its name: `, with verdict acceptable`."""
    said = []
    for name, value in wanted.items():
        field = name.replace("_", " ")
        if isinstance(value, bool):
            said.append(field if value else f"not {field}")
        else:
            said.append(f"with {field} {any_of(map(str, value)) if isinstance(value, list) else value}")
    return "".join(f", {part}" for part in said)


def commands_giving(event: str) -> list[str]:
    """The commands that people give and that lead to an event."""
    both = (*engagement.COMMANDS.values(), *council.COMMANDS.values())
    return [c.type for c in both if not c.derived and event in {kind.type for kind in c.gives}]


@dataclass(frozen=True)
class Words:
    """The titles of some lifecycles, the first of which is the one that is spoken of."""

    lifecycles: Sequence[Lifecycle] = ()

    @property
    def lifecycle(self) -> Lifecycle | None:
        """The lifecycle spoken of."""
        return self.lifecycles[0] if self.lifecycles else None

    def title_of_role(self, name: str) -> str:
        """`Lead inspector`, or the role's own name where no lifecycle has it."""
        if name in _ENGINE:
            return _ENGINE[name]
        for lifecycle in self.lifecycles:
            if name in lifecycle.roles:
                return lifecycle.roles[name].title
        return name

    def role(self, name: str) -> str:
        """`Lead inspector (inspectorate.lead-inspector)`."""
        title = self.title_of_role(name)
        return title if title == name or name in _ENGINE else f"{title} ({name})"

    def roles(self, names: Iterable[str]) -> str:
        """Several roles, any of which will do."""
        return any_of(self.role(name) for name in names)

    def party(self, name: str) -> str:
        """`Social Services Inspectorate`."""
        for lifecycle in self.lifecycles:
            if name in lifecycle.parties:
                return lifecycle.parties[name]
        return name

    def stage(self, name: str) -> str:
        """The title of a stage or an end."""
        return self.lifecycle.title_of(name) if self.lifecycle else name

    def obligation(self, name: str) -> ObligationRule | None:
        """An obligation of the lifecycle by its id."""
        stages = self.lifecycle.stages if self.lifecycle else ()
        return next((rule for stage in stages for rule in stage.obligations if rule.id == name), None)

    def owed(self, name: str) -> str:
        """The title of an obligation."""
        rule = self.obligation(name)
        return rule.title if rule else name
