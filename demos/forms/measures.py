from django import forms

from demos import measure_lines
from demos.forms.pairings import words
from qianjiang_portal.foundation import worded
from villages.list_forms import SentList


class MeasuresForm(SentList):
    columns, most = measure_lines.COLUMNS, measure_lines.MOST
    hint = "配合单位之间用顿号，可以空着"


class DispatchForm(worded.Form):
    moved = words("本月进展", 300)
    stuck = words("堵点", 200, required=False)
    following = words("下一步", 200, required=False)


class ProgressForm(worded.Form):
    text = words("进展", 300)
    is_done = forms.BooleanField(label="已完成", required=False)
