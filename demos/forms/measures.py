from django import forms

from demos.forms.pairings import words


class PasteForm(forms.Form):
    text = words("从 Excel 复制的行", 40000, rows=10)


class ProgressForm(forms.Form):
    text = words("进展", 300)
    is_done = forms.BooleanField(label="已完成", required=False)
