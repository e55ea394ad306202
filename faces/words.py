"""Names of things in plain words: roles and stages by the titles of their lifecycle, events by what they are.

`THINGS` names what must be there, as in "needs a plan received"; `faces.telling` says what happened, as in "Plan 1 received".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from domain import council, engagement
from domain.items import RecordRule
from domain.lifecycle import Lifecycle
from domain.obligations import ObligationRule

THINGS: Mapping[str, str] = {
    "person-registered": "a person in the directory",
    "contact-changed": "a change of somebody's contact",
    "role-given": "a role given",
    "role-ended": "an end of a role",
    "absence-recorded": "an absence",
    "absence-ended": "an end of an absence",
    "feed-opened": "a calendar opened for somebody",
    "feed-revoked": "an end of somebody's calendar",
    "preference-set": "a preference for being told",
    "webhook-secret-rotated": "a new secret of a webhook",
    "webhook-disabled": "an end of a webhook that is gone",
    "engagement-opened": "an engagement opened",
    "stage-entered": "a stage entered",
    "engagement-closed": "an engagement closed",
    "stage-assumed": "an assumed stage",
    "engagement-stopped": "a decision to stop",
    "opened-in-error": "a closing as opened in error",
    "note-added": "a note",
    "item-recorded": "a record of the model's own",
    "event-corrected": "a correction",
    "fact-disputed": "a dispute over a fact",
    "fact-chosen": "a choice in a dispute over a fact",
    "event-withdrawn": "a withdrawal",
    "history-imported": "an import of history",
    "engagement-moved": "a move to another lifecycle",
    "rating-noted": "a later rating",
    "special-measures-ended": "an end of special measures",
    "special-measures-resumed": "special measures resumed",
    "special-measures-placed": "special measures placed",
    "special-measures-lifted": "special measures lifted",
    "rating-lapsed": "a later rating withdrawn",
    "council-met": "a meeting of the Chief Inspector with the council",
    "monitoring-visited": "a monitoring visit",
    "strategy-meeting-held": "a strategy meeting",
    "target-set": "a target",
    "target-followed-up": "a word on a target",
    "own-body-recorded": "a body of the council's own",
    "own-body-ended": "an end of a body of the council's own",
    "leaving-judged": "a judgement on leaving special measures",
    "pip-received": "a performance improvement plan received",
    "pip-judged": "a performance improvement plan judged",
    "pip-help-asked": "a team asked to help write the plan",
    "pip-reviewed": "a review of the plan",
    "team-requested": "the council's own request for a team",
    "conditions-assessed": "an assessment of the conditions for engagement",
    "ingredients-assessed": "an assessment of the ingredients of change",
    "intervention-activity-recorded": "an activity of a phase of intervention",
    "missing-management-answered": "a word on what follows without stable management",
    "authority-recorded": "a cover or delegation",
    "authority-ended": "an end of a cover or delegation",
    "recommendation-made": "a recommendation",
    "decision-recorded": "a minister's decision",
    "scope-drafted": "a draft of the scope",
    "diagnosis-decided": "a decision on further diagnosis",
    "scope-commented": "a comment on the scope",
    "comment-answered": "an answer to a comment on the scope",
    "scope-agreed": "agreement to the scope",
    "scope-disputed": "a dispute over the scope",
    "tenders-invited": "an invitation to tender",
    "clarification-held": "a clarification meeting",
    "bid-received": "a bid",
    "individual-taken-off": "somebody taken off a bid",
    "presentations-held": "presentations by bidders",
    "interest-declared": "an interest declared",
    "bid-scored": "scores for a bid",
    "panel-sat": "a meeting of the panel",
    "contract-awarded": "an award of the contract",
    "mobilisation-meeting-held": "a mobilisation meeting",
    "lead-named": "a project lead named",
    "pid-submitted": "a project initiation document",
    "pid-agreed": "agreement to the project initiation document",
    "core-team-named": "a core team named",
    "post-holder-recorded": "a holder of a post",
    "post-holder-left": "a departure from a post",
    "milestone-reached": "a milestone reached",
    "activity-recorded": "work of the team",
    "product-recorded": "a product of the team",
    "workstream-judged": "a judgement of a workstream",
    "parallel-work-recorded": "the same work bought elsewhere",
    "deliverable-submitted": "a deliverable handed in",
    "deliverable-accepted": "a deliverable accepted",
    "board-scheduled": "a date for the board",
    "board-cancelled": "a board called off",
    "report-sent": "a report sent to the board",
    "board-held": "a board held",
    "minutes-circulated": "minutes circulated",
    "change-requested": "a request for change",
    "change-decided": "a decision on a change",
    "member-appointed": "a member of the board appointed",
    "membership-ended": "an end of a membership of the board",
    "action-closed": "an action of the board closed",
    "contact-rhythm-agreed": "an agreed rhythm of contact between leads",
    "leads-contacted": "contact between leads",
    "work-stalled": "work at a standstill",
    "work-resumed": "work resumed",
    "council-readiness-agreed": "the board's agreement that the council is ready to lead",
    "days-used": "days used",
    "days-signed-off": "days signed off",
    "payment-recorded": "a payment",
    "lead-passed": "the lead passed to the council",
    "lead-kept": "a decision to keep the lead",
    "piece-commissioned": "a piece of work commissioned",
    "piece-finished": "a piece of work finished",
    "main-work-ended": "an end of the main work",
    "task-ended": "a task ended",
    "final-days-used": "some of the council's days used",
    "final-days-released": "some of the council's days given back",
    "deliverables-evaluated": "an evaluation of the deliverables",
    "contribution-evaluated": "an evaluation of the team's contribution",
    "improvement-evaluated": "an evaluation of the council's improvement",
    "impact-evaluated": "an evaluation of what changed in the council",
    "exit-signed-off": "a sign-off by the board",
    "next-step-recorded": "a next step",
    "further-phase-started": "a further phase",
    "review-recorded": "a follow-up review",
    "review-waived": "a decision to waive the review",
    "questions-asked": "questions asked of people",
    "question-answered": "an answer to a question",
    "told-back": "people told what came of what they said",
    "resistance-heard": "resistance heard",
    "resistance-answered": "something done about resistance",
    "challenge-answered": "an answer to the challenge",
    "support-chosen": "support chosen",
    "best-value-notice-issued": "a Best Value Notice",
    "expectation-evidenced": "evidence on what a notice asks",
    "best-value-notice-concluded": "a letter on what becomes of the notice",
    "minded-to-announced": "a letter that says what ministers are minded to do",
    "representation-received": "a representation",
    "representations-considered": "representations considered",
    "proposal-dropped": "a proposal dropped",
    "directions-issued": "directions",
    "directions-revoked": "directions revoked",
    "functions-returned": "functions returned to the council",
    "commissioner-appointed": "an appointment of a commissioner, envoy or member of a panel",
    "appointment-ended": "an end of an appointment",
    "reserved-power-used": "a use of a reserved power",
    "progress-report-received": "a report of the commissioners, envoys or panel",
    "progress-report-replied-to": "the minister's reply to a report",
    "progress-report-published": "a report published",
    "progress-report-decided": "a decision on what follows a report",
    "franchise-agreed": "a contract with the partner council",
    "franchise-changed": "a change of the contract with the partner council",
    "franchise-phase-begun": "a phase of the franchise begun",
    "franchise-charge-claimed": "a charge claimed by the partner council",
    "franchise-charge-answered": "an answer to a charge",
    "mirror-lead-named": "a lead of a workstream named",
    "workstream-started": "a workstream started",
    "workstream-ended": "a workstream ended",
    "benefit-realised": "a benefit realised",
    "indicators-defined": "a definition of indicators",
    "indicator-baselines-set": "baselines of indicators",
    "indicator-targets-set": "targets of indicators",
    "indicators-recorded": "values of indicators",
    "indicators-dropped": "indicators no longer measured",
    "statutory-direction-given": "a statutory direction",
    "terms-for-ending-set": "terms for ending the direction",
    "end-of-direction-confirmed": "a confirmed end of the direction",
    "statutory-direction-ended": "an end of the direction",
    "partner-contract-signed": "a contract with the strategic partner",
    "partner-contract-amended": "an amendment of the contract",
    "partner-contract-extended": "an extension of the contract",
    "partner-contract-reviewed": "a review of the contract",
    "partner-invoice-received": "an invoice of the partner",
    "partner-invoice-disputed": "a dispute over an invoice",
    "partner-invoice-settled": "a settled dispute over an invoice",
    "partner-contract-ended": "an end of the contract",
    "chair-questions-set": "questions for the chair's final report",
    "chair-report-submitted": "the chair's final report",
    "obligation-opened": "an obligation",
    "obligation-met": "an obligation met",
    "obligation-closed": "an obligation let go",
    "obligation-reminded": "a reminder",
    "obligation-passed": "a date passed",
    "obligation-escalated": "an escalation",
    "obligation-rescheduled": "a date moved",
    "clock-paused": "a clock paused",
    "clock-resumed": "a clock set going again",
    "rating-published": "a rating",
    "rating-withdrawn": "a withdrawn rating",
    "rating-answered": "the council's answer to its rating",
    "assessment-recorded": "an assessment",
    "population-recorded": "a population",
    "intervention-opened": "an intervention",
    "intervention-closed": "the end of an intervention",
}

SIDES: Mapping[str, str] = {"council": "the council", "partner": "the partner"}
"""The two councils of a franchise."""

FRANCHISE_PHASES: Mapping[str, str] = {
    "introduction": "introductions and first workstreams",
    "interim-management": "interim management",
    "partner-lead": "the partner leads",
    "council-lead": "the council leads, and the partner withdraws",
}

BENEFITS: Mapping[str, str] = {
    "leadership": "leadership",
    "culture": "culture and morale",
    "capacity": "capacity",
    "finance": "finance",
    "hr-iip": "human resources and Investors in People",
    "contracts": "contracts and commissioning",
    "adults": "adult care",
    "children": "children's services",
    "personal": "personal development",
    "networking": "networking",
}
"""Areas in which a franchise benefits the council, and the last two the partner."""

CONDITIONS: Mapping[str, str] = {
    "council.acceptance": "The council accepts that it must improve",
    "council.willingness": "The council is willing to engage",
    "council.leadership": "The council's leaders are capable and consistent",
    "council.resources": "The council has resources for the work",
    "council.workforce": "The council's workforce is stable and capable",
    "council.corporate": "The whole council supports the service",
    "inspectorate.understanding": "The inspectorate works out reasons and strategy with the council",
    "inspectorate.knowledge": "The inspectorate knows the council and what works",
    "inspectorate.authority": "The inspectorate runs the process firmly through the board",
    "inspectorate.trust": "The inspectorate builds trust all round",
    "inspectorate.role": "The inspectorate's role is clear (regulation balanced with development)",
    "inspectorate.time": "The inspectorate has time and support for the work",
    "inspectorate.workload": "Link inspectors are not overloaded (one zero-star council)",
    "team.credibility": "The team is experienced and credible",
    "team.basics": "The team sees that basics are understood and done",
    "team.empowering": "The team's methods empower",
    "team.strengths": "The team builds on strengths",
    "team.indicators": "The team makes performance show in the PAF",
    "team.visibility": "The team is consistent and visible",
    "joint.reasons": "Reasons for failure are clear to all",
    "joint.strategy": "Strategy and plan are accurate and agreed",
    "joint.respect": "There is respect and openness",
    "joint.flexibility": "All are flexible about the strategy",
    "joint.momentum": "There is momentum",
    "joint.project": "Project management is robust",
}
"""What each condition for engagement says, in full."""

INGREDIENTS: Mapping[str, str] = {
    "pressure": "pressure for change",
    "vision": "leadership and vision",
    "people": "capable people",
    "first-steps": "actionable first steps",
    "rewards": "effective rewards",
}
"""The ingredients of change."""

RESULTS: Mapping[str, str] = {
    "success": "successful implementation",
    "evaporation": "evaporation",
    "frustration": "frustration",
    "disengagement-1": "disengagement",
    "disengagement-2": "disengagement",
    "disinterest": "disinterest",
}
"""What comes of a change. Two of its results have one name in the source."""

CONCERNS: Mapping[str, str] = {
    "practice.quality": "Low quality of service",
    "practice.consistency": "Uneven delivery",
    "practice.service-delay": "Services start late",
    "practice.progress-delay": "Users move on slowly",
    "practice.assessment": "Weak assessments",
    "practice.care-plans": "Care plans neglect outcomes",
    "practice.looked-after": "Many looked-after children",
    "practice.placements": "Many children placed externally",
    "practice.thresholds": "No multi-agency thresholds",
    "practice.unallocated": "Unallocated cases",
    "management.line-management": "Poor line management of practice",
    "management.gap": "Strategy far from practice",
    "management.prevention": "No preventive strategy for children",
    "management.strategy": "No strategy for children's and adults' services",
    "management.capacity": "Too few managers, and many acting up",
    "management.leadership": "No leadership in department and council",
    "management.corporate": "Poor result of the whole council's assessment",
    "systems.performance": "No performance management",
    "systems.information": "No useful management information",
    "systems.commissioning": "No commissioning strategy or skill",
    "systems.procedures": "No policy or procedures",
    "systems.finance": "Weak finance systems",
    "demonstrating.many-plans": "Too many action plans left by inspections",
    "demonstrating.no-pip": "No improvement plan can be produced",
    "demonstrating.poor-pip": "A poor improvement plan",
    "demonstrating.pip-stalled": "The improvement plan is not carried out well",
    "demonstrating.core-business": "Core business no better",
    "demonstrating.unwilling": "Will not take part in improving",
}
"""What goes wrong in a council and leads to a team."""

ACTIVITIES: Mapping[str, str] = {
    "practice.front-line": "Practice at the front line improved with staff",
    "practice.training": "Training in practice",
    "practice.skills": "Skill and expertise built up",
    "practice.link": "Staff see how practice shows in performance",
    "management.vision": "A vision and strategy for each service",
    "management.needs": "Needs analysed and forecast",
    "management.reviews": "Services reviewed",
    "management.management-training": "Managers trained",
    "management.mentoring": "Mentoring at managers' side",
    "management.recruitment": "Staff recruited and kept",
    "management.absence": "Sickness absence watched",
    "management.change": "Change managed",
    "systems.commissioning": "Commissioning strategies written and used",
    "systems.guidance": "Guidance and procedures, with training in them",
    "systems.performance": "Performance managed",
    "systems.information": "Management information improved and used",
    "systems.finance": "Finance systems",
    "systems.structure": "Advice on structure and processes",
    "systems.workload": "Workload managed",
    "demonstrating.pip": "The improvement plan written and carried out",
    "demonstrating.assurance": "The improvement plan checked and monitored",
    "other.partnerships": "Partnerships with other agencies",
    "other.stakeholders": "Help with partners and stakeholders",
    "other.general": "Other tasks of organisation, communication or management",
}
"""What teams do."""

STYLES: Mapping[str, str] = {
    "doctor": "doctor (diagnoses and treats)",
    "detective": "detective (looks for who is responsible)",
    "sales": "sales (has an answer in stock)",
    "travel-agent": "travel agent (advises on the council's own journey)",
}
"""The styles in which teams intervene."""

IMPACTS: Mapping[str, str] = {
    "people.recruits": "New staff come to the council",
    "people.pride": "People are proud of the council",
    "people.morale": "Morale is higher",
    "people.confidence": "Confidence and self-esteem are higher",
    "people.no-paralysis": "Fear of mistakes paralyses no longer",
    "people.partnerships": "Agencies work better together",
    "systems.procedures": "There are new procedures and guidance",
    "systems.systems": "There are new systems",
    "systems.understanding": "Performance management is understood",
    "systems.indicators": "Indicators are better",
    "systems.story": "The council tells better how it performs",
    "systems.projects": "Projects are managed better",
    "systems.communication": "Communication is better",
    "management.team": "There is a new management team",
    "management.leadership": "Leadership is strong",
    "management.momentum": "There is a new direction, and momentum",
    "management.focus": "The focus is clearer",
    "management.accountability": "It is clearer who answers for what",
    "management.outlook": "The council looks outward more",
    "organisation.culture": "The culture has changed",
    "organisation.alignment": "The service goes along with change in the whole council",
    "organisation.politics": "There is new political leadership",
    "organisation.strength": "The organisation is strong",
    "organisation.interest": "The council takes more interest in social services",
}
"""What an engagement leaves behind in a council."""

CONTRIBUTIONS: Mapping[str, str] = {
    "crisis": "brought a crisis under control",
    "speed": "made improvement faster",
    "leaders": "engaged leaders",
    "focus": "sharpened the focus",
    "standing": "brought status and credibility",
    "morale": "raised morale and confidence",
    "ideas": "brought ideas from outside",
    "practitioners": "worked directly with practitioners",
    "modelling": "modelled good practice",
    "systems": "brought new or better systems",
}
"""What teams are credited with."""

_ENGINE = {"turnaround.clock": "The clock", "turnaround.engine": "turnaround"}


def thing(event: str, lifecycle: Lifecycle | None = None) -> str:
    """What an event is called where it is wanted or missing; a record of the lifecycle's own by its title."""
    for rule in lifecycle.records if lifecycle else ():
        if rule.event == event:
            return article(rule.title)
    return THINGS.get(event, event.replace("-", " "))


def capital(text: str) -> str:
    """A text with a capital at its beginning, and the rest as it was."""
    return text[:1].upper() + text[1:]


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


def article(noun: str) -> str:
    """`a joint review`, `an inspection`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def pounds(amount: Any) -> str:
    """`£1.00`: with two decimals, or more where it is no whole number of pence."""
    try:
        exact = Decimal(str(amount))
    except InvalidOperation:
        return f"£{amount}"
    pence = round(exact, 2)
    return f"£{pence if pence == exact else exact.normalize():f}"


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


def commands_giving(event: str, lifecycle: Lifecycle | None = None) -> list[str]:
    """The commands that people give and that lead to an event, of the lifecycle's own records too."""
    for rule in lifecycle.records if lifecycle else ():
        if rule.event == event:
            return [rule.command]
    return list(_commands_giving(event))


@cache
def _commands_giving(event: str) -> tuple[str, ...]:
    both = (*engagement.COMMANDS.values(), *council.COMMANDS.values())
    return tuple(c.type for c in both if not c.derived and event in {kind.type for kind in c.gives})


@dataclass(frozen=True)
class Words:
    """The titles of some lifecycles, the first of which is the one that is spoken of."""

    lifecycles: Sequence[Lifecycle] = ()

    @property
    def lifecycle(self) -> Lifecycle | None:
        """The lifecycle spoken of."""
        return self.lifecycles[0] if self.lifecycles else None

    def of(self, ref: str) -> "Words":
        """The same titles, spoken of a lifecycle by its reference, such as that of an engagement which was just opened."""
        return Words(sorted(self.lifecycles, key=lambda lifecycle: lifecycle.ref != ref))

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
        """The title of a stage or an end; of one that the first lifecycle has not, as where it was moved from."""
        titles = (title for lifecycle in self.lifecycles if (title := lifecycle.title_of(name)) != name)
        return next(titles, name)

    def obligation(self, name: str) -> ObligationRule | None:
        """An obligation by its id: of the first lifecycle, or of another where that has none of the name."""
        rules = (rule for life in self.lifecycles for stage in life.stages for rule in life.owed_in(stage.id))
        return next((rule for rule in rules if rule.id == name), None)

    def record(self, name: str) -> RecordRule | None:
        """A record that one of the lifecycles declares."""
        return next((rule for lifecycle in self.lifecycles if (rule := lifecycle.record(name))), None)

    def owed(self, name: str) -> str:
        """The title of an obligation."""
        rule = self.obligation(name)
        return rule.title if rule else name
