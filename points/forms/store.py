import re
from typing import Any

from django import forms

from points.store import MOST_OF_ONE
from qianjiang_portal.foundation import digits, worded

_ITEM = re.compile(r"item-(\d{1,9})")
LONGEST_SHOWN = 12
AGAIN = {"required": "重新打开这一页再兑换", "invalid": "重新打开这一页再兑换"}
# Why a slip is taken back, as the counter chooses it.
UNDO_REASONS = ("录错了户", "录错了物品或数量", "农户退回了物品", "物品有问题")


class RedeemForm(worded.Form):
    """A basket for one household; `seen` is what the counter was shown as available."""

    household = forms.IntegerField(error_messages={"required": "先找到一户"})
    key = forms.UUIDField(error_messages=AGAIN)
    seen = forms.IntegerField(required=False)
    who = forms.ChoiceField(
        choices=[("self", "本人"), ("family", "家人")],
        required=False,
        error_messages={"invalid_choice": "选本人或家人"},
    )
    collector = forms.CharField(max_length=40, required=False, error_messages={"max_length": "领取人最多 40 个字"})

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("who") == "family" and not given.get("collector"):
            self.add_error("collector", "写家人的姓名")
        if self.wrong:
            self.add_error(None, f"数量填 1 到 {MOST_OF_ONE}")
        quantities = {item: _quantity(text) for item, text in self.typed.items()}
        given["basket"] = {item: quantity for item, quantity in quantities.items() if quantity}
        return given

    @property
    def typed(self) -> dict[int, str]:
        """Item id → the quantity as it was typed, whether it can be one or not."""
        asked = ((_ITEM.fullmatch(name), value.strip()) for name, value in self.data.items())
        return {int(item[1]): text[:LONGEST_SHOWN] for item, text in asked if item and text}

    @property
    def wrong(self) -> set[int]:
        """The items whose quantity cannot be one."""
        return {item for item, text in self.typed.items() if _quantity(text) is None}

    @property
    def first_error(self) -> str:
        return next(iter(self.errors.values()))[0]

    @property
    def receiver(self) -> str:
        """Who takes the goods away; nothing where it is the head."""
        return self.cleaned_data["collector"] if self.cleaned_data["who"] == "family" else ""


class UndoForm(worded.Form):
    reason = forms.ChoiceField(
        choices=[(word, word) for word in UNDO_REASONS],
        error_messages={"required": "选一个撤销的原因", "invalid_choice": "选一个撤销的原因"},
    )


def _quantity(text: str) -> int | None:
    """How many are meant, 0 for none of it; None where it can be no quantity."""
    many = digits.number(text)
    return many if many is not None and many <= MOST_OF_ONE else None
