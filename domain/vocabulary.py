"""Words that the sources give as lists: what goes wrong in a council, what has to hold for a team to be of use, and
what an engagement leaves behind.

The lists are [PAT] ch.2 (concerns leading to a team), ch.5 (impact on the council), ch.6 and Annexe 3 (conditions,
ingredients of change, phases of intervention), in this project's own words.
"""

from collections.abc import Mapping
from typing import Literal

Concern = Literal[
    "practice.quality",
    "practice.consistency",
    "practice.service-delay",
    "practice.progress-delay",
    "practice.assessment",
    "practice.care-plans",
    "practice.looked-after",
    "practice.placements",
    "practice.thresholds",
    "practice.unallocated",
    "management.line-management",
    "management.gap",
    "management.prevention",
    "management.strategy",
    "management.capacity",
    "management.leadership",
    "management.corporate",
    "systems.performance",
    "systems.information",
    "systems.commissioning",
    "systems.procedures",
    "systems.finance",
    "demonstrating.many-plans",
    "demonstrating.no-pip",
    "demonstrating.poor-pip",
    "demonstrating.pip-stalled",
    "demonstrating.core-business",
    "demonstrating.unwilling",
]

Impact = Literal[
    "people.recruits",
    "people.pride",
    "people.morale",
    "people.confidence",
    "people.no-paralysis",
    "people.partnerships",
    "systems.procedures",
    "systems.systems",
    "systems.understanding",
    "systems.indicators",
    "systems.story",
    "systems.projects",
    "systems.communication",
    "management.team",
    "management.leadership",
    "management.momentum",
    "management.focus",
    "management.accountability",
    "management.outlook",
    "organisation.culture",
    "organisation.alignment",
    "organisation.politics",
    "organisation.strength",
    "organisation.interest",
]

Activity = Literal[
    "practice.front-line",
    "practice.training",
    "practice.skills",
    "practice.link",
    "management.vision",
    "management.needs",
    "management.reviews",
    "management.management-training",
    "management.mentoring",
    "management.recruitment",
    "management.absence",
    "management.change",
    "systems.commissioning",
    "systems.guidance",
    "systems.performance",
    "systems.information",
    "systems.finance",
    "systems.structure",
    "systems.workload",
    "demonstrating.pip",
    "demonstrating.assurance",
    "other.partnerships",
    "other.stakeholders",
    "other.general",
]
"""Activities of teams ([PAT] ch.3)."""

Style = Literal["doctor", "detective", "sales", "travel-agent"]
"""Styles of intervention ([PAT] Annexe 3); the travel agent's leaves the council in charge of its own journey."""

Condition = Literal[
    "council.acceptance",
    "council.willingness",
    "council.leadership",
    "council.resources",
    "council.workforce",
    "council.corporate",
    "inspectorate.understanding",
    "inspectorate.knowledge",
    "inspectorate.authority",
    "inspectorate.trust",
    "inspectorate.role",
    "inspectorate.time",
    "inspectorate.workload",
    "team.credibility",
    "team.basics",
    "team.empowering",
    "team.strengths",
    "team.indicators",
    "team.visibility",
    "joint.reasons",
    "joint.strategy",
    "joint.respect",
    "joint.flexibility",
    "joint.momentum",
    "joint.project",
]
"""Conditions for engagement, of the three parties and of all together ([PAT] ch.6)."""

Contribution = Literal[
    "crisis",
    "speed",
    "leaders",
    "focus",
    "standing",
    "morale",
    "ideas",
    "practitioners",
    "modelling",
    "systems",
]
"""What teams were credited with ([PAT] ch.5)."""

Ingredient = Literal["pressure", "vision", "people", "first-steps", "rewards"]
"""Kanter's ingredients of change, in printed order ([PAT] ch.6)."""

ChangeResult = Literal["success", "evaporation", "frustration", "disengagement-1", "disengagement-2", "disinterest"]
"""What comes of a change, in printed order: the first row lacks nothing, each other row one ingredient ([PAT] ch.6)."""

InterventionPhase = Literal["denial", "action", "exit"]
"""Phases of intervention: overcoming denial, taking action, exit (Audit Commission, in [PAT] Annexe 3)."""

InterventionActivity = Literal[
    "challenge",
    "persuasion",
    "compulsion",
    "threat",
    "impetus",
    "external-solutions",
    "targets",
    "capacity",
    "council-trusted",
    "monitoring-ceases",
]
"""What is done in a phase of intervention."""

ACTIVITIES_OF: Mapping[InterventionPhase, tuple[InterventionActivity, ...]] = {
    "denial": ("challenge", "persuasion", "compulsion", "threat"),
    "action": ("impetus", "external-solutions", "targets", "capacity"),
    "exit": ("council-trusted", "monitoring-ceases"),
}
"""The activities of each phase of intervention."""
