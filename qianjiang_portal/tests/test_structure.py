"""What only the whole tree can show: words that must not be in it, files that must stay small, one clock."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("qianjiang_portal", "villages", "points", "demos", "reports")

# Wording of the interface: what is said instead stands in the help page for engineers, docs/glossary.md.
FORBIDDEN = ("非法", "无效", "请勿", "禁止", "系统繁忙", "操作成功", "登陆", "其它", "帐号", "失败")


def python_files() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]


def production_files() -> list[Path]:
    return [path for path in python_files() if "tests" not in path.parts]


@functools.cache
def taken_apart(path: Path) -> tuple[list[str], list[str]]:
    """The texts in a file and its long functions; kept, since taking the whole tree apart takes seconds."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 60]
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)], long


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_look_at():
    assert len(templates()) > 20
    assert len(production_files()) > 50


@pytest.mark.parametrize("path", templates(), ids=place)
def test_templates_use_the_agreed_words(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text())

    assert [word for word in FORBIDDEN if word in text] == []


@pytest.mark.parametrize("path", templates(), ids=place)
def test_templates_hold_no_inline_script_or_style(path):
    text = path.read_text()

    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", text) == []
    assert re.findall(r"\sstyle=|<style|\son[a-z]+=|hx-on", text) == []


def test_interface_texts_in_code_use_the_agreed_words():
    found = {}
    for path in production_files():
        texts, _ = taken_apart(path)
        bad = {word for text in texts for word in FORBIDDEN if word in text}
        if bad:
            found[place(path)] = bad

    assert found == {}


def test_files_and_functions_stay_small():
    long_files = {place(path) for path in production_files() if path.read_text().count("\n") > 400}
    long_functions = {f"{place(path)}:{name}" for path in production_files() for name in taken_apart(path)[1]}

    assert (long_files, long_functions) == (set(), set())


def test_only_the_calendar_reads_the_clock():
    """Time passes by the portal's own clock, so nothing else may ask for it."""
    readers = {
        place(path)
        for path in production_files()
        if re.search(r"timezone\.now\(|datetime\.now\(|date\.today\(|localdate\(", path.read_text())
    }

    assert readers <= {"qianjiang_portal/foundation/calendar.py"}


def test_views_start_from_what_a_person_may_see():
    """A view that fetches a row by its id alone would show it to anybody; signing in and public notices are apart."""
    by_id = re.compile(r"\.objects\.(all|get)\(|get_object_or_404\([A-Z]\w+,|get_list_or_404\([A-Z]\w+,")
    wild = {
        place(path)
        for path in production_files()
        if {"views", "api"} & set(path.relative_to(ROOT).parts) and by_id.search(path.read_text())
    }

    assert wild <= {"points/views/public.py"}


def test_no_model_counts_what_staff_do_online():
    """Nobody is ranked or timed by the portal."""
    from django.apps import apps

    words = re.compile(r"login_count|online|duration|rank|streak|score_of_staff")
    names = {f"{model.__name__}.{field.name}" for model in apps.get_models() for field in model._meta.get_fields()}

    assert {name for name in names if words.search(name)} == set()


def test_only_tests_of_a_browser_have_its_fixtures():
    """A fixture called `page` elsewhere draws all browser tests before those that need what migrations put in."""
    taken = re.compile(r"@pytest\.fixture[^\n]*\n(?:@[^\n]*\n)*def (?:page|context|browser)\(")
    found = {
        place(path)
        for path in python_files()
        if "tests" in path.parts and not {"browser", "chaos"} & set(path.parts) and taken.search(path.read_text())
    }

    assert found == set()
