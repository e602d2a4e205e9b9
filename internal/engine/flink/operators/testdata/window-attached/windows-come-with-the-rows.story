rows
  +I a 0 2000
  +I a 0 4000
  +I b 0 4000
  +I a 0 2000
watermark 1999
expect
  +I a 2 0 2000 1999
rows
  +I a 0 2000
  +I a 0 4000
watermark end
expect
  +I a 2 0 4000 3999
  +I b 1 0 4000 3999
  late 1
