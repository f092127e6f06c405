from villages.models.answers import Answer
from villages.models.cadres import Appraisal, Attended, Training
from villages.models.charters import Charter
from villages.models.disclosures import Disclosure, DisclosureFile, DisclosureItem
from villages.models.factors import RecoveryCode, SecondFactor
from villages.models.households import Household, Resident
from villages.models.indicators import Indicator, IndicatorValue
from villages.models.people import Appointment, User
from villages.models.places import Grid, Township, Village
from villages.models.posts import Post
from villages.models.services import Errand, Guide
from villages.models.sessions import Session
from villages.models.tokens import Token
from villages.models.units import Unit

__all__ = [
    "Answer",
    "Appointment",
    "Appraisal",
    "Attended",
    "Charter",
    "Disclosure",
    "DisclosureFile",
    "DisclosureItem",
    "Errand",
    "Grid",
    "Guide",
    "Household",
    "Indicator",
    "IndicatorValue",
    "Post",
    "RecoveryCode",
    "Resident",
    "SecondFactor",
    "Session",
    "Token",
    "Township",
    "Training",
    "Unit",
    "User",
    "Village",
]
