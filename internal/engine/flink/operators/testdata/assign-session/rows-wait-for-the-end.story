rows
  +I a 1 1000
  +I b 1 1000
  +I a 2 5000
  +I a 3 3000
  +I a 0 NULL
watermark 2999
expect
  +I b 1 1000 1000 3000 2999
rows
  +I b 2 500
watermark end
expect
  +I a 1 1000 1000 7000 6999
  +I a 2 5000 1000 7000 6999
  +I a 3 3000 1000 7000 6999
  late 1
