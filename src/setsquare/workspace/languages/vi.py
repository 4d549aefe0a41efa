"""Vietnamese."""

from __future__ import annotations

from typing import Final

from setsquare.workspace.languages.pack import Ears, Language, Parts

LANGUAGE: Final = Language(
    code="vi",
    name="Vietnamese",
    ears=Ears(
        when=("khi", "mỗi khi", "ngay khi", "sau khi", "mỗi lần"),
        while_=("trong khi", "trong lúc", "trong suốt", "trong thời gian", "chừng nào"),
        if_=("nếu", "nếu như", "trong trường hợp", "giả sử"),
        where=("ở nơi", "tại nơi", "nơi mà", "nơi"),
        then=("thì",),
        articles=("mỗi", "mọi", "tất cả", "các", "những"),
        and_=("và",),
        or_=("hoặc",),
        within=r"\btrong(?: vòng)?\s+(?P<value>\d[\d.,]{0,20})\s{0,3}(?P<unit>ms|mili giây|giây|phút|giờ|ngày)\b",
        breadth=100,
        least_letters=2,
        quantifier=r"(?:với|cho|đối với) (?:mọi|bất kỳ|tất cả|mỗi)(?!\w)",
        modals=r"\b(?:cần phải|phải|không được phép|không được|sẽ|nghiêm cấm|cấm)\b",
        negative=r"\b(?:không được|không được phép|phải không|sẽ không|nghiêm cấm|cấm)\b",
        letters=r"[ăđơưĂĐƠƯ\u1ea0-\u1ef9]",
    ),
    parts=Parts(
        requirement=("yêu cầu", "yêu cầu chức năng", "yêu cầu phi chức năng"),
        requirements=("yêu cầu", "các yêu cầu"),
        validates=("xác thực", "kiểm chứng", "đáp ứng"),
        criteria=("tiêu chí chấp nhận", "tiêu chí nghiệm thu", "tiêu chuẩn chấp nhận"),
        story=("câu chuyện người dùng", "mục tiêu"),
        story_heading=("câu chuyện người dùng",),
        story_opening=("là một ", "là ", "với tư cách là ", "với vai trò "),
        glossary=("thuật ngữ", "bảng thuật ngữ", "từ điển thuật ngữ", "định nghĩa"),
        introduction=("giới thiệu", "tổng quan", "bối cảnh", "tóm tắt"),
        aside=("ngoài phạm vi", "giả định", "rủi ro", "ràng buộc", "phụ lục", "câu hỏi mở", "ghi chú"),
        future=("tương lai",),
        functional=("yêu cầu chức năng",),
        non_functional=("yêu cầu phi chức năng",),
        container=("yêu cầu", "các yêu cầu", "danh sách yêu cầu", "tài liệu yêu cầu", "đặc tả yêu cầu"),
        container_ending=(),
        property=("thuộc tính", "thuộc tính đúng đắn", "tính chất"),
        properties_section=("thuộc tính", "các thuộc tính đúng đắn", "thuộc tính đúng đắn", "tính chất đúng đắn"),
        depends=("phụ thuộc vào", "phụ thuộc", "bị chặn bởi", "điều kiện tiên quyết"),
        metadata=("độ ưu tiên", "ưu tiên", "mức ưu tiên", "trạng thái", "mô tả", "ghi chú", "lý do"),
        bugfix_current=("hành vi hiện tại",),
        bugfix_wanted=("hành vi mong đợi", "hành vi không đổi", "hành vi giữ nguyên"),
        checklist=("ghi chú", "tiêu chí thành công", "tiêu chí chấp nhận", "danh sách kiểm tra"),
    ),
)
