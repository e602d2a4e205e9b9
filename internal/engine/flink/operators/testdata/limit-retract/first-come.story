rows
  +I a 1 x
  +I b 2 y
  +I c 3 z
  +I d 4 u
expect
  +I a 1 x
  +I b 2 y
rows
  -D a 1 x
  -D d 4 u
expect
  -D a 1 x
  +I c 3 z
