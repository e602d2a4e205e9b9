rows
  +I a 1 true
  +I a 1 true
  +I a 2 false
  -D a 1 true
expect
  +I a 1 1
  -U a 1 1
  +U a 1 2
  -U a 1 2
  +U a 2 2
  -U a 2 2
  +U a 2 1
rows
  -D a 1 true
  -D a 2 false
  +I a 1 true
expect
  -U a 2 1
  +U a 1 NULL
  -D a 1 NULL
  +I a 1 1
