rows
  +I a 1 true
  -U a 1 false
  +U a 2 NULL
  -D b 3 true
expect
  +I 1 a
  -U 1 a
  +U 2 a
  -D 3 b
rows
  -U a 1 true
expect
  -U 1 a
