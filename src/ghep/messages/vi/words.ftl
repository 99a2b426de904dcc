# Các từ của typer, thư viện đọc dòng lệnh.

typer-usage = Cách dùng:
typer-default = [mặc định: {"{"}{"}"}]
typer-env-var = [biến môi trường: {"{"}{"}"}]
typer-required = [bắt buộc]
typer-deprecated = {"(không nên dùng nữa) "}
typer-arguments = Đối số
typer-options = Tùy chọn
typer-commands = Lệnh
typer-error = Lỗi
typer-aborted = Đã hủy.
typer-try-help = Xem trợ giúp: [blue]'{"{"}command_path{"}"} {"{"}help_option{"}"}'[/].
typer-missing-command = Thiếu tên lệnh.
typer-help = In trợ giúp này rồi thoát.
typer-install-completion = Cài tính năng tự hoàn thành lệnh cho shell hiện tại.
typer-show-completion = In đoạn mã tự hoàn thành lệnh cho shell hiện tại, để sao chép hoặc sửa lại.
typer-install-completion-shell = Cài tính năng tự hoàn thành lệnh cho shell được nêu.
typer-show-completion-shell = In đoạn mã tự hoàn thành lệnh cho shell được nêu, để sao chép hoặc sửa lại.
typer-missing-argument = Thiếu đối số '{ $name }'.{ $more ->
    [none] { "" }
   *[other] { $more }
 }
typer-missing-option = Thiếu tùy chọn '{ $name }'.{ $more ->
    [none] { "" }
   *[other] { $more }
 }
typer-no-such-option = Không có tùy chọn { $name }{ $names ->
    [none] { "" }
   *[other] { " " }(có thể là: { $names })
 }
typer-no-such-command-like = Không có lệnh '{ $name }'.{ $names ->
    [none] { "" }
   *[other] { " " }Có phải ý là { $names }?
 }
typer-option-requires = Tùy chọn '{ $name }' cần một giá trị.
typer-option-takes-none = Tùy chọn '{ $name }' không nhận giá trị.
typer-not-valid = Giá trị không hợp lệ cho { $name }: { $value } không thuộc kiểu { $kind }.
typer-invalid-value = Giá trị không hợp lệ cho { $name }: { $cause }
typer-extra-arguments = Thừa đối số ({ $names })

# Ngôn ngữ.

help-lang = Ngôn ngữ của thông báo, trợ giúp và báo cáo: en (English) hoặc vi (Tiếng Việt). Mặc định: GHEP_LANG, nếu không có thì ngôn ngữ của hệ thống.
language-unknown = không có ngôn ngữ "{ $name }"
    .remedy = chọn một trong các ngôn ngữ: { OR($known) }
