# Nhãn sai: ghep.suspects, ghep check --labels, fit --drop-suspects.

wrong-labels = { $count } trong { $total } nhãn của { $task } ({ NUMBER($share, style: "percent", maximumFractionDigits: 1) }) đáng nghi: có lẽ sai, hoặc ít nhất là không chắc; dữ liệu sạch có tối đa { NUMBER($bar, style: "percent", maximumFractionDigits: 0) } mẫu nghi sai nhãn
    .remedy = xem suspects.html của ghep check --labels và sửa nhãn; hoặc xóa khỏi suspects.csv những dòng đúng, rồi huấn luyện với --drop-suspects suspects.csv
classes-too-small-to-judge = { $count } lớp của { $task } có ít hơn { $needed } mẫu: nhãn của lớp như vậy không được đánh giá
    .remedy = tự kiểm tra nhãn của các lớp này
suspects-not-of-numbers = nhãn của { LIST($tasks) } không được đánh giá: đó là điểm đánh giá hoặc số, và một số kề bên không phải nhãn sai
    .remedy = xem các sai số lớn nhất trong predictions.csv của một lượt chạy
suspects-options-refused = việc tìm nhãn sai { $count ->
    [0] không dùng được { EACH($wrong) }
   *[other] không có tùy chọn { LIST($names) }
 }
    .remedy = { $count ->
    [0] sửa các tùy chọn này, hoặc bỏ chúng
   *[other] { EACH($hints) }
 }

suspects-head = { $data }: nhãn được đánh giá bằng head tuyến tính trên { $backbone }, năm fold
suspects-said = { $count ->
    [0] { $task }: không nhãn nào trong { $total } nhãn đáng nghi.
    [1] { $task }: một trong { $total } nhãn đáng nghi.
   *[other] { $task }: { $count } trong { $total } nhãn ({ NUMBER($share, style: "percent", maximumFractionDigits: 1) }) đáng nghi.
 }
suspects-estimate = Độ chính xác của các head trên những mẫu chúng chưa thấy: { SCORE($accuracy) }. { $few ->
    [yes] Quá ít nhãn sai để ước lượng tỉ lệ của chúng.
    [weak] Các head như vậy quá yếu để biết bao nhiêu nhãn sai: hãy chọn --backbone khác.
   *[no] Tỉ lệ nhãn sai ước lượng: { NUMBER($wrong, style: "percent", maximumFractionDigits: 1) }.
 }
suspects-bound = Nếu 5% số nhãn sai ngẫu nhiên, với các head như vậy (độ chính xác { SCORE($accuracy) }, { $classes } lớp) không cách nào tìm được quá { NUMBER($findable, style: "percent", maximumFractionDigits: 0) } số nhãn sai ở precision 50%.
suspects-advice = Không có gì bị thay đổi. Mẫu đáng nghi cũng có thể là mẫu hiếm mà đúng, hoặc thể hiện nhiều lớp: kiểm tra trước khi sửa hay bỏ ra.
suspects-summary = { $said }{ $weak ->
    [yes] { " " }Các head có độ chính xác { SCORE($accuracy) } quá yếu để tìm được hơn { NUMBER($findable, style: "percent", maximumFractionDigits: 0) } số nhãn sai.
   *[no] { "" }
 } Chốt kiểm tra báo động khi trên { NUMBER($bar, style: "percent", maximumFractionDigits: 0) }.
suspects-none-judged = Không nhãn nào được đánh giá: không có tác vụ nào có lớp.
suspects-more = { $count } mẫu nữa trong suspects.csv
suspects-title = Những nhãn đáng nghi: { $data }
suspects-heading = { $task }: { $count } mẫu nghi sai nhãn
suspects-about = Đáng nghi nhất trước: nhãn đã cho → nhãn có khả năng đúng, kèm xác suất của các head chưa từng thấy mẫu đó.
suspects-pairs = Những lớp bị nhầm với nhau
suspects-column = { $column ->
    [label] nhãn
    [likely] nhãn có khả năng đúng
    [likely_probability] p(có khả năng đúng)
    [label_probability] p(nhãn)
    [split] tập
    [count] số mẫu nghi
   *[id] mẫu
 }
suspects-files = { $count ->
    [0] không có mẫu nghi sai nhãn; trang { $page }
   *[other] mẫu nghi  { $table }
            trang     { $page }
 }
suspect-numbers = nhãn có khả năng đúng { $likely }, nhãn đã cho { $label }
suspect-alt = { $example }, nhãn { $label }, có khả năng là { $likely }
suspect-likely = có khả năng là
suspect-zoom = phóng to
suspect-in-memory = nằm trong bộ nhớ, không phải trong tệp

setting-drop_suspects = Bỏ khỏi train những mẫu mà danh sách này nêu: suspects.csv của ghep check --labels, hoặc một CSV có cột id.
    .allowed = đường dẫn của một CSV có cột id
drop-suspects-without-id = { $file } không có cột "id"; các cột của nó là { LIST($columns) }
    .remedy = truyền suspects.csv của ghep check --labels, hoặc đặt tên cột chứa id của mẫu là "id"
drop-suspects-unknown-id = { $file } nêu { $count } trong { $total } mẫu không có trong { $data }, ví dụ { $first }
    .remedy = { $hint }; ghi lại danh sách bằng ghep check --labels nếu tệp đã bị chuyển chỗ hay đổi tên
drop-suspects-unknown-task = { $file } nêu tác vụ { $task }, mà dữ liệu không có
    .remedy = { $hint }
drop-suspects-other-content = { $count } trong { $total } mẫu trong { $file } có nội dung khác với lúc ghi danh sách, ví dụ { $first }
    .remedy = ghi lại danh sách bằng ghep check --labels: id của các dòng thay đổi khi chèn hoặc xóa dòng
drop-suspects-empties-class = nếu bỏ các mẫu trong { $file }, train { $count ->
    [0] không còn nhãn nào của { $task }
   *[other] không còn mẫu nào của { LIST($names) }
 }
    .remedy = giữ lại vài mẫu: xóa dòng của chúng trong danh sách
drop-suspects-detail = bị bỏ khỏi train theo { $file }
suspects-dropped = { $count ->
    [0] { $listed ->
        [0] { $file } không liệt kê mẫu nào: không bỏ gì ra
       *[other] không mẫu nào trong { $file } thuộc train
    }
   *[other] { $count } trong { $total } mẫu huấn luyện bị bỏ ra
 }{ $count ->
    [0] {""}
   *[other] , theo { $file }
 }{ $held_out ->
    [0] {""}
   *[other] ; { $held_out } mẫu nữa ở valid hoặc test, và vẫn ở đó
 }
    .remedy = { $count ->
    [0] { $listed ->
        [0] không cần làm gì
       *[other] kiểm tra xem danh sách có phải của dữ liệu này, chia bằng cùng seed không
    }
   *[other] so sánh điểm với một lượt chạy không có --drop-suspects
 }

help-check-labels = Tìm thêm những nhãn sai, bằng một head tuyến tính trên đặc trưng của --backbone.
help-check-backbone = Với --labels: backbone có đặc trưng dùng để đánh giá nhãn; mặc định: efficientnet-lite0 cho ảnh, minilm cho văn bản.
help-check-out = Với --labels: thư mục cho suspects.csv và suspects.html; mặc định: một thư mục mới trong runs/.
help-check-overwrite = Với --labels: ghi vào --out dù trong đó đã có tệp.
check-without-labels = { LIST($flags) } không có tác dụng khi thiếu --labels
    .remedy = thêm --labels, hoặc bỏ { LIST($flags) }
