"""What each recorded action is called on the page, by the noun it is about."""

# noun → (what it is called, verb → what was done)
NOUNS: dict[str, tuple[str, dict[str, str]]] = {
    "account": (
        "账号",
        {
            "sign-in": "登录",
            "sign-out": "退出",
            "password": "修改密码",
            "give-password": "重置密码",
            "unlock": "解锁账号",
            "open": "批量建账号",
            "off": "停用账号",
            "on": "启用账号",
            "sign-out-all": "退出全部设备",
        },
    ),
    "admin": ("系统管理", {"add": "新增资料", "change": "修改资料", "delete": "恢复默认设置"}),
    "factor": (
        "两步验证",
        {
            "on": "启用两步验证",
            "off": "停用两步验证",
            "codes": "换备用码",
            "check": "填动态口令",
            "reset": "取消两步验证",
        },
    ),
    "appointment": ("任职", {"appoint": "任命", "end": "结束任职"}),
    "household": (
        "农户",
        {"search": "查找农户", "members": "查看家庭成员", "grid": "换组", "village": "迁到别的村", "merge": "并户"},
    ),
    "doubt": ("荣誉和清零的异议", {"receive": "收到异议", "answer": "答复异议"}),
    "lookup": ("村民自查", {"issue": "打印自查条", "stop": "停用自查条", "read": "村民看自己家的积分"}),
    "batch": ("批次", {"submit": "提交批次", "recall": "撤回批次"}),
    "import": (
        "导入",
        {
            "confirm": "确认导入",
            "undo": "撤销导入",
            "drop": "放弃导入",
            "word": "认定表里的叫法",
            "forget-word": "不再认表里的叫法",
        },
    ),
    "opening": ("期初积分", {"ask-back": "申请期初冲正", "take-back": "期初冲正入账", "keep": "期初冲正没有办"}),
    "register": ("名册", {"roster": "导入名册", "opening": "期初积分入账", "back": "退回期初积分", "drop": "放弃导入"}),
    "evidence": ("证明", {"add": "上传证明", "withdraw": "撤下证明", "read": "查看证明"}),
    "review": ("审核", {"open": "打开审核", "decide": "审核"}),
    "panel": ("评议小组", {"seat": "登记评议员", "kin": "登记亲属户", "end": "结束评议员任期"}),
    "activity": (
        "村级活动",
        {
            "register": "登记活动",
            "amend": "修改活动",
            "attend": "登记到场",
            "leave": "去掉到场",
            "points": "活动转积分",
        },
    ),
    "charter": ("村规民约", {"adopt": "登记通过", "file": "登记备案"}),
    "claim": ("异议的行", {"uphold": "维持原分", "withdraw": "撤销这一行"}),
    "notice": ("公示", {"publish": "发布公示", "post": "入账", "clear": "去掉备注", "paper": "下载公示单"}),
    "objection": (
        "异议",
        {"receive": "收到异议", "propose": "提出处理意见", "return": "退回重查", "close": "办结异议"},
    ),
    "redemption": ("兑换", {"redeem": "兑换", "undo": "撤销兑换"}),
    "honour": (
        "荣誉",
        {
            "kind": "修改荣誉种类",
            "nominate": "提名荣誉",
            "withdraw": "撤回提名",
            "decide": "评议荣誉",
            "publish": "公示荣誉",
            "decline": "撤下荣誉",
            "award": "授予荣誉",
            "revoke": "取消荣誉",
            "points": "荣誉转积分",
        },
    ),
    "year-end": (
        "年末清零",
        {"prepare": "算出清零", "publish": "公示清零", "waive": "不清零", "post": "清零入账"},
    ),
    "suspension": ("资格暂停", {"set": "暂停资格", "lift": "提前解除"}),
    "outlet": ("兑换点", {"keep": "修改兑换点"}),
    "item": ("物品", {"keep": "修改物品"}),
    "stock": ("库存", {"receipt": "进货", "loss": "登记损耗", "count": "盘点"}),
    "rules": (
        "积分细则",
        {
            "draft": "起草细则",
            "items": "修改条目",
            "scale": "修改星级和清零",
            "consult": "公开征求意见",
            "reopen": "退回修改",
            "adopt": "登记表决",
            "minutes": "查看会议记录",
            "publish": "发布细则",
        },
    ),
    "ledger": ("账本", {"export": "取走证明包"}),
    "entries": ("积分流水", {"export": "导出流水"}),
    "dashboard": ("数据看板", {"export": "导出看板"}),
    "report": ("报告", {"request": "生成报告", "pack": "打包材料", "download": "下载报告"}),
    "sheet": ("村情一张表", {"request": "生成一张表", "download": "下载一张表"}),
    "summary": (
        "总结",
        {
            "note": "改情况说明",
            "submit": "提交总结",
            "sign": "签发总结",
            "return": "退回总结",
            "accept": "收下总结",
            "paper": "登记纸质件",
            "scan": "存纸质件的扫描",
            "remind": "催报",
            "collect": "汇总",
            "download": "下载总结",
        },
    ),
    "assessment": (
        "考核",
        {
            "open": "建立考核",
            "count": "计算得分",
            "score": "评分",
            "adjust": "加减分",
            "show": "反馈得分",
            "answer": "提出意见",
            "finish": "定稿",
            "publish": "公布结果",
            "export": "导出考核表",
        },
    ),
    "circular": (
        "督查通报",
        {
            "draft": "起草通报",
            "edit": "修改通报",
            "discard": "删掉草稿",
            "name": "写入问题",
            "unname": "去掉问题",
            "issue": "印发通报",
            "read": "签收通报",
            "download": "下载通报",
        },
    ),
    "case": (
        "典型案例",
        {
            "write": "写案例",
            "submit": "报送案例",
            "return": "退回案例",
            "adopt": "采用案例",
            "discard": "删掉案例草稿",
            "download": "下载案例",
        },
    ),
    "publicity": ("宣传报道", {"note": "登记宣传报道", "withdraw": "撤下宣传报道"}),
    "rectification": ("整改", {"report": "报送整改", "accept": "整改销号", "return": "退回整改"}),
    "indicator": ("指标", {"report": "填报指标", "define": "新建指标", "amend": "修改指标"}),
    "programme": ("示范目标", {"target": "设定目标", "stages": "修改阶段"}),
    "criteria": ("创建标准", {"publish": "发布标准"}),
    "candidate": (
        "示范创建",
        {
            "nominate": "选点",
            "advance": "进入下一阶段",
            "back": "退回上一阶段",
            "recheck": "复核",
            "close": "退出创建",
            "owner": "指定责任人",
            "milestone": "新增节点",
            "reach": "完成节点",
            "score": "评分",
            "evidence": "增加佐证",
            "evidence-withdraw": "撤下佐证",
            "find": "登记问题",
            "clear": "销号问题",
            "inspect": "登记督查",
            "paper": "下载验收表",
        },
    ),
    "measure": ("重点举措", {"add": "新增举措", "report": "填报进展", "dispatch": "填报调度"}),
    "meeting": (
        "会议",
        {
            "plan": "排定会议",
            "hold": "登记会议",
            "minutes": "下载纪要",
            "attach": "上传会议文件",
            "detach": "撤下会议文件",
        },
    ),
    "decision": ("决定事项", {"settle": "办结决定"}),
    "pairing": (
        "结对帮扶",
        {
            "pair": "建立结对",
            "end": "结束结对",
            "visit": "登记走访",
            "photo-withdraw": "撤下走访照片",
            "support": "登记支持",
            "problem": "登记困难",
            "paper": "下载结对表",
        },
    ),
    "problem": ("帮扶问题", {"open": "重新打开问题", "doing": "着手办理问题", "solved": "解决问题"}),
    "fund": ("经费", {"book": "登记经费", "take-back": "冲销经费", "budget": "修改预算"}),
    "post": ("人员", {"name": "登记人员", "end": "结束任期"}),
    "training": ("干部培训", {"enter": "登记培训", "withdraw": "撤下培训"}),
    "appraisal": ("年度考核", {"enter": "登记考核", "withdraw": "撤下考核"}),
    "guide": ("便民事项", {"put": "修改事项", "withdraw": "撤下事项"}),
    "errand": ("代办", {"receive": "受理代办", "received": "退回受理", "doing": "着手代办", "done": "办结代办"}),
    "village": ("村", {"merge": "撤并村"}),
    "disclosure": ("三公开", {"publish": "公开", "correct": "更正公开", "withdraw": "撤下公开"}),
    "session": ("登录的设备", {"end": "退出设备", "end-others": "退出其他设备"}),
    "token": ("接口令牌", {"make": "新建令牌", "revoke": "停用令牌"}),
    "api": (
        "接口",
        {
            "township": "读乡镇街道",
            "village": "读村",
            "grid": "读网格",
            "household": "读农户",
            "household.members": "读家庭成员",
            "rule-set": "读细则",
            "rule": "读细则条目",
            "batch": "读批次",
            "batch.create": "新建批次",
            "batch.add": "加行",
            "batch.submit": "提交批次",
            "batch.recall": "撤回批次",
            "claim": "读申报行",
            "claim.partial_update": "改一行",
            "claim.destroy": "移除一行",
            "claim.restore": "恢复一行",
            "evidence": "读证明",
            "evidence.create": "传证明",
            "evidence.destroy": "撤下证明",
            "batch.open": "打开审核",
            "batch.decide": "审核",
            "redemption": "读兑换",
            "activity.attendances": "读到场名单",
            "redemption.create": "兑换",
            "redemption.undo": "撤销兑换",
            "entry": "读流水",
            "balance": "读余额",
            "notice": "读公示",
            "figure": "读数字",
            "activity": "读活动",
            "review": "读审核",
            "panel": "读评议小组",
            "outlet": "读兑换点",
            "item": "读物品",
            "indicator": "读指标",
            "indicator-value": "读指标填报",
            "programme": "读示范目标",
            "candidate": "读示范对象",
            "summary": "读总结",
        },
    ),
    "job": ("任务", {"retry": "重做任务", "cancel": "取消任务"}),
    "audit": ("审计", {"export": "导出操作记录", "expire": "清理过期记录"}),
    "backup": ("备份", {"restore": "恢复备份"}),
    "clock": ("演示时间", {"move": "调整演示时间"}),
}

FACTS = {
    "files": "文件",
    "code": "代码",
    "changed": "改了",
    "events": "条",
    "until": "截至",
    "rows": "行",
    "present": "到场",
    "line": "第几行",
    "file": "文件",
    "points": "分",
    "to": "到",
    "households": "户",
    "claims": "行",
    "effective": "生效",
    "contested": "待核实",
    "found": "找到",
    "new": "新增",
    "quantity": "数量",
    "papers": "文件",
    "cells": "格",
    "items": "条",
    "measures": "条",
    "senders": "家",
    "sources": "份",
    "hoped": "目标",
    "days": "天",
    "reason": "原因",
    "numbers_changed": "变动的数字",
    "attended": "到会",
    "agreed": "同意",
    "written": "写入",
    "removed": "去掉",
    "restored": "恢复",
    "approved": "通过",
    "returned": "退回",
    "stage": "阶段",
    "on": "日期",
    "column": "列",
    "made_at": "制作时间",
    "format": "格式",
    "filters": "筛选",
    "token": "令牌",
    "scopes": "可以做的事",
    "added": "新增",
    "batch": "批次",
    "sessions": "台",
    "accounts": "账号",
    "fields": "改了的项",
    "withdrawn": "撤下",
    "second": "两步验证",
    "failures": "连续没对上",
    "locked": "锁定",
    "posts": "任职",
}


def action(name: str) -> str:
    """What was done, in words; a name the list does not know is shown as it is."""
    noun, _, verb = name.partition(".")
    return NOUNS.get(noun, ("", {}))[1].get(verb, name)


def known(name: str) -> bool:
    """Whether there are words for an action, or for all actions of a noun where it ends in a dot."""
    noun, _, verb = name.partition(".")
    return noun in NOUNS and (not verb or verb in NOUNS[noun][1])


def groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """All actions to choose from: noun in words, then (name, words), the first of them for the whole noun."""
    return [
        (label, [(f"{noun}.", f"{label}：全部"), *((f"{noun}.{verb}", word) for verb, word in verbs.items())])
        for noun, (label, verbs) in NOUNS.items()
    ]


def facts(given: dict[str, object]) -> list[tuple[str, str]]:
    """Counts and values as (label, text), empty ones left out."""
    return [(FACTS.get(key, key), _text(value)) for key, value in given.items() if value not in ("", None, [], {})]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(f"{key} {one}" for key, one in value.items())
    return "、".join(str(one) for one in value) if isinstance(value, list) else str(value)
