rows
  +I a 1 x
  +I a 2 y
  +I a 3 z
  +I a 4 u
expect
  +I a 1 x 1
  -U a 1 x 1
  +U a 2 y 1
  +I a 1 x 2
  -U a 2 y 1
  +U a 3 z 1
  -U a 1 x 2
  +U a 2 y 2
  +I a 1 x 3
  -U a 3 z 1
  +U a 4 u 1
  -U a 2 y 2
  +U a 3 z 2
  -U a 1 x 3
  +U a 2 y 3
rows
  +U a 5 y
  +U a 6 z
  +U a 6 z
  +U a 9 v
  +U a 2 u
expect
  -U a 4 u 1
  -U a 2 y 3
  +U a 5 y 1
  -U a 3 z 2
  +U a 4 u 2
  +U a 3 z 3
  -U a 5 y 1
  -U a 3 z 3
  +U a 6 z 1
  -U a 4 u 2
  +U a 5 y 2
  +U a 4 u 3
  -U a 6 z 1
  +U a 6 z 1
  -U a 6 z 1
  +U a 9 v 1
  -U a 5 y 2
  +U a 6 z 2
  -U a 4 u 3
  +U a 5 y 3
rows
  -D a 9 v
  +U a 1 z
expect
  -U a 9 v 1
  +U a 6 z 1
  -U a 6 z 2
  +U a 5 y 2
  -D a 5 y 3
  -U a 6 z 1
  -U a 5 y 2
  +U a 5 y 1
  +U a 1 z 2
