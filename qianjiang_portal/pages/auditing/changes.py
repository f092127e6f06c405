"""资料变更: who changed which field of which place, household, rule or setting from what to what, in words."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Field, Model, Q, QuerySet

from points.models import Rule
from qianjiang_portal.foundation import history, option_words, options
from qianjiang_portal.foundation.models import Change, Option
from qianjiang_portal.pages.auditing import reading
from qianjiang_portal.pages.auditing.reading import LONGEST, Days, Page, days_of
from villages.models import Appointment, Grid, Household, Resident, Village

EMPTY = "空"
# The table between appointments and villages has no model of its own that could say what its rows are.
Covered: Any = Appointment.villages.through
KINDS = {Covered: "任职的村"}
FIELDS = {(Covered, "appointment_id"): "任职", (Covered, "village_id"): "服务或结对的村"}
# What a row is called, where its own name says too little; the first part is what has to be read along.
NAMED: dict[type[Model], tuple[tuple[str, ...], Callable[[Any], str]]] = {
    Village: (("township",), lambda one: one.full_name),
    Grid: (("village__township",), lambda one: f"{one.village.full_name}{one.name}"),
    Household: ((), lambda one: f"{one.number} {one.head_name}"),
    Resident: (("household",), lambda one: f"{one.household.number} {one.name}"),
    Appointment: (("user",), lambda one: f"{one.user.name}，{one.get_role_display()}"),
    Covered: (("appointment__user",), lambda one: NAMED[Appointment][1](one.appointment)),
    Rule: (("rule_set",), lambda one: f"{one.rule_set.title} {one.code}"),
}


@dataclass(frozen=True)
class Filters(Days):
    """What the changes are narrowed to; what cannot be read counts as not asked for."""

    table: str = ""
    person: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        table = given.get("table", "")
        return cls(
            table=table if table in history.tracked() else "",
            person=given.get("person", "").replace("\0", "").strip()[:LONGEST],
            **days_of(given),
        )

    @property
    def q(self) -> Q:
        asked = self.within & Q(table=self.table) if self.table else self.within
        if self.person:
            asked &= Q(actor__name__icontains=self.person) | Q(actor__username__iexact=self.person)
        return asked

    @property
    def asked(self) -> dict[str, str]:
        return self.as_asked(table=self.table, person=self.person)


@dataclass(frozen=True)
class Difference:
    """One field in words."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """One changed row: what it is, and what became different."""

    change: Change
    who: str
    what: str
    label: str
    differences: list[Difference]


def kinds() -> list[tuple[str, str]]:
    """Tables whose history is kept, with what their rows are called."""
    return sorted((table, _kind(model)) for table, model in _models().items())


def page(filters: Filters, before: str = "") -> Page:
    """Changes as the filters ask, the latest first; the page after the change `before` (its id), or the first."""
    last = reading.row_id(before)
    after = None if last is None else Q(pk__lt=last)
    return reading.page(_ordered(Change.objects.filter(filters.q)), after, filters.asked, lines=lines, unit="处")


def lines(changes: Iterable[Change]) -> list[Line]:
    """Changes in words: one query for each kind of row and of row referred to, however many there are."""
    changes, models = list(changes), _models()
    known = _names(changes, models)
    return [_line(change, models[change.table], known) for change in changes if change.table in models]


def _ordered(rows: QuerySet[Change]) -> QuerySet[Change]:
    return rows.select_related("actor").order_by("-pk")


def _models() -> dict[str, type[Model]]:
    there = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in there if model._meta.db_table in history.tracked()}


Names = dict[tuple[type[Model], int], str]


def _names(changes: list[Change], models: Mapping[str, type[Model]]) -> Names:
    """Everything that has to be called by name: the rows themselves, and what their columns refer to."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for change in changes:
        if model := models.get(change.table):
            wanted[model].add(change.row)
            for column, value in [*change.old.items(), *change.new.items()]:
                field = _field(model, column)
                if value is not None and field is not None and field.is_relation:
                    wanted[field.related_model].add(value)
    return {(model, pk): name for model, pks in wanted.items() for pk, name in _named(model, pks)}


def _named(model: type[Model], pks: set[int]) -> list[tuple[int, str]]:
    along, name = NAMED.get(model, ((), str))
    rows = model._default_manager.filter(pk__in=pks)
    return [(row.pk, name(row)) for row in (rows.select_related(*along) if along else rows)]


def _line(change: Change, model: type[Model], known: Names) -> Line:
    label = known.get((model, change.row)) or _gone(change, model, known)

    def said(column: str, value: Any) -> str:
        return _of_setting(label, column, value) if model is Option else _value(model, column, value, known)

    columns = sorted({*change.old, *change.new}, key=lambda column: _place(model, column))
    differences = [
        Difference(
            _label(model, column),
            said(column, change.old.get(column)) if change.old else "",
            said(column, change.new.get(column)) if change.new else "",
        )
        for column in columns
        if not (change.kind != Change.Kind.UPDATE and (change.new or change.old).get(column) in (None, "", [], {}))
    ]
    who = change.actor.name if change.actor else "系统"
    return Line(change, who, _kind(model), label, differences)


def _kind(model: type[Model]) -> str:
    """What the rows of a table are."""
    return KINDS.get(model) or str(model._meta.verbose_name)


def _gone(change: Change, model: type[Model], known: Names) -> str:
    """What a row was called that is no more."""
    told = change.old or change.new
    if model is Covered:
        return known.get((Appointment, told["appointment_id"]), EMPTY)
    if "value" in told and "name" in told:
        return str(Option(name=told["name"]))
    return str(next((told[key] for key in ("number", "name", "code", "title") if told.get(key)), f"第 {change.row} 号"))


def _of_setting(label: str, column: str, value: Any) -> str:
    """A column of a setting in the words people have for its values."""
    setting = next((one for one in options.SETTINGS.values() if one.label == label), None)
    if column == "name":
        return label
    return option_words.say(setting, value).replace("\n", "；") if setting else str(value)


def _field(model: type[Model], column: str) -> "Field[Any, Any] | None":
    return next((field for field in model._meta.concrete_fields if field.column == column), None)


def _place(model: type[Model], column: str) -> int:
    columns = [field.column for field in model._meta.concrete_fields]
    return columns.index(column) if column in columns else len(columns)


def _label(model: type[Model], column: str) -> str:
    field = _field(model, column)
    return FIELDS.get((model, column)) or (str(field.verbose_name) if field else column)


def _value(model: type[Model], column: str, value: Any, known: Names) -> str:
    field = _field(model, column)
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "是" if value else "否"
    if field is not None and field.is_relation:
        return known.get((field.related_model, value), f"第 {value} 号")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value)) or EMPTY
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
