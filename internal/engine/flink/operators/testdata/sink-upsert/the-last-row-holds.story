rows
  +I a 1 x
  +I a 2 y
  -D a 1 x
  +I a 3 z
  -D a 3 z
expect
  +I a 1 x
  +U a 2 y
  +U a 3 z
  +U a 2 y
rows
  -D a 9 nobody
  +U a 4 y
  -D a 2 y
expect
  +U a 4 y
  -D a 2 y
rows
  -D a 4 y
expect
