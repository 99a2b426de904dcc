# Nhiều tác vụ: cách trộn, cách cân các loss, xử lý gradient.

unknown-weighting = không có cách cân loss của các tác vụ tên "{ $name }"
    .remedy = { $hint }
task-weights-unknown-task = task_weights nêu tác vụ không tồn tại: { LIST($tasks) }
    .remedy = { $hint }
task-weights-not-fixed = task_weights chỉ dùng được với weighting=fixed, mà weighting={ $weighting }
    .remedy = bỏ task_weights, hoặc đặt weighting=fixed
task-weights-below-zero = trọng số của tác vụ phải là số hữu hạn không âm; nhận được { $weights }
    .remedy = sửa các trọng số này, hoặc bỏ chúng: mặc định là 1
task-weights-all-zero = mọi tác vụ đều có trọng số 0, nên không có gì để học
    .remedy = đặt trọng số dương cho ít nhất một tác vụ
mixing-temperature-not-positive = nhiệt độ trộn (temperature) phải lớn hơn 0, nhận được { VALUE($temperature) }
    .remedy = dùng 1 để tỉ lệ theo số nhãn, 2 để theo căn bậc hai của số nhãn, hoặc một số lớn để tỉ lệ đều nhau
