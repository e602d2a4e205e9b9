rows
  +I a 1 x
  +I b 2 y
  +I c 3 z
  +I d 4 u
expect
  +I b 2 y
  +I c 3 z
