rows
  +I a 1 true
  -U a 1 false
  +U a 2 NULL
  -D b 3 true
expect
  +I a 1 true
  +U a 2 NULL
  -D b 3 true
rows
  -U a 1 true
expect
