rows
  +I a 5 x
  +I a 7 y
  +I a 5 z
  +I a 9 u
expect
  +I a 5 x
  +I a 7 y
  -D a 5 x
  +I a 9 u
rows
  -D a 7 y
  -D a 5 z
  -D a 1 nobody
  -U a 9 u
  +U a 4 u
expect
  -D a 7 y
  +I a 5 x
  -D a 9 u
  +I a 4 u
rows
  -D a 4 u
  -D a 5 x
  -D a 5 x
  +I a 1 x
expect
  -D a 4 u
  -D a 5 x
  +I a 1 x
