# ghep attack: how little changes an answer.

command-attack =
    Sửa ảnh ít nhất có thể cho đến khi mô hình đưa ra câu trả lời khác, và lưu các ảnh đó (tấn công đối kháng).

    MODEL là một bundle, hoặc một backbone kèm bộ phân loại của lần tiền huấn luyện. Không giá trị pixel nào thay đổi quá
    --epsilon. Một ảnh chỉ được tính nếu ghep predict đưa ra câu trả lời mong muốn cho tệp PNG đã lưu. Trang kết quả có
    ảnh gốc, ảnh đã sửa, tỉ lệ câu trả lời bị đổi theo mức giới hạn, nhiễu ngẫu nhiên để so sánh, và cho biết có thể tin
    gradient hay không.

    Ví dụ: ghep attack runs/pets/bundle dog.jpg --to cat --epsilon 2/255

    Ví dụ: ghep attack --runs runs/comparison unseen/*.jpg
help-attack-arguments = Một bundle, hoặc một backbone mà tệp trọng số có kèm bộ phân loại của lần tiền huấn luyện; rồi đến ảnh, thư mục hoặc mẫu glob. Với --runs chỉ cần ảnh.
help-attack-runs = Tấn công các bundle của phép so sánh này thay cho MODEL, mỗi chiến lược một dòng, và so mức thay đổi mà mỗi ảnh cần (bằng cw, trừ khi có --method hoặc --epsilon).
attack-no-files = chỉ có { $model }, là mô hình hoặc ảnh; attack cần cả mô hình lẫn ảnh
    .remedy = ghep attack BUNDLE photo.jpg, hoặc ghep attack --runs COMPARISON photo.jpg

setting-to = Nhãn mà mô hình phải trả lời; lặp lại để chấp nhận nhiều nhãn. Mặc định: bất kỳ câu trả lời khác nào.
    .allowed = các nhãn của mô hình
setting-epsilon = Mức thay đổi lớn nhất của một giá trị pixel: 2/255, hoặc một phần của 1.
    .allowed = 2/255, hoặc một số từ 1/255 đến dưới 1
setting-method = pgd: đi theo gradient trong mức giới hạn; cw: khoảng cách Euclid nhỏ nhất, không có giới hạn; square: tìm ngẫu nhiên, không dùng gradient.
setting-transfer_to = Một bundle hoặc backbone khác, để xem nó trả lời gì cho cùng các ảnh; có thể lặp lại.
    .allowed = các bundle hoặc backbone
setting-task = Tấn công tác vụ này của bundle. Mặc định: tác vụ đầu tiên.
    .allowed = một tác vụ của bundle
setting-attack-out = Thư mục chứa trang, ảnh và các giá trị; mặc định: runs/attack-MODEL-TIME.
setting-attack-overwrite = Ghi vào --out dù đã có tệp.
setting-attack-steps = Số bước gradient cho mỗi lần xuất phát.
setting-restarts = Số lần xuất phát: lần đầu từ ảnh gốc, các lần sau từ điểm ngẫu nhiên trong mức giới hạn.
    .allowed = một số nguyên từ 1 trở lên
setting-queries = Số lần square được hỏi mô hình cho mỗi ảnh.
    .allowed = một số nguyên từ 1 trở lên
setting-checked = Số ảnh dùng để đo đường cong, mức giới hạn nhỏ nhất và gradient; 0: không đo.
    .allowed = một số nguyên từ 0 trở lên
setting-attack-seed = Seed của các lần xuất phát ngẫu nhiên, của nhiễu và của việc tìm kiếm.

attack-refused = attack không dùng được { EACH($wrong) }
    .remedy = sửa các thiết lập này, hoặc bỏ chúng
attack-epsilon-no-number = một mức giới hạn chẳng hạn 2/255 hoặc 0.03
attack-epsilon-no-bound = mức giới hạn phải nhỏ hơn 1: không có giới hạn thì ảnh nào cũng biến được thành ảnh khác, và thành công không nói lên điều gì
attack-epsilon-nothing = mức giới hạn phải lớn hơn 0: với 0, ảnh không thay đổi
attack-epsilon-below-a-level = mức giới hạn phải ít nhất là 1/255: pixel khi lưu có 255 bậc, thay đổi nhỏ hơn sẽ bị mất
attack-cw-has-no-bound = epsilon={ $epsilon } cùng với method=cw, cách tìm khoảng cách nhỏ nhất và không có giới hạn
attack-out-lossy = { $suffix } làm mất các thay đổi: ảnh được lưu thành PNG, trong một thư mục
attack-out-no-path = một đường dẫn
attack-folder-used = { $folder } đã có và không phải thư mục rỗng
    .remedy = truyền --out khác, hoặc --overwrite
attack-without-classes = { $name } dự đoán một số ({ $task }), mà một số thì không có lớp khác để đổi sang
    .remedy = tấn công một mô hình chọn giữa các lớp
attack-one-class = { $name } chỉ biết một lớp, nên không có câu trả lời khác
    .remedy = tấn công một mô hình có hai lớp trở lên
attack-nothing-to-do = mô hình đã trả lời { OR($labels) } cho mọi ảnh
    .remedy = truyền ảnh có câu trả lời khác, hoặc --to khác
attack-no-photos = không đọc được ảnh nào: { EACH($problems) }
    .remedy = truyền tệp JPEG, PNG hoặc loại tệp ảnh khác
attack-no-answer = { $name } không có câu trả lời: { $why }

attack-unusable-photos = { $count } ảnh không đọc được và bị bỏ qua.
    .remedy = ghep check nêu lý do cho cả thư mục
attack-already-reached = Mô hình đã trả lời { OR($labels) } cho { $count } ảnh; chúng bị bỏ qua.
attack-lost-in-file = { $count } ảnh đã sửa không còn cho câu trả lời mong muốn sau khi được lưu và dự đoán lại; chúng không được tính.
    .remedy = dùng --epsilon lớn hơn
attack-passes-differ = Cùng một ảnh cho logit khác nhau trong hai lượt tính (chênh lệch { DIGITS($difference) }): mô hình có yếu tố ngẫu nhiên, nên tấn công chỉ dựa vào một lượt tính sẽ lạc hướng.
    .remedy = lấy trung bình nhiều lượt tính trước khi tin rằng tấn công thất bại
attack-zero-gradients = { $percent }% giá trị của một gradient điển hình đúng bằng 0: phép làm tròn hoặc một hàm bão hòa che mất đường đi.
    .remedy = tấn công không có hàm đó, hoặc với --method square
attack-gradient-free-stronger = Tìm ngẫu nhiên không dùng gradient thành công với { $count } trong { $left } ảnh mà gradient thất bại (n={ $n }): gradient bị che.
    .remedy = không suy ra rằng mô hình bền vững (robust) từ việc tấn công này thất bại; thử --method square --queries 10000
attack-far-bound-fails = Kể cả { $bound } cũng chỉ thành công với { $reached } trong { $n } ảnh, dù thay đổi lớn như vậy che được mọi ảnh: gradient bị che.
    .remedy = không suy ra rằng mô hình bền vững (robust) từ việc tấn công này thất bại; thử --method square --queries 10000
attack-single-step-stronger = Ở { $bound }, một bước thành công với { $single } ảnh còn nhiều bước chỉ với { $count }: gradient bị che.
    .remedy = tăng --restarts, hoặc dùng --method square
attack-noise-stronger = Ở { $bound }, nhiễu ngẫu nhiên thành công với { $noise } ảnh còn gradient chỉ với { $count }: gradient bị che.
    .remedy = dùng --method square
attack-not-monotone = { $high } thành công với { $after } trong { $n } ảnh, còn mức nhỏ hơn { $low } thành công với { $before }: tấn công bị kẹt.
    .remedy = tăng --steps và --restarts

attack-title = Chỉ cần sửa bao nhiêu để câu trả lời đổi
attack-subtitle = { $model } · { $method } · { $steps } bước, { $restarts } lần xuất phát, seed { $seed }
attack-lead-targeted = { $reached } trong { $n } ảnh đã lưu được mô hình gọi là { OR($labels) } { $how } (khoảng tin cậy 95% { $low } đến { $high }%).
attack-lead-untargeted = { $reached } trong { $n } ảnh đã lưu nhận câu trả lời khác { $how } (khoảng tin cậy 95% { $low } đến { $high }%).
attack-within = sau khi mỗi giá trị pixel thay đổi tối đa { $bound }
attack-at-distance = ở khoảng cách Euclid trung vị { $distance } (pixel từ 0 đến 1)
attack-note-cost = Tấn công tốn { $seconds } giây bộ xử lý cho mỗi ảnh.
attack-note-smallest = Trung vị của các mức giới hạn nhỏ nhất tìm được: { $bound } (n={ $n }). Tấn công mạnh hơn có thể cần ít hơn.
attack-note-all = { $bound } đủ để thành công với cả { $n } ảnh đã đo.
attack-note-noise = Nhiễu ngẫu nhiên ở mức { $bound } thành công với { $noise } trong { $n } ảnh.
attack-note-gradients = Không có dấu hiệu gradient bị che (n={ $n }).
attack-written = trang     { $page }
attack-section-photos = Ảnh
attack-photos-cut = { $shown } ảnh đầu trong { $n }; tất cả nằm trong { $folder }/.
attack-photo = { $name }, { $before }
attack-photo-caption = Trái: ảnh gốc, { $before }. Giữa: ảnh đã sửa, { $after }. Phải: phần chênh lệch nhân { $factor } quanh màu xám, màu của chỗ không thay đổi (viền xám: mạng không thấy phần đó); thay đổi lớn nhất là { $change } trong 255 mức.
attack-panel-difference = chênh lệch x { $factor }
attack-said = { $label } ({ $percent }%)
attack-yes = có
attack-no = không
attack-column-photo = ảnh
attack-column-before = câu trả lời trước
attack-column-after = câu trả lời cho tệp đã lưu
attack-column-reached = thành công
attack-column-change = thay đổi lớn nhất
attack-column-smallest = mức giới hạn nhỏ nhất
attack-column-bound = mức giới hạn
attack-column-pgd = thành công
attack-column-interval = khoảng tin cậy 95%
attack-column-single = một bước
attack-column-noise = nhiễu ngẫu nhiên
attack-column-check = phép kiểm tra
attack-column-value = kết quả
attack-column-made-for = tạo cho
attack-caveat-bound = Tấn công không có giới hạn không nói lên điều gì. Chống được một kiểu tấn công không có nghĩa là bền vững (robust).
attack-section-curve = Theo mức giới hạn
attack-curve-title = Tỉ lệ ảnh tấn công thành công, theo mức giới hạn
attack-curve-caption = Tỉ lệ trong { $n } ảnh có tệp đã lưu nhận câu trả lời mong muốn, với khoảng tin cậy 95% Wilson; một bước gradient; nhiễu ngẫu nhiên cùng độ lớn.
attack-caveat-curve = Các tỉ lệ này là cận dưới: tấn công mạnh hơn sẽ thành công với nhiều ảnh hơn.
attack-axis-bound = thay đổi lớn nhất của một giá trị pixel
attack-line-pgd = gradient, nhiều bước
attack-line-single = gradient, một bước
attack-line-noise = nhiễu ngẫu nhiên
attack-section-gradients = Có thể tin gradient không?
attack-gradients-masked = Có dấu hiệu gradient bị che (n={ $n }): tấn công thất bại ở đây không chứng minh điều gì.
attack-check-passes = chênh lệch lớn nhất của một logit giữa hai lượt tính
attack-check-zero = số giá trị gradient đúng bằng 0
attack-check-far = số ảnh tấn công thành công trong mức 64/255
attack-check-free = trong số còn lại, số ảnh mà tìm ngẫu nhiên thành công
attack-caveat-gradients = Các phép kiểm tra này tìm lỗi thường gặp của cách phòng thủ và của tấn công; khi không tìm thấy gì, chúng không chứng minh điều gì.
attack-section-transfer = Các mô hình khác
attack-transfer-untargeted = Số ảnh có câu trả lời bị đổi. Dòng: tạo cho mô hình này; cột: đưa cho mô hình này xem.
attack-transfer-targeted = Số ảnh có câu trả lời bị đổi, trong ngoặc là số ảnh được gọi là { OR($labels) }. Dòng: tạo cho mô hình này; cột: đưa cho mô hình này xem.
attack-row-noise = nhiễu ngẫu nhiên
attack-caveat-transfer = Ảnh tạo cho một mạng thường làm đổi câu trả lời của mạng khác, nhưng hiếm khi sang đúng lớp mong muốn.

phase-attack = tấn công
phase-attack-curve = mức giới hạn
phase-attack-transfer = mô hình khác
phase-attack-runs = bundle

fragility-title = Các chiến lược dễ bị đánh lừa đến đâu
fragility-subtitle = { $folder } · cùng các ảnh cho mọi chiến lược · tối đa { $bound } mỗi giá trị pixel
fragility-subtitle-distance = { $folder } · cùng các ảnh cho mọi chiến lược · khoảng cách Euclid nhỏ nhất
fragility-unit-distance = khoảng cách Euclid
fragility-unit-bound = mức giới hạn
fragility-lead-differ = { $a } cần thay đổi lớn hơn { $b }: gấp { $ratio } lần { $unit } (trung vị của { $n } ảnh, khoảng tin cậy 95% { $low } đến { $high }), lớn hơn ở { $more } ảnh và nhỏ hơn ở { $less } ảnh.
fragility-lead-differ-reversed = { $a } cần thay đổi nhỏ hơn { $b }: bằng { $ratio } lần { $unit } (trung vị của { $n } ảnh, khoảng tin cậy 95% { $low } đến { $high }), lớn hơn ở { $more } ảnh và nhỏ hơn ở { $less } ảnh.
fragility-lead-level = { $n } ảnh này không cho thấy chiến lược nào cần thay đổi lớn hơn chiến lược khác: { $a } cần { $ratio } lần { $unit } của { $b } (trung vị, khoảng tin cậy 95% { $low } đến { $high }), lớn hơn ở { $more } ảnh và nhỏ hơn ở { $less } ảnh.
fragility-lead-alone = { $name } cần { $needed } (trung vị); không có chiến lược nào khác có gradient đáng tin để so sánh.
fragility-lead-shares = { $bound } làm đổi { $a } câu trả lời của { $first } và { $b } của { $last }. Mức thay đổi mà ảnh cần chưa được đo: bỏ --checked 0.
fragility-note-one-level = 1/255 đã đủ cho đa số ảnh với mọi chiến lược, và tệp không lưu được mức nhỏ hơn: --method cw so sánh theo khoảng cách.
fragility-note-seeds = { $bundles ->
        [1] Khoảng tin cậy tính theo ảnh. Mỗi chiến lược chỉ có một bundle, và seed khác có thể cần nhiều hoặc ít hơn.
       *[other] Khoảng tin cậy tính theo ảnh; nhiều bundle của một chiến lược được lấy trung bình.
    }
fragility-axis = tỉ lệ ảnh có câu trả lời bị đổi trong mức { $bound }
fragility-axis-distance = khoảng cách Euclid làm câu trả lời đổi (pixel từ 0 đến 1)
fragility-axis-bound = mức giới hạn nhỏ nhất làm câu trả lời đổi, trên 255
fragility-caption = Mức thay đổi mà ảnh cần (trung vị và khoảng tin cậy 95% của nó), đo trên các tệp đã lưu. Mũi tên: tấn công thất bại với hơn một nửa số ảnh.
fragility-caveat = Mạng không có phòng thủ thì chiến lược nào cũng dễ bị đánh lừa; chống được tấn công này không có nghĩa là bền vững (robust), và tấn công mạnh hơn cần ít thay đổi hơn. p: kiểm định dấu trên cùng các ảnh, đã hiệu chỉnh cho mọi cặp chiến lược. Nơi gradient bị che, dòng đó không nói lên điều gì và không được so sánh.
fragility-column-strategy = chiến lược
fragility-column-distance = khoảng cách cần có
fragility-column-bound = mức giới hạn cần có
fragility-column-ratio = đầu bảng / dòng này
fragility-column-p = p
fragility-column-confidence = xác suất trước
fragility-column-masked = gradient bị che
fragility-few-photos = Trung vị của { $n } ảnh không có khoảng tin cậy 95%, và không kiểm định nào cho thấy được khác biệt.
    .remedy = truyền { $least } ảnh trở lên, tốt hơn là 20, không ảnh nào thuộc dữ liệu huấn luyện
fragility-without-bundles = { $folder } không có lượt chạy nào có bundle (runs/*/bundle)
    .remedy = truyền thư mục phép so sánh do ghep compare ghi
