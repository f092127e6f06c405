"""The tasks that have a page of help. The text of each stands in its template, never more than seven steps."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guide:
    slug: str
    title: str
    who: str


GUIDES = (
    Guide("entry", "录入积分", "乡镇经办"),
    Guide("many", "勾选花名册、粘贴名单", "乡镇经办"),
    Guide("import", "导入 Excel 表", "乡镇经办"),
    Guide("activity", "办了活动，转成积分", "乡镇经办"),
    Guide("returned", "修改退回的行", "乡镇经办"),
    Guide("review", "评议审核一批", "评议审核"),
    Guide("rules", "起草和发布积分细则", "乡镇经办、分管领导、区级"),
    Guide("notice", "制作公示、期满入账", "乡镇经办"),
    Guide("objection", "核实和答复一件异议", "评议审核、分管领导"),
    Guide("redeem", "兑换物品、撤销当天的小票", "兑换经办"),
    Guide("passbook", "查一户的存折、冲正一笔", "乡镇经办、评议审核、分管领导、区级"),
    Guide("report", "生成和下载季度、半年、年度报告", "分管领导、区级"),
    Guide("summary", "写半年和年终总结", "乡镇经办、成员单位联络员、分管领导、区级"),
    Guide("accounts", "建账号、换岗、重置密码", "系统管理员"),
    Guide("ledger", "查操作记录、校验账本", "审计员"),
)
