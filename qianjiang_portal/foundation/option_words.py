"""Settings in words: how the administrator reads a value and how one is written."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from qianjiang_portal.foundation.options import SETTINGS, Setting

YES_NO: Mapping[Any, str] = {True: "是", False: "否"}
NOTHING = "没有"
OLD_YES_NO = {"True": True, "False": False, "true": True, "false": False}


def words_of(setting: Setting) -> Mapping[Any, str]:
    """Value → word, for a setting that takes one of a few; empty for others."""
    return YES_NO if isinstance(setting.default, bool) else setting.words


def say(setting: Setting, value: Any) -> str:
    """A value as it is read, and as it may be written."""
    words = words_of(setting)
    if isinstance(value, dict):
        return "\n".join(f"{key} {words.get(one, one)}" for key, one in value.items()) or NOTHING
    if isinstance(value, list):
        return "、".join(str(words.get(one, one)) for one in value) or NOTHING
    return str(words.get(value, value))


def how(setting: Setting) -> str:
    """What may be written, in a line below the field."""
    words = "、".join(words_of(setting).values())
    match setting.default:
        case dict():
            return f"一行一项：{setting.key}，空格，{words.replace('、', '或') or '内容'}。没有就空着"
        case list():
            return f"可以写 {words}，用顿号隔开。没有就空着" if words else f"{setting.length} 个数字，用顿号隔开"
        case int() if not isinstance(setting.default, bool):
            return f"{setting.low} 到 {setting.high}"
        case _:
            return f"可以写 {words}" if words else ""


def understand(name: str, text: str) -> Any:
    """What was written, as it is kept. Raises ValueError with words for whoever wrote it."""
    setting, text = SETTINGS[name], text.strip()
    match setting.default:
        case bool():
            return _one(setting, text)
        case int():
            return _number(setting, text)
        case list():
            parts = re.split(r"[、，,；;\s\[\]\"]+", "" if text == NOTHING else text)
            return [_one(setting, part) if setting.words else _number(setting, part) for part in parts if part]
        case dict():
            return dict(_line(setting, line) for line in text.splitlines() if line.strip() not in ("", NOTHING))
        case _:
            return _one(setting, text) if setting.words else _text(setting, text)


def _one(setting: Setting, text: str) -> Any:
    words = words_of(setting)
    known = {word: value for value, word in words.items()} | {str(value): value for value in words} | OLD_YES_NO
    text = text.strip('"')
    if text not in known:
        raise ValueError(f"“{setting.label}”可以写 {'、'.join(words.values())}")
    return known[text]


def _number(setting: Setting, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(f"“{setting.label}”写数字")
    return int(text)


def _text(setting: Setting, text: str) -> str:
    text = text.strip('"')
    if not text:
        raise ValueError(f"“{setting.label}”不能空着")
    return text


def _line(setting: Setting, line: str) -> tuple[str, Any]:
    key, _, rest = re.sub(r"[\s：:]+", " ", line.strip(), count=1).partition(" ")
    if not rest:
        raise ValueError(f"“{line.strip()}”看不懂：{how(setting)}")
    if setting.key == "日期":
        try:
            key = dt.date.fromisoformat(key).isoformat()
        except ValueError:
            raise ValueError(f"“{key}”不是日期，写成 2026-10-08 的样子") from None
    return key, _one(setting, rest) if setting.words else rest
