"""States of the project on the way back through migrations, drawn up as seldom as they can be.

Django draws each of them up twice, step by step, although a step that takes away what was added is content with models
that know more: it asks for the table, the column and what they lead to. So one drawing serves every earlier state it
knows all of, and another is made where one does not. A step in Python and whoever comes after the migrations get
exactly their own.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

from django.db.migrations.state import ModelState, ProjectState, StateApps

Models = Mapping[tuple[str, str], ModelState]
ADDED = ("constraints", "indexes", "triggers")  # may be more in a drawing, never fewer


class Drawing:
    """The models drawn up last, and the states they were drawn from.

    Two are kept: a step that changes a field asks for the state before it and the one behind it.
    """

    def __init__(self) -> None:
        self.kept: deque[tuple[Models, StateApps]] = deque(maxlen=2)

    def of(self, state: "Past") -> StateApps:
        for models, apps in reversed(self.kept):
            if knows(models, state.models):
                return apps
        drawn = StateApps(state.real_apps, state.models)
        self.kept.append(({key: model.clone() for key, model in state.models.items()}, drawn))
        return drawn


class Past(ProjectState):
    """A state on the way back."""

    def __init__(self, models: Any = None, real_apps: set[str] | None = None, drawing: Drawing | None = None) -> None:
        super().__init__(models, real_apps)
        self.drawing = drawing or Drawing()
        self.own: StateApps | None = None
        self.is_exact = False

    def clone(self) -> "Past":
        return Past({key: model.clone() for key, model in self.models.items()}, self.real_apps, self.drawing)

    def clear_delayed_apps_cache(self) -> None:
        """Called for whoever gets the models into its own hands."""
        self.is_exact = True

    @property
    def apps(self) -> Any:  # type: ignore[override]
        if not self.is_exact:
            return Asked(self)
        if self.own is None:
            self.own = StateApps(self.real_apps, self.models)
        return self.own

    @apps.deleter
    def apps(self) -> None:
        self.own = None


class Asked:
    """The models of a state, looked for when somebody asks for one."""

    def __init__(self, state: Past) -> None:
        self.state = state

    def __getattr__(self, name: str) -> Any:
        return getattr(self.state.drawing.of(self.state), name)


def knows(drawn: Models, wanted: Models) -> bool:
    """Whether models drawn up from `drawn` can stand for `wanted`."""
    return all(key in drawn and _covers(drawn[key], model) for key, model in wanted.items())


def _covers(drawn: ModelState, wanted: ModelState) -> bool:
    more = drawn.fields.keys() - wanted.fields.keys()
    return (
        not any(drawn.fields[name].many_to_many for name in more)  # they would be taken away with their model again
        and all(name in drawn.fields and _same(drawn.fields[name], field) for name, field in wanted.fields.items())
        and _rest(drawn) == _rest(wanted)
        and all(_names(drawn, part) >= _names(wanted, part) for part in ADDED)
    )


def _same(one: Any, other: Any) -> bool:
    return one is other or _column(one) == _column(other)


def _column(field: Any) -> Any:
    """What the database has of a field: not its choices, its words or how a page checks it."""
    _name, path, arguments, said = field.deconstruct()
    unseen = set(field.non_db_attrs) - {"db_column"}  # by which Django's own AlterField goes
    return path, arguments, {key: value for key, value in said.items() if key not in unseen}


def _rest(model: ModelState) -> Any:
    return model.bases, model.managers, {name: said for name, said in model.options.items() if name not in ADDED}


def _names(model: ModelState, part: str) -> set[str]:
    return {one.name for one in model.options.get(part, ())}
