rows
  +I a 1 5000
  +I a 3 5000
  +I b 1 5000
  +I a 3 5000
  +I a 2 9000
watermark 4999
expect
  +I a 3 5000 1
  +I a 3 5000 2
  +I b 1 5000 1
rows
  +I a 9 5000
  +I a 9 9000
watermark end
expect
  +I a 9 9000 1
  +I a 2 9000 2
  late 1
