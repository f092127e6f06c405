"""Every action and fact that the code writes down has words on the auditors' page: the code itself is asked."""

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from demos.models import Move, Problem
from points.models import HouseholdMove, StockMove
from qianjiang_portal.api import router
from qianjiang_portal.pages.auditing import words
from qianjiang_portal.tests.test_structure import production_files
from reports import cases, publicity, rectifications, summaries
from villages.models import Errand

ACTION = re.compile(r"[a-z]+\.[a-z][a-z-]*")
# What stands in such files, looks like an action and is the name of a file.
FILES = re.compile(r".*\.(csv|jsonl|py|docx|xlsx|pdf)")
# Actions put together while the program runs: beginning → what may stand behind it.
COMPOSED = {
    "errand.": Errand.State.values,
    "problem.": Problem.State.values,
    "candidate.": Move.Kind.values,
    "stock.": [kind for kind in StockMove.Kind.values if kind in ("receipt", "loss", "count")],
    "household.": HouseholdMove.Kind.values,
    "training.": ["enter", "withdraw"],
    "appraisal.": ["enter", "withdraw"],
    "register.": ["roster"],
}
# Actions whose verbs are given to a helper of the module, `_record(…, "submit", …)`.
TOLD = {"summary.": summaries, "case.": cases, "publicity.": publicity, "rectification.": rectifications}


@functools.cache
def auditing_files() -> list[ast.Module]:
    """Production files that write events, read as code."""
    texts = [text for path in production_files() if "record(" in (text := path.read_text())]
    return [tree for tree in map(ast.parse, texts) if any(is_record(node) for node in ast.walk(tree))]


@pytest.fixture(scope="module", autouse=True)
def _trees_go_again() -> Iterator[None]:
    yield
    auditing_files.cache_clear()


def is_record(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "record")


def literal_actions() -> set[str]:
    texts = {
        node.value
        for tree in auditing_files()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if ACTION.fullmatch(text) and not FILES.fullmatch(text)}


def beginnings() -> set[str]:
    """What composed actions begin with: `f"errand.{state}"` → `errand.`."""
    return {
        node.values[0].value
        for tree in auditing_files()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
        if re.fullmatch(r"[a-z]+\.", str(node.values[0].value))
    }


def told_verbs(module: ModuleType) -> set[str]:
    """Verbs given to `_record` of a module, both of `"accept" if … else "return"`."""
    tree = ast.parse(inspect.getsource(module))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "_record"]
    given = [part for call in calls for part in ast.walk(call.args[1])]
    return {part.value for part in given if isinstance(part, ast.Constant)}


def api_acts() -> set[str]:
    """What programs may do: a name for each resource, and for each writing or own action of it."""
    found = set()
    for _, resource, basename in router.registry:
        writes = [verb for verb in ("create", "update", "partial_update", "destroy") if hasattr(resource, verb)]
        own = [extra.__name__ for extra in resource.get_extra_actions()]
        found |= {basename, *(f"{basename}.{act}" for act in writes + own)}
    return found


def fact_names() -> Iterator[str]:
    """Names given in `facts={…}`, and by keyword to a helper of the file that takes `**facts`."""
    for tree in auditing_files():
        helpers = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and takes_facts(node)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if is_record(node):
                given = [keyword.value for keyword in node.keywords if keyword.arg == "facts"]
                yield from (key.value for value in given if isinstance(value, ast.Dict) for key in value.keys)
            elif ast.unparse(node.func) in helpers:
                yield from (word.arg for word in node.keywords if word.arg)


def takes_facts(node: ast.FunctionDef) -> bool:
    return bool(node.args.kwarg and node.args.kwarg.arg == "facts")


def test_the_code_is_read():
    assert len(literal_actions()) > 80
    assert {"account.sign-in", "batch.submit", "notice.clear"} <= literal_actions()


def test_each_action_has_words():
    assert {action for action in literal_actions() if not words.known(action)} == set()


def test_each_composed_action_has_words():
    assert beginnings() == {*COMPOSED, *TOLD, "api."}
    made = {f"{start}{verb}" for start, verbs in COMPOSED.items() for verb in verbs}
    made |= {f"{start}{verb}" for start, module in TOLD.items() for verb in told_verbs(module)}
    made |= {f"api.{name}" for name in api_acts()}

    assert {action for action in made if not words.known(action)} == set()


def test_each_fact_has_a_label():
    found = set(fact_names())

    assert {"rows", "points"} <= found
    assert found - set(words.FACTS) == set()


def test_an_action_nobody_named_would_show():
    """What the guard is there against: the page falls back to the code's own word."""
    assert not words.known("panel.dance")
    assert words.action("panel.dance") == "panel.dance"
