# Hiển thị trong notebook.

display-items = { $count } mục
display-more-items = và { $count } mục nữa
