"""The summary of the claims in Vietnamese: docs/vi/claims.md."""

from __future__ import annotations

import re
from collections.abc import Iterable

SENTENCES = {
    "adversarial-transfers": "Ảnh đối kháng lừa được một mạng thì cũng lừa được mạng khác",
    "batch-norm-frozen": "BatchNorm phải được đóng băng",
    "english-chinese": "Tiền huấn luyện trên tiếng Anh thì thất bại với tiếng Trung",
    "equal-data": "Các tác vụ nên có lượng dữ liệu xấp xỉ nhau",
    "faster": "Trích đặc trưng nhanh hơn huấn luyện từ 15 đến 30 lần",
    "few-or-many": "Nhãn ít hoặc dữ liệu gần thì trích đặc trưng, nhãn nhiều hoặc dữ liệu xa thì tinh chỉnh",
    "hundred-examples": "Với 100 mẫu, học chuyển giao biến 60 % thành 85 %",
    "larger-models": "Mô hình lớn hơn thì chuyển giao tốt hơn",
    "light-rarely-underfits": "Tinh chỉnh light hiếm khi học chưa tới (underfit)",
    "logme": "LogME xếp hạng đúng các backbone",
    "lp-ft-out-of-domain": "Ngoài miền dữ liệu, LP-FT hơn tinh chỉnh toàn bộ",
    "multi-task": "Một mô hình cho nhiều tác vụ hơn mỗi tác vụ một mô hình",
    "progressive-best": "Mở băng dần thường là tốt nhất",
    "small-rate": "Tinh chỉnh toàn bộ mạng cần tốc độ học nhỏ",
    "start-slope-asymptote": "Có chuyển giao thì khởi đầu cao hơn, tăng nhanh hơn và kết thúc cao hơn",
    "very-different-images": "Đặc trưng tiền huấn luyện có ích cả với ảnh rất khác",
    "word-vectors-context": "Vector từ đóng băng bỏ mất ngữ cảnh",
}
"""Name of a claim -> its sentence."""
WORDS = {
    "not measured yet": "chưa đo",
    "does not hold": "không đúng",
    "holds": "đúng",
    "depends": "tùy trường hợp",
    "cannot tell": "chưa kết luận được",
    "extract": "trích đặc trưng",
    "fine-tune": "tinh chỉnh",
    "start": "khởi đầu",
    "rise": "tốc độ tăng",
    "end": "kết thúc",
}
COUNTS = re.compile(r"yes on (\d+), no on (\d+), undecided on (\d+) of (\d+)")


def answer(text: str) -> str:
    """Return an answer (``claim.verdict``) in Vietnamese."""
    text = COUNTS.sub(r"đúng ở \1, sai ở \2, chưa rõ ở \3 trong \4 hàng", text)
    return re.sub("|".join(rf"\b{word}\b" for word in WORDS), lambda found: WORDS[found.group()], text)


def summary(answers: Iterable[tuple[str, str]]) -> str:
    """Return the table of all claims; ``answers`` has the name and the answer of each."""
    lines = ["| câu trong bài giảng | câu trả lời |", "|---|---|"]
    return "\n".join(
        [*lines, *(f"| [{SENTENCES[name]}](../claims/{name}.md) | {answer(text)} |" for name, text in answers)]
    )
