rows
  +I a 1 3000
  +I b 2 3000
  +I c 1 1000
  +I d 1 3000
  +I e 1 9000
watermark 2999
expect
  +I c 1 1000
rows
  +I f 1 2000
  +I g 1 1000
watermark 3000
expect
  +I f 1 2000
  +I b 2 3000
  +I a 1 3000
  +I d 1 3000
  late 1
rows
  +I f 1 3000
watermark end
expect
  +I e 1 9000
  late 1
