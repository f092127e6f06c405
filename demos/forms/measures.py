from django import forms

from demos.forms.pairings import words


class PasteForm(forms.Form):
    text = words("从 Excel 复制的行", 40000, rows=10)


class WorkbookForm(forms.Form):
    file = forms.FileField(
        label="Excel 文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "选一个 .xlsx 文件"},
        help_text="四列：重点举措、牵头单位、配合单位、时限，最大 1 MB",
    )


class DispatchForm(forms.Form):
    moved = words("本月进展", 300)
    stuck = words("堵点", 200, required=False)
    following = words("下一步", 200, required=False)


class ProgressForm(forms.Form):
    text = words("进展", 300)
    is_done = forms.BooleanField(label="已完成", required=False)
