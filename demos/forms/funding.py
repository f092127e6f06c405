from typing import Any

from django import forms

from demos import fund_lines
from demos.forms.pairings import money, past, words
from demos.models import FundLine
from qianjiang_portal.foundation import worded
from villages.forms import day_field
from villages.list_forms import SentList


class FundForm(worded.Form):
    kind = forms.ChoiceField(label="来源或用途", choices=FundLine.Kind)
    on = day_field("日期")
    what = words("摘要", 80)
    amount = money("金额(元)")
    receipt = words("凭证号", 40)
    purchase = forms.UUIDField(required=False, widget=forms.HiddenInput, error_messages={"invalid": "没有这张进货单"})

    def clean_on(self) -> Any:
        return past(self.cleaned_data["on"])


class BudgetForm(worded.Form):
    amount = money("预算(元)")


class TakeBackForm(worded.Form):
    line = forms.IntegerField(widget=forms.HiddenInput)
    reason = words("冲销的原因", 60)


class FundsForm(SentList):
    columns, most = fund_lines.COLUMNS, fund_lines.MOST
    hint = f"来源·用途写{'、'.join(fund_lines.KINDS)}之一；金额是元，都写正数"
