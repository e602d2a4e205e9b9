rows
  +I a 5 x
  +I a 7 y
  +I a 5 z
  +I a 9 u
expect
  +I a 5 x 1
  -U a 5 x 1
  +U a 7 y 1
  +I a 5 x 2
  -U a 7 y 1
  +U a 9 u 1
  -U a 5 x 2
  +U a 7 y 2
rows
  -D a 7 y
  -D a 5 z
  -D a 1 nobody
  -U a 9 u
  +U a 4 u
expect
  -U a 7 y 2
  +U a 5 x 2
  -U a 9 u 1
  +U a 5 x 1
  -D a 5 x 2
  +I a 4 u 2
rows
  -D a 4 u
  -D a 5 x
  -D a 5 x
  +I a 1 x
expect
  -D a 4 u 2
  -D a 5 x 1
  +I a 1 x 1
