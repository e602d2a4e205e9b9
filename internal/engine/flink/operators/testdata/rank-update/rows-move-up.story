rows
  +I a 1 x
  +I a 2 y
  +I a 3 z
  +I a 4 u
expect
  +I a 1 x
  +I a 2 y
  -D a 1 x
  +I a 3 z
  -D a 2 y
  +I a 4 u
rows
  +U a 5 y
  +U a 6 z
  +U a 6 z
  +U a 9 v
  +U a 2 u
expect
  -D a 3 z
  +I a 5 y
  -D a 4 u
  +I a 6 z
  -U a 6 z
  +U a 6 z
  -D a 5 y
  +I a 9 v
rows
  -D a 9 v
  +U a 1 z
expect
  -D a 9 v
  -U a 6 z
  +U a 1 z
