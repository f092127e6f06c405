"""Rows as a program names them, by number and code, turned into what the write functions take."""

import uuid
from typing import Any

from points.models import Batch, Rule
from points.sheets import Row
from qianjiang_portal.foundation.api.errors import FIELD_MESSAGES, FieldsRefused
from qianjiang_portal.foundation.refusals import Refused
from villages.models import Household, Resident, User

NOT_FOUND = ("does_not_exist", FIELD_MESSAGES["does_not_exist"])
# Which field of a row a refusal is about, by its code.
FIELDS = {
    "G-04": "household",
    "G-05": "points",
    "G-07": "points",
    "G-09": "occurred_on",
    "G-10": "occurred_on",
    "G-18": "rule",
    "N-01": "note",
}


def said(refusal: Refused) -> tuple[str, str]:
    """Code and words of a refusal, for the field it is about."""
    return refusal.code or "refused", str(refusal)


def told(refusal: Refused) -> Refused:
    """The refusal at its field, where it is about one."""
    return FieldsRefused({FIELDS[refusal.code]: [said(refusal)]}) if refusal.code in FIELDS else refusal


def household_of(user: User, number: str) -> Household:
    found = Household.objects.visible_to(user).filter(number=number).first()
    if found is None:
        raise FieldsRefused({"household": [NOT_FOUND]})
    return found


def rows_of(user: User, batch: Batch, given: list[dict[str, Any]]) -> list[Row]:
    """What the rows stand for. Raises FieldsRefused with everything that was not found."""
    register = _Register(user, batch, given)
    wrong = {f"rows.{at}.{name}": [NOT_FOUND] for at, row in enumerate(given) for name in register.missing(row)}
    if wrong:
        raise FieldsRefused(wrong)
    return [register.row(row) for row in given]


class _Register:
    """The households, members and rules that rows name, looked up together."""

    def __init__(self, user: User, batch: Batch, given: list[dict[str, Any]]) -> None:
        self.batch = batch
        homes = Household.objects.visible_to(user).filter(number__in={row["household"] for row in given})
        self.households = {home.number: home for home in homes}
        rules = Rule.objects.filter(rule_set=batch.rule_set_id).select_related("rule_set")
        self.rules = {rule.code: rule for rule in rules}
        wanted = {row["resident"] for row in given if row.get("resident")}
        people = Resident.objects.filter(household__in=homes, pk__in=wanted) if wanted else ()
        self.residents = {resident.pk: resident for resident in people}

    def missing(self, row: dict[str, Any]) -> list[str]:
        household, resident = self.households.get(row["household"]), row.get("resident")
        names = [] if household else ["household"]
        names += [] if self._rule(row) else ["rule"]
        lives_there = resident is None or (
            resident in self.residents and household and self.residents[resident].household_id == household.pk
        )
        return names if lives_there else [*names, "resident"]

    def row(self, row: dict[str, Any]) -> Row:
        rule = self._rule(row)
        assert rule is not None
        return Row(
            client_key=uuid.uuid4(),
            household=self.households[row["household"]],
            rule=rule,
            points=row.get("points", rule.default),
            occurred_on=row.get("occurred_on", self.batch.occurred_on),
            note=row["note"],
            resident=self.residents.get(row.get("resident") or 0),
            quantity=row["quantity"],
        )

    def _rule(self, row: dict[str, Any]) -> Rule | None:
        return self.rules.get(row.get("rule") or (self.batch.rule.code if self.batch.rule else ""))
