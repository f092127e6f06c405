"""A list somebody sends to be compared: pasted from a workbook, or the workbook itself."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms

from qianjiang_portal.foundation import worded, workbooks
from villages import post_lines

NUMBERS = "〇一二三四五六七八九十"


class SentList(worded.Form):
    """What is pasted and what stands in a file come out as the same text."""

    columns: ClassVar[Sequence[str]] = ()
    most: ClassVar[int] = 300
    hint: ClassVar[str] = ""

    text = forms.CharField(
        label="从 Excel 复制的行",
        max_length=60000,
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label="或者选 Excel 文件",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"empty": "文件是空的，请换一个文件"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        count = NUMBERS[len(self.columns)]
        self.fields["text"].help_text = f"{count}列：{'、'.join(self.columns)}。{self.hint}"
        self.fields["text"].error_messages["max_length"] = f"一次最多 {self.most} 行，分几次粘贴"
        self.fields["file"].help_text = f"第一张表的前{count}列，最大 1 MB"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if sent := given.get("file"):
            try:
                given["text"] = workbooks.read(sent, len(self.columns))
            except workbooks.CannotRead as refusal:
                self.add_error("file", str(refusal))
        rows = [row for row in given.get("text", "").splitlines() if row.strip()]
        if not self.errors and not rows:
            self.add_error("text", "粘贴几行，或选一个文件")
        elif not self.errors and not [row for row in rows if row.split("\t")[0].strip() != self.columns[0]]:
            self.add_error("file" if sent else "text", "只有表头，下面还没有填")
        if len(rows) > self.most + 1:
            self.add_error("text", f"有 {len(rows)} 行，一次最多 {self.most} 行，分几次来")
        return given


class PeopleForm(SentList):
    columns, most = post_lines.COLUMNS, post_lines.MOST
    hint = "责任人、专班和专人的地方写乡镇街道，其他职务写村；任期开始空着就是今天，分工、任期到和办公电话可以空着"
