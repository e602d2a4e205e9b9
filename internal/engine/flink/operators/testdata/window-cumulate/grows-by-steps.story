# Windows of two, four and six seconds. A late row is in those that have not fired.
rows
  +I a 1 1000
  +I b 2 5000
watermark 1999
expect
  +I a 1 1 0 2000 1999
rows
  +I a 3 500
  +I c 3 3000
watermark 3999
expect
  +I a 2 4 0 4000 3999
  +I c 1 3 0 4000 3999
watermark end
expect
  +I a 2 4 0 6000 5999
  +I c 1 3 0 6000 5999
  +I b 1 2 0 6000 5999
