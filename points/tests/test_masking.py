import pytest

from points.masking import mask


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟", "张*"),
        ("冉光明", "冉*明"),
        ("欧阳娜", "欧阳*"),
        ("欧阳丽娜", "欧阳*娜"),
        ("欧阳", "欧*"),
        ("尉迟恭", "尉迟*"),
        ("陈李小明", "陈李*明"),
        ("阿里·木沙·江", "阿里·*·江"),
        ("阿依古丽・买买提", "阿依古丽·*提"),
        ("才·让", "才·*"),
        ("𠀀明", "𠀀*"),
        ("冉𠮷明", "冉*明"),
        (" 冉 光明 ", "冉*明"),
        ("冉", "*"),
        ("", "*"),
        ("·", "*"),
    ],
)
def test_mask_keeps_only_what_tells_neighbours_apart(name: str, masked: str) -> None:
    assert mask(name) == masked


@pytest.mark.parametrize(
    "name",
    ["张伟", "冉光明", "欧阳娜", "欧阳丽娜", "才·让", "阿里·木沙", "买买提·艾力·江"],
)
def test_mask_never_gives_the_name_away(name: str) -> None:
    letters = mask(name).replace("*", "").replace("·", "")

    assert name not in mask(name)
    assert len(letters) < len(name.replace("·", ""))
