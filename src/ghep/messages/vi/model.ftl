# Mô hình: bundle, thiết bị và LoRA.

## Bundle

model-bundle = bundle
bundle-not-a-folder = { $path } không phải thư mục
    .remedy = truyền thư mục bundle mà ghep fit đã ghi
bundle-other-format = { $path } không phải bundle ở định dạng { $format } mà phiên bản ghep này đọc được
    .remedy = nạp nó bằng phiên bản ghep đã ghi ra nó ({ $version })
bundle-not-buildable = không dựng được mô hình mà { $path } mô tả ({ $kind }: { $error })
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-dtype = config.json có dtype { $found }; cần { OR($known) }
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-not-finite = model.safetensors có giá trị NaN hoặc vô cùng trong { $names }{ $more ->
    [0] { "" }
   *[other] { " " }và { $more } tensor nữa
 }; mô hình đã huấn luyện thì không có
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-files-mixed = model.safetensors { $missing ->
    [0] không thiếu tensor nào
    [1] thiếu { $missing_names }
   *[other] thiếu { $missing } tensor ({ $missing_names })
 } và { $unexpected ->
    [0] không thừa tensor nào
   *[other] thừa { $unexpected } tensor ({ $unexpected_names })
 }
    .remedy = sao chép lại thư mục: tệp của hai bundle đã lẫn vào nhau
bundle-tensor-mismatch = tensor { $tensor } trong model.safetensors là { $found }; config.json yêu cầu { $expected }
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-labels-differ = labels.json và config.json có các lớp khác nhau: một trong hai tệp đã bị sửa
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-tasks-invalid = config.json có tasks là { $found }; cần một danh sách gồm một hay nhiều tác vụ
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-tasks-duplicate = config.json có hai tác vụ trùng tên
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-temperature-without-task = config.json có nhiệt độ hiệu chuẩn (temperature) cho { $task }, không phải tác vụ nào của nó
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-temperature-invalid = config.json có nhiệt độ hiệu chuẩn (temperature) { $found } cho tác vụ { $task }; cần một số dương hữu hạn
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-columns-invalid = config.json có { $found } làm các cột của bảng; cần một đối tượng với { $known }
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-seen-invalid = seen.json không có danh sách mã băm của các mẫu trong train và valid
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-part-invalid = config.json có "{ $key }": { $found }; cần một đối tượng JSON
    .remedy = sao chép lại bundle, hoặc lưu lại bằng ghep
bundle-file-unreadable = tệp { $name } của bundle bị thiếu hoặc không phải văn bản UTF-8
    .remedy = sao chép lại bundle
save-dtype-unknown = không lưu được trọng số ở kiểu số "{ $dtype }"
    .remedy = chọn { OR($known) }
save-dtype-overflow = { $count } tensor vượt phạm vi của { $dtype }: các giá trị đến { $largest } sẽ thành vô cùng ({ $tensor })
    .remedy = lưu ở float32 (save_dtype, --save-dtype)

## Head và thiết bị

head-not-linear = head của { $task } là { $kind }, không phải tầng tuyến tính giải được
    .remedy = chọn chiến lược light, full hoặc lora cho backbone này
device-unknown = không có thiết bị tên "{ $name }"
    .remedy = chọn auto, cpu, cuda hoặc mps
device-without-cuda = máy này không có GPU CUDA mà torch dùng được
    .remedy = chọn auto hoặc cpu, hoặc bỏ device; nếu có GPU, { $build ->
        [cuda] kiểm tra driver của nó bằng nvidia-smi
       *[cpu] cài bản CUDA của torch: bản này dành cho CPU
    }
device-not-available = máy này không có thiết bị { $name } mà torch dùng được
    .remedy = chọn auto hoặc cpu
device-memory-too-small = { $rows } mẫu không vừa bộ nhớ của { $device }, và không tính được một nửa số đó
    .remedy = chọn backbone nhỏ hơn, ảnh nhỏ hơn (--image-size) hoặc văn bản ngắn hơn (--max-length), tắt các chương trình khác đang dùng bộ nhớ này, hoặc chọn --device cpu
device-memory-full = bộ nhớ của GPU đã đầy
    .remedy = tắt các chương trình khác đang dùng bộ nhớ này, chọn backbone nhỏ hơn, ảnh nhỏ hơn (--image-size) hoặc văn bản ngắn hơn (--max-length), hoặc --device cpu
pass-in-parts = bộ nhớ của { $device } đã hết: đặc trưng và dự đoán được tính mỗi lần { $rows ->
    [1] một mẫu
   *[other] tối đa { $rows } mẫu
 }
    .remedy = không cần làm gì: kết quả chỉ có thể khác ở các chữ số cuối

## LoRA

lora-without-match = LoRA không khớp tầng nào của { $name } (tìm các tầng tên { $targets }; { $count ->
    [0] mạng không có tầng tuyến tính, cũng không có tích chập nào không chia nhóm
   *[other] các tầng của nó tên { $layers }
 })
    .remedy = { $count ->
        [0] chọn chiến lược light hoặc lp_ft
       *[other] nêu các tầng bằng targets=...
    }
lora-layers-not-called = LoRA khớp { $count } tầng mà { $name } không bao giờ gọi ({ $layers }), nên các adapter của chúng sẽ không được huấn luyện
    .remedy = nêu các tầng khác bằng targets=..., hoặc chọn chiến lược light hay lp_ft
