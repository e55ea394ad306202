"""Words that the sources give as lists: what goes wrong in a council, and what an engagement leaves behind.

The lists are [PAT] ch.2 (concerns leading to a team) and ch.5 (impact on the council), in this project's own words.
"""

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
